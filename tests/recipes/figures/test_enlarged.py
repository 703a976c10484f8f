# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Films that are enlarged: those of a section that have the pixels, in [0, 1]; what is done to them is what is seen."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from aurad_monai.evaluation.images.two_sample_test import FAMILY, FEW, blurred, sizes_of
from aurad_monai.experts.efficientnet_lite import EfficientNetLite
from recipes.figures.enlarged import FRAME, described, films


@pytest.fixture
def part(tmp_path: Path) -> str:
    """Twelve films of noise, each with its number in a corner; three are of validation, one has too few pixels."""
    images = np.random.default_rng(0).integers(0, 256, (12, FRAME, FRAME), dtype=np.uint8)
    images[:, 0, 0] = np.arange(12)
    split, native = np.array(["train"] * 9 + ["val"] * 3), np.full(12, FRAME)
    native[4] = 300
    np.save(tmp_path / "images.npy", images)
    np.savez(tmp_path / "known.npz", split=split, native=native)
    return str(tmp_path)


def test_films_of_a_section_that_have_the_pixels_are_read_once(part: str) -> None:
    batches = list(films(part, "train", 100))
    assert max(map(len, batches)) <= FEW
    seen = np.concatenate(batches)
    assert seen.shape[1:] == (1, FRAME, FRAME) and seen.min() >= 0 and seen.max() == 1
    assert sorted(np.rint(255 * seen[:, 0, 0, 0]).astype(int)) == [0, 1, 2, 3, 5, 6, 7, 8]
    assert sum(map(len, films(part, "val", 2))) == 2


def test_a_change_is_seen_at_the_sizes_that_it_reaches(part: str) -> None:
    torch.manual_seed(0)
    trunk = EfficientNetLite("lite0")
    sets = [described(trunk, films(part, "val", 2), "films", change) for change in (None, partial(blurred, size=FRAME))]
    assert set(sets[0]) == {f"{FAMILY}/{size}" for size in sizes_of(FRAME)}
    apart = {name: float(abs(sets[0][name] - sets[1][name]).mean()) for name in sets[0]}
    assert apart[f"{FAMILY}/512"] > 2 * apart[f"{FAMILY}/64"] > 0
