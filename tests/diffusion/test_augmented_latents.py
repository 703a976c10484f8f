# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Cached radiographs: written once, read whole, shown anew with their masks and without smeared borders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from monai.data import DataLoader
from monai.data.utils import no_collation
from torch import nn
from torch.utils.data import Dataset

from aurad_monai.diffusion.augmented_latents import AugmentedLatents
from aurad_monai.errors import InputError

SIZE = 32


class Pixels(nn.Module):
    """An encoder that leaves everything as it is, so that what is read can be looked at."""

    def encode(self, data: torch.Tensor) -> torch.Tensor:
        return data


class Squares(Dataset[dict[str, torch.Tensor]]):
    """Bright squares on a gradient, each with its mask in channel 2 of 8 and the frame in channel 7."""

    def __len__(self) -> int:
        return 5

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        image = torch.linspace(0.1, 0.4, SIZE).repeat(1, SIZE, 1)
        condition = torch.zeros(8, SIZE, SIZE)
        condition[7] = 1
        rows = slice(8 + index, 20 + index)
        image[0, rows, 10:22], condition[2, rows, 10:22] = 0.9, 1
        return {"image": image, "condition": condition, "context": torch.full((2, 3), float(index))}


def cases(folder: Path, probability: float, batches: Any = None) -> AugmentedLatents:
    loader = DataLoader(Squares(), batch_size=2) if batches is None else batches
    return AugmentedLatents(str(folder / "cache"), Pixels(), loader, probability=probability)  # type: ignore[arg-type]


def test_a_case_that_is_not_turned_is_read_as_it_was_written(tmp_path: Path) -> None:
    read = cases(tmp_path, 0.0)
    assert len(read) == 5 and [path.name for path in tmp_path.iterdir()] == ["cache"]
    for index in range(5):
        case, written = read[index], Squares()[index]
        assert torch.allclose(case["latents"], written["image"], atol=1 / 255)
        assert torch.equal(case["condition"], written["condition"]) and torch.equal(case["context"], written["context"])


def test_the_cache_is_written_once(tmp_path: Path) -> None:
    first = cases(tmp_path, 0.0)
    assert torch.equal(cases(tmp_path, 0.0, batches=[])[4]["latents"], first[4]["latents"])


def test_a_cache_that_breaks_off_leaves_none(tmp_path: Path) -> None:
    class Broken(Squares):
        def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
            if index == 3:
                raise OSError("unreadable")
            return super().__getitem__(index)

    with pytest.raises(OSError, match="unreadable"):
        cases(tmp_path, 0.0, DataLoader(Broken(), batch_size=1))
    assert not (tmp_path / "cache").exists()
    assert len(cases(tmp_path, 0.0)) == 5


def test_masks_follow_their_radiograph(tmp_path: Path) -> None:
    read = cases(tmp_path, 1.0)
    torch.manual_seed(0)
    moved = 0
    for _ in range(10):
        batch = read.__getitems__([0, 1, 2, 3, 4])
        inside, mask = batch["latents"][:, 0] > 0.65, batch["condition"][:, 2] > 0.5
        assert ((inside & mask).sum() / (inside | mask).sum()) > 0.85  # a rim of half a pixel is 0.1
        moved += int((mask != Squares()[0]["condition"][2].bool()).any())
    assert moved == 10


def test_the_frame_never_leaves_the_radiograph(tmp_path: Path) -> None:
    read = AugmentedLatents(
        str(tmp_path / "cache"), Pixels(), DataLoader(Squares(), batch_size=5), probability=1.0, zoom=0.3, rotate=0.3
    )  # type: ignore[arg-type]
    torch.manual_seed(0)
    frames = read._frames(500, SIZE)
    assert frames.abs().max() <= 1
    assert frames.std(dim=0).min() > 0.01  # and yet no two are alike


def test_a_loader_reads_whole_batches(tmp_path: Path) -> None:
    loader: Any = DataLoader(cases(tmp_path, 0.5), batch_size=5, shuffle=True, collate_fn=no_collation)
    (batch,) = loader
    assert batch["latents"].shape == (5, 1, SIZE, SIZE) and batch["condition"].shape == (5, 8, SIZE, SIZE)
    assert sorted(batch["context"][:, 0, 0].tolist()) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("findings", [1, 13, 14, 21])
def test_any_number_of_findings_is_cached(tmp_path: Path, findings: int) -> None:
    """Three channels of anatomy and so many of findings need not fill whole bytes."""
    masks = (torch.rand(3, 3 + findings, SIZE, SIZE, generator=torch.Generator().manual_seed(1)) > 0.5).float()
    batch = {"image": torch.rand(3, 1, SIZE, SIZE), "condition": masks, "context": torch.zeros(3, 2, 3)}
    loader: Any = DataLoader([{name: value[i] for name, value in batch.items()} for i in range(3)], batch_size=2)
    read = cases(tmp_path, 0.0, loader).__getitems__([0, 1, 2])
    assert torch.equal(read["condition"], masks)


def test_an_empty_section_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least one case"):
        cases(tmp_path, 0.0, batches=[])
    assert not (tmp_path / "cache").exists()
