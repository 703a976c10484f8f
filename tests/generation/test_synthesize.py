# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A whole dataset: the same whatever interrupts it, readable as a run, and honest about what it could not do."""

from __future__ import annotations

import fcntl
import functools
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from aurad_monai import __version__
from aurad_monai.case import Case
from aurad_monai.errors import InputError
from aurad_monai.export.provenance import Provenance
from aurad_monai.generation.plan import Plan, Row
from aurad_monai.generation.synthesize import SynthesisResult
from aurad_monai.io.read_run import open_run, read_run
from tests.generation.conftest import PLAN
from tests.stress import trees
from tests.stress.stub import Stub, open_stub

Make = Callable[..., SynthesisResult]


class StopsAfter(Stub):
    """A stub in whose n-th batch something happens."""

    def __init__(self, batches: int, happening: Callable[[], None]) -> None:
        super().__init__()
        object.__setattr__(self, "left", iter(range(batches)))
        object.__setattr__(self, "happening", happening)

    def __call__(self, prompts: Sequence[str], seeds: Sequence[int], ids: Sequence[str]) -> list[Case]:
        if next(self.left, None) is None:  # type: ignore[attr-defined]
            self.happening()  # type: ignore[attr-defined]
        return super().__call__(prompts, seeds, ids)


def _fail() -> None:
    raise OSError(28, "No space left on device")


def test_every_case_is_there_once_and_reads_as_a_run(make: Make) -> None:
    result = make()
    assert result.finished and result.exit_code == 0
    assert trees.cases(result.folder) == dict.fromkeys(range(12), 1)
    assert not trees.partial_files(result.folder)
    stored = read_run(result.folder)
    assert sum(case.accepted for case in stored.cases) == 12
    assert len(list(open_run(result.folder).cases())) == len(stored.cases)
    assert {path.name for path in result.folder.iterdir()} == {
        "SHA256SUMS",
        "dataset.json",
        "manifest.jsonl",
        "overview.png",
        "plan.json",
        "report.json",
        "run.json",
        "shards",
    }
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=result.folder, check=True)


