# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The range of intensities that sampled radiographs need, so that lungs and mediastinum are as gray as in films.

    python -m recipes.images.gray_levels --part PARTS/films256 --output docs/results/gray_levels.csv [--count 160]

In: a part of `recipes.images.films` and the image bundle. Out: mean gray of lungs and mediastinum in training films
whose masks are all known, in radiographs sampled with those masks, and in these after the range that fits best. The
range goes into `ScaleIntensityRanged` of the bundle's postprocessing.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import fire
import numpy as np
import torch
from tqdm import tqdm

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.diffusion.sample import DiffusionModel, sample
from aurad_monai.request.conditions import ImageConditiond
from aurad_monai.request.streams import Stream, entropy
from recipes.images.films import Array, unpack
from recipes.result_tables import save

KINDS = ("normal", "no finding", "polygons")
"""Films whose masks are all known."""
COLUMNS = ("set", "lungs", "mediastinum", "contrast", "SD of lungs", "SD of contrast")


def levels(image: Array, anatomy: Array) -> tuple[float, float]:
    """Mean gray of lungs and of the mediastinum beside them, of (H, W) in [0, 1]."""
    lungs = anatomy[:2].any(axis=0)
    beside = (anatomy[2] > 0) & ~lungs
    return float(image[lungs].mean()), float(image[beside].mean())


def row(name: str, found: Array) -> list[str]:
    """A line of the table."""
    contrast = found[:, 1] - found[:, 0]
    numbers = (found[:, 0].mean(), found[:, 1].mean(), contrast.mean(), found[:, 0].std(), contrast.std())
    return [name, *(f"{number:.3f}" for number in numbers)]


def main(
    part: str,
    output: str,
    count: int = 160,
    bundle: str = "bundles/cxr_image_latent_diffusion",
    threads: int = 1,
) -> None:
    """Sample, fit and write.

    Args:
        part: films at 256 x 256.
        output: the table to be.
        count: of films.
        bundle: of images.
        threads: of torch.
    """
    torch.set_num_threads(threads)
    known = np.load(Path(part) / "known.npz")
    images, masks = (np.load(Path(part) / f"{name}.npy", mmap_mode="r") for name in ("images", "masks"))
    rows = np.flatnonzero((known["split"] == "train") & np.isin(known["kind"], KINDS))
    chosen = np.sort(np.random.default_rng(0).permutation(rows)[:count])
    model = replace(DiffusionModel.from_bundle(open_bundle(bundle, device="cpu")), postprocessing=dict)
    real, made = [], []
    for number in tqdm(chosen):
        anatomy, pathology = unpack(np.asarray(masks[number]))
        if not (anatomy[2] > anatomy[:2].any(axis=0)).any():
            continue
        case = ImageConditiond()({"anatomy": anatomy, "pathology": pathology, "view": None, "sex": None, "age": None})
        (image,) = sample(model, [case], [entropy(Stream.IMAGE, int(number))])
        real.append(levels(images[number] / 255.0, anatomy))
        made.append(levels(np.clip(image[0], 0, 1), anatomy))
    films, samples = np.array(real), np.array(made)
    slope = (films[:, 1].mean() - films[:, 0].mean()) / (samples[:, 1].mean() - samples[:, 0].mean())
    low = samples[:, 0].mean() - films[:, 0].mean() / slope
    print(f"a_min {low:.3f}, a_max {low + 1 / slope:.3f}")
    lines = [
        row("training films", films),
        row("samples", samples),
        row("samples, range fitted", (samples - low) * slope),
    ]
    save([list(COLUMNS), *lines], Path(output))


if __name__ == "__main__":
    fire.Fire(main)
