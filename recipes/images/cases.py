# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Batches for the cascade from prepared parts: crops of films, masks, what is known of findings, context tokens.

In: folders of `recipes.images.films` and `recipes.images.insert` (images.npy, masks.npy, extras.npy, known.npz).
Out: tensors on the device of the training; resampling is exact area averaging, as a product of matrices.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from recipes.images.networks import CONDITIONS, FINDINGS, MASKS, STRUCTURES

UNIFORM, REAL = 0.45, 0.25
"""Shares of a batch: any film; real films by a finding chosen evenly; the rest are inserted lesions, chosen so too."""
MASKED = 0.65
"""Of the films with a finding, the share that has its mask; the others have a label only."""


class Batch(NamedTuple):
    """Images (B, 1, H, W) in [0, 1], conditions (B, 44, h, w), context (B, 16, 36)."""

    image: torch.Tensor
    condition: torch.Tensor
    context: torch.Tensor


def area_weights(start: torch.Tensor, length: torch.Tensor, before: int, after: int) -> torch.Tensor:
    """Matrices (B, after, before) that average `length` pixels from `start` on to `after` pixels by area."""
    edges = start[:, None] + length[:, None] * torch.arange(after + 1, device=start.device) / after
    pixel = torch.arange(before, device=start.device)
    upper = torch.minimum(edges[:, 1:, None], pixel + 1)
    overlap = (upper - torch.maximum(edges[:, :-1, None], pixel)).clamp(min=0)
    return overlap / (length / after)[:, None, None]


def unpack(bits: torch.Tensor, count: int) -> torch.Tensor:
    """(B, H, W) of bit fields to (B, count, H, W) float."""
    shifts = torch.arange(count, device=bits.device, dtype=bits.dtype)[:, None, None]
    return ((bits[:, None] >> shifts) & 1).float()


class Cases:
    """Films and inserted lesions of one section, in memory.

    Args:
        parts: folders.
        section: train, hold (training patients kept out for early stopping) or val.
        device: where batches are made.
        seed: of the choice of cases and crops.
    """

    def __init__(self, parts: Sequence[str | Path], section: str, device: str = "cpu", seed: int = 0) -> None:
        self.device, self.generator = device, torch.Generator(device).manual_seed(seed)
        known = [dict(np.load(Path(part) / "known.npz")) for part in parts]
        chosen = [np.flatnonzero(part["split"] == section) for part in known]
        arrays = [
            [np.load(Path(part) / f"{name}.npy", mmap_mode="r")[rows] for part, rows in zip(parts, chosen, strict=True)]
            for name in ("images", "masks", "extras")
        ]
        images, masks, extras = (np.concatenate(found) for found in arrays)
        self.images, self.extras = (torch.from_numpy(a).to(device) for a in (images, extras))
        self.masks = torch.from_numpy(masks.view(np.int16)).to(device)
        joined = {key: np.concatenate([k[key][c] for k, c in zip(known, chosen, strict=True)]) for key in known[0]}
        self.given, self.present, self.context = (
            torch.from_numpy(joined[key].astype(np.float32)).to(device) for key in ("given", "present", "context")
        )
        self.ids, self.kind, self.native = joined["id"], joined["kind"], joined["native"]
        self.chance = torch.from_numpy(self._chances()).to(device)

    def __len__(self) -> int:
        return len(self.images)

    def _chances(self) -> np.ndarray:
        """How likely each case is drawn: see `UNIFORM`, `REAL` and `MASKED`."""
        inserted = self.kind == "inserted"
        present, given = self.present.cpu().numpy() > 0, self.given.cpu().numpy() > 0
        chance = UNIFORM * ~inserted / max((~inserted).sum(), 1)
        real = present & ~inserted[:, None]
        pools = [(REAL * MASKED, real & given), (REAL * (1 - MASKED), real)]
        pools.append((1 - UNIFORM - REAL, present & inserted[:, None]))
        for share, pool in pools:
            counts = pool.sum(0)
            weights = pool / np.maximum(counts, 1)
            chance = chance + share * weights[:, counts > 0].sum(1) / max((counts > 0).sum(), 1)
        return np.asarray(chance / chance.sum(), dtype=np.float64)

    def uniform(self, *shape: int) -> torch.Tensor:
        """Uniform numbers of this set's own generator."""
        return torch.rand(*shape, device=self.device, generator=self.generator)

    def draw(self, count: int) -> torch.Tensor:
        """Rows of `count` cases."""
        return torch.multinomial(self.chance, count, replacement=True, generator=self.generator)

    def whole(self, rows: torch.Tensor, size: int = 64, grid: int = 32, crop: float = 0.0) -> Batch:
        """Cases in the frame of users' films, or half of them in a crop of at least 1 - `crop` of it."""
        edge = self.images.shape[-1]
        length = edge * (1 - crop * self.uniform(len(rows)) * (self.uniform(len(rows)) < 0.5))
        top, left = (self.uniform(2, len(rows)) * (edge - length)).unbind()

        def resampled(planes: torch.Tensor, after: int) -> torch.Tensor:
            down, across = (area_weights(start, length, edge, after)[:, None] for start in (top, left))
            return down @ planes @ across.mT

        image = resampled(self.images[rows][:, None].float() / 255, size)
        masks = resampled(unpack(self.masks[rows], MASKS), grid)
        extras = resampled(unpack(self.extras[rows], 2), grid)
        return Batch(image, self._condition(rows, masks, extras), self.context[rows])

    def _condition(self, rows: torch.Tensor, masks: torch.Tensor, extras: torch.Tensor) -> torch.Tensor:
        plane = torch.ones_like(masks[:, :1])
        given, present = self.given[rows][..., None, None], self.present[rows][..., None, None]
        parts = [masks[:, :STRUCTURES], masks[:, STRUCTURES:] * given, given * plane, present * plane, extras]
        return torch.cat(parts, 1)

    def forget(self, batch: Batch, everything: float = 0.15, masks: float = 0.08) -> Batch:
        """Drop all that is known of findings in a share of cases, and only their masks in another."""
        condition, context, chance = batch.condition.clone(), batch.context.clone(), self.uniform(len(batch.image))
        condition[chance < everything, STRUCTURES : CONDITIONS - 2] = 0
        context[chance < everything] = 0
        hidden = (chance >= everything) & (chance < everything + masks)
        condition[hidden, STRUCTURES : MASKS + FINDINGS] = 0
        return Batch(batch.image, condition, context)

    def patches(self, rows: torch.Tensor, size: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Patches (B, 1, S, S) at the resolution of the images, and masks and extras (B, 18, S / 4, S / 4)."""
        edge, cells = self.images.shape[-1], size // 4
        starts = (self.uniform(2, len(rows)) * ((edge - size) // 4 + 1)).long() * 4
        y, x = (start[:, None] + torch.arange(size, device=self.device) for start in starts)
        at = (rows[:, None, None], y[:, :, None], x[:, None, :])
        planes = torch.cat([unpack(self.masks[at], MASKS), unpack(self.extras[at], 2)], 1)
        condition = planes.unflatten(-1, (cells, 4)).unflatten(-3, (cells, 4)).mean((-1, -3))
        condition[:, STRUCTURES:MASKS] *= self.given[rows][..., None, None]
        return self.images[at][:, None].float() / 255, condition
