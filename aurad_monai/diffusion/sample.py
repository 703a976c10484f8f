# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The one sampling call of the package: condition, noise, solver, decoder, postprocessing.

Takes a diffusion model of a bundle and conditioned cases; gives a mask (findings, H, W) or an image (1, H, W) for each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from aurad_monai import vocabulary
from aurad_monai.diffusion.autoencoder import Autoencoder
from aurad_monai.diffusion.noise import seeded_noise
from aurad_monai.diffusion.onnx_network import OnnxNetwork
from aurad_monai.diffusion.sampler import Network, Sampler
from aurad_monai.errors import InputError
from aurad_monai.prompts.context import FEATURES, TOKENS

if TYPE_CHECKING:
    from aurad_monai.bundles.bundle import Bundle

Array = npt.NDArray[Any]
Postprocessing = Callable[[Mapping[Any, Any]], Mapping[Any, Any]]
Obeyed = Callable[[Mapping[Any, Any], Array], float]
DEFAULT_PRESET = "default"
TRIES = 3
"""Samples of a case that does not obey, at most."""


@dataclass(frozen=True)
class SampleSettings:
    """Settings of one sampling call.

    Args:
        num_inference_steps: network evaluations; None as the bundle's config has it.
        guidance_scale: of classifier-free guidance, 1 for none; None as the bundle's config has it.
    """

    num_inference_steps: int | None = None
    guidance_scale: float | None = None


AS_CONFIGURED = SampleSettings()


@dataclass(frozen=True)
class DiffusionModel:
    """What a diffusion bundle gives for sampling; no call changes it.

    Args:
        network: denoising network, `network(x, timesteps, context)`.
        autoencoder: encodes data, decodes latents.
        sampler: scheduler, solver and guidance.
        latent_shape: (L, h, w) of one case.
        postprocessing: transform of a case, with its condition and entropy; turns its decoded `pred` into a mask or an
            image.
        size: edge of a mask or image in pixels; 0 for what is decoded.
        obeyed: how far a sample of a case does what was asked for, 1 for all of it; what does not is sampled again from
            other noise. None takes every sample as it is.
    """

    network: nn.Module
    autoencoder: Autoencoder
    sampler: Sampler
    latent_shape: tuple[int, int, int]
    postprocessing: Postprocessing
    size: int = 0
    obeyed: Obeyed | None = None

    @classmethod
    def from_bundle(cls, bundle: Bundle, engine: str = "torch") -> DiffusionModel:
        """Read the model of an opened bundle.

        Args:
            bundle: of masks or images.
            engine: what runs the network, torch or onnx (ONNX Runtime, on the CPU).
        """
        parts = [bundle.get(name) for name in ("autoencoder", "sampler", "latent_shape", "postprocessing")]
        autoencoder, sampler, shape, postprocessing = parts
        network = bundle.get("network").eval()
        if engine == "onnx":
            channels = shape[0] + len(vocabulary.ANATOMY_NAMES) + len(vocabulary.FINDING_NAMES)
            network = OnnxNetwork(network, channels, tuple(shape[1:]), (TOKENS, FEATURES), bundle.hashes["model.pt"])
        size = int(bundle.get("size")) if "size" in bundle.parser else 0
        obeyed = bundle.get("obeyed") if "obeyed" in bundle.parser else None
        return cls(network, autoencoder.eval(), sampler, tuple(shape), postprocessing, size, obeyed)

    @property
    def image_size(self) -> int:
        """Edge of a mask or image in pixels."""
        return self.size or self.latent_shape[-1] * self.autoencoder.factor

    @property
    def presets(self) -> dict[str, SampleSettings]:
        """Named settings of the bundle, such as `fast`; `default` is the bundle's own."""
        named = {name: SampleSettings(*values) for name, values in self.sampler.presets.items()}
        return named | {DEFAULT_PRESET: SampleSettings()}

    def preset(self, name: str = DEFAULT_PRESET) -> SampleSettings:
        """The settings of that name; InputError where the bundle has none."""
        if name not in self.presets:
            raise InputError("quality", name, " or ".join(self.presets), "leave --quality out")
        return self.presets[name]


