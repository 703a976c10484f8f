# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What a network sees of a condition: planes averaged down to the grid of its latents, findings left out or near.

Takes planes (B, C, H, W) at the resolution of the data and tokens (B, tokens, features); gives (B, C, h, w) and tokens.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional

from aurad_monai import vocabulary
from aurad_monai.prompts.context import COLUMNS


def pool_to_grid(planes: torch.Tensor, grid: Sequence[int]) -> torch.Tensor:
    """Mean of each cell of a grid (h, w), as float32; planes that have its size already stay as they are."""
    return functional.adaptive_avg_pool2d(planes.float(), (grid[-2], grid[-1]))


def without_findings(
    condition: torch.Tensor, context: torch.Tensor, names: Sequence[str]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Condition (B, 3 + findings, H, W) and context (B, tokens, features) as if these findings were not there."""
    if not names:
        return condition, context
    channels = [vocabulary.channel(name) for name in names]
    condition, context = condition.clone(), context.clone()
    condition[:, [len(vocabulary.ANATOMY_NAMES) + channel for channel in channels]] = 0
    tokens = context[:, :-1]  # the last says what is known of the case
    named = (tokens[..., [COLUMNS["name"] + channel for channel in channels]] > 0).any(dim=-1)
    tokens[named] = 0
    return condition, context


def near_findings(planes: torch.Tensor) -> torch.Tensor:
    """How near each cell of a grid is to a finding: (B, 1, h, w) of planes (B, C, h, w), 0 where there is none.

    1 in cells that a mask covers, less in cells that it covers in part, falling to 0 over the two cells around it.
    """
    covered = planes.amax(1, keepdim=True)
    wider = functional.max_pool2d(covered, 3, 1, 1)
    return functional.avg_pool2d(wider, 3, 1, 1, count_include_pad=False)
