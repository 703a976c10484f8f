# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Base of all lesion-insertion transforms: choose a shape, fit it into the anatomy, blend it in, record the mask.

Takes an image and its anatomy; gives the image with the lesion and its exact mask.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from monai.config import KeysCollection
from monai.data import MetaTensor
from monai.transforms import MapTransform, RandomizableTransform

from aurad_monai.errors import InputError
from aurad_monai.lesions.chest_tissue import BoolArray, ChestTissue, FloatArray, box_around, distance_to
from aurad_monai.lesions.displacement import moved, moved_masks
from aurad_monai.lesions.fit_shape import fit_shape
from aurad_monai.lesions.lesion_shapes import LesionShape, LesionShapes
from aurad_monai.vocabulary import ANATOMY_NAMES, FINDING_NAMES, channel

DEFAULT_KEYS = ("image", "anatomy", "pathology")
MAX_SHAPES = 12
SMALLEST_AREA = 9
"""pixels of a 256-pixel image below which a fitted shape is not a lesion"""


@dataclass(frozen=True, eq=False)
class Composed:
    """What a lesion leaves behind.

    Args:
        image: (H, W) float32 in [0, 1].
        region: (H, W) bool, the finding's mask.
        anatomy: (3, H, W) bool, only where the lesion changes it.
        sources: (2, H, W), where each pixel came from, only where the lesion moves what is there already.
    """

    image: FloatArray
    region: BoolArray
    anatomy: BoolArray | None = None
    sources: FloatArray | None = None


def as_array(value: Any) -> npt.NDArray[Any]:
    """A numpy view of an array or tensor."""
    return value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)


def like(array: Any, template: Any) -> Any:
    """`array` in the container, dtype and device of `template`; MetaTensors keep their metadata."""
    if not isinstance(template, torch.Tensor):
        return np.asarray(array, dtype=np.asarray(template).dtype)
    tensor = torch.as_tensor(np.ascontiguousarray(array)).to(dtype=template.dtype, device=template.device)
    return MetaTensor(tensor, meta=template.meta) if isinstance(template, MetaTensor) else tensor


def read_case(data: Mapping[Hashable, Any], keys: Sequence[Hashable]) -> tuple[ChestTissue, BoolArray]:
    """The chest and the pathology of a case.

    Args:
        data: image (1, H, W) in [0, 1], anatomy (3, H, W), pathology (findings, H, W) or absent (then empty).
        keys: the names of these three, in this order.

    Raises:
        InputError: a shape or range that no case has.
    """
    image, anatomy = as_array(data[keys[0]]), as_array(data[keys[1]])
    if image.ndim != 3 or image.shape[0] != 1:
        raise InputError(str(keys[0]), image.shape, "(1, H, W)")
    if not (np.isfinite(image).all() and image.min() >= 0 and image.max() <= 1):
        raise InputError(str(keys[0]), f"{image.min()} to {image.max()}", "0 to 1", "scale the image first")
    if anatomy.shape != (len(ANATOMY_NAMES), *image.shape[1:]):
        raise InputError(str(keys[1]), anatomy.shape, f"({len(ANATOMY_NAMES)}, H, W) of the image's size")
    empty = np.zeros((len(FINDING_NAMES), *image.shape[1:]), dtype=bool)
    pathology = as_array(data[keys[2]]) > 0 if keys[2] in data else empty
    if pathology.shape != empty.shape:
        raise InputError(str(keys[2]), pathology.shape, str(empty.shape))
    return ChestTissue(np.asarray(image[0], dtype=np.float32), np.asarray(anatomy > 0)), pathology


def write_case(
    data: Mapping[Hashable, Any], keys: Sequence[Hashable], tissue: ChestTissue, pathology: BoolArray
) -> dict[Hashable, Any]:
    """A copy of the case with its image, anatomy and pathology replaced, each in the container it came in."""
    result = dict(data)
    result[keys[0]] = like(tissue.image[None], data[keys[0]])
    result[keys[1]] = like(tissue.anatomy, data[keys[1]])
    template = data[keys[2]] if keys[2] in data else np.zeros(0, dtype=np.uint8)
    result[keys[2]] = like(pathology, template)
    return result


