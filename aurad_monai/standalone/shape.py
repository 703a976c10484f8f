# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The shape of a finding of known place and size, in torch alone, in the part of Python that TorchScript reads.

Takes logits (H, W) and where the finding may lie; gives a mask (H, W) bool. The rules are those of
`anatomy/finding_shape.py`; a test holds the two equal.
"""

from __future__ import annotations

import math

import torch
from torch.nn import functional

from aurad_monai.standalone.chest import grown_by_steps, smoothed


def finding_shape(
    logits: torch.Tensor,
    zone: torch.Tensor,
    place: torch.Tensor,
    count: int,
    lowest: float,
    fluid: bool,
    elongation: float,
) -> torch.Tensor:
    """A finding of `count` pixels (H, W) whose middle is the most probable place of a zone.

    Args:
        logits: (H, W), finite.
        zone: (H, W) bool, where the middle may be; not empty.
        place: (H, W) bool, where the finding may lie; holds the zone.
        count: pixels; as many as there are where `place` has fewer.
        lowest: of what lies along the chest wall, the sine of the angle down to which; -2 for what does not.
        fluid: whether it fills the lung from below.
        elongation: length by width of the ellipse that it is otherwise.
    """
    width = logits.shape[1]
    radius, unit = max(math.sqrt(count / math.pi), 1.0), max(width / 256, 1.0)
    broad = min(max(0.6 * radius, 2.0 * unit), 8.0 * unit)
    smooth = smoothed(logits, broad)
    to_border = distance_to(~functional.pad(zone, (1, 1, 1, 1)))[1:-1, 1:-1]
    deep = zone & (to_border >= min(radius, float(torch.quantile(to_border[zone], 0.7))))
    middle = int(torch.argmax(torch.where(deep, smooth, float("-inf")).flatten()))
    row, column = middle // width, middle % width
    seed = torch.zeros_like(place)
    seed[row, column] = True
    own = connected(seed, place)
    rows = torch.arange(logits.shape[0], device=logits.device, dtype=torch.float64)[:, None]
    columns = torch.arange(width, device=logits.device, dtype=torch.float64)[None]
    away = torch.sqrt((rows - row) ** 2 + (columns - column) ** 2) / radius
    if fluid:
        score = depth_of_fluid(own, rows, columns)
    elif lowest > -2:
        along = 3 * (away / 4.0) ** 2
        score = -to_chest_wall(own, lowest) / max(0.35 * radius, 2.0 * unit) - along
    else:
        near, down, right = own & (away < 2.5), (rows - row) / radius, (columns - column) / radius
        angle = main_axis(near * torch.exp(standardized(logits, near, broad) - away**2 / 2), down, right)
        along = right * math.cos(angle) + down * math.sin(angle)
        across = down * math.cos(angle) - right * math.sin(angle)
        uneven = 0.3 * (elongation - 1) * standardized(logits, near, 0.3 * radius + unit)
        score = uneven.clamp(-0.5, 0.5) - torch.sqrt(along**2 / elongation + across**2 * elongation)
    score = torch.where(own, score, float("-inf")).flatten()
    order = torch.argsort(score, dim=0, descending=False, stable=True)
    chosen = torch.zeros_like(own).flatten()
    chosen[order[score.numel() - min(count, int(own.sum())) :]] = True
    found = chosen.reshape(own.shape)
    if fluid or lowest > -2:
        return found
    surest = torch.zeros_like(own).flatten()
    surest[order[-1]] = True
    return connected(surest.reshape(own.shape), found)


def standardized(logits: torch.Tensor, near: torch.Tensor, spread: float) -> torch.Tensor:
    """Logits (H, W) smoothed within a place (H, W) alone, with mean 0 and deviation 1 there, 0 elsewhere."""
    reach, found = int(4 * spread + 0.5), torch.zeros_like(logits, dtype=torch.float64)
    rows, columns = torch.nonzero(near.any(dim=1)), torch.nonzero(near.any(dim=0))
    top, bottom = max(int(rows.min()) - reach, 0), int(rows.max()) + reach + 1
    first, last = max(int(columns.min()) - reach, 0), int(columns.max()) + reach + 1
    part = near[top:bottom, first:last]
    level = logits[near].double().mean()
    inside = smoothed(torch.where(part, logits[top:bottom, first:last].double() - level, 0.0), spread)
    inside = inside / smoothed(part.double(), spread).clamp(min=1e-6)
    scale = max(float(torch.std(inside[part], unbiased=False)), 1e-6)
    found[top:bottom, first:last] = torch.where(part, inside - inside[part].mean(), 0.0) / scale
    return found


def main_axis(weights: torch.Tensor, down: torch.Tensor, right: torch.Tensor) -> float:
    """Angle of the direction in which weights (H, W) reach farthest, in radians from right to down."""
    weights = weights / weights.sum()
    down, right = down - (weights * down).sum(), right - (weights * right).sum()
    slant, wider = (weights * down * right).sum(), (weights * (right**2 - down**2)).sum()
    return 0.5 * math.atan2(2 * float(slant), float(wider))


def distance_to(mask: torch.Tensor) -> torch.Tensor:
    """Distance of each pixel to the nearest of a mask (H, W), which is not empty; (H, W) float64."""
    squares = torch.where(mask, 0.0, float("inf")).double()
    for _ in range(2):  # down the columns, then along the rows
        line = torch.arange(squares.shape[0], device=mask.device, dtype=torch.float64)[:, None]
        nearest = squares
        for i in range(squares.shape[0]):
            nearest = torch.minimum(nearest, (line - i) ** 2 + squares[i][None])
        squares = nearest.transpose(0, 1)
    return torch.sqrt(squares)


def connected(seed: torch.Tensor, place: torch.Tensor) -> torch.Tensor:
    """The part of a place (H, W) that can be reached from a seed in it, by neighbors up, down, left and right."""
    found, count = seed, 0
    while int(found.sum()) > count:
        count = int(found.sum())
        for _ in range(8):
            found = grown_by_steps(found, 1) & place
    return found


def depth_of_fluid(lung: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    """Where fluid goes first in a lung (H, W), more is earlier: to its lowest part, and up the chest wall."""
    top, bottom, first, last = box(lung)
    across = (columns - (first + last) / 2) * outward(lung) / max((last - first) / 2, 1.0)
    return rows + 0.3 * (bottom - top + 1) * across.clamp(0, 1) ** 2


def to_chest_wall(lung: torch.Tensor, lowest: float) -> torch.Tensor:
    """Pixels to the lateral and upper border of a lung (H, W), down to `lowest`."""
    top, bottom, first, last = box(lung)
    down = torch.arange(-1, lung.shape[0] + 1, device=lung.device, dtype=torch.float64)[:, None]
    across = torch.arange(-1, lung.shape[1] + 1, device=lung.device, dtype=torch.float64)[None]
    down = (down - (top + bottom) / 2) / (bottom - top + 1)
    across = (across - (first + last) / 2) * outward(lung) / (last - first + 1)
    length = torch.sqrt(down**2 + across**2).clamp(min=1e-6)
    wall = ~functional.pad(lung, (1, 1, 1, 1)) & (across > -0.2 * length) & (down < lowest * length)
    return distance_to(wall)[1:-1, 1:-1]


def box(mask: torch.Tensor) -> tuple[float, float, float, float]:
    """First and last row, first and last column of a mask (H, W), which is not empty."""
    rows, columns = torch.nonzero(mask.any(dim=1)), torch.nonzero(mask.any(dim=0))
    return float(rows.min()), float(rows.max()), float(columns.min()), float(columns.max())


def outward(lung: torch.Tensor) -> float:
    """Direction from the middle of the chest to the wall of a lung: 1 to the right of the frame, -1 to the left."""
    center = float(torch.nonzero(lung)[:, 1].double().mean())
    return 1.0 if center > (lung.shape[1] - 1) / 2 else -1.0
