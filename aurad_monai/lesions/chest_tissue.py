# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Measure a chest before a lesion is composed into it: how bright its air and its soft tissue are, and where.

A digital radiograph shows the logarithm of the detector's exposure, so its grey is, but for the contrast curve, the
attenuation summed along the ray: filling air with fluid adds what lies between the grey of the lung and the grey of
soft tissue nearby. Everything here is measured on the image itself; the contrast curve need not be known.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch
from scipy import ndimage

from aurad_monai.vocabulary import ANATOMY_NAMES

FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]

REFERENCE_SIZE = 256
"""lengths in the lesion transforms are pixels of a 256-pixel image and grow with the image"""

RIB = 31.0
"""Pixels of a 256-pixel image for which ribs are straight, but vessels far from the hilum are not."""


def resized(array: FloatArray, shape: tuple[int, int], mode: str = "bilinear") -> FloatArray:
    """(H, W) float32 brought to another shape by `torch.nn.functional.interpolate`."""
    tensor = torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32))[None, None]
    corners = None if mode == "area" else False
    return np.asarray(torch.nn.functional.interpolate(tensor, shape, mode=mode, align_corners=corners)[0, 0].numpy())


def smoothed(array: npt.NDArray[np.generic], sigma: float) -> FloatArray:
    """Gaussian low-pass; wide ones are computed on a coarser grid, which is much faster and looks the same."""
    source = np.asarray(array, dtype=np.float32)
    step = max(1, int(sigma // 3))
    if step == 1:
        return np.asarray(ndimage.gaussian_filter(source, sigma, truncate=3.0), dtype=np.float32)
    coarse = resized(source, (-(-source.shape[0] // step), -(-source.shape[1] // step)), "area")
    coarse = ndimage.gaussian_filter(coarse, sigma / step, truncate=3.0)
    return resized(coarse, (source.shape[0], source.shape[1]))


def smoothed_within(image: FloatArray, region: BoolArray, sigma: float) -> FloatArray:
    """Low-pass that looks only at the pixels of `region` and is defined everywhere (normalized convolution)."""
    weight = region.astype(np.float32)
    mean = float(image[region].mean()) if region.any() else float(image.mean())
    return (smoothed(image * weight, sigma) + 1e-3 * mean) / (smoothed(weight, sigma) + 1e-3)


def distance_to(region: BoolArray) -> FloatArray:
    """Distance in pixels from every pixel to the nearest of `region`, far everywhere when it is empty."""
    if not region.any():
        return np.full(region.shape, float(sum(region.shape)), dtype=np.float32)
    return np.asarray(ndimage.distance_transform_edt(~region), dtype=np.float32)


def box_around(region: BoolArray, margin: float) -> tuple[slice, slice]:
    """Rows and columns of the smallest box that holds a region with a margin in pixels; empty for an empty region."""
    rows, columns = (np.nonzero(region.any(axis=axis))[0] for axis in (1, 0))
    if not rows.size:
        return slice(0, 0), slice(0, 0)
    grow = int(np.ceil(margin))
    return (
        slice(max(int(rows[0]) - grow, 0), int(rows[-1]) + grow + 1),
        slice(max(int(columns[0]) - grow, 0), int(columns[-1]) + grow + 1),
    )


def lines_of(length: float, directions: int = 16) -> list[BoolArray]:
    """Footprints of straight lines of `length` pixels, one a direction."""
    half = max(1, round(length / 2))
    steps, found = np.linspace(-half, half, 4 * half + 1), []
    for angle in np.pi * np.arange(directions) / directions:
        footprint = np.zeros((2 * half + 1, 2 * half + 1), dtype=bool)
        at = np.rint(half + np.outer(steps, (np.sin(angle), np.cos(angle)))).astype(int)
        footprint[at[:, 0], at[:, 1]] = True
        found.append(footprint)
    return found


@dataclass(frozen=True, eq=False)
class ChestTissue:
    """A radiograph with its anatomy, and what is measured on them once and used by every lesion.

    Args:
        image: (H, W) float32 in [0, 1].
        anatomy: (3, H, W) bool, in the order of `ANATOMY_NAMES`.
    """

    image: FloatArray
    anatomy: BoolArray

    @property
    def shape(self) -> tuple[int, int]:
        """H and W."""
        return self.image.shape[0], self.image.shape[1]

    @property
    def unit(self) -> float:
        """Pixels of this image in one pixel of a 256-pixel image."""
        return float(self.image.shape[0] / REFERENCE_SIZE)

    def structure(self, name: str) -> BoolArray:
        """One anatomy channel, (H, W) bool."""
        return np.asarray(self.anatomy[ANATOMY_NAMES.index(name)])

    @cached_property
    def lungs(self) -> BoolArray:
        """Both lungs, the area behind the heart included."""
        return self.structure("left_lung") | self.structure("right_lung")

    @cached_property
    def heart(self) -> BoolArray:
        """The cardiomediastinum."""
        return self.structure("cardiomediastinum")

    @cached_property
    def aerated(self) -> BoolArray:
        """Lung that nothing lies in front of."""
        return self.lungs & ~self.heart

    @cached_property
    def from_lungs(self) -> FloatArray:
        """Pixels to the nearest lung, 0 in the lungs, (H, W)."""
        return distance_to(self.lungs)

    @cached_property
    def to_wall(self) -> FloatArray:
        """Pixels to the nearest border of the lungs, 0 outside them, (H, W)."""
        return distance_to(~self.lungs)

    def with_image(self, image: FloatArray) -> ChestTissue:
        """The same chest with another image; what depends on the anatomy alone is not measured again."""
        changed = ChestTissue(image, self.anatomy)
        kept = ("lungs", "heart", "aerated", "from_lungs", "to_wall", "heart_border")
        changed.__dict__.update({name: self.__dict__[name] for name in kept if name in self.__dict__})
        return changed

    @cached_property
    def base(self) -> FloatArray:
        """Grey without markings: a low-pass that does not mix lung, heart and the rest."""
        rest = ~(self.lungs | self.heart)
        result = np.empty_like(self.image)
        for region in (self.aerated, self.heart, rest):
            if region.any():
                result[region] = smoothed_within(self.image, region, 7 * self.unit)[region]
        return result

    @cached_property
    def levels(self) -> tuple[float, float]:
        """Typical grey of aerated lung and of the heart."""
        air = float(np.median(self.image[self.aerated])) if self.aerated.any() else 0.3
        heart = float(np.median(self.image[self.heart])) if self.heart.any() else air + 0.3
        return air, max(heart, air + 0.12)

    @property
    def contrast(self) -> float:
        """How much brighter the heart is than aerated lung."""
        return self.levels[1] - self.levels[0]

    @cached_property
    def soft(self) -> FloatArray:
        """Grey that lung of this place would have if it held fluid in place of air, (H, W).

        Between the grey of heart and upper abdomen nearby and that of the whole heart; never below a part of the
        contrast above the lung itself, because filled lung behind bright structures still attenuates; beside the
        lungs there is no air, so nothing of this.
        """
        below = np.logical_or.accumulate(self.lungs, axis=0) & ~self.lungs & (self.from_lungs < 24 * self.unit)
        body = (self.heart | below) & (self.image > 0.5 * sum(self.levels))
        level = 0.6 * smoothed_within(self.image, body, 22 * self.unit) + 0.4 * self.levels[1]
        floor = np.where(self.heart, 0.12, 0.3) * self.contrast * smoothed(self.lungs, 1.5 * self.unit)
        return np.asarray(np.minimum(np.maximum(level, self.base + floor), 0.98), dtype=np.float32)

    @cached_property
    def air_gap(self) -> FloatArray:
        """Grey that filling the lung of this place would add, (H, W), 0 or more."""
        return np.asarray(np.maximum(self.soft - self.base, 0), dtype=np.float32)

    @cached_property
    def markings(self) -> FloatArray:
        """Vessels and grain: what is finer than about three pixels."""
        return np.asarray(self.image - smoothed(self.image, 2.2 * self.unit), dtype=np.float32)

    @cached_property
    def without_vessels(self) -> FloatArray:
        """The image without bright lines and dots narrower than a rib; ribs keep their edges, (H, W).

        A grey opening takes away what is bright and thin; the mean of what it took in smooth places is put back, so
        that noise alone does not darken the lung.
        """
        return self._opened(ribs=False)

    @cached_property
    def ribs_without_vessels(self) -> FloatArray:
        """The image without vessels, but with bright lines that are straight for so long as ribs are, (H, W)."""
        return self._opened(ribs=True)

    def _opened(self, ribs: bool) -> FloatArray:
        even = smoothed(self.image, 0.7 * self.unit)
        edge = min(self.shape[0], REFERENCE_SIZE)  # an opening of a larger image takes seconds and gives the same
        coarse = even if edge == self.shape[0] else resized(even, (edge, edge * self.shape[1] // self.shape[0]), "area")
        unit = edge / REFERENCE_SIZE
        size = max(3, 2 * round(2.5 * unit) + 1)
        disc = np.hypot(*np.mgrid[-size // 2 + 1 : size // 2 + 1, -size // 2 + 1 : size // 2 + 1]) <= size / 2
        kept = [ndimage.grey_opening(coarse, footprint=disc)]
        if ribs:
            kept += [ndimage.grey_opening(coarse, footprint=line) for line in lines_of(RIB * unit)]
        opened = resized(smoothed(np.max(kept, axis=0), 0.8 * unit), self.shape)
        noise = float(np.quantile((even - opened)[self.lungs], 0.2)) if self.lungs.any() else 0.0
        return np.asarray(np.minimum(opened + max(noise, 0.0), np.maximum(even, opened)), dtype=np.float32)

    @cached_property
    def vessels(self) -> FloatArray:
        """Bright lines and dots narrower than a rib, with the grain, (H, W)."""
        return np.asarray(self.image - self.without_vessels, dtype=np.float32)

    @cached_property
    def relief(self) -> FloatArray:
        """Ribs and other broad structures above the base, markings left out."""
        return np.asarray(self.image - self.markings - self.base, dtype=np.float32)

    @cached_property
    def heart_border(self) -> FloatArray:
        """1 on the outline of the heart, 0 away from it, (H, W): where relief is the heart's edge, not a rib."""
        inside = np.clip(smoothed(self.heart, 2.5 * self.unit), 0, 1)
        return np.asarray(4 * inside * (1 - inside) * self.lungs, dtype=np.float32)

    @cached_property
    def grain(self) -> float:
        """Standard deviation of the finest noise in the lungs, measured by the median absolute Laplacian."""
        laplacian = ndimage.laplace(self.image)[self.lungs] if self.lungs.any() else ndimage.laplace(self.image)
        return float(np.median(np.abs(laplacian)) / 0.6745 / np.sqrt(20.0))
