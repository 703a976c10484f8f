# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Our sampler beside MONAI's LatentDiffusionInferer (DDIM, 50 steps, two guidance passes), same process, same weights.

    python -m recipes.figures.sampling --masks DIR --output docs/mask_sampling.json

DIR is what `python -m recipes.default_data masks` wrote. The network predicts the velocity of a straight path, DDIM
wants the noise of a curved one; `NoiseFromVelocity` changes the variables: a DDIM state is a straight-path state
of the same ratio of noise to signal, scaled. Times are of whole calls,
ours and MONAI's in turn; quality is the distance of shape statistics to validation masks, as in the mask report.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import fire
import numpy as np
import torch
from monai.inferers import LatentDiffusionInferer
from monai.networks.schedulers import DDIMScheduler
from torch import nn
from torch.nn import functional

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.case import OPEN
from aurad_monai.diffusion.inferer import as_velocity, seeded_noise
from aurad_monai.evaluation.masks.mask_report import as_prompt, load_mask
from aurad_monai.evaluation.masks.sampled_masks import SampledMask
from aurad_monai.evaluation.masks.shapes import c2st_auroc, shape_distance, shape_features
from aurad_monai.generation.pipeline import MASK_BUNDLE
from aurad_monai.io.datalist import read_datalist
from aurad_monai.request.conditions import MaskConditiond
from aurad_monai.request.resolve import complete
from recipes.figures.painting import by_us, stacked

STEPS = 50
Cases = list[dict[str, Any]]


class NoiseFromVelocity(nn.Module):
    """A bundle's network as MONAI's inferer calls it: DDIM states in, noise out, both guidance branches at once."""

    def __init__(
        self, network: nn.Module, condition: torch.Tensor, signal: torch.Tensor, kept_channels: int, prediction: str
    ) -> None:
        super().__init__()
        self.network, self.signal, self.prediction = network, signal, prediction
        unguided = condition.clone()
        unguided[:, kept_channels:] = 0
        self.condition = torch.cat([unguided, condition])

    def forward(self, x: torch.Tensor, timesteps: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        """Noise in x, a DDIM state (2 B, L, h, w) at one timestep."""
        share = self.signal[int(timesteps[0])]
        ratio = ((1 - share) / share).sqrt()
        t = ratio / (1 + ratio)
        straight = x * (1 - t) / share.sqrt()
        times = (1000 * t).expand(len(x))
        output = self.network(torch.cat([straight, self.condition], 1), times, context=context)
        velocity = as_velocity(output, straight, t.expand(len(x)), self.prediction)
        noise: torch.Tensor = straight - (1 - t) * velocity  # noise = data - velocity, data = state + t * velocity
        return noise


class Decoder(nn.Module):
    """A latent space under the name by which MONAI's inferer asks for it."""

    def __init__(self, space: Any) -> None:
        super().__init__()
        self.decode_stage_2_outputs = space.decode


def conditioned(masks: list[SampledMask], seeds: list[int]) -> Cases:
    condition = MaskConditiond()
    return [
        condition({"anatomy": mask.anatomy, "findings": complete(mask.findings or OPEN, seed)})
        for mask, seed in zip(masks, seeds, strict=True)
    ]


def by_monai(bundle: Any, cases: Cases, noise: torch.Tensor) -> torch.Tensor:
    """Logits sampled by MONAI's own inferer."""
    batch, space = stacked(cases), bundle.get("latent_space")
    scheduler = DDIMScheduler(num_train_timesteps=1000, clip_sample=False)
    scheduler.set_timesteps(STEPS)
    small = functional.adaptive_avg_pool2d(batch["condition"], noise.shape[-2:])
    ours = bundle.get("inferer")
    network = NoiseFromVelocity(
        bundle.get("network"), small, scheduler.alphas_cumprod, ours.kept_channels, ours.prediction
    )
    inferer = LatentDiffusionInferer(scheduler, scale_factor=1.0)
    made: torch.Tensor = inferer.sample(
        noise,
        Decoder(space),
        network,
        scheduler,
        conditioning=batch["context"],
        cfg=1.0,
        cfg_fill_value=0.0,
        verbose=False,
    )
    return made


def main(masks: str, output: str, count: int = 192, batch: int = 16, repeats: int = 5, threads: int = 2) -> None:
    """Time `batch` masks in turn, `repeats` times, and compare the quality of `count`."""
    torch.set_num_threads(threads)
    bundle = open_bundle(bundles_root() / MASK_BUNDLE, device="$torch.device('cpu')")
    listed = list({case["record"]: case for case in read_datalist(masks, "validation")}.values())
    real = [load_mask(case) for case in listed]
    chosen = [SampledMask(as_prompt(m), m.pathology, m.anatomy) for m in real[:count]]
    seeds, shape = list(range(len(chosen))), bundle.get("latent_shape")
    cases, finish = conditioned(chosen, seeds), bundle.get("sampled")
    samplers = {"ours": by_us, "monai": by_monai}
    by_us(bundle, cases[:2], seeded_noise(seeds[:2], shape))
    seconds: dict[str, list[float]] = {name: [] for name in samplers}
    for _ in range(repeats):
        for name, sampler in samplers.items():
            start = time.perf_counter()
            sampler(bundle, cases[:batch], seeded_noise(seeds[:batch], shape))
            seconds[name].append(time.perf_counter() - start)
    ratios = [slow / fast for slow, fast in zip(seconds["monai"], seconds["ours"], strict=True)]
    figures: dict[str, Any] = {"batch": batch, "threads": threads, "count": len(chosen)}
    figures["seconds"] = {name: round(float(np.median(values)), 3) for name, values in seconds.items()}
    figures["times_faster"] = [round(float(np.quantile(ratios, q)), 2) for q in (0.5, 0, 1)]
    reference = shape_features(real)
    for name, sampler in samplers.items():
        drawn = []
        for first in range(0, len(cases), batch):
            part = slice(first, first + batch)
            made = sampler(bundle, cases[part], seeded_noise(seeds[part], shape))
            drawn += [np.asarray(finish({**c, "pred": m})["pathology"]) for c, m in zip(cases[part], made, strict=True)]
        features = shape_features([SampledMask(None, m, c.anatomy) for m, c in zip(drawn, chosen, strict=True)])
        figures[name] = {
            "distance": round(shape_distance(features[0], features[1], reference[0], reference[1]), 4),
            "c2st_auroc": round(c2st_auroc(features, reference), 4),
        }
    Path(output).write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    fire.Fire(main)
