# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Sides, zones and neighborhoods of a chest in torch alone, in the part of Python that TorchScript reads.

Takes masks (H, W) bool; gives masks and zone numbers. The rules are those of `anatomy/zones.py`,
`anatomy/findings_from_masks.py` and `diffusion/mask_postprocessing.py`; tests hold the two equal.
"""

from __future__ import annotations

import torch
from torch.nn import functional

# Numbers of vocabulary.ZONES: upper, mid, lower, apical, basal, perihilar, costophrenic, diffuse.


def left_half(anatomy: torch.Tensor) -> torch.Tensor:
    """Columns on the patient's left, cut midway between the lungs, (W,) bool; anatomy (3, H, W) bool."""
    columns = torch.arange(anatomy.shape[2], device=anatomy.device, dtype=torch.float64)
    across = anatomy.sum(1).double()
    left = (across[0] * columns).sum() / across[0].sum().clamp(min=1)
    right = (across[1] * columns).sum() / across[1].sum().clamp(min=1)
    return columns > (left + right) / 2


def heights(lung: torch.Tensor) -> torch.Tensor:
    """Height of each row in the bounding box of a lung (H, W), 0 at the apex and 1 at the base, (H,) float64."""
    rows = torch.arange(lung.shape[0], device=lung.device, dtype=torch.float64)
    inside = rows[lung.any(dim=1)]
    if inside.numel() == 0:
        return torch.full_like(rows, float("nan"))
    return (rows - inside.min()) / (inside.max() - inside.min()).clamp(min=1)


def depths(lung: torch.Tensor, medial_on_left: bool) -> torch.Tensor:
    """Depth of each column in the bounding box of a lung (H, W), 0 medial and 1 lateral, (W,) float64."""
    columns = torch.arange(lung.shape[1], device=lung.device, dtype=torch.float64)
    inside = columns[lung.any(dim=0)]
    if inside.numel() == 0:
        return torch.full_like(columns, float("nan"))
    across = (columns - inside.min()) / (inside.max() - inside.min()).clamp(min=1)
    return across if medial_on_left else 1 - across


def zone_of_lung(lung: torch.Tensor, medial_on_left: bool, zone: int, spans: list[list[float]]) -> torch.Tensor:
    """Pixels of one lung (H, W) that a zone names; -1 names all, spans are the heights of each zone."""
    span = spans[7 if zone < 0 else zone]
    height, depth = heights(lung)[:, None], depths(lung, medial_on_left)[None]
    part = lung & (height >= span[0]) & (height <= span[1])
    if zone == 5:
        part = part & (depth <= 0.6)
    if zone == 6:
        part = part & (depth >= 0.5)
    return part


def name_zone(shape: torch.Tensor, lung: torch.Tensor, medial_on_left: bool) -> int:
    """Number of the zone that a shape (H, W) occupies in one lung, by its extent and its center of mass."""
    places = torch.nonzero(shape)
    inside = heights(lung)[places[:, 0]].clamp(0, 1)
    ends = torch.quantile(inside, torch.tensor([0.05, 0.95], dtype=torch.float64, device=inside.device))
    center = float(inside.mean())
    across = float(depths(lung, medial_on_left)[places[:, 1]].clamp(0, 1).mean())
    if float(ends[1] - ends[0]) > 0.6:
        return 7
    if center >= 0.8:
        return 6 if across > 0.6 else 4
    if center < 0.18:
        return 3
    if center < 0.4:
        return 0
    if center < 0.62:
        return 5 if across < 0.4 else 1
    return 2


def grown_by_steps(mask: torch.Tensor, steps: int) -> torch.Tensor:
    """A mask (H, W) and its neighbors up, down, left and right, `steps` times."""
    grown = mask.float()[None, None]
    for _ in range(steps):
        across = functional.max_pool2d(grown, (1, 3), stride=1, padding=(0, 1))
        grown = torch.maximum(across, functional.max_pool2d(grown, (3, 1), stride=1, padding=(1, 0)))
    return grown[0, 0] > 0.5


def grown_by_radius(mask: torch.Tensor, radius: float) -> torch.Tensor:
    """Pixels no farther than `radius` from a mask (H, W)."""
    reach = int(radius)
    line = torch.arange(-reach, reach + 1, device=mask.device, dtype=torch.float64)
    disk = ((line[:, None] ** 2 + line[None] ** 2) <= radius**2).float()[None, None]
    return functional.conv2d(mask.float()[None, None], disk, padding=reach)[0, 0] > 0.5


def without_small(mask: torch.Tensor, min_pixels: int) -> torch.Tensor:
    """A mask (C, H, W) without components of fewer than `min_pixels` (4-neighbors), each channel by itself.

    After `min_pixels` - 1 steps all pixels of a smaller component have one label and no neighbor has another.
    """
    count, height, width = mask.shape
    places = torch.arange(1, count * height * width + 1, device=mask.device, dtype=torch.float64)
    labels = torch.where(mask, places.reshape(count, height, width), 0.0)
    for _ in range(min_pixels - 1):
        labels = torch.where(mask, _largest_neighbor(labels), 0.0)
    other = mask & (_largest_neighbor(labels) != labels)
    number = labels.long().flatten()
    sizes = torch.zeros(count * height * width + 1, device=mask.device, dtype=torch.float64)
    sizes.scatter_add_(0, number, mask.flatten().double())
    open_ends = torch.zeros_like(sizes).scatter_add_(0, number, other.flatten().double())
    keep = (sizes[number] >= min_pixels) | (open_ends[number] > 0)
    return mask & keep.reshape(count, height, width)


def _largest_neighbor(labels: torch.Tensor) -> torch.Tensor:
    across = functional.max_pool2d(labels[None], (1, 3), stride=1, padding=(0, 1))[0]
    return torch.maximum(across, functional.max_pool2d(labels[None], (3, 1), stride=1, padding=(1, 0))[0])


def smoothed(plane: torch.Tensor, spread: float) -> torch.Tensor:
    """Gaussian of a plane (H, W) as SciPy's `gaussian_filter` makes it: cut at 4 SD, borders mirrored; float64."""
    reach = int(4 * spread + 0.5)
    line = torch.arange(-reach, reach + 1, device=plane.device, dtype=torch.float64)
    weights = torch.exp(-0.5 / (spread * spread) * line**2)
    weights = weights / weights.sum()
    rows = torch.cat([plane[:reach].flip(0), plane, plane[-reach:].flip(0)]).double()
    down = functional.conv2d(rows[None, None], weights.reshape(1, 1, -1, 1))[0, 0]
    wide = torch.cat([down[:, :reach].flip(1), down, down[:, -reach:].flip(1)], dim=1)
    return functional.conv2d(wide[None, None], weights.reshape(1, 1, 1, -1))[0, 0]
