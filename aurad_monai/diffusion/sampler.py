# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Sampler of a diffusion network: scheduler, solver and classifier-free guidance.

Takes noise, condition and context; gives latents. Holds settings only: no call changes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch

from aurad_monai import vocabulary
from aurad_monai.diffusion.conditioning import near_findings, pool_to_grid, without_findings
from aurad_monai.diffusion.scheduler import FlowScheduler
from aurad_monai.diffusion.solver import integrate

Network = Callable[..., torch.Tensor]


class Sampler(Protocol):
    """What `aurad_monai.diffusion.sample` asks of a sampler; a bundle may bring another one."""

    num_inference_steps: int
    presets: Mapping[str, Any]

    def __call__(
        self,
        network: Any,
        noise: torch.Tensor,
        condition: torch.Tensor,
        context: torch.Tensor,
        num_inference_steps: int | None = None,
        guidance_scale: float | None = None,
    ) -> torch.Tensor:
        """Latents (B, L, h, w) of noise (B, L, h, w), condition (B, C, H, W) and context (B, tokens, features)."""


@dataclass(frozen=True)
class FlowSampler:
    """Rectified flow (Liu et al., arXiv 2209.03003) with classifier-free guidance (arXiv 2207.12598).

    Args:
        scheduler: of the training of the network.
        num_inference_steps: network evaluations.
        guidance_scale: 1 samples the plain conditional model.
        solver_order: 1 for Euler steps, 2 for AB2, which has the detail of twice the steps at no further evaluation.
        always_on_channels: channels of the condition that the unconditional branch keeps (the anatomy).
        zero_mean_noise: subtract the mean of each noise channel. GroupNorm removes the per-channel mean, so the
            network cannot correct it; decoded, it appears as an 8 x 8 grid.
        presets: name to (num_inference_steps, guidance_scale).
        hidden_findings: that the network is not told of, since postprocessing draws them over what it paints; so an
            image with one of them differs from the image without it where its mask lies and nowhere else.
        local_findings: the network is told of findings where their masks lie and not elsewhere, so that an image with
            one hardly differs elsewhere from the image without it. A case with findings costs twice the network
            evaluations.
    """

    scheduler: FlowScheduler
    num_inference_steps: int = 10
    guidance_scale: float = 1.0
    solver_order: int = 2
    always_on_channels: int = 3
    zero_mean_noise: bool = False
    presets: Mapping[str, Any] = field(default_factory=dict)
    hidden_findings: Sequence[str] = ()
    local_findings: bool = False

    @torch.inference_mode()
    def __call__(
        self,
        network: Network,
        noise: torch.Tensor,
        condition: torch.Tensor,
        context: torch.Tensor,
        num_inference_steps: int | None = None,
        guidance_scale: float | None = None,
    ) -> torch.Tensor:
        """Latents of a batch.

        Args:
            network: `network(x, timesteps, context=context)`, x being noisy latents joined with the condition.
            noise: (B, L, h, w), standard normal.
            condition: (B, C, H, W) at the resolution of the data.
            context: (B, tokens, features).
            num_inference_steps: of this call; None as constructed.
            guidance_scale: of this call; None as constructed.
        """
        condition, context = without_findings(condition, context, self.hidden_findings)
        scale = self.guidance_scale if guidance_scale is None else guidance_scale
        planes = pool_to_grid(condition, noise.shape)
        if self.zero_mean_noise:
            noise = noise - noise.mean(dim=(-2, -1), keepdim=True)

        def velocity(x: torch.Tensor, time: float) -> torch.Tensor:
            return self.guided_velocity(network, x, time, planes, context, scale)

        times = self.scheduler.times(num_inference_steps or self.num_inference_steps)
        if not self.local_findings:
            return integrate(velocity, noise, times, self.solver_order)

        without, context_without = without_findings(planes, context, vocabulary.FINDING_NAMES)
        near = near_findings(planes - without)
        some = near.flatten(1).any(1)

        def local_velocity(x: torch.Tensor, time: float) -> torch.Tensor:
            found = velocity(x, time).clone()
            if some.any():
                elsewhere = self.guided_velocity(network, x[some], time, without[some], context_without[some], scale)
                found[some] = torch.lerp(elsewhere, found[some], near[some].to(found.dtype))
            return found

        return integrate(local_velocity, noise, times, self.solver_order)

    def guided_velocity(
        self,
        network: Network,
        noisy: torch.Tensor,
        time: float,
        condition: torch.Tensor,
        context: torch.Tensor,
        guidance_scale: float,
    ) -> torch.Tensor:
        """Velocity (data minus noise) at `time` in [0, 1]; both branches of guidance run as one batch."""
        inputs, latents = torch.cat([noisy, condition], 1), noisy.shape[1]
        timesteps = torch.full((len(noisy),), time, device=noisy.device) * self.scheduler.num_train_timesteps
        if guidance_scale == 1.0:
            return self.scheduler.to_velocity(network(inputs, timesteps, context=context), noisy, timesteps)
        unconditional = inputs.clone()
        unconditional[:, latents + self.always_on_channels :] = 0
        both, tokens = torch.cat([inputs, unconditional]), torch.cat([context, torch.zeros_like(context)])
        outputs = network(both, timesteps.repeat(2), context=tokens).chunk(2)
        guided, free = (self.scheduler.to_velocity(output, noisy, timesteps) for output in outputs)
        return free + guidance_scale * (guided - free)
