# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Averages planes of a case down to a coarser grid: the condition of a network to that of its latents.

Takes planes (B, C, H, W) at the resolution of the data; gives (B, C, h, w).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional


def pool_to_grid(planes: torch.Tensor, grid: Sequence[int]) -> torch.Tensor:
    """Mean of each cell of a grid (h, w), as float32; planes that have its size already stay as they are."""
    return functional.adaptive_avg_pool2d(planes.float(), (grid[-2], grid[-1]))
