# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad evaluate --utility`: sets on disk become tables of trained networks, and an interrupted run goes on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from aurad_monai.cli import main as cli
from aurad_monai.io.datalist import save_channels, save_image, write_datalist
from tests.filtering.planted import LEFT_BASE, masks

TINY = "size=32,steps=2,batch=2"


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A datalist of four training and four validation cases, every second with an effusion that is bright."""
    root = tmp_path_factory.mktemp("sets")
    rng, listed = np.random.default_rng(0), []
    for number in range(8):
        pathology = masks(effusion=LEFT_BASE) if number % 2 else masks()
        image = np.clip(rng.uniform(0, 0.5, (256, 256)) + 0.4 * pathology.any(axis=0), 0, 1)
        save_image(root / "images" / f"{number}.png", (255 * image).astype(np.uint8))
        save_channels(root / "pathology" / f"{number}.nii.gz", pathology)
        listed.append({"id": str(number), "image": f"images/{number}.png", "pathology": f"pathology/{number}.nii.gz"})
    write_datalist(root, listed[:4], listed[4:])
    return root


def words(sets: Path, output: Path, *more: str) -> list[str]:
    named = ["--train", f"{sets}:training", "--reference", f"{sets}:validation", "--output", str(output)]
    targets_by_case = ["--utility", "effusion", "--training", TINY, "--repeats", "1"]
    return ["evaluate", f"{sets}:training", *targets_by_case, *named, *more]


@pytest.mark.parametrize(("task", "score"), [("segmentation", "Dice"), ("classification", "AUROC")])
def test_networks_are_trained_once_and_tabulated(
    task: str, score: str, sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out"
    assert cli.main(words(sets, output, "--task", task, "--only", "real100")) == 0
    experiments = {path.stem: path.stat().st_mtime_ns for path in output.glob("*.json")}
    assert (
        f"{task}_effusion_real100_seed0" in experiments and f"{task}_effusion_real100_syntheticx1_seed0" in experiments
    )
    table = (output / "table.md").read_text()
    assert f"| trained on | cases | {score} (95%)" in table and "| real 100% | 4 |" in table
    content = json.loads((output / f"{task}_effusion_real100_syntheticx1_seed0.json").read_text())
    assert (
        content["trained_on"] == 8 and content["ids"] == ["4", "5", "6", "7"] and content["train_config"]["steps"] == 2
    )
    capsys.readouterr()
    assert cli.main(words(sets, output, "--task", task, "--only", "real100")) == 0
    assert {path.stem: path.stat().st_mtime_ns for path in output.glob("*.json")} == experiments
    assert capsys.readouterr().out.startswith("### ")  # nothing was trained again


def test_networks_trained_otherwise_are_not_mixed(
    sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words(sets, tmp_path / "out", "--only", "real10_seed0")) == 0
    changed = ["size=32,steps=3,batch=2" if word == TINY else word for word in words(sets, tmp_path / "out")]
    assert cli.main(changed) == 2
    assert "the same sets and settings" in capsys.readouterr().err


def test_a_second_set_stands_beside_the_first_and_real_networks_are_shared(sets: Path, tmp_path: Path) -> None:
    quick = ["--mixtures", "quick", "--further_sets", f"{sets}:validation", "--only", "real10"]
    assert cli.main(words(sets, tmp_path / "out", *quick)) == 0
    names = {path.stem for path in (tmp_path / "out").glob("*.json")}
    assert {name for name in names if "_set1" in name} == {
        "segmentation_effusion_real10_syntheticx1_set1_seed0",
        "segmentation_effusion_real100_syntheticx1_set1_seed0",
        "segmentation_effusion_syntheticx1_then_real10_set1_seed0",
    }
    content = json.loads((tmp_path / "out/segmentation_effusion_real10_syntheticx1_set1_seed0.json").read_text())
    assert content["sets"]["synthetic"].endswith(":validation") and content["experiment"]["generator"] == 1
    assert cli.main(words(sets, tmp_path / "out", *quick)) == 0  # of the same sets: nothing is refused


def test_a_budget_ends_the_run_between_two_networks(
    sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words(sets, tmp_path / "out", "--mixtures", "quick", "--budget", "1e-9")) == 0
    assert "effusion: the budget is used, 8 networks are left" in capsys.readouterr().out
    assert not list((tmp_path / "out").glob("*.json"))


def test_patients_come_from_a_table(sets: Path, tmp_path: Path) -> None:
    table = tmp_path / "patients.csv"
    table.write_text("id,patient\n4,p\n5,p\n6,q\n")
    assert cli.main(words(sets, tmp_path / "out", "--only", "real100_seed0", "--patients", str(table))) == 0
    content = json.loads((tmp_path / "out/segmentation_effusion_real100_seed0.json").read_text())
    assert content["patients"] == ["p", "p", "q", "case 7"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--utility"], "FINDING"),
        (["--utility", "flu"], "flu"),
        (["--utility", "effusion", "--task", "guessing"], "segmentation or detection"),
        (["--utility", "effusion", "--training", "depth=3"], "size, steps"),
        (["--utility", "effusion", "--training", "steps=-1"], "steps"),
        (["--utility", "effusion", "--mixtures", "all"], "standard or quick or full"),
        (["--utility", "effusion", "--budget", "-1"], "budget"),
    ],
)
def test_one_line_says_what_is_wrong(
    more: list[str], said: str, sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["evaluate", str(sets), "--train", str(sets), "--reference", str(sets), "--output", str(tmp_path / "out")]
    assert cli.main([*given, *more]) == 2
    error = capsys.readouterr().err
    assert said in error and len(error.splitlines()) == 1 and not (tmp_path / "out").exists()
