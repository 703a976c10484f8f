# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Diversity and copying of masks: IoU among masks of one prompt, and the largest IoU with any training mask.

Takes masks; gives mean pairwise IoU and nearest IoU.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from aurad_monai.evaluation.masks.sampled_masks import SampledMask

GRID = 64
FloatArray = npt.NDArray[np.float32]


def in_lung_frame(mask: SampledMask, margin: float = 0.1) -> npt.NDArray[np.bool_]:
    """A mask (findings, GRID, GRID) resampled to the box around both lungs plus a margin, to compare patients."""
    top, left, height, width = mask.lung_frame()
    rows = top + height * (np.linspace(-margin, 1 + margin, GRID))
    columns = left + width * (np.linspace(-margin, 1 + margin, GRID))
    grid = np.stack(np.meshgrid(rows, columns, indexing="ij"))
    return np.stack([ndimage.map_coordinates(channel, grid, order=0) > 0 for channel in mask.pathology])


def mean_pairwise_iou(masks: Sequence[SampledMask]) -> float:
    """Mean intersection over union of all pairs of masks, findings kept apart; NaN with fewer than two."""
    flat = np.stack([in_lung_frame(mask).ravel() for mask in masks]).astype(np.float32)
    overlap = _iou(flat, flat)
    pairs = np.triu_indices(len(masks), 1)
    return float(overlap[pairs].mean()) if len(masks) > 1 else float("nan")


def nearest_iou(masks: Sequence[npt.NDArray[np.uint8]], known: Sequence[npt.NDArray[np.uint8]]) -> FloatArray:
    """Largest IoU of each mask (findings, H, W) with any known mask, at GRID x GRID; 0 for an empty mask."""
    requested, stored = _shrunk(masks), _shrunk(known)
    best = np.zeros(len(requested), np.float32)
    for first in range(0, len(stored), 256):
        best = np.maximum(best, _iou(requested, stored[first : first + 256].astype(np.float32)).max(axis=1))
    return best


def _shrunk(masks: Sequence[npt.NDArray[np.uint8]]) -> FloatArray:
    step = masks[0].shape[-1] // GRID
    return np.stack([(mask[:, step // 2 :: step, step // 2 :: step] > 0).ravel() for mask in masks]).astype(np.float32)


def _iou(first: FloatArray, second: FloatArray) -> FloatArray:
    both = first @ second.T
    union = first.sum(axis=1)[:, None] + second.sum(axis=1)[None] - both
    return np.asarray(both / np.maximum(union, 1), dtype=np.float32)
