# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Sampling of a diffusion bundle as one module that TorchScript reads: network, time grid, solver, decoder.

Takes noise, condition and context; gives decoded data, as `diffusion/sample.py` does without guidance. The network is
told of all findings, those too that the bundle hides from it: nothing is drawn here.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from aurad_monai import vocabulary
from aurad_monai.diffusion.conditioning import near_findings
from aurad_monai.diffusion.sample import DiffusionModel
from aurad_monai.diffusion.sampler import FlowSampler
from aurad_monai.diffusion.scheduler import MIN_TIME
from aurad_monai.errors import InputError
from aurad_monai.prompts.context import FEATURES, TOKENS


class ScriptedSampler(nn.Module):
    """`sample_batch` of a bundle as it is configured.

    Args:
        model: of an opened bundle, whose sampler is ours, without guidance.

    Raises:
        InputError: the sampler is another one, or guides.
    """

    def __init__(self, model: DiffusionModel) -> None:
        super().__init__()
        sampler = model.sampler
        if not isinstance(sampler, FlowSampler) or sampler.guidance_scale != 1.0:
            raise InputError("sampler", type(sampler).__name__, "FlowSampler with guidance_scale 1")
        self.times: list[float] = sampler.scheduler.times(sampler.num_inference_steps).tolist()
        self.second_order = sampler.solver_order == 2
        self.zero_mean_noise, self.local_findings = sampler.zero_mean_noise, sampler.local_findings
        self.structures = len(vocabulary.ANATOMY_NAMES)
        self.predicts_data = sampler.scheduler.prediction_type == "sample"
        self.timesteps, self.min_time = float(sampler.scheduler.num_train_timesteps), MIN_TIME
        self.latent_channels, self.rows, self.columns = model.latent_shape
        latents = torch.rand(2, *model.latent_shape)
        condition = torch.rand(2, _channels(model.network) - self.latent_channels, *model.latent_shape[1:])
        context = torch.rand(2, TOKENS, FEATURES)
        inputs = (torch.cat([latents, condition], 1), torch.rand(2), context)
        with torch.no_grad():
            self.network = torch.jit.trace(_Network(model.network.eval()), inputs, check_trace=False)
            self.decoder = torch.jit.trace(_Decoder(model.autoencoder.eval()), (latents,), check_trace=False)

    def forward(self, noise: torch.Tensor, condition: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        """Decoded data (B, C', H, W) of noise (B, L, h, w), condition (B, C, H, W), context (B, tokens, features)."""
        planes = functional.adaptive_avg_pool2d(condition, (noise.shape[2], noise.shape[3]))
        x = noise - noise.mean(dim=(-2, -1), keepdim=True) if self.zero_mean_noise else noise
        without, context_without, near = planes.clone(), context.clone(), planes[:, :1]
        if self.local_findings:
            without[:, self.structures :] = 0
            context_without[:, :-1] = 0  # the last says what is known of the case
            near = near_findings(planes[:, self.structures :])
        before = torch.zeros_like(x)
        step_before = 0.0
        for i in range(len(self.times) - 1):
            time, step = self.times[i], self.times[i] - self.times[i + 1]
            timesteps = torch.full((x.shape[0],), time, device=x.device) * self.timesteps
            v = self.network(torch.cat([x, planes], 1), timesteps, context)
            if self.local_findings:
                v = torch.lerp(self.network(torch.cat([x, without], 1), timesteps, context_without), v, near)
            if self.predicts_data:
                v = (v - x) / (timesteps / self.timesteps).clamp(min=self.min_time).reshape(-1, 1, 1, 1)
            direction = v + step / (2 * step_before) * (v - before) if step_before > 0 else v
            x = x + step * direction
            if self.second_order:
                before, step_before = v, step
        decoded: torch.Tensor = self.decoder(x)
        return decoded

    @torch.jit.export
    def noise_of(self, plane: torch.Tensor) -> torch.Tensor:
        """Noise (B, L, h, w) that a plane (B, H, W) holds row by row, then zeros."""
        count = self.latent_channels * self.rows * self.columns
        return plane.flatten(1)[:, :count].reshape(-1, self.latent_channels, self.rows, self.columns)


class _Network(nn.Module):
    """The network with its inputs by position, as tracing calls it."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor, timesteps: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        """As of the network."""
        made: torch.Tensor = self.network(x, timesteps, context)
        return made


class _Decoder(nn.Module):
    """What an autoencoder decodes."""

    def __init__(self, autoencoder: nn.Module) -> None:
        super().__init__()
        self.autoencoder = autoencoder

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        """Data of latents."""
        made: torch.Tensor = self.autoencoder.decode(latents)  # type: ignore[operator]
        return made


def _channels(network: nn.Module) -> int:
    return int(network.conv_in.conv.in_channels)  # type: ignore[union-attr, arg-type]
