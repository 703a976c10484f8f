# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A bit of a dataset turns, anywhere, finished or not: `--resume` repairs or names it, nothing passes in silence.

With `-s` the counts are printed as a row of docs/results/bit_flips.csv.
"""

from __future__ import annotations

import functools
import random
import shutil
from collections import Counter
from pathlib import Path

import pytest

from aurad_monai.errors import InputError
from aurad_monai.export.checks import check_files
from aurad_monai.generation.plan import Plan, Row
from aurad_monai.generation.synthesize import Order, synthesize
from tests.stress import trees
from tests.stress.stub import PROMPTS, open_stub

FLIPS = 500
PLAN = Plan(tuple(Row(prompt, 2, True, 1000 * i) for i, prompt in enumerate(PROMPTS)), shard_size=2)


def made(output: Path) -> Path:
    """The dataset, begun or gone on with."""
    return synthesize(Order(PLAN, output, functools.partial(open_stub, 16, 0.5), resume=True, progress=False)).folder


def unfinished(folder: Path, whole: Path) -> Path:
    """What a run that was killed after two shards left."""
    for name in ("plan.json", "run.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(whole / name, folder / name)
    for shard in ("000000", "000001"):
        shutil.copytree(whole / "shards" / shard, folder / "shards" / shard)
    (folder / ".work").mkdir()
    return folder


def flip(folder: Path, chance: random.Random) -> str:
    """Turn one bit of one file; gives its name."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)
    path = chance.choice(files)
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)
    return path.relative_to(folder).as_posix()


@pytest.mark.parametrize("state", ["finished", "unfinished"])
def test_every_bit_counts(tmp_path: Path, state: str, capsys: pytest.CaptureFixture[str]) -> None:
    whole = made(tmp_path / "whole")
    expected, chance, counts = trees.digest(whole), random.Random(7), Counter[str]()
    folder = tmp_path / "run"
    for number in range(FLIPS):
        shutil.rmtree(folder, ignore_errors=True)
        if state == "finished":
            shutil.copytree(whole, folder)
        else:
            unfinished(folder, whole)
        name = flip(folder, chance)
        named = audited(folder) if state == "finished" and number % 4 == 0 else ""
        capsys.readouterr()
        try:
            made(folder)
        except InputError as error:
            assert "plan.json" in str(error), (name, error)
            counts["named"] += 1
            continue
        said = capsys.readouterr().err
        assert trees.digest(folder) == expected, name
        assert name != "run.json" or "damaged" in said
        assert state != "finished" or number % 4 or named or name in ("run.json", "plan.json"), name
        counts["named" if name == "run.json" else "repaired"] += 1
    assert sum(counts.values()) == FLIPS
    with capsys.disabled():
        print(f"\n{state},{FLIPS},{counts['repaired']},{counts['named']},0")


def audited(folder: Path) -> str:
    """What `aurad audit` says of a folder; empty where it finds nothing."""
    try:
        check_files(folder)
    except InputError as error:
        return str(error)
    return ""
