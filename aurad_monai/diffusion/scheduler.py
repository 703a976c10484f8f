# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Noise scheduler of rectified flow: MONAI's, with a timestep shift, cosine spacing and the network's prediction type.

Takes latents, noise and timesteps; gives noisy latents for training and the time grid of a sampler.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from monai.networks.schedulers import RFlowScheduler

PREDICTION_TYPES = ("v_prediction", "sample")
"""What a network may predict, as MONAI's schedulers call it: the velocity, or the data themselves."""
MIN_TIME = 0.1
"""Below this time a predicted sample is divided by it, not by the time itself, which goes to zero."""


class FlowScheduler(RFlowScheduler):
    """Straight paths from data (time 0) to noise (time 1), Liu et al., arXiv 2209.03003.

    Where `shift` is 1 and `cosine_weight` 0, the times are those of MONAI's `RFlowScheduler`, in float32: its float16
    grid is off by up to half a timestep. For Gaussian data with SD s the ODE has a closed form. Coarse patterns
    (s = 10) are decided in the first steps, fine detail (s = 0.2) in the last, so a uniform grid loses amplitude at
    both.

    Args:
        num_train_timesteps: timestep of pure noise.
        sample_method: of training timesteps, uniform or logit-normal.
        shift: timestep shift, above 1 toward noise (Esser et al., arXiv 2403.03206); in training and sampling.
        cosine_weight: 0 spaces the steps of a sampler evenly, 1 along a cosine, in between mixes both.
        prediction_type: v_prediction or sample.
    """

    def __init__(
        self,
        num_train_timesteps: int = 1000,
        sample_method: str = "uniform",
        shift: float = 1.0,
        cosine_weight: float = 0.0,
        prediction_type: str = "v_prediction",
    ) -> None:
        super().__init__(num_train_timesteps, use_discrete_timesteps=False, sample_method=sample_method)
        if prediction_type not in PREDICTION_TYPES:
            raise ValueError(f"prediction_type must be one of {', '.join(PREDICTION_TYPES)}, not {prediction_type}")
        self.prediction_type: Any = prediction_type
        self.shift, self.cosine_weight = shift, cosine_weight

    def shifted(self, times: torch.Tensor) -> torch.Tensor:
        """Times in [0, 1] moved toward noise."""
        return self.shift * times / (1 + (self.shift - 1) * times)

    def sample_timesteps(self, x_start: torch.Tensor) -> torch.Tensor:
        """Random training timesteps (B,) for a batch of latents (B, L, h, w)."""
        timesteps: torch.Tensor = super().sample_timesteps(x_start)  # type: ignore[no-untyped-call]
        return self.num_train_timesteps * self.shifted(timesteps / self.num_train_timesteps)

    def times(self, num_inference_steps: int) -> torch.Tensor:
        """The `num_inference_steps` + 1 times of a sampler, from noise (1) to data (0); stores nothing."""
        even = torch.linspace(1.0, 0.0, num_inference_steps + 1)
        weight = self.cosine_weight
        return self.shifted((1 - weight) * even + weight * (1 + torch.cos(math.pi * (1 - even))) / 2)

    def to_velocity(self, output: torch.Tensor, noisy: torch.Tensor, timesteps: torch.Tensor) -> torch.Tensor:
        """Velocity (data minus noise) of a network's output.

        A network that predicts the data need not carry the noise of every channel through itself, which a narrow
        network on many sparse channels cannot (Li and He, arXiv 2511.13720): noisy = data - time * velocity.

        Args:
            output: of the network (B, L, h, w).
            noisy: latents it was given (B, L, h, w).
            timesteps: (B,) in [0, num_train_timesteps].
        """
        if self.prediction_type == "v_prediction":
            return output
        times = timesteps / self.num_train_timesteps
        return (output - noisy) / times.clamp(min=MIN_TIME).reshape(-1, 1, 1, 1)