def sample_batch(
    network: Network,
    sampler: Sampler,
    autoencoder: Autoencoder,
    noise: torch.Tensor,
    condition: torch.Tensor,
    context: torch.Tensor,
    settings: SampleSettings = AS_CONFIGURED,
) -> torch.Tensor:
    """Decoded data (B, C', H, W) of noise: logits of a mask or intensities of an image.

    Args:
        network: denoising network.
        sampler: scheduler, solver and guidance.
        autoencoder: decodes the latents.
        noise: (B, L, h, w), standard normal.
        condition: (B, C, H, W).
        context: (B, tokens, features).
        settings: steps and guidance of this call.
    """
    with torch.inference_mode():
        latents = sampler(network, noise, condition, context, settings.num_inference_steps, settings.guidance_scale)
        return autoencoder.decode(latents)


def sample(
    model: DiffusionModel,
    conditioned: Sequence[Mapping[Any, Any]],
    entropy: Sequence[Sequence[int]],
    settings: SampleSettings = AS_CONFIGURED,
    device: str | torch.device = "cpu",
) -> list[Array]:
    """Sample one mask or image for each case, all in one batch; again what does not obey (`DiffusionModel.obeyed`).

    Args:
        model: of the bundle.
        conditioned: a case each: `condition` (C, H, W), of any edge, and `context` (tokens, features).
        entropy: integers that seed the noise of each case.
        settings: steps and guidance of this call.
        device: where the network runs.

    Returns:
        Masks (findings, H, W) uint8 or images (1, H, W) float32 in [0, 1], in the order of the cases.
    """
    planes = [_planes(case, model.image_size) for case in conditioned]
    made = _sample_once(model, conditioned, planes, entropy, settings, device)
    if model.obeyed is None:
        return made
    share = [model.obeyed({**c, "condition": p}, m) for c, p, m in zip(conditioned, planes, made, strict=True)]
    for number in range(1, TRIES):
        missed = [index for index, obeyed in enumerate(share) if obeyed < 1]
        if not missed:
            break
        cases, parts = [conditioned[i] for i in missed], [planes[i] for i in missed]
        again = _sample_once(model, cases, parts, [(*entropy[i], number) for i in missed], settings, device)
        for index, case, part, other in zip(missed, cases, parts, again, strict=True):
            obeyed = model.obeyed({**case, "condition": part}, other)
            if obeyed > share[index]:
                made[index], share[index] = other, obeyed
    return made


def _sample_once(
    model: DiffusionModel,
    conditioned: Sequence[Mapping[Any, Any]],
    planes: Sequence[torch.Tensor],
    entropy: Sequence[Sequence[int]],
    settings: SampleSettings,
    device: str | torch.device,
) -> list[Array]:
    """As `sample`, whatever comes; `planes` are the conditions at the edge of what is sampled."""
    noise = seeded_noise(entropy, model.latent_shape).to(device)
    condition, context = (torch.stack([c[key] for c in conditioned]).to(device) for key in ("condition", "context"))
    decoded = sample_batch(model.network, model.sampler, model.autoencoder, noise, condition, context, settings)
    cases = (
        {**case, "condition": part, "entropy": list(words), "pred": data}
        for case, part, words, data in zip(conditioned, planes, entropy, decoded, strict=True)
    )
    return [np.asarray(model.postprocessing(case)["pred"].cpu()) for case in cases]


def _planes(case: Mapping[Any, Any], edge: int) -> torch.Tensor:
    """The condition (C, edge, edge) of a case; nearest pixels, so values are those of masks."""
    planes: torch.Tensor = case["condition"]
    return planes if planes.shape[-1] == edge else functional.interpolate(planes[None], size=[edge, edge])[0]
