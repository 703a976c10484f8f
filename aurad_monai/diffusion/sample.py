# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The one sampling call of the package: condition, noise, solver, decoder, postprocessing.

Takes a diffusion model of a bundle and conditioned cases; gives a mask (findings, H, W) or an image (1, H, W) for each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from aurad_monai.bundles.bundle import Bundle
from aurad_monai.diffusion.inferer import RectifiedFlowInferer
from aurad_monai.diffusion.onnx_network import OnnxNetwork
from aurad_monai.diffusion.sampled import Sampledd
from aurad_monai.errors import InputError

Array = npt.NDArray[Any]
DEFAULT_PRESET = "default"


@dataclass(frozen=True)
class SampleSettings:
    """Settings of one sampling call.

    Args:
        num_inference_steps: network evaluations; None as the bundle's config has it.
        guidance_scale: of classifier-free guidance, 1 for none; None as the bundle's config has it.
    """

    num_inference_steps: int | None = None
    guidance_scale: float | None = None


@dataclass(frozen=True)
class DiffusionModel:
    """What a diffusion bundle gives for sampling; no call changes it.

    Args:
        network: denoising network, `network(x, timesteps, context)`.
        inferer: scheduler, solver, guidance and decoder.
        latent_shape: (L, h, w) of one case.
        postprocessing: turns the decoded data of a case into its mask or image.
        presets: named settings of the bundle, such as `fast`.
    """

    network: nn.Module
    inferer: RectifiedFlowInferer
    latent_shape: tuple[int, int, int]
    postprocessing: Sampledd
    presets: Mapping[str, SampleSettings] = field(default_factory=dict)

    @classmethod
    def from_bundle(cls, bundle: Bundle, engine: str = "torch") -> DiffusionModel:
        """Read the model of an opened bundle.

        Args:
            bundle: of masks or images.
            engine: what runs the network, torch or onnx (ONNX Runtime, on the CPU).
        """
        network, inferer = bundle.get("network").eval(), bundle.get("inferer")
        shape = tuple(bundle.get("latent_shape"))
        if engine == "onnx":
            packed, channels = bundle.get("packed_network"), bundle.parser["network_def"]["in_channels"]
            tokens = (packed.tokens, packed.features)
            network = OnnxNetwork(network, channels, shape[1:], tokens, bundle.hashes["model.pt"])
        presets = {name: SampleSettings(*values) for name, values in inferer.presets.items()}
        return cls(network, inferer, shape, bundle.get("sampled"), presets)

    @property
    def image_size(self) -> int:
        """Edge of a mask or image in pixels."""
        return int(self.latent_shape[-1] * self.inferer.latent_space.factor)

    def preset(self, name: str = DEFAULT_PRESET) -> SampleSettings:
        """The settings of that name; InputError where the bundle has none."""
        if name not in self.presets:
            raise InputError("quality", name, " or ".join(self.presets), "leave --quality out")
        return self.presets[name]


def seeded_noise(entropy: Sequence[Sequence[int]], shape: Sequence[int]) -> torch.Tensor:
    """Standard normal noise (len(entropy), *shape); that of case i depends on `entropy[i]` alone.

    Args:
        entropy: integers from 0 that seed the generator of each case.
        shape: of one case.
    """
    draws = [np.random.default_rng(tuple(e)).standard_normal(tuple(shape), dtype=np.float32) for e in entropy]
    return torch.from_numpy(np.stack(draws))


def sample(
    model: DiffusionModel,
    conditioned: Sequence[Mapping[Any, Any]],
    entropy: Sequence[Sequence[int]],
    settings: SampleSettings = SampleSettings(),
    device: str | torch.device = "cpu",
) -> list[Array]:
    """Sample one mask or image for each case, all in one batch.

    Args:
        model: of the bundle.
        conditioned: a case each: `condition` (C, H, W) and `context` (tokens, features).
        entropy: integers that seed the noise of each case.
        settings: steps and guidance of this call.
        device: where the network runs.

    Returns:
        Masks (findings, H, W) uint8 or images (1, H, W) float32 in [0, 1], in the order of the cases.
    """
    noise = seeded_noise(entropy, model.latent_shape).to(device)
    condition, context = (torch.stack([c[key] for c in conditioned]).to(device) for key in ("condition", "context"))
    steps, guidance = settings.num_inference_steps, settings.guidance_scale
    decoded = model.inferer(
        noise, model.network, condition, context, num_inference_steps=steps, guidance_scale=guidance
    )
    finish = model.postprocessing
    return [finish({**c, "pred": d})[finish.key].cpu().numpy() for c, d in zip(conditioned, decoded, strict=True)]
