# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""From noise to data: rectified flow in few steps on standardized latents, with classifier-free guidance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from monai.inferers import Inferer
from torch import nn
from torch.nn import functional

from aurad_monai.diffusion.latents import LatentSpace


def seeded_noise(seeds: Sequence[int], shape: Sequence[int], stream: int = 0) -> torch.Tensor:
    """Noise (len(seeds), *shape) in which case i depends on seeds[i] alone, whatever the batch it is in.

    Args:
        seeds: one a case, 0 or more.
        shape: of one case.
        stream: tells apart the draws of one case (mask, image).
    """
    draws = [np.random.default_rng([seed, stream]).standard_normal(tuple(shape), dtype=np.float32) for seed in seeds]
    return torch.from_numpy(np.stack(draws))


DEFAULT_QUALITY = "default"
MIN_TIME = 0.1
"""Below this time a prediction of the data is divided by it, not by the time itself, which goes to zero."""


def sampling_times(steps: int, shift: float = 1.0, ends: float = 0.0) -> list[float]:
    """The steps + 1 times of a sampler, from noise (1) to data (0).

    Where data are Gaussian of deviation s the flow is known, and with it what few steps lose: a coarse pattern (s of
    10) is decided at the first steps, fine detail (s of 0.2) at the last ones, so that even steps lose amplitude at
    both.

    Args:
        steps: of the sampler.
        shift: above 1 moves all of them toward noise (Esser et al., arXiv 2403.03206).
        ends: 0 spaces them evenly, 1 along a cosine, closer at both ends; in between mixes both.
    """
    even = torch.linspace(1.0, 0.0, steps + 1)
    spaced = (1 - ends) * even + ends * (1 + torch.cos(math.pi * (1 - even))) / 2
    return (shift * spaced / (1 + (shift - 1) * spaced)).tolist()


def as_velocity(output: torch.Tensor, state: torch.Tensor, times: torch.Tensor, prediction: str) -> torch.Tensor:
    """The velocity (data minus noise) that a network's output stands for.

    A network that predicts the data need not carry the noise of every channel through itself, which a narrow network on
    many sparse channels cannot (Li and He, arXiv 2511.13720); the velocity follows, as state = data - time * velocity.

    Args:
        output: of the network (B, L, h, w).
        state: noisy latents (B, L, h, w).
        times: (B,) in [0, 1], 1 being noise.
        prediction: what the network was trained to give, velocity or data.
    """
    if prediction == "velocity":
        return output
    return (output - state) / times.clamp(min=MIN_TIME).reshape(-1, 1, 1, 1)


class RectifiedFlowInferer(Inferer):
    """Sample a bundle's diffusion UNet and decode what it made.

    The velocity field (Liu et al., arXiv 2209.03003) is integrated from noise (t = 1) to data (t = 0), one network
    evaluation a step; both branches of guidance (Ho and Salimans, arXiv 2207.12598) run as one batch.

    Args:
        latent_space: its decoder gives the data.
        num_train_timesteps: of the scheduler the network was trained with.
        num_inference_steps: steps from noise to data.
        guidance_scale: 1 samples the plain conditional model.
        kept_channels: channels of the condition that the unguided branch keeps (the anatomy).
        prediction: what the network gives, velocity or data.
        time_shift: above 1 spends more of the steps near noise, where latents of many redundant channels are decided;
            as the network was trained.
        time_ends: from 0 to 1, how much closer steps lie at both ends (`sampling_times`).
        order: 1 takes Euler steps; 2 lets each step use the velocity before it too (Adams and Bashforth, 1883), which
            is worth twice the steps in detail at no further evaluation (docs/results.md).
        center_noise: take the mean over the grid out of each channel of the noise. Group normalization hides it from
            the network, which leaves it in the latents; of components of blocks it is a pattern in every block.
        presets: (num_inference_steps, guidance_scale) of the qualities that differ from the default.
        finish: what decoded data pass through, such as `UnsharpMask`.
    """

    def __init__(
        self,
        latent_space: LatentSpace,
        num_train_timesteps: int = 1000,
        num_inference_steps: int = 10,
        guidance_scale: float = 2.0,
        kept_channels: int = 3,
        prediction: str = "velocity",
        time_shift: float = 1.0,
        time_ends: float = 0.0,
        order: int = 1,
        center_noise: bool = False,
        presets: Mapping[str, tuple[int, float]] | None = None,
        finish: nn.Module | None = None,
    ) -> None:
        self.latent_space = latent_space.eval()
        self.num_train_timesteps = num_train_timesteps
        self.num_inference_steps = num_inference_steps
        self.guidance_scale = guidance_scale
        self.kept_channels = kept_channels
        self.prediction, self.order, self.center_noise = prediction, order, center_noise
        self.time_shift, self.time_ends = time_shift, time_ends
        self.finish = finish or nn.Identity()
        self.presets = {**(presets or {}), DEFAULT_QUALITY: (num_inference_steps, guidance_scale)}

    @torch.inference_mode()
    def __call__(  # type: ignore[override]
        self,
        inputs: torch.Tensor,
        network: nn.Module,
        condition: torch.Tensor,
        context: torch.Tensor,
        num_inference_steps: int | None = None,
        guidance_scale: float | None = None,
        **_: Any,
    ) -> torch.Tensor:
        """Sample a batch.

        Args:
            inputs: noise (B, L, h, w), standard normal.
            network: MONAI DiffusionModelUNet on latents joined with the condition's channels.
            condition: (B, C, H, W) at the resolution of the data; averaged down to (h, w).
            context: (B, tokens, features).
            num_inference_steps: of this call; None as it was constructed.
            guidance_scale: of this call; None as it was constructed.

        Returns:
            Decoded data (B, C', H, W).
        """
        small = functional.adaptive_avg_pool2d(condition.float(), (inputs.shape[-2], inputs.shape[-1]))
        latents, before, span_before = inputs, None, 1.0
        if self.center_noise:
            latents = latents - latents.mean(dim=(-2, -1), keepdim=True)
        scale = self.guidance_scale if guidance_scale is None else guidance_scale
        times = sampling_times(num_inference_steps or self.num_inference_steps, self.time_shift, self.time_ends)
        for now, after in zip(times[:-1], times[1:], strict=True):
            velocity, span = self._velocity(network, latents, now, small, context, scale), now - after
            step = velocity if before is None else velocity + span / (2 * span_before) * (velocity - before)
            latents = latents + span * step
            if self.order == 2:
                before, span_before = velocity, span
        made: torch.Tensor = self.finish(self.latent_space.decode(latents))
        return made

    def _velocity(
        self,
        network: nn.Module,
        latents: torch.Tensor,
        time: float,
        condition: torch.Tensor,
        context: torch.Tensor,
        guidance_scale: float,
    ) -> torch.Tensor:
        """Guided velocity (data minus noise) at `time` in [0, 1], 1 being noise."""
        inputs = torch.cat([latents, condition], 1)
        times = torch.full((len(latents),), time, device=latents.device)
        timesteps = times * self.num_train_timesteps
        if guidance_scale == 1.0:
            return as_velocity(network(inputs, timesteps, context=context), latents, times, self.prediction)
        unguided = inputs.clone()
        unguided[:, latents.shape[1] + self.kept_channels :] = 0
        both, tokens = torch.cat([inputs, unguided]), torch.cat([context, torch.zeros_like(context)])
        outputs = network(both, timesteps.repeat(2), context=tokens).chunk(2)
        guided, free = (as_velocity(output, latents, times, self.prediction) for output in outputs)
        return free + guidance_scale * (guided - free)
