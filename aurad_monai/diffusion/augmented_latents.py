# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Training set of the image network: cached radiographs and masks, augmented and encoded as they are read.

Takes batches of images and conditions once; gives batches of latents, condition and context. A fixed linear encoder
costs less than reading, so pixels are cached and each reading may rotate and zoom a radiograph with its masks. Crops
never leave the image: padding or edge replication would be learned as a border artifact.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import ignite.distributed as idist
import numpy as np
import torch
from numpy.lib.format import open_memmap
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from aurad_monai.diffusion.autoencoder import Autoencoder
from aurad_monai.diffusion.conditioning import pool_to_grid
from aurad_monai.diffusion.latent_cache import in_batches
from aurad_monai.errors import InputError

ENTRIES = ("image", "masks", "context")
CHANNELS = "channels.json"
"""How many of the unpacked bits are masks; the last byte of a pixel may have some to spare."""
Latents = dict[str, torch.Tensor]


class AugmentedLatents(Dataset[Latents]):
    """Latents (L, h, w), condition (C, h, w) and context (tokens, features) of every case, float32 when read.

    The first use writes the cache, a folder of arrays that are mapped into memory, or kept on a GPU that has room for
    them; to read the cases anew, remove it. A `DataLoader` whose `collate_fn` is `monai.data.utils.no_collation` reads
    a batch in one piece.

    Args:
        folder: the cache.
        autoencoder: encoder; its statistics must be fitted.
        batches: batches with `image` (B, 1, H, W) in [0, 1], `condition` (B, C, H, W) of zeros and ones, and `context`,
            in their order; read only to fill the cache.
        device: where cases are encoded.
        probability: how often a case is rotated and zoomed; the others are read as they are.
        zoom: at most this fraction.
        rotate: at most this angle, in radians.
        data: cases, in place of `batches`; where the Model Zoo looks for the data of a training.
        transform: of such a case, gives what `batches` hold.
    """

    def __init__(
        self,
        folder: str,
        autoencoder: Autoencoder,
        batches: DataLoader[Any] | None = None,
        device: torch.device | str = "cpu",
        probability: float = 0.6,
        zoom: float = 0.12,
        rotate: float = 0.07,
        data: Sequence[Any] = (),
        transform: Callable[[Any], Any] | None = None,
    ) -> None:
        batches = in_batches(data, transform) if batches is None else batches
        if idist.get_rank() == 0 and not Path(folder).is_dir():  # of several processes one writes, the others wait
            _write(Path(folder), batches)
        idist.barrier()
        self.device = torch.device(device)
        self.autoencoder = autoencoder.to(self.device).eval()
        self.probability, self.zoom, self.rotate = probability, zoom, rotate
        # copy on write: torch takes no read-only arrays, and nothing here writes
        arrays = {name: np.load(Path(folder) / f"{name}.array", mmap_mode="c") for name in ENTRIES}
        self.cases = {name: torch.from_numpy(array) for name, array in arrays.items()}
        if self.device.type == "cuda":
            size = sum(array.nbytes for array in arrays.values())
            if size < torch.cuda.mem_get_info(self.device)[0] / 4:
                self.cases = {name: tensor.to(self.device) for name, tensor in self.cases.items()}
        self.channels = json.loads((Path(folder) / CHANNELS).read_text(encoding="utf-8"))
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
        rotated = int(self.probability * len(places) + torch.rand(()).item())  # the first ones: batches are shuffled
        data = image.float() / 255
        codes = masks.float()  # of eight masks each: whole numbers, which nearest keeps
        if rotated:
            grid = self._frames(rotated, image.shape[-1])
            data[:rotated] = functional.grid_sample(
                data[:rotated], grid, mode="bicubic", padding_mode="border", align_corners=False
            ).clamp(0, 1)
            codes[:rotated] = functional.grid_sample(
                codes[:rotated], grid, mode="nearest", padding_mode="border", align_corners=False
            )
        latents = self.autoencoder.encode(data)
        planes = ((codes.byte()[:, :, None] >> self.bits[:, None, None]) & 1).flatten(1, 2)[:, : self.channels]
        return {"latents": latents, "condition": pool_to_grid(planes, latents.shape), "context": context.float()}

    def _frames(self, count: int, size: int) -> torch.Tensor:
        """Where the pixels of `count` frames lie in their radiographs, (count, size, size, 2), corners inside."""

        def draw() -> torch.Tensor:
            return 2 * torch.rand(count, device=self.device) - 1

        share = draw().abs()
        scale = 1 / (1 + self.zoom * share)
        turn = self.rotate * draw() * share * (1 + self.zoom) * scale  # all of it in the most zoomed
        reach = scale * (turn.cos() + turn.sin().abs())  # of a corner of the frame, from its middle
        fits = (reach <= 1).float()  # a frame that a rotation would carry outside is not rotated
        turn, reach = turn * fits, fits * reach + (1 - fits) * scale
        across, down = ((1 - reach) * draw() for _ in range(2))
        cos, sin = scale * turn.cos(), scale * turn.sin()
        rows = torch.stack([torch.stack([cos, -sin, across], -1), torch.stack([sin, cos, down], -1)], -2)
        return functional.affine_grid(rows, [count, 1, size, size], align_corners=False)


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
        (partial / CHANNELS).write_text(str(batch["condition"].shape[1]), encoding="utf-8")
    if not arrays:
        raise InputError("datalist", folder.name, "at least one case of this section", "see docs/reference/training.md")
    for array in arrays.values():
        array.flush()
    os.replace(partial, folder)
