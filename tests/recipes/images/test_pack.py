# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A packed folder gives back masks exactly and pictures nearly; weights are split and joined."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from recipes.images import pack as packing


def test_bits_come_back() -> None:
    bits = np.random.default_rng(0).integers(0, 2**16, (3, 16, 16), dtype=np.uint16)
    assert np.array_equal(packing._planes(packing._bits(bits, 16), 16, 3, 16, np.uint16), bits)


def _write(folder: Path, size: int, ids: list[str], images: np.ndarray) -> None:
    folder.mkdir(parents=True)
    np.save(folder / "images.npy", images)
    np.save(folder / "masks.npy", np.full((len(ids), size, size), 5, np.uint16))
    np.save(folder / "extras.npy", np.ones((len(ids), size, size), np.uint8))
    split = np.array(["train", "hold", "val"][: len(ids)])
    np.savez(folder / "known.npz", id=np.array(ids), split=split, native=np.full(len(ids), 512))


def test_parts_come_back_without_validation(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(20, 220, 512), (512, 1)).astype(np.uint8)
    small = ramp[::4, ::4]
    lesion = small.copy()
    lesion[40:60, 40:60] += 30
    _write(tmp_path / "parts/films512", 512, ["a", "b", "c"], np.stack([ramp] * 3))
    _write(tmp_path / "parts/films128", 128, ["a", "b", "c"], np.stack([small] * 3))
    _write(tmp_path / "parts/inserted128", 128, ["a_i0"], lesion[None])
    packing.pack(str(tmp_path / "parts"), str(tmp_path / "packed"))
    packing.unpack(str(tmp_path / "packed"), str(tmp_path / "back"))
    back = tmp_path / "back"
    films, lesions = (np.load(back / name / "images.npy").astype(int) for name in ("films128", "inserted0128"))
    assert films.shape == (2, 128, 128) and np.load(back / "films256/images.npy").shape == (2, 256, 256)
    assert np.abs(lesions[0] - lesion).mean() < 3
    assert (lesions[0] - films[0])[45:55, 45:55].mean() == pytest.approx(30, abs=4)
    assert (np.load(back / "films512/masks.npy") == 5).all()


def test_weights_are_split_and_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "LARGEST", 300)
    average = {f"layer{i}": torch.full((100,), float(i)) for i in range(3)}
    (tmp_path / "runs/base").mkdir(parents=True)
    torch.save({"average": average, "channels": [8]}, tmp_path / "runs/base/base_best.pt")
    packing.export(str(tmp_path / "runs"), str(tmp_path / "out"))
    files = sorted((tmp_path / "out").glob("base_*.pt"))
    assert len(files) == 3
    packing.join(",".join(map(str, files)), str(tmp_path / "joined.pt"))
    joined = torch.load(tmp_path / "joined.pt", weights_only=True)
    assert joined["channels"] == [8] and all(torch.equal(joined["average"][key], average[key]) for key in average)
