# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What a diffusion network makes of a few training cases, as a picture as it learns: real above, sampled below."""

from __future__ import annotations

from pathlib import Path

import ignite.distributed as idist
import numpy as np
import torch
from ignite.engine import Engine, Events
from PIL import Image
from torch import nn

from aurad_monai.diffusion.inferer import RectifiedFlowInferer, seeded_noise
from aurad_monai.diffusion.latent_cache import CachedLatents


class SampleGrid:
    """Write `FOLDER/epoch_00010.png` and so on.

    Args:
        folder: where the pictures go.
        network: what is sampled, the moving average for instance.
        inferer: how.
        cases: latents with the conditions they belong to.
        count: cases in a picture, always the same ones with the same noise.
        every: epochs between pictures.
    """

    def __init__(
        self,
        folder: str,
        network: nn.Module,
        inferer: RectifiedFlowInferer,
        cases: CachedLatents,
        count: int = 4,
        every: int = 10,
    ) -> None:
        self.folder = Path(folder)
        self.network, self.inferer, self.cases = network, inferer, cases
        self.places = np.linspace(0, len(cases) - 1, min(count, len(cases))).round().astype(int).tolist()
        self.every = every

    def attach(self, engine: Engine) -> None:
        """Draw after every `every` epochs and at the end."""
        engine.add_event_handler(Events.EPOCH_COMPLETED(every=self.every) | Events.COMPLETED, self.draw)

    @torch.no_grad()
    def draw(self, engine: Engine) -> None:
        """Sample and write one picture; of several processes the first one draws."""
        if idist.get_rank() > 0:
            return
        device = next(self.network.parameters()).device
        shown = [self.cases[place] for place in self.places]
        latents, condition, context = (
            torch.stack([case[name] for case in shown]).to(device) for name in ("latents", "condition", "context")
        )
        noise = seeded_noise(range(len(shown)), latents.shape[1:]).to(device)
        training = self.network.training
        made = self.inferer(noise, self.network.eval(), condition=condition, context=context)
        self.network.train(training)
        real = self.inferer.latent_space.decode(latents)
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"epoch_{engine.state.epoch:05d}.png"
        Image.fromarray(np.concatenate([_row(real), _row(made)])).save(path)


def _row(batch: torch.Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Images (B, 1, H, W) side by side; of masks (B, 13, H, W), as logits, how many findings a pixel has."""
    pictures = batch.float().cpu()
    gray = pictures[:, 0].clamp(0, 1) if pictures.shape[1] == 1 else ((pictures > 0).sum(1) / 3).clamp(0, 1)
    return np.concatenate((255 * gray).round().byte().numpy(), axis=1)
