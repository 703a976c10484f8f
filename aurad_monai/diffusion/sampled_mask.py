# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""After bundle 1's sampler: logits become masks that keep to what the prompt asks for and the chest allows."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy import ndimage

from aurad_monai import vocabulary
from aurad_monai.anatomy.findings_from_masks import split_sides
from aurad_monai.anatomy.sizes import SEVERITY_AREAS, area_of
from aurad_monai.anatomy.zones import OPEN_SIZE, allowed_place
from aurad_monai.diffusion.sampled import Sampledd
from aurad_monai.prompts.context import COLUMNS

STRUCTURES = len(vocabulary.ANATOMY_NAMES)
Array = npt.NDArray[Any]


class SampledMaskd(Sampledd):
    """Put the mask of `pred` (findings, H, W), logits, under `pathology`.

    A prompt lists what shall be drawn, and nothing else is: channels not asked for are emptied, and so is a side that
    was not asked for and what lies where the finding cannot be (`anatomy/zones.py`, `allowed_place`). A prompt that is
    "not given" leaves findings and sides free. The case also holds `condition` (3 + findings, H, W) and `context` it
    was sampled with (`request/conditions.py`).

    Args:
        threshold: logits above it are drawn.
        least_pixels: connected parts with fewer pixels are specks of the sampler and go.
        insist: where nothing is left of a finding asked for, on a side it is asked on, draw its most probable pixels,
            as many as its asked size (or the smallest of its real sizes).
        obey: False leaves all of this out and only thresholds, to see what the network alone does.
    """

    def __init__(self, threshold: float = 0.0, least_pixels: int = 9, insist: bool = True, obey: bool = True) -> None:
        super().__init__("pathology", threshold, least_pixels)
        self.insist, self.obey = insist, obey

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        case = dict(data)
        if not self.obey:
            return super().__call__(case)
        logits = torch.as_tensor(case["pred"]).detach().float().cpu().numpy().copy()
        condition, context = (torch.as_tensor(case[key]).cpu() for key in ("condition", "context"))
        anatomy, region = condition[:STRUCTURES].numpy(), condition[STRUCTURES:].numpy()
        given = bool(context[-1, COLUMNS["given"]] > 0)
        parts = split_sides(np.ones(logits.shape[-2:], dtype=bool), anatomy)
        sides = dict(zip(("left", "right"), parts, strict=True))
        asked = asked_sides(context)
        for channel, name in enumerate(vocabulary.FINDING_NAMES):
            allowed = allowed_place(name, anatomy)
            if given:
                allowed = allowed & (_union(asked[channel], sides) if channel in asked else False)
            logits[channel][~allowed] = -np.inf
        mask = self._without_specks(torch.from_numpy(logits > self.threshold).to(torch.uint8))
        if given and self.insist:
            for channel, names in asked.items():
                for side in names or ("",):
                    half = sides.get(side, np.ones_like(parts[0]))
                    if not (mask[channel].numpy() & half).any():
                        where = np.where(half, region[channel], 0)
                        found = _most_probable(channel, logits[channel], where, anatomy)
                        mask[channel] |= torch.from_numpy(found)
        case[self.key] = mask
        return case


def asked_sides(context: torch.Tensor) -> dict[int, tuple[str, ...]]:
    """Channel of each finding asked for to the sides it is asked on; none where the side is open.

    Args:
        context: (tokens, features) of `prompts/context.py`.
    """
    asked: dict[int, tuple[str, ...]] = {}
    start = COLUMNS["laterality"]
    for row in context[:-1]:
        names = row[COLUMNS["name"] : COLUMNS["absent"]]
        if not names.any() or row[COLUMNS["absent"]] > 0:
            continue
        sides = row[start : start + len(vocabulary.LATERALITIES)]
        side = vocabulary.LATERALITIES[int(sides.argmax())] if sides.any() else ""
        found = {"bilateral": ("left", "right"), "": ()}.get(side, (side,))
        asked[int(names.argmax())] = (*asked.get(int(names.argmax()), ()), *found)
    return asked


def _union(names: tuple[str, ...], sides: Mapping[str, Array]) -> Array:
    """(H, W) bool: the named sides, or all of the frame where none is named."""
    return np.asarray(np.logical_or.reduce([sides[name] for name in names]) if names else True)


def _most_probable(channel: int, logits: Array, region: Array, anatomy: Array) -> npt.NDArray[np.uint8]:
    """The most probable pixels of a finding in its region, (H, W) uint8, as many as the asked size."""
    name, lungs = vocabulary.FINDING_NAMES[channel], int((anatomy[:2] > 0).any(axis=0).sum())
    if not region.any():  # no such part of the lung in this chest
        return np.zeros(logits.shape, dtype=np.uint8)
    value = float(np.abs(region[region != 0]).max())
    open_size = value in (abs(OPEN_SIZE), abs(OPEN_SIZE) / 2)
    fraction = SEVERITY_AREAS[name][0] if open_size else area_of(name, (value - 0.25) / 0.75)
    open_pixels = (region != 0) & np.isfinite(logits)
    count = min(max(int(fraction * lungs), 16), int(open_pixels.sum()))
    spread = float(np.clip(0.35 * np.sqrt(count), 2, 8))  # smooth enough that the pixels chosen hang together
    smooth = ndimage.gaussian_filter(np.where(np.isfinite(logits), logits, -20.0), spread)
    candidates = np.where(open_pixels, smooth, -np.inf)
    chosen = np.zeros(logits.shape, dtype=np.uint8)
    chosen.flat[np.argsort(candidates, axis=None)[candidates.size - count :]] = 1
    return chosen
