# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Postprocessing of sampled masks: threshold, anatomical and prompt constraints, removal of small components.

Takes logits (findings, H, W) with the condition and context they were sampled with; gives a binary mask of that shape.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from monai.transforms.transform import Transform
from skimage.morphology import remove_small_objects

from aurad_monai import vocabulary
from aurad_monai.anatomy.finding_shape import FRAME, finding_shape
from aurad_monai.anatomy.findings_from_masks import findings_from_masks, split_sides
from aurad_monai.anatomy.sizes import SEVERITY_AREAS, area_of
from aurad_monai.anatomy.zones import OPEN_SIZE, allowed_place, severity_obeyed, zone_obeyed
from aurad_monai.prompts.context import COLUMNS

STRUCTURES = len(vocabulary.ANATOMY_NAMES)
EFFUSION = vocabulary.channel("effusion")
OUTSIDE = -20.0
"""Logit of a place where a finding may not be."""
LEAST = 16
"""Pixels that a finding has at least where its place and size are set, in a frame of 256."""
Array = npt.NDArray[Any]


class MaskPostprocessd(Transform):
    """Replace logits `pred` (findings, H, W) by a binary mask, uint8.

    Keeps only requested findings, on requested sides, inside anatomically possible regions (`anatomy/zones.py`,
    `allowed_place`); all other channels are set to zero. A "not given" prompt leaves findings and sides free. Fluid of
    an effusion lies where gravity puts it, at the base and along the chest wall, as much as was sampled. The case also
    holds the `condition` (3 + findings, H, W) and `context` it was sampled with (`request/conditions.py`).

    Args:
        threshold: logits above it are foreground.
        min_pixels: smaller connected components are removed; of a frame of 256 pixels, more in a larger one.
        enforce_presence: where a requested finding has no pixel left on a requested side, set a finding of the
            requested size (or the smallest of the real sizes) at its most probable place.
        apply_constraints: False only thresholds and removes small components, to see the network alone.
    """

    def __init__(
        self,
        threshold: float = 0.0,
        min_pixels: int = 9,
        enforce_presence: bool = True,
        apply_constraints: bool = True,
    ) -> None:
        self.threshold, self.min_pixels = threshold, min_pixels
        self.enforce_presence, self.apply_constraints = enforce_presence, apply_constraints

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        case = dict(data)
        logits = torch.as_tensor(case["pred"]).detach().float().cpu().numpy().copy()
        mask = self._constrained(case, logits) if self.apply_constraints else self._components(logits)
        case["pred"] = torch.from_numpy(mask.astype(np.uint8))
        return case

    def _constrained(self, case: Mapping[Hashable, Any], logits: Array) -> Array:
        """Mask of logits, which are set to minus infinity where nothing may be; (findings, H, W) bool."""
        condition, context = (torch.as_tensor(case[key]).cpu() for key in ("condition", "context"))
        anatomy, location_prior = condition[:STRUCTURES].numpy(), condition[STRUCTURES:].numpy()
        given = bool(context[-1, COLUMNS["given"]] > 0)
        parts = split_sides(np.ones(logits.shape[-2:], dtype=bool), anatomy)
        sides = dict(zip(("left", "right"), parts, strict=True))
        requested = requested_sides(context)
        places: dict[bool, Array] = {}
        for channel, term in enumerate(vocabulary.FINDINGS):
            if given and channel not in requested:
                logits[channel] = -np.inf
                continue
            if term.lung_bound not in places:
                places[term.lung_bound] = allowed_place(term.name, anatomy)
            allowed = places[term.lung_bound]
            if given:
                allowed = allowed & _union(requested[channel], sides)
            logits[channel][~allowed] = -np.inf
        mask = self._components(logits)
        if given and self.enforce_presence:
            for channel, names in requested.items():
                for side in names or ("",):
                    half = sides.get(side, np.ones_like(parts[0]))
                    if not (mask[channel] & half).any():
                        where = np.where(half, location_prior[channel], 0)
                        mask[channel] |= _most_probable(channel, logits[channel], where, anatomy).astype(bool)
        for half, lung in zip(parts, anatomy[:2] > 0, strict=True):
            fluid = mask[EFFUSION] & half
            if fluid.any() and lung.any():  # it lies where gravity puts it
                finite = np.where(np.isfinite(logits[EFFUSION]), logits[EFFUSION], OUTSIDE)
                there = finding_shape("effusion", finite, lung, lung, int(fluid.sum()))
                mask[EFFUSION] = (mask[EFFUSION] & ~half) | there
        return mask

    def _components(self, logits: Array) -> Array:
        """Connected components of at least `min_pixels` above the threshold, (findings, H, W) bool."""
        found: npt.NDArray[np.bool_] = logits > self.threshold
        least = least_pixels(self.min_pixels, logits.shape[-1])
        for plane in found:
            if plane.any():
                plane[:] = remove_small_objects(plane, max_size=least - 1, connectivity=1)
        return found


