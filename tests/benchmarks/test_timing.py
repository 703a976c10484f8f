# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The timing script runs on the shipped bundles and prints tables; no time is asserted."""

from __future__ import annotations

import numpy as np
import pytest

from aurad_monai.bundles.inventory import bundles_root
from benchmarks import timing

WEIGHTS = bundles_root() / timing.MASK_BUNDLE / "models" / "model.pt"


def table(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]


def test_calls_take_turns_and_are_compared_with_the_first() -> None:
    called: list[str] = []
    calls = {name: (lambda name=name: called.append(name)) for name in ("ours", "theirs")}
    rows = timing.beside(calls, 2)
    assert called == ["ours", "theirs"] * 3 and [row[0] for row in rows] == ["ours", "theirs"]
    assert rows[0][2] == "1.00"


def test_made_up_descriptors_are_like_the_given_ones() -> None:
    rng = np.random.default_rng(0)
    given = rng.normal(size=(400, 6)) * [3, 1, 1, 1, 1, 1] + 5
    made = timing.made_up(given.astype(np.float32), 4000, rng)
    assert made.shape == (4000, 6) and np.allclose(np.linalg.norm(made, axis=1), 1)
    assert abs(made.mean(0) - (given / np.linalg.norm(given, axis=1, keepdims=True)).mean(0)).max() < 0.05


@pytest.mark.skipif(not WEIGHTS.is_file(), reason="the default weights are not here")
def test_stages_of_an_attempt_are_timed(capsys: pytest.CaptureFixture[str]) -> None:
    timing.filter(num=1, threads=1, prompts=("normal",))
    header, _, row = table(capsys.readouterr().out)
    assert header == ["prompt", *timing.STAGES, "all", "filter's share"] and row[0] == "normal"
    assert float(row[2]) > 0 and row[-1].endswith("%")


@pytest.mark.stress
@pytest.mark.parametrize("peer", ["masks", "images"])
def test_samplers_are_timed_beside_monai(peer: str, capsys: pytest.CaptureFixture[str]) -> None:
    getattr(timing, peer)(batch=1, repeats=1, threads=1)
    _, _, ours, other = table(capsys.readouterr().out)
    assert ours[2] == "1.00" and float(other[2]) > 1


def test_an_edit_of_the_studio_is_timed(capsys: pytest.CaptureFixture[str]) -> None:
    timing.rerender(num=2, threads=1)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("| re-render, 1 threads |") and lines[3].startswith("| processor seconds |")
    median, least, most = (float(cell) for cell in lines[2].split("|")[2:5])
    assert 0 < least <= median <= most
