# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Training set of a diffusion network: latents encoded once and cached in one file.

Takes batches of data and conditions once; gives cases of latents, condition and context.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import ignite.distributed as idist
import torch
from monai.data import DataLoader
from monai.data import Dataset as CaseDataset
from torch.utils.data import Dataset
from tqdm import tqdm

from aurad_monai.diffusion.autoencoder import Autoencoder
from aurad_monai.diffusion.conditioning import pool_to_grid
from aurad_monai.errors import InputError
from aurad_monai.files import whole_file
from aurad_monai.weights import read_checkpoint

ENTRIES = ("latents", "condition", "context")


READ_AT_ONCE = 16
"""Cases of a batch while a cache is filled."""


def in_batches(data: Sequence[Any], transform: Callable[[Any], Any] | None) -> DataLoader:
    """Cases in their order, transformed, `READ_AT_ONCE` at a time."""
    return DataLoader(CaseDataset(data, transform), batch_size=READ_AT_ONCE, shuffle=False, num_workers=0)


class CachedLatents(Dataset[dict[str, torch.Tensor]]):
    """Latents (L, h, w), condition (C, h, w) and context (tokens, features) of every case, float32 when read.

    The first use encodes; later ones, and resumed training, read the file. To encode anew, remove the file.

    Args:
        path: the cache file.
        autoencoder: encoder; its statistics must be fitted.
        batches: batches with `key` (B, C', H, W), `condition` (B, C, H, W) and `context`; read only to encode.
        key: what is encoded, image or pathology.
        device: where the encoder runs.
        data: cases, in place of `batches`; where the Model Zoo looks for the data of a training.
        transform: of such a case, gives what `batches` hold.
    """

    def __init__(
        self,
        path: str,
        autoencoder: Autoencoder,
        batches: Iterable[Mapping[str, Any]] | None = None,
        key: str = "image",
        device: torch.device | str = "cpu",
        data: Sequence[Any] = (),
        transform: Callable[[Any], Any] | None = None,
    ) -> None:
        batches = in_batches(data, transform) if batches is None else batches
        if idist.get_rank() == 0 and not Path(path).is_file():  # of several processes one encodes, the others wait
            self._encode(Path(path), autoencoder.to(device).eval(), batches, key, device)
        idist.barrier()
        self.cases: dict[str, torch.Tensor] = read_checkpoint(path)

    @staticmethod
    @torch.no_grad()
    def _encode(
        path: Path,
        autoencoder: Autoencoder,
        batches: Iterable[Mapping[str, Any]],
        key: str,
        device: torch.device | str,
    ) -> None:
        kept: dict[str, list[torch.Tensor]] = {name: [] for name in ENTRIES}
        for batch in tqdm(batches, desc=f"encoding {key}", mininterval=5):
            latents = autoencoder.encode(batch[key].to(device, torch.float32)).cpu()
            small = pool_to_grid(batch["condition"], latents.shape)
            for name, value in zip(ENTRIES, (latents, small, batch["context"]), strict=True):
                kept[name].append(value.half())
        if not kept["latents"]:
            raise InputError(
                "datalist", path.stem, "at least one case of this section", "see docs/reference/training.md"
            )
        with whole_file(path) as partial:
            torch.save({name: torch.cat(values) for name, values in kept.items()}, partial)

    def __len__(self) -> int:
        return len(self.cases["latents"])

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        return {name: value[index].float() for name, value in self.cases.items()}
