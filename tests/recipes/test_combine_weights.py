# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Weights added up: what the coefficients say, in half precision, and nothing of two networks."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from aurad_monai.bundles.bundle import expected_hashes
from aurad_monai.errors import InputError
from aurad_monai.files import sha256
from recipes.combine_weights import combined, main

EARLY = {"weight": torch.tensor([1.0, 2.0]).half(), "steps": torch.tensor(3)}
LATE = {"weight": torch.tensor([2.0, 1.0]).half(), "steps": torch.tensor(9)}


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """Two files of weights, the later one first."""
    for name, state in (("late", LATE), ("early", EARLY)):
        torch.save(state, tmp_path / f"{name}.pt")
    return str(tmp_path / "late.pt"), str(tmp_path / "early.pt")


def test_the_way_between_two_is_gone_once_more(files: tuple[str, str]) -> None:
    late, early = files
    made = combined({late: 2, early: -1})
    assert made["weight"].tolist() == [3.0, 0.0] and made["steps"] == 9
    assert combined({late: 0.5, early: 0.5})["weight"].tolist() == [1.5, 1.5]


def test_what_is_written_has_a_hash(files: tuple[str, str], tmp_path: Path) -> None:
    output = tmp_path / "made" / "model.pt"
    assert main([f"{files[0]}=2", f"{files[1]}=-1", "--output", str(output)]) == 0
    written = torch.load(output, weights_only=True)
    assert written["weight"].dtype == torch.float16 and written["weight"].tolist() == [3.0, 0.0]
    assert expected_hashes(output.parent) == {"model.pt": sha256(output)}


def test_coefficients_sum_to_one(files: tuple[str, str]) -> None:
    with pytest.raises(InputError, match="sum to 1"):
        combined({files[0]: 1, files[1]: 1})
    with pytest.raises(InputError, match="sum to 1"):
        combined({})


@pytest.mark.parametrize("other", [{"weight": torch.zeros(3), "steps": torch.tensor(1)}, {"weight": torch.zeros(2)}])
def test_two_networks_are_not_added(other: dict[str, torch.Tensor], files: tuple[str, str], tmp_path: Path) -> None:
    torch.save(other, tmp_path / "other.pt")
    with pytest.raises(InputError, match="first file"):
        combined({files[0]: 2, str(tmp_path / "other.pt"): -1})


@pytest.mark.parametrize("content", [b"no weights", b""])
def test_what_is_no_file_of_weights_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "bad.pt").write_bytes(content)
    with pytest.raises(InputError, match=r"bad\.pt"):
        combined({str(tmp_path / "bad.pt"): 1})
    torch.save([1, 2], tmp_path / "list.pt")
    with pytest.raises(InputError, match="state dict"):
        combined({str(tmp_path / "list.pt"): 1})


@pytest.mark.parametrize("part", ["late.pt", "late.pt=x", "missing.pt=1"])
def test_the_command_says_in_one_line_what_is_wrong(
    part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([part, "--output", str(tmp_path / "out.pt")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1 and not list(tmp_path.iterdir())
