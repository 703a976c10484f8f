# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Both trainings take steps, keep their place, and what they leave can be sampled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from recipes.images import sample, train_base, train_upsampler
from recipes.images.loop import Averaged, Clock, every

WIDTHS = (16, 32)


@pytest.fixture
def part(tmp_path: Path) -> Path:
    """Eight films of 64 pixels in three sections."""
    rng, folder = np.random.default_rng(0), tmp_path / "part"
    folder.mkdir()
    np.save(folder / "images.npy", rng.integers(0, 255, (8, 64, 64), dtype=np.uint8))
    np.save(folder / "masks.npy", np.ones((8, 64, 64), np.uint16))
    np.save(folder / "extras.npy", np.ones((8, 64, 64), np.uint8))
    table = {"id": np.arange(8).astype(str), "split": np.array(["train"] * 4 + ["hold"] * 2 + ["val"] * 2)}
    table |= {"kind": np.full(8, "unknown"), "native": np.full(8, 512), "context": np.ones((8, 16, 36), np.float16)}
    np.savez(folder / "known.npz", given=np.zeros((8, 13)), present=np.zeros((8, 13)), **table)
    return folder


def _weights(file: Path) -> torch.Tensor:
    state = torch.load(file, weights_only=True)["network"]
    return torch.cat([value.flatten() for value in state.values() if value.is_floating_point()])


def test_trainings_go_on_and_are_sampled(part: Path, tmp_path: Path) -> None:
    options = {"minutes": 0.0, "batch": 2, "channels": WIDTHS, "report_every": 1.0}
    base, texture = tmp_path / "base", tmp_path / "up4"
    train_base.main(str(part), str(base), **options)
    before = _weights(base / "base.pt")
    train_base.main(str(part), str(base), **options)
    train_upsampler.main(str(part), str(texture), size=32, **options)
    assert torch.load(base / "base.pt", weights_only=True)["step"] == 2
    assert not torch.equal(_weights(base / "base.pt"), before)
    assert len((base / "base.csv").read_text().splitlines()) == 4
    files = {"base": str(base / "base_best.pt"), "upsampler": str(texture / "upsampler.pt")}
    sample.main(**files, part=str(part), output=str(tmp_path / "made.npz"), count=2, steps=2)
    made = np.load(tmp_path / "made.npz")
    assert made["size64"].shape == (2, 64, 64) and made["size256"].shape == (2, 256, 256)


def test_average_remembers_longer_with_time() -> None:
    layer = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(layer.weight)
    average = Averaged(layer)
    torch.nn.init.ones_(layer.weight)
    average.update(layer, 0)
    assert average.state["weight"].item() == pytest.approx(0.9)
    torch.nn.init.zeros_(layer.weight)
    average.update(layer, 10**9)
    assert average.state["weight"].item() == pytest.approx(0.9 * 0.9995)


class SteppedClock(Clock):
    """A clock that the test moves."""

    now = 0.0

    @property
    def run(self) -> float:
        return self.now


def test_figures_are_due_although_time_passes_within_steps() -> None:
    clock, found = SteppedClock(), []
    for due in every(2.0, clock, 7.0):
        found.append(due)
        clock.now += 1.5
    assert found == [False, False, True, False, True]
