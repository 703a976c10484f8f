# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Training handler that samples a few training cases every few epochs and compares them with the real ones.

Takes a diffusion model in training and its dataset; gives a picture and a kernel distance (KID) of latents an epoch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import ignite.distributed as idist
import numpy as np
import torch
from ignite.engine import Engine, Events
from ignite.handlers import EMAHandler
from PIL import Image
from torch import nn

from aurad_monai.diffusion.augmented_latents import AugmentedLatents
from aurad_monai.diffusion.autoencoder import Autoencoder
from aurad_monai.diffusion.conditioning import pool_to_grid
from aurad_monai.diffusion.latent_cache import CachedLatents
from aurad_monai.diffusion.noise import seeded_noise
from aurad_monai.diffusion.sample import sample_batch
from aurad_monai.diffusion.sampler import Sampler
from aurad_monai.evaluation.images.feature_distances import Features, kernel_distance
from aurad_monai.files import whole_file
from aurad_monai.training.plateau import Plateau

SHOWN = 4
"""Cases in a picture."""
STREAM = 0
GRID = 8
"""Cells down and across to which latents are averaged before sampled and real ones are compared."""


class SampleGrid:
    """Write `samples/epoch_00010.png` and so on, real cases above and sampled ones below, and `samples/kid.jsonl`.

    The kernel distance between sampled and real latents is logged, and a warning when it stays where it is: the loss of
    a diffusion network hardly moves while its samples still get better, or worse.

    Args:
        run_dir: folder of the run, in which `samples` goes.
        ema: holds the network to sample as `ema_model`, as Ignite's EMAHandler does.
        sampler: scheduler, solver and guidance.
        autoencoder: decodes latents.
        cases: latents with the conditions they belong to.
        count: cases that are sampled, always the same ones with the same noise; four are shown.
        every: epochs between pictures.
        patience: pictures without an improvement of the distance after which a warning is logged.
    """

    def __init__(
        self,
        run_dir: str,
        ema: EMAHandler,
        sampler: Sampler,
        autoencoder: Autoencoder,
        cases: CachedLatents | AugmentedLatents,
        count: int = 16,
        every: int = 10,
        patience: int = 3,
    ) -> None:
        self.folder = Path(run_dir) / "samples"
        self.network: nn.Module = ema.ema_model
        self.sampler, self.autoencoder = sampler, autoencoder
        places = np.linspace(0, len(cases) - 1, min(count, len(cases))).round().astype(int).tolist()
        shown = [cases[place] for place in places]  # once: the image bundle's dataset augments a case at each reading
        self.shown = [torch.stack([case[name] for case in shown]) for name in ("latents", "condition", "context")]
        self.every = every
        self.plateau = Plateau("the kernel distance (KID) of samples", patience, min_improvement=0.01)
        self.drawn = -1

    def state_dict(self) -> dict[str, float]:
        """The best distance so far, and how long ago that was."""
        return self.plateau.state_dict()

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Go on from there."""
        self.plateau.load_state_dict(state)

    def attach(self, engine: Engine) -> None:
        """Draw after every `every` epochs and at the end."""
        engine.add_event_handler(Events.EPOCH_COMPLETED(every=self.every) | Events.COMPLETED, self.draw)

    @torch.no_grad()
    def draw(self, engine: Engine) -> None:
        """Sample and write one picture; of several processes the first one draws."""
        if idist.get_rank() > 0 or self.drawn == engine.state.iteration:
            return
        self.drawn = engine.state.iteration
        device = next(self.network.parameters()).device
        latents, condition, context = (values.to(device) for values in self.shown)
        noise = seeded_noise([(number, STREAM) for number in range(len(latents))], latents.shape[1:]).to(device)
        training = self.network.training
        made = sample_batch(self.network.eval(), self.sampler, self.autoencoder, noise, condition, context)
        self.network.train(training)
        real = self.autoencoder.decode(latents[:SHOWN])
        self.folder.mkdir(parents=True, exist_ok=True)
        with whole_file(self.folder / f"epoch_{engine.state.epoch:05d}.png") as partial:
            Image.fromarray(np.concatenate([_row(real), _row(made[:SHOWN])])).save(partial)
        self._compare(self._encoded(made), latents, engine.state.epoch)

    def _encoded(self, made: torch.Tensor) -> torch.Tensor:
        """Latents of what was sampled: of masks as they are seen, not of their logits."""
        data = made.clamp(0, 1) if made.shape[1] == 1 else (made > 0).float()
        return self.autoencoder.encode(data)

    def _compare(self, made: torch.Tensor, real: torch.Tensor, epoch: int) -> None:
        """Log the distance once an epoch; two cases at least are needed for one."""
        if len(made) < 2:
            return
        distance = kernel_distance(_features(made), _features(real))
        with (self.folder / "kid.jsonl").open("a", encoding="utf-8") as history:
            history.write(json.dumps({"epoch": epoch, "kid": distance}) + "\n")
        self.plateau.add(distance, epoch)


def _features(latents: torch.Tensor) -> Features:
    """(N, F) of latents (N, L, h, w), at a coarse scale."""
    return np.asarray(pool_to_grid(latents.cpu(), (GRID, GRID)).double().flatten(1).numpy())


def _row(batch: torch.Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Images (B, 1, H, W) side by side; of masks (B, findings, H, W), as logits, how many findings a pixel has."""
    pictures = batch.float().cpu()
    gray = pictures[:, 0].clamp(0, 1) if pictures.shape[1] == 1 else ((pictures > 0).sum(1) / 3).clamp(0, 1)
    return np.concatenate((255 * gray).round().byte().numpy(), axis=1)