class LesionTransformd(RandomizableTransform, MapTransform):
    """Compose one finding into a radiograph and add its region to the pathology.

    Subclasses name the `finding` and implement `compose`. The input needs image (1, H, W) float in [0, 1] and anatomy
    (3, H, W); pathology (findings, H, W) is added to, or made when it is missing. Arrays and tensors both work.

    Args:
        shapes: where outlines are drawn from; None where only `draw` is used.
        keys: image, anatomy and pathology, in this order.
        density: range from which the lesion's density is drawn, 0 (invisible) to 1 (as dense as this finding gets).
        prob: probability that a case gets the finding.
        mirror_prob: probability that the shapes change sides.

    Raises:
        InputError: `keys` are not three, or `density` is not an ordered range in (0, 1].
    """

    finding: str
    density: tuple[float, float] = (0.5, 1.0)
    thinnest: float = 3.0

    def __init__(
        self,
        shapes: LesionShapes | None = None,
        keys: KeysCollection = DEFAULT_KEYS,
        density: tuple[float, float] | None = None,
        prob: float = 1.0,
        mirror_prob: float = 0.3,
    ) -> None:
        RandomizableTransform.__init__(self, prob)
        MapTransform.__init__(self, keys)
        if len(self.keys) != len(DEFAULT_KEYS):
            raise InputError("keys", self.keys, "three: image, anatomy, pathology")
        self.shapes = shapes
        self.density = density or type(self).density
        self.mirror_prob = mirror_prob
        if not 0 < self.density[0] <= self.density[1] <= 1:
            raise InputError("density", self.density, "a lower and an upper bound within (0, 1]")

    @abstractmethod
    def compose(self, tissue: ChestTissue, regions: Sequence[BoolArray]) -> Composed:
        """Change the image where the regions say; draws all its randomness from `self.R`."""

    def draw(self, tissue: ChestTissue, regions: Sequence[BoolArray]) -> FloatArray:
        """The image (H, W) with the finding exactly where a mask says; nothing moves, so anatomy and masks stay true.

        A finding that `compose` displaces or reshapes has its own way of this.
        """
        return self.compose(tissue, regions).image

    def acceptable(self, tissue: ChestTissue, region: BoolArray) -> bool:
        """Whether a fitted region is at least `thinnest` pixels of a 256-pixel image thick somewhere."""
        inside = distance_to(~np.pad(region[box_around(region, 0)], 1))
        return float(inside.max()) * 2 >= self.thinnest * tissue.unit

    def draw_density(self) -> float:
        """A density of this lesion."""
        return float(self.R.uniform(*self.density))

    def fit(self, tissue: ChestTissue, shapes: Sequence[LesionShape], mirror: bool = False) -> list[BoolArray]:
        """Regions of the shapes in this chest, each a little displaced and scaled, without those that do not fit."""
        order = self.R.permutation(len(shapes))[:MAX_SHAPES]
        regions = []
        for index in order:
            scale = float(self.R.uniform(0.88, 1.12))
            shift = (float(self.R.uniform(-0.012, 0.012)), float(self.R.uniform(-0.015, 0.015)))
            region = fit_shape(shapes[index], tissue, mirror=mirror, scale=scale, shift=shift)
            if region.sum() >= SMALLEST_AREA * tissue.unit**2 and self.acceptable(tissue, region):
                regions.append(region)
        return regions

    def draw_regions(self, tissue: ChestTissue, tries: int = 8) -> list[BoolArray]:
        """Regions of this finding from a random radiograph of the library."""
        if self.shapes is None:
            raise InputError("shapes", None, "a library of outlines", "give LesionShapes.from_jsonl(FILE)")
        records = self.shapes.with_finding(self.finding)
        for _ in range(tries):
            record = records[self.R.randint(len(records))]
            regions = self.fit(tissue, record.of(self.finding), bool(self.R.rand() < self.mirror_prob))
            if regions:
                return regions
        return []

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Compose the finding into a case; a case in which no shape fits stays as it is."""
        self.randomize(None)
        tissue, pathology = read_case(data, self.keys)
        regions = self.draw_regions(tissue) if self._do_transform else []
        if regions:
            tissue, pathology = apply(self, tissue, regions, pathology)
        return write_case(data, self.keys, tissue, pathology)


def apply(
    transform: LesionTransformd, tissue: ChestTissue, regions: Sequence[BoolArray], pathology: BoolArray
) -> tuple[ChestTissue, BoolArray]:
    """Compose regions with a transform: the changed chest, and the pathology with the finding's mask added."""
    composed = transform.compose(tissue, regions)
    if not composed.region.any():
        return tissue, pathology
    marked = pathology.copy() if composed.sources is None else moved_masks(pathology, composed.sources)
    marked[channel(transform.finding)] |= composed.region
    image = np.clip(np.nan_to_num(composed.image), 0, 1).astype(np.float32)
    if composed.anatomy is None:
        return tissue.with_image(image), marked
    return ChestTissue(image, composed.anatomy), marked


def union(regions: Sequence[BoolArray]) -> BoolArray:
    """All regions in one, (H, W) bool."""
    return np.asarray(np.any(np.stack(regions), axis=0))


def displaced(
    tissue: ChestTissue, sources: FloatArray, anatomy: BoolArray, state: np.random.RandomState
) -> ChestTissue:
    """A chest moved by a displacement; the grain that interpolation takes away is put back.

    Args:
        tissue: the chest.
        sources: (2, H, W), where each pixel comes from.
        anatomy: (3, H, W) bool, displaced already.
        state: source of the grain.
    """
    image = moved(tissue.image, sources)
    lost = np.sqrt(max(tissue.grain**2 - ChestTissue(image, anatomy).grain ** 2, 0.0))
    shifted = np.hypot(*(sources - np.indices(tissue.shape))) > 0.05
    image = image + shifted * lost * state.standard_normal(tissue.shape).astype(np.float32)
    return ChestTissue(np.clip(image, 0, 1).astype(np.float32), anatomy)


def filled_with(
    tissue: ChestTissue, fill: FloatArray, markings_kept: float, relief_kept: float, state: np.random.RandomState
) -> FloatArray:
    """Fill a part of the air along the ray with fluid.

    Vessels are seen only against air, so they fade with it; ribs lie in the wall and stay, flattened by the contrast
    curve. Grain that was lost with the vessels is put back.

    Args:
        tissue: the chest.
        fill: (H, W), 0 (air) to 1 (all fluid); above 1 is denser than fluid.
        markings_kept: part of the vessels still seen where all is filled.
        relief_kept: part of the ribs' contrast left where all is filled.
        state: source of the grain.

    Returns:
        (H, W) float32, not clipped.
    """
    limited = np.clip(fill, 0, 1)
    relief = limited * (1 - relief_kept * (1 - tissue.heart_border)) * tissue.relief
    image = tissue.image + fill * tissue.air_gap - limited * (1 - markings_kept) * tissue.markings - relief
    lost = np.sqrt(1 - (1 - limited * (1 - markings_kept)) ** 2)
    image += 0.7 * tissue.grain * lost * state.standard_normal(tissue.shape).astype(np.float32)
    return np.asarray(image, dtype=np.float32)