class RequestObeyed:
    """How many of the requested zones and severities a mask has, as a share; 1 where none was asked for.

    What `aurad_monai.diffusion.sample.sample` takes as `obeyed`. Nothing is cut at the borders of a zone, nor grown or
    shrunk to a size; a mask that lies elsewhere or is of another severity is sampled again.
    """

    def __call__(self, case: Mapping[Hashable, Any], mask: Array) -> float:
        """Of a mask (findings, H, W) for a case with `findings` and `condition` (3 + findings, H, W)."""
        findings = case.get("findings")
        requested = [item for item in findings.present if item.zone or item.severity] if findings else []
        if not requested:
            return 1.0
        anatomy = torch.as_tensor(case["condition"])[:STRUCTURES].cpu().numpy()
        shown = findings_from_masks(mask, anatomy).present
        found = [obeyed(item, shown) for item in requested for obeyed in (zone_obeyed, severity_obeyed)]
        answers = [answer for answer in found if answer is not None]
        return sum(answers) / len(answers) if answers else 1.0


def requested_sides(context: torch.Tensor) -> dict[int, tuple[str, ...]]:
    """Channel of each requested finding to its requested sides; none where the side is unspecified.

    Args:
        context: (tokens, features) of `prompts/context.py`.
    """
    requested: dict[int, tuple[str, ...]] = {}
    start = COLUMNS["laterality"]
    for row in context[:-1]:
        names = row[COLUMNS["name"] : COLUMNS["absent"]]
        if not names.any() or row[COLUMNS["absent"]] > 0:
            continue
        sides = row[start : start + len(vocabulary.LATERALITIES)]
        side = vocabulary.LATERALITIES[int(sides.argmax())] if sides.any() else ""
        found = {"bilateral": ("left", "right"), "": ()}.get(side, (side,))
        requested[int(names.argmax())] = (*requested.get(int(names.argmax()), ()), *found)
    return requested


def least_pixels(count: int, edge: int) -> int:
    """Pixels of a frame of an edge that cover what `count` pixels of a frame of 256 do; no fewer in a smaller one."""
    return round(count * max(edge / FRAME, 1.0) ** 2)


def _union(names: tuple[str, ...], sides: Mapping[str, Array]) -> Array:
    """(H, W) bool: the named sides, or all of the frame where none is named."""
    return np.asarray(np.logical_or.reduce([sides[name] for name in names]) if names else True)


def _most_probable(channel: int, logits: Array, region: Array, anatomy: Array) -> npt.NDArray[np.uint8]:
    """A finding at its most probable place in its region, (H, W) uint8, of the requested size."""
    name, size = vocabulary.FINDING_NAMES[channel], int((anatomy[:2] > 0).any(axis=0).sum())
    if not region.any():  # no such part of the lung in this chest
        return np.zeros(logits.shape, dtype=np.uint8)
    value = float(np.abs(region[region != 0]).max())
    open_size = value in (abs(OPEN_SIZE), abs(OPEN_SIZE) / 2)
    fraction = SEVERITY_AREAS[name][0] if open_size else area_of(name, (value - 0.25) / 0.75)
    open_pixels = (region != 0) & np.isfinite(logits)
    count = min(max(int(fraction * size), least_pixels(LEAST, logits.shape[-1])), int(open_pixels.sum()))
    lungs = (anatomy[:2] > 0).any(axis=0)
    place = np.isfinite(logits) & (lungs if vocabulary.finding(name).lung_bound else True)
    zone = open_pixels & place
    if not zone.any():
        return np.zeros(logits.shape, dtype=np.uint8)
    return finding_shape(name, np.where(np.isfinite(logits), logits, OUTSIDE), zone, place, count).astype(np.uint8)
