# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Our sampler of masks beside MONAI's LatentDiffusionInferer (DDIM, 50 steps, two guidance passes), same weights.

    python -m recipes.figures.sampling --masks DIR --output docs/mask_sampling.json

DIR is what `python -m recipes.default_data masks` wrote. The network predicts the velocity of a straight path, DDIM
needs the noise of a curved one; `NoiseFromVelocity` changes the variables: a DDIM state is a straight-path state of the
same ratio of noise to signal, scaled. Whole calls are timed in turn; quality is the distance of shape statistics to
validation masks, as in the mask report.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import fire
import numpy as np
import torch
from monai.inferers import DiffusionInferer
from monai.networks.schedulers import DDIMScheduler
from torch import nn

from aurad_monai.case import OPEN
from aurad_monai.diffusion.conditioning import pool_to_grid
from aurad_monai.diffusion.sample import DiffusionModel, sample
from aurad_monai.diffusion.sampler import FlowSampler
from aurad_monai.evaluation.masks.mask_report import as_prompt, load_mask
from aurad_monai.evaluation.masks.sampled_masks import SampledMask
from aurad_monai.evaluation.masks.shapes import c2st_auroc, shape_distance, shape_features
from aurad_monai.generation.pipeline import MASK_BUNDLE
from aurad_monai.io.datalist import read_datalist
from aurad_monai.request.conditions import MaskConditiond
from aurad_monai.request.resolve import complete
from aurad_monai.request.streams import Stream, entropy
from recipes.figures.sampled_pairs import open_model

STEPS = 50
Cases = list[dict[str, Any]]


class NoiseFromVelocity(nn.Module):
    """A bundle's network as MONAI's inferer calls it: DDIM states in, noise out, both guidance branches at once."""

    def __init__(self, network: nn.Module, condition: torch.Tensor, signal: torch.Tensor, ours: FlowSampler) -> None:
        super().__init__()
        self.network, self.signal, self.scheduler = network, signal, ours.scheduler
        unconditional = condition.clone()
        unconditional[:, ours.always_on_channels :] = 0
        self.condition = torch.cat([unconditional, condition])

    def forward(self, x: torch.Tensor, timesteps: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        """Noise in x, a DDIM state (2 B, L, h, w) at one timestep."""
        share = self.signal[int(timesteps[0])]
        ratio = ((1 - share) / share).sqrt()
        t = ratio / (1 + ratio)
        straight = x * (1 - t) / share.sqrt()
        times = (1000 * t).expand(len(x))
        output = self.network(torch.cat([straight, self.condition], 1), times, context=context)
        velocity = self.scheduler.to_velocity(output, straight, times)
        noise: torch.Tensor = straight - (1 - t) * velocity  # noise = data - velocity, data = state + t * velocity
        return noise


@dataclass(frozen=True)
class MonaiSampler:
    """MONAI's DiffusionInferer with DDIM in the place of our sampler.

    Args:
        ours: the sampler of the bundle, for its scheduler.
        num_inference_steps: of DDIM.
        presets: none.
    """

    ours: FlowSampler
    num_inference_steps: int = STEPS
    presets: Mapping[str, Any] = field(default_factory=dict)

    def __call__(
        self,
        network: nn.Module,
        noise: torch.Tensor,
        condition: torch.Tensor,
        context: torch.Tensor,
        num_inference_steps: int | None = None,
        guidance_scale: float | None = None,
    ) -> torch.Tensor:
        """Latents of a batch, with guidance of scale 1."""
        scheduler = DDIMScheduler(num_train_timesteps=1000, clip_sample=False)
        scheduler.set_timesteps(num_inference_steps or self.num_inference_steps)
        planes = pool_to_grid(condition, noise.shape)
        wrapped = NoiseFromVelocity(network, planes, scheduler.alphas_cumprod, self.ours)
        inferer = DiffusionInferer(scheduler)
        latents: Any = inferer.sample(
            noise, wrapped, scheduler, conditioning=context, cfg=1.0, cfg_fill_value=0.0, verbose=False
        )
        return torch.as_tensor(latents)


def beside_monai(model: DiffusionModel) -> dict[str, DiffusionModel]:
    """The same model with our sampler and with MONAI's."""
    return {"ours": model, "monai": replace(model, sampler=MonaiSampler(model.sampler))}  # type: ignore[arg-type]


def conditioned(masks: list[SampledMask], seeds: list[int]) -> Cases:
    condition = MaskConditiond()
    return [
        condition({"anatomy": mask.anatomy, "findings": complete(mask.findings or OPEN, seed)})
        for mask, seed in zip(masks, seeds, strict=True)
    ]


def main(masks: str, output: str, count: int = 192, batch: int = 16, repeats: int = 5, threads: int = 1) -> None:
    """Time `batch` masks in turn, `repeats` times, and compare the quality of `count`."""
    torch.set_num_threads(threads)
    models = beside_monai(replace(open_model(MASK_BUNDLE), obeyed=None))  # one sample each, whatever it shows
    listed = list({case["record"]: case for case in read_datalist(masks, "validation")}.values())
    real = [load_mask(case) for case in listed]
    chosen = [SampledMask(as_prompt(m), m.pathology, m.anatomy) for m in real[:count]]
    seeds = list(range(len(chosen)))
    cases, numbers = conditioned(chosen, seeds), [entropy(Stream.MASK, seed) for seed in seeds]
    sample(models["ours"], cases[:2], numbers[:2])
    seconds: dict[str, list[float]] = {name: [] for name in models}
    for _ in range(repeats):
        for name, model in models.items():
            start = time.perf_counter()
            sample(model, cases[:batch], numbers[:batch])
            seconds[name].append(time.perf_counter() - start)
    ratios = [slow / fast for slow, fast in zip(seconds["monai"], seconds["ours"], strict=True)]
    figures: dict[str, Any] = {"batch": batch, "threads": threads, "count": len(chosen)}
    figures["seconds"] = {name: round(float(np.median(values)), 3) for name, values in seconds.items()}
    figures["times_faster"] = [round(float(np.quantile(ratios, q)), 2) for q in (0.5, 0, 1)]
    reference = shape_features(real)
    for name, model in models.items():
        drawn = []
        for first in range(0, len(cases), batch):
            drawn += sample(model, cases[first : first + batch], numbers[first : first + batch])
        features = shape_features([SampledMask(None, m, c.anatomy) for m, c in zip(drawn, chosen, strict=True)])
        figures[name] = {
            "distance": round(shape_distance(features[0], features[1], reference[0], reference[1]), 4),
            "c2st_auroc": round(c2st_auroc(features, reference), 4),
        }
    Path(output).write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    fire.Fire(main)
