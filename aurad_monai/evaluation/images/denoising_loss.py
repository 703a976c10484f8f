# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Denoising loss of a diffusion network on given images at fixed times and noise, for membership inference.

Takes cases with image and anatomy and an image diffusion bundle; gives one mean squared error a case.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional
from tqdm import tqdm

from aurad_monai.bundles.bundle import Bundle
from aurad_monai.case import Case
from aurad_monai.diffusion.batches import training_example
from aurad_monai.diffusion.conditioning import pool_to_grid
from aurad_monai.diffusion.mixed_precision import VelocityInferer
from aurad_monai.diffusion.noise import seeded_noise
from aurad_monai.diffusion.sample import DiffusionModel
from aurad_monai.diffusion.scheduler import FlowScheduler
from aurad_monai.experts.anatomy import AnatomyExpert
from aurad_monai.io.case_set import CaseSet
from aurad_monai.request.conditions import ImageConditiond

TIMES = (0.1, 0.3, 0.5, 0.7, 0.9)
STREAM = 9
"""Of the noise, so that it is that of no sample."""


def denoising_losses(
    cases: CaseSet,
    bundle: Bundle,
    name: str = "loss",
    times: Sequence[float] = TIMES,
    expert: AnatomyExpert | None = None,
) -> npt.NDArray[np.float64]:
    """Mean squared error of the velocity (N,), case by case; cases without image or anatomy are left out.

    Args:
        cases: their anatomy and, where known, pathology condition the network as in training.
        bundle: of an image diffusion network.
        name: for the bar.
        times: at which noise is added, 1 being noise; the noise of a time is the same for all cases.
        expert: segments the anatomy of all cases in place of their own, for sets that have none.
    """
    model = DiffusionModel.from_bundle(bundle)
    noise = seeded_noise([(number, STREAM) for number in range(len(times))], model.latent_shape)
    found = []
    for number in tqdm(range(len(cases)), desc=name, unit="case", mininterval=2):
        case = cases[number]
        if case.image is not None and expert is not None:
            case = replace(case, anatomy=expert(np.clip(case.image, 0, 1)[None])[0])
        if case.image is not None and case.anatomy is not None:
            found.append(case_loss(case, model, noise, torch.tensor(times)))
    return np.asarray(found)


@torch.no_grad()
def case_loss(case: Case, model: DiffusionModel, noise: torch.Tensor, times: torch.Tensor) -> float:
    """Training loss of one case, all times in one batch.

    Args:
        case: with image and anatomy.
        model: its network was trained on a `FlowScheduler`.
        noise: (T, L, h, w).
        times: (T,) in [0, 1], 1 being noise.
    """
    scheduler: FlowScheduler = model.sampler.scheduler  # type: ignore[attr-defined]
    device = next(model.network.parameters()).device
    data: dict[Hashable, Any] = {"anatomy": case.anatomy, "view": case.findings.view, "sex": case.findings.sex}
    data |= {"age": case.findings.age} | ({} if case.pathology is None else {"pathology": case.pathology})
    conditioned = ImageConditiond()(data)
    image = torch.from_numpy(np.clip(np.asarray(case.image, np.float32), 0, 1))[None].to(device)
    latents = model.autoencoder.encode(image).expand(len(times), -1, -1, -1)
    condition, context = (
        conditioned[name][None].to(device).expand(len(times), *conditioned[name].shape)
        for name in ("condition", "context")
    )
    timesteps = (times * scheduler.num_train_timesteps).to(device)
    planes = pool_to_grid(condition, latents.shape)
    inputs, target = training_example(scheduler, latents, planes, noise.to(device), timesteps)
    predict = VelocityInferer(scheduler, enabled=False)
    velocity = predict(inputs, model.network, timesteps=timesteps, context=context)
    return float(functional.mse_loss(velocity, target))
