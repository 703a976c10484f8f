# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad synthesize`: words are checked before anything is made, and stopping says how to go on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aurad_monai.cli import main as cli
from aurad_monai.generation import replica as sampler
from tests.stress.stub import Stub


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plan, and a stub in place of the pipeline."""
    monkeypatch.setattr(sampler, "open_pipeline", lambda **settings: Stub())
    (tmp_path / "plan.csv").write_text("prompt,accepted,attempts\nnormal,3,\nmass,,2\n")
    return tmp_path / "plan.csv"


@pytest.fixture
def bundle_dir(tmp_path: Path) -> Path:
    """A folder with one bundle."""
    path = tmp_path / "bundles" / "toy" / "configs" / "metadata.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"version": "0.3.1"}')
    return tmp_path / "bundles"


def test_a_plan_becomes_a_dataset(
    plan: Path, bundle_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["synthesize", str(plan), "--output", str(tmp_path / "run"), "--bundle_dir", str(bundle_dir)]
    assert cli.main([*words, "--steps", "3", "--seed", "5"]) == 0
    assert "5 wanted" in capsys.readouterr().out
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    assert run["finished"] and run["sessions"][0]["versions"]["torch"]
    identity = json.loads((tmp_path / "run" / "plan.json").read_text())
    assert identity["settings"] == {"quality": "default", "num_inference_steps": 3, "guidance_scale": None}
    assert cli.main([*words, "--steps", "3", "--seed", "5"]) == 2
    assert cli.main([*words, "--steps", "3", "--seed", "5", "--resume"]) == 0
    assert cli.main([*words, "--steps", "4", "--seed", "5", "--resume"]) == 2


def test_num_of_earlier_versions_counts_accepted_cases_with_a_note(
    plan: Path, bundle_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plan.txt").write_text("normal\nmass\n")
    words = ["synthesize", str(tmp_path / "plan.txt"), "--bundle_dir", str(bundle_dir), "--output"]
    assert cli.main([*words, str(tmp_path / "old"), "--num", "2 attempts", "--quality", "best"]) == 0
    notes = [line for line in capsys.readouterr().err.splitlines() if line.startswith("note: ")]
    assert len(notes) == 2 and "--num is now --accepted" in " ".join(notes) and "best is now default" in " ".join(notes)
    assert cli.main([*words, str(tmp_path / "new"), "--attempts", "2"]) == 0
    old, new = (json.loads((tmp_path / name / "plan.json").read_text()) for name in ("old", "new"))
    assert old == new and [row["until_accepted"] for row in new["plan"]["rows"]] == [False, False]
    assert cli.main([*words, str(tmp_path / "both"), "--attempts", "2", "--accepted", "2"]) == 2


def test_the_watermark_is_part_of_what_the_dataset_is(
    plan: Path, bundle_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("imwatermark")
    plan.write_text("prompt,attempts\nnormal,1\n")
    monkeypatch.setattr(sampler, "open_pipeline", lambda **settings: Stub(256, 1.0))
    words = ["synthesize", str(plan), "--output", str(tmp_path / "run"), "--bundle_dir", str(bundle_dir)]
    assert cli.main([*words, "--watermark", "my lab"]) == 0
    for name in ("plan.json", "dataset.json"):
        assert json.loads((tmp_path / "run" / name).read_text())["settings"]["watermark"] == "my lab"
    assert cli.main([*words, "--resume"]) == 2
    assert cli.main([*words, "--resume", "--watermark", "my lab"]) == 0


def test_a_full_disk_is_one_line(
    plan: Path,
    bundle_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("aurad_monai.generation.worker.write_case", full)
    words = ["synthesize", str(plan), "--output", str(tmp_path / "run"), "--bundle_dir", str(bundle_dir)]
    assert cli.main(words) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert "No space left on device" in line and "--resume" in line


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ((), "output"),
        (("--output", "x", "--workers", "0"), "workers"),
        (("--output", "x", "--budget", "none"), "budget"),
        (("--output", "x", "--scheduler", "gpu"), "scheduler"),
        (("--output", "x", "--engine", "horses"), "engine"),
    ],
)
def test_faults_are_named(
    plan: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    named: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    code = cli.main(["synthesize", str(plan), *words])
    assert code == 2 and capsys.readouterr().err.startswith(f"error: {named}")
    assert not (tmp_path / "x").exists()
