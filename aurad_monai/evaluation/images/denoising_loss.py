# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Denoising loss of a diffusion network on given images at fixed times and noise, for membership inference.

Takes cases with image and anatomy and an image diffusion bundle; gives one mean squared error a case.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional
from tqdm import tqdm

from aurad_monai.bundles.bundle import Bundle
from aurad_monai.case import Case
from aurad_monai.diffusion.inferer import RectifiedFlowInferer, as_velocity, seeded_noise
from aurad_monai.io.case_set import CaseSet
from aurad_monai.request.conditions import ImageConditiond

TIMES = (0.1, 0.3, 0.5, 0.7, 0.9)
STREAM = 9
"""Of the noise, so that it is that of no sample."""


def denoising_losses(
    cases: CaseSet, bundle: Bundle, name: str = "loss", times: Sequence[float] = TIMES
) -> npt.NDArray[np.float64]:
    """Mean squared error of the velocity (N,), case by case; cases without image or anatomy are left out.

    Args:
        cases: their anatomy and, where known, pathology condition the network as in training.
        bundle: of an image diffusion network.
        name: for the bar.
        times: at which noise is added, 1 being noise; the noise of a time is the same for all cases.
    """
    network, inferer, shape = (bundle.get(key) for key in ("network", "inferer", "latent_shape"))
    noise = seeded_noise(range(len(times)), shape, STREAM)
    found = []
    for number in tqdm(range(len(cases)), desc=name, unit="case", mininterval=2):
        case = cases[number]
        if case.image is not None and case.anatomy is not None:
            found.append(case_loss(case, network, inferer, noise, torch.tensor(times)))
    return np.asarray(found)


@torch.no_grad()
def case_loss(
    case: Case, network: nn.Module, inferer: RectifiedFlowInferer, noise: torch.Tensor, times: torch.Tensor
) -> float:
    """Loss of one case over all times in one batch: state = (1 - t) latents + t noise, target = latents - noise."""
    device = next(network.parameters()).device
    data: dict[Hashable, Any] = {"anatomy": case.anatomy, "view": case.findings.view, "sex": case.findings.sex}
    data |= {"age": case.findings.age} | ({} if case.pathology is None else {"pathology": case.pathology})
    conditioned = ImageConditiond()(data)
    image = torch.from_numpy(np.clip(np.asarray(case.image, np.float32), 0, 1))[None].to(device)
    latents = inferer.latent_space.encode(image)
    noise, times = noise.to(device), times.to(device)
    fraction = times.reshape(-1, 1, 1, 1)
    state = (1 - fraction) * latents + fraction * noise
    condition = conditioned["condition"][None].float().to(device)
    small = functional.adaptive_avg_pool2d(condition, (state.shape[-2], state.shape[-1]))
    inputs = torch.cat([state, small.expand(len(times), -1, -1, -1)], 1)
    context = conditioned["context"][None].to(device).expand(len(times), -1, -1)
    output = network(inputs, times * inferer.num_train_timesteps, context=context)
    velocity = as_velocity(output, state, times, inferer.prediction)
    return float(functional.mse_loss(velocity, latents - noise))
