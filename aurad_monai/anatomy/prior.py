# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A chest when none is given: a statistical shape model of adult lungs and mediastina, sampled by seed.

Each structure is a signed distance map on a small grid; principal components of all maps together (Leventon et al.,
CVPR 2000) are drawn from the spread they have in the training chests.
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
STREAM = 2
"""Tells the draw of a chest apart from the noise of mask and image under the same seed."""

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
        spread: 1 draws chests as varied as the training chests; smaller ones are nearer to the mean.
    """

    def __init__(self, mean: FloatArray, components: FloatArray, spread: float = 0.85) -> None:
        self.mean, self.components, self.spread = mean, components, spread

    @classmethod
    def from_file(cls, path: str | Path) -> AnatomyPrior:
        """Read a safetensors file written by `save`."""
        try:
            stored = load_file(path)
            return cls(stored["mean"].astype(np.float32), stored["components"].astype(np.float32))
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
        deviations = scale[:components, None] / np.sqrt(max(len(data) - 1, 1))
        return cls(mean.astype(np.float32), (kept * deviations).astype(np.float32))

    def save(self, path: str | Path) -> None:
        """Write mean and components in half precision as safetensors."""
        stored = {"mean": self.mean.astype(np.float16), "components": self.components.astype(np.float16)}
        save_file(stored, path)

    def sample(self, seed: int, size: int = 256) -> npt.NDArray[np.uint8]:
        """One chest.

        Args:
            seed: the same seed gives the same chest.
            size: edge in pixels.

        Returns:
            (3, size, size) uint8 in `vocabulary.ANATOMY_NAMES` order; left and right lung do not overlap.
        """
        rng = np.random.default_rng([seed, STREAM])
        weights = np.clip(rng.standard_normal(len(self.components)), -2.0, 2.0) * self.spread
        maps = (self.mean + weights @ self.components).reshape(len(vocabulary.ANATOMY_NAMES), GRID, GRID)
        fine = np.stack([ndimage.zoom(m, size / GRID, order=1, mode="nearest", grid_mode=True) for m in maps])
        fine = ndimage.gaussian_filter(fine, (0, size / GRID / 2, size / GRID / 2))
        left_wins = fine[0] >= fine[1]
        structures = [(fine[0] > 0) & left_wins, (fine[1] > 0) & ~left_wins, fine[2] > 0]
        return np.stack([largest_region(structure) for structure in structures]).astype(np.uint8)
