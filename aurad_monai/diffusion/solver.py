# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""ODE solver of a sampler: Euler or two-step Adams-Bashforth (AB2).

Takes a velocity function, noise and a time grid; gives the latents at the end of the grid.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

Velocity = Callable[[torch.Tensor, float], torch.Tensor]


def integrate(velocity: Velocity, x: torch.Tensor, times: torch.Tensor, solver_order: int = 2) -> torch.Tensor:
    """Adams-Bashforth steps of order 1 (Euler) or 2 on a grid of any spacing, one network evaluation a step.

    Args:
        velocity: data minus noise, `velocity(x, time)`.
        x: noise (B, L, h, w).
        times: (steps + 1,), from 1 to 0.
        solver_order: 2 also uses the velocity of the step before.
    """
    previous, previous_step = None, 1.0
    grid = times.tolist()
    for time, following in zip(grid[:-1], grid[1:], strict=True):
        v, step = velocity(x, time), time - following
        direction = v if previous is None else v + step / (2 * previous_step) * (v - previous)
        x = x + step * direction
        if solver_order == 2:
            previous, previous_step = v, step
    return x
