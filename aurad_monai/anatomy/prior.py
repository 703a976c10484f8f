# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Statistical shape model of adult lungs and cardiomediastinum, from which anatomies are sampled.

Takes a seed and a size; gives masks (3, size, size). Each structure is a signed distance map on a small grid, described
by principal components of all maps together (Leventon et al., CVPR 2000). The component scores are not Gaussian, so a
training shape's scores are resampled and noise is added (smoothed bootstrap; Silverman, Density Estimation, 1986).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file
from scipy import ndimage

from aurad_monai import vocabulary
from aurad_monai.anatomy.region import largest_region
from aurad_monai.errors import InputError

GRID = 64
STORED = ("mean", "components", "chests")
FIELD_OF_VIEW = 420.0
"""Mm of the patient that the edge of the frame spans: the lungs of the prior are together 0.69 of it wide, and 290 mm
is a usual inner width of an adult chest on a film. The detectors of NIH ChestX-ray14 agree (2,992 pixels of 0.143 mm
are 428 mm; 2,500 of 0.168 mm are 420 mm)."""

FloatArray = npt.NDArray[np.float32]


def distance_maps(anatomy: npt.NDArray[np.generic]) -> FloatArray:
    """Signed distance of each structure (C, H, W), in fractions of the frame, positive inside: (C, GRID, GRID)."""
    edge = anatomy.shape[-1]
    maps = []
    for structure in anatomy.astype(bool):
        signed = ndimage.distance_transform_edt(structure) - ndimage.distance_transform_edt(~structure)
        blocks = signed.reshape(GRID, edge // GRID, GRID, edge // GRID)
        maps.append(np.clip(blocks.mean(axis=(1, 3)) / edge, -0.25, 0.25))
    return np.stack(maps).astype(np.float32)


class AnatomyPrior:
    """Sample anatomies.

    Args:
        mean: (3 * GRID * GRID,).
        components: (K, 3 * GRID * GRID), each scaled by its standard deviation.
        chests: (N, K), the training chests in these components, of mean 0 and deviation 1.
        bandwidth: standard deviation by which a chest is moved from that of training; at 1 it keeps nothing of it.
        field_of_view: mm of the patient that the edge of the frame spans.
    """

    def __init__(
        self,
        mean: FloatArray,
        components: FloatArray,
        chests: FloatArray,
        bandwidth: float = 0.5,
        field_of_view: float = FIELD_OF_VIEW,
    ) -> None:
        self.mean, self.components, self.chests, self.bandwidth = mean, components, chests, bandwidth
        self.field_of_view = field_of_view

    @classmethod
    def from_file(cls, path: str | Path, field_of_view: float = FIELD_OF_VIEW) -> AnatomyPrior:
        """Read a safetensors file written by `save`; `field_of_view` as for the class."""
        try:
            stored = load_file(path)
            mean, components, chests = (stored[name].astype(np.float32) for name in STORED)
            return cls(mean, components, chests, field_of_view=field_of_view)
        except (OSError, KeyError, ValueError, SafetensorError) as error:
            raise InputError("anatomy_prior", path, "an anatomy prior (safetensors)", str(error)[:80]) from error

    @classmethod
    def fit(cls, maps: FloatArray, components: int = 24, outliers: float = 0.1) -> AnatomyPrior:
        """Fit to distance maps (N, 3, GRID, GRID).

        Args:
            maps: from `distance_maps`.
            components: how many to keep.
            outliers: share of chests, those worst described by a first fit (leaks of a segmenter), left out.
        """
        data = maps.reshape(len(maps), -1).astype(np.float64)
        for last in (False, True):
            mean = data.mean(axis=0)
            _, scale, axes = np.linalg.svd(data - mean, full_matrices=False)
            kept = axes[:components]
            residual = np.square(data - mean - (data - mean) @ kept.T @ kept).mean(axis=1)
            if not last:
                data = data[residual <= np.quantile(residual, 1 - outliers)]
        deviations = scale[:components] / np.sqrt(max(len(data) - 1, 1))
        chests = (data - mean) @ kept.T / deviations
        scaled = kept * deviations[:, None]
        return cls(mean.astype(np.float32), scaled.astype(np.float32), chests.astype(np.float32))

    def save(self, path: str | Path) -> None:
        """Write it in half precision as safetensors."""
        save_file({name: getattr(self, name).astype(np.float16) for name in STORED}, path)

    def sample(self, seed: int | np.random.Generator, size: int) -> npt.NDArray[np.uint8]:
        """Sample an anatomy.

        Args:
            seed: the same seed gives the same anatomy; or the generator to take it from.
            size: edge in pixels.

        Returns:
            (3, size, size) uint8 in `vocabulary.ANATOMY_NAMES` order; left and right lung do not overlap.
        """
        rng = np.random.default_rng(seed)
        chest = self.chests[rng.integers(len(self.chests))]
        moved = self.bandwidth * rng.standard_normal(len(chest))
        weights = np.sqrt(1 - self.bandwidth**2) * chest + moved  # as varied as the training chests
        maps = (self.mean + weights @ self.components).reshape(len(vocabulary.ANATOMY_NAMES), GRID, GRID)
        fine = np.stack([ndimage.zoom(m, size / GRID, order=1, mode="nearest", grid_mode=True) for m in maps])
        fine = ndimage.gaussian_filter(fine, (0, size / GRID / 2, size / GRID / 2))
        left_wins = fine[0] >= fine[1]
        structures = [(fine[0] > 0) & left_wins, (fine[1] > 0) & ~left_wins, fine[2] > 0]
        return np.stack([largest_region(structure) for structure in structures]).astype(np.uint8)
