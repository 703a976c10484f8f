# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Frechet Radiomics Distance (FRD, Konz, Osuala et al., Medical Image Analysis 2026): features of pyradiomics.

Takes radiographs (B, 1, H, W) in [0, 1]; gives the features (B, F) that `frd-score` takes for its version 1, and the
distance of two sets of them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
from PIL import Image

from aurad_monai.errors import InputError
from aurad_monai.evaluation.images.feature_distances import Features, frechet_distance

RADIOMICS = "radiomics"
INSTALL = "pip install aurad-monai[frd], then pip install --no-build-isolation pyradiomics==3.0.1"
FloatArray = npt.NDArray[np.float32]


def open_radiomics() -> tuple[Callable[[FloatArray], FloatArray], int, str]:
    """What gives the features (B, F) of images, F, and by which versions.

    First order, GLCM, GLRLM, GLSZM, NGTDM; plain, Laplacian of Gaussian and wavelet filtered. Those of an image of one
    gray level are no numbers.

    Raises:
        InputError: `frd-score` or pyradiomics is not installed.
    """
    try:
        import radiomics
        from frd_score import frd
    except ImportError as error:
        raise InputError("encoders", RADIOMICS, "an installed frd-score and pyradiomics", INSTALL) from error
    radiomics.setVerbosity(logging.CRITICAL)
    extractor = frd.get_feature_extractor()

    def of_levels(levels: npt.NDArray[np.uint8], file: Path) -> npt.NDArray[np.float32]:
        Image.fromarray(levels).save(file)  # frd-score reads files
        return np.array(frd.process_image_mask_pair((file, None), feature_extractor=extractor)[0], np.float32)

    with TemporaryDirectory() as folder:
        count = len(of_levels(np.arange(64 * 64).reshape(64, 64).astype(np.uint8), Path(folder) / "probe.png"))

    def encode(images: FloatArray) -> FloatArray:
        found = np.full((len(images), count), np.nan, np.float32)
        with TemporaryDirectory() as folder:
            for row, image in zip(found, np.round(images[:, 0] * 255).astype(np.uint8), strict=True):
                if image.min() < image.max():
                    row[:] = of_levels(image, Path(folder) / "image.png")
        return found

    return encode, count, ", ".join(f"{name} {version(name)}" for name in ("frd-score", "pyradiomics"))


def radiomics_distance(synthetic: Features, real: Features) -> float:
    """FRD of features (N, F) from those of real images (M, F): log FD of features with mean 0 and deviation 1 in these.

    As `frd_score.compute_frd([real, synthetic])`: images with a feature that is no number, and features without spread,
    are left out. NaN where nothing is left.
    """
    rows, base = (with_numbers(part).astype(np.float64) for part in (synthetic, real))
    if min(len(rows), len(base)) < 2:
        return np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = [(part - base.mean(axis=0)) / base.std(axis=0) for part in (rows, base)]
    known = np.logical_and.reduce([np.isfinite(part).all(axis=0) for part in scaled])
    if not known.any():
        return np.nan
    distance = frechet_distance(scaled[0][:, known], scaled[1][:, known])
    return float(np.log(distance)) if distance > 0 else -np.inf


def with_numbers(features: Features) -> Features:
    """The rows (N, F) without a feature that is no number."""
    return np.asarray(features[~np.isnan(features).any(axis=1)])
