# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
import torch

from aurad_monai.diffusion.remove_markers import RemoveMarkersd


def case(size: int = 128) -> dict[str, torch.Tensor]:
    """Two lungs on a smooth film with a bright letter in a corner, a dark one beside it, and a nodule in a lung."""
    rows, columns = np.mgrid[:size, :size] / size
    image = (0.4 + 0.2 * rows).astype(np.float32)
    condition = np.zeros((16, size, size), dtype=np.float32)
    condition[0, (abs(rows - 0.5) < 0.2) & (abs(columns - 0.7) < 0.1)] = 1
    condition[1, (abs(rows - 0.5) < 0.2) & (abs(columns - 0.3) < 0.1)] = 1
    for row, column, value in ((0.06, 0.06, 0.95), (0.06, 0.9, 0.0), (0.5, 0.3, 0.95)):
        image[(abs(rows - row) < 0.02) & (abs(columns - column) < 0.02)] = value
    return {"pred": torch.from_numpy(image[None]), "condition": torch.from_numpy(condition)}


def cleaned(data: dict[str, torch.Tensor]) -> np.ndarray:
    return np.asarray(RemoveMarkersd("pred")(data)["pred"])[0]


@pytest.mark.parametrize("size", [64, 128, 256, 512])
def test_letters_are_filled_from_around_them_and_lungs_stay(size: int) -> None:
    data = case(size)
    before, after = np.asarray(data["pred"])[0], cleaned(data)
    unit = size // 64
    for corner in (after[: 8 * unit, : 8 * unit], after[: 8 * unit, 52 * unit :]):
        assert corner.min() > 0.39 and corner.max() < 0.45
    middle = slice(18 * unit, 46 * unit)
    assert np.array_equal(after[middle, middle], before[middle, middle])


def test_a_film_without_letters_or_without_lungs_stays() -> None:
    plain = case()
    plain["pred"] = torch.linspace(0.3, 0.7, 128).expand(1, 128, 128)
    assert RemoveMarkersd("pred")(plain)["pred"] is plain["pred"]
    unknown = case()
    unknown["condition"] = torch.zeros_like(unknown["condition"])
    assert RemoveMarkersd("pred")(unknown)["pred"] is unknown["pred"]


def test_a_large_bright_area_is_no_letter() -> None:
    data = case(256)
    data["pred"][0, 200:, :] = 0.9
    after = cleaned(data)
    assert np.allclose(after[205:], 0.9)
