# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The dataset the image diffusion UNet is trained on: cached radiographs and masks, encoded as they are read.

A fixed linear encoder costs less than reading, so pixels are kept and each reading may show a radiograph anew: turned
and magnified a little, with its masks. The frame never leaves the radiograph; what lies outside of it nobody has seen,
and a network taught to smear borders draws smeared borders.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ignite.distributed as idist
import numpy as np
import torch
from numpy.lib.format import open_memmap
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from aurad_monai.diffusion.latents import LatentSpace

ENTRIES = ("image", "masks", "context")
Latents = dict[str, torch.Tensor]


class AugmentedLatents(Dataset[Latents]):
    """Latents (L, h, w), condition (C, h, w) and context (tokens, features) of every case, float32 when read.

    The first use writes the cache, a folder of arrays that are mapped into memory, or kept on a GPU that has room for
    them; to read the cases anew, remove it. A `DataLoader` with `collate_fn=keep_batch` reads a batch in one piece.

    Args:
        folder: the cache.
        latent_space: encoder; its statistics must be fitted.
        batches: batches with `image` (B, 1, H, W) in [0, 1], `condition` (B, C, H, W) of zeros and ones, C a
            multiple of eight, and `context`, in their order; read only to fill the cache.
        device: where cases are encoded.
        probability: how often a case is turned and magnified; the others are read as they are.
        magnify: by at most this fraction.
        turn: by at most this angle, in radians.
    """

    def __init__(
        self,
        folder: str,
        latent_space: LatentSpace,
        batches: DataLoader[Any],
        device: torch.device | str = "cpu",
        probability: float = 0.6,
        magnify: float = 0.12,
        turn: float = 0.07,
    ) -> None:
        if idist.get_rank() == 0 and not Path(folder).is_dir():  # of several processes one writes, the others wait
            _write(Path(folder), batches)
        idist.barrier()
        self.device = torch.device(device)
        self.latent_space = latent_space.to(self.device).eval()
        self.probability, self.magnify, self.turn = probability, magnify, turn
        # copy on write: torch takes no read-only arrays, and nothing here writes
        arrays = {name: np.load(Path(folder) / f"{name}.array", mmap_mode="c") for name in ENTRIES}
        self.cases = {name: torch.from_numpy(array) for name, array in arrays.items()}
        if self.device.type == "cuda":
            size = sum(array.nbytes for array in arrays.values())
            if size < torch.cuda.mem_get_info(self.device)[0] / 4:
                self.cases = {name: tensor.to(self.device) for name, tensor in self.cases.items()}
        self.bits = torch.arange(8, device=self.device, dtype=torch.uint8)

    def __len__(self) -> int:
        return len(self.cases["image"])

    def __getitem__(self, index: int) -> Latents:
        return {name: value[0].cpu() for name, value in self.__getitems__([index]).items()}

    @torch.no_grad()
    def __getitems__(self, indices: Sequence[int]) -> Latents:
        """A batch of cases, on the device."""
        places = torch.as_tensor(indices, device=self.cases["image"].device)
        image, masks, context = (self.cases[name][places].to(self.device) for name in ENTRIES)
        turned = int(self.probability * len(places) + torch.rand(()).item())  # the first ones: batches are shuffled
        data = image.float() / 255
        codes = masks.float()  # of eight masks each: whole numbers, which nearest keeps
        if turned:
            grid = self._frames(turned, image.shape[-1])
            data[:turned] = functional.grid_sample(
                data[:turned], grid, mode="bicubic", padding_mode="border", align_corners=False
            ).clamp(0, 1)
            codes[:turned] = functional.grid_sample(
                codes[:turned], grid, mode="nearest", padding_mode="border", align_corners=False
            )
        latents = self.latent_space.encode(data)
        planes = ((codes.byte()[:, :, None] >> self.bits[:, None, None]) & 1).flatten(1, 2)
        small = functional.adaptive_avg_pool2d(planes.float(), (latents.shape[-2], latents.shape[-1]))
        return {"latents": latents, "condition": small, "context": context.float()}

    def _frames(self, count: int, size: int) -> torch.Tensor:
        """Where the pixels of `count` frames lie in their radiographs, (count, size, size, 2), corners inside."""

        def draw() -> torch.Tensor:
            return 2 * torch.rand(count, device=self.device) - 1

        share = draw().abs()
        scale = 1 / (1 + self.magnify * share)
        turn = self.turn * draw() * share * (1 + self.magnify) * scale  # all of it in the most magnified
        reach = scale * (turn.cos() + turn.sin().abs())  # of a corner of the frame, from its middle
        fits = (reach <= 1).float()  # a frame that a turn would carry outside is not turned
        turn, reach = turn * fits, fits * reach + (1 - fits) * scale
        across, down = ((1 - reach) * draw() for _ in range(2))
        cos, sin = scale * turn.cos(), scale * turn.sin()
        rows = torch.stack([torch.stack([cos, -sin, across], -1), torch.stack([sin, cos, down], -1)], -2)
        return functional.affine_grid(rows, [count, 1, size, size], align_corners=False)


def keep_batch(batch: Latents) -> Latents:
    """The `collate_fn` for a dataset that reads whole batches."""
    return batch


def _write(folder: Path, batches: DataLoader[Any]) -> None:
    """Fill the cache batch by batch, so that no more than one batch is in memory; the folder appears whole."""
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    arrays: dict[str, Any] = {}
    first = 0
    for batch in tqdm(batches, desc="reading radiographs", mininterval=5):
        values = {
            "image": (255 * batch["image"].clamp(0, 1)).round().byte().numpy(),
            "masks": np.packbits(batch["condition"].numpy() > 0.5, axis=1, bitorder="little"),
            "context": batch["context"].half().numpy(),
        }
        for name, value in values.items():
            if name not in arrays:
                shape = (len(batches.dataset), *value.shape[1:])  # type: ignore[arg-type]
                arrays[name] = open_memmap(partial / f"{name}.array", "w+", value.dtype, shape)
            arrays[name][first : first + len(value)] = value
        first += len(values["image"])
    for array in arrays.values():
        array.flush()
    os.replace(partial, folder)