def test_each_image_carries_where_it_came_from(make: Make) -> None:
    made_by = Provenance([{"name": "toy", "weights": {"models/model.pt": "abc"}}], {"steps": 3})
    folder = make(made_by=made_by).folder
    line = json.loads((folder / "manifest.jsonl").read_text().splitlines()[0])
    with Image.open(folder / line["files"]["image"]) as picture:
        text = dict(picture.text)  # type: ignore[attr-defined]
    record = json.loads(text["aurad"])
    assert text["Software"] == f"aurad-monai {__version__}" and "synthetic" in text["Source"]
    assert (record["seed"], record["prompt"], record["accepted"]) == (line["seed"], line["prompt"], True)
    assert record["weights"] == {"toy/models/model.pt": "abc"} and record["settings"] == {"steps": 3}
    dataset = json.loads((folder / "dataset.json").read_text())
    assert dataset["synthetic"] is True and dataset["intended_use"] and dataset["weights"] == record["weights"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_cleanly_and_resume_completes(make: Make, whole: dict[str, str], number: int) -> None:
    stub = StopsAfter(3, lambda: os.kill(os.getpid(), number))
    stopped = make(open_sampler=lambda: stub)
    assert (stopped.finished, stopped.exit_code) == (False, 128 + number)
    assert not (stopped.folder / "manifest.jsonl").exists() and not trees.partial_files(stopped.folder)
    assert trees.digest(make(resume=True).folder) == whole


def test_a_full_disk_stops_cleanly_and_resume_completes(make: Make, whole: dict[str, str]) -> None:
    stub = StopsAfter(3, _fail)
    with pytest.raises(InputError, match="No space left on device.*--resume"):
        make(open_sampler=lambda: stub)
    assert trees.digest(make(resume=True).folder) == whole


def test_resuming_a_finished_run_changes_nothing(make: Make, whole: dict[str, str]) -> None:
    make()
    assert trees.digest(make(resume=True).folder) == whole


@pytest.mark.parametrize("damage", ["changed", "missing", "no manifest", "a reason", "no hash", "a stray file"])
def test_a_damaged_shard_is_made_again(make: Make, whole: dict[str, str], damage: str) -> None:
    shard = make().folder / "shards" / "000001"
    image = next((shard / "images").iterdir())
    if damage == "changed":
        image.write_bytes(image.read_bytes()[:-1])
    elif damage == "missing":
        image.unlink()
    elif damage == "a reason":  # a bit that no hash of a file would show
        manifest = shard / "manifest.jsonl"
        manifest.write_bytes(manifest.read_bytes().replace(b"the score", b"the scorf", 1))
    elif damage == "a stray file":
        (shard / "images" / "other.png").write_bytes(b"")
    else:
        (shard / ("SHA256SUMS" if damage == "no hash" else "manifest.jsonl")).unlink()
    assert trees.digest(make(resume=True).folder) == whole


def test_leftovers_of_a_killed_run_are_removed(make: Make, whole: dict[str, str], tmp_path: Path) -> None:
    folder = make().folder
    (folder / ".work" / "000000-dead").mkdir(parents=True)
    (folder / ".work" / "stop").touch()
    shutil.rmtree(folder / "shards" / "000000")
    assert trees.digest(make(resume=True).folder) == whole


def test_a_run_killed_before_its_plan_is_no_obstacle(make: Make, whole: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "run" / ".work").mkdir(parents=True)
    (tmp_path / "run" / "shards").mkdir()
    assert trees.digest(make(resume=True).folder) == whole


def test_resume_refuses_another_plan_weights_or_settings(make: Make) -> None:
    make()
    for change in (
        {"plan": Plan(PLAN.rows[:1])},
        {"made_by": Provenance(settings={"steps": 99})},
        {"made_by": Provenance([{"name": "b", "weights": {"w": "1"}}])},
        {"made_by": Provenance([{"name": "b", "configs": {"configs/inference.json": "1"}}])},  # holds the thresholds
    ):
        with pytest.raises(InputError, match="begun with"):
            make(resume=True, **change)


def test_an_existing_dataset_needs_a_word(make: Make, whole: dict[str, str]) -> None:
    make()
    with pytest.raises(InputError, match="--resume"):
        make()
    assert trees.digest(make(overwrite=True).folder) == whole


def test_a_folder_of_something_else_is_never_touched(make: Make, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.txt").write_text("mine")
    for given in ({"resume": True}, {"overwrite": True}, {}):
        with pytest.raises(InputError):
            make(**given)
    assert (tmp_path / "run" / "thesis.txt").read_text() == "mine"


def test_two_runs_in_one_folder_are_refused(make: Make, tmp_path: Path) -> None:
    make()
    work = tmp_path / "run" / ".work"
    work.mkdir()
    with (work / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        before = trees.digest(tmp_path / "run")
        for given in ({"resume": True}, {"overwrite": True}):
            with pytest.raises(InputError, match="wait for the other run"):
                make(**given)
            assert trees.digest(tmp_path / "run") == before  # nothing is deleted or written before the lock is held


def test_overwriting_beside_a_running_dataset_leaves_it_whole(make: Make, whole: dict[str, str]) -> None:
    """The other command has another plan; it is refused in the middle of the run, and the run ends as ever."""
    refused: list[str] = []

    def another() -> None:
        with pytest.raises(InputError, match="wait for the other run") as raised:
            make(overwrite=True, plan=Plan(PLAN.rows[:1]))
        refused.append(str(raised.value))

    result = make(open_sampler=lambda: StopsAfter(3, another))
    assert refused and trees.digest(result.folder) == whole


def test_a_changed_run_json_is_named(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make(record={"device": "cpu"}).folder
    make(resume=True)
    assert "damaged" not in capsys.readouterr().err
    (folder / "run.json").write_text((folder / "run.json").read_text().replace("cpu", "gpu"))
    make(resume=True)
    assert "run.json was damaged" in capsys.readouterr().err


def test_the_report_names_what_could_not_be_satisfied(make: Make) -> None:
    plan = Plan((Row("normal", 3, True, 0), Row("mass", 2, False, 0)), budget=2, shard_size=2)
    report: Any = make(plan=plan, open_sampler=functools.partial(open_stub, 16, 0.0)).report
    assert report["unsatisfied"] == [{"prompt": "normal", "missing": 3}]
    assert (report["wanted"], report["accepted"], report["attempts"]) == (5, 0, 8)
    assert list(report["prompts"][0]["reasons"].values()) == [6]


def test_sessions_are_counted_in_run_json_alone(make: Make) -> None:
    stub = StopsAfter(3, lambda: os.kill(os.getpid(), signal.SIGTERM))
    make(open_sampler=lambda: stub)
    folder = make(resume=True, record={"device": "cpu"}).folder
    run = json.loads((folder / "run.json").read_text())
    assert run["finished"] and len(run["sessions"]) == 2 and run["sessions"][1]["device"] == "cpu"
    assert sum(session["accepted"] for session in run["sessions"]) == 12


def test_an_unknown_engine_is_refused(make: Make) -> None:
    with pytest.raises(InputError, match="engine"):
        make(engine="horses")
