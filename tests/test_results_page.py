# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`make results`: every step is a command that exists and leaves what it says, and what it left becomes a section."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from aurad_monai.errors import InputError
from benchmarks.results import (
    BUNDLES,
    Place,
    Step,
    expected,
    flat,
    hashes,
    identities,
    main,
    next_step,
    read_costs,
    read_steps,
    run,
    section,
    used,
    with_taken,
)
from tests import test_docs

STEPS = read_steps()


def test_names_are_unique_and_files_are_apart() -> None:
    assert len({step.name for step in STEPS}) == len({step.done for step in STEPS}) == len(STEPS)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_step_is_a_command_that_exists_and_writes_what_it_says(step: Step) -> None:
    test_docs.test_commands_exist(step.command)
    written = re.findall(r"--output(?:_dir)? RUNS/([\w./]+)", step.command)
    for file in {step.done, step.table} - {f"{step.name}.txt"}:
        assert any(file == name or file.startswith(f"{name}/") for name in written), file
    assert set(step.takes) <= {other.name for other in STEPS[: STEPS.index(step)]}  # made by a step before
    assert {name.split("/")[0].split(".")[0] for name in written} <= {step.name}


def test_sections_by_hand(tmp_path: Path) -> None:
    step = Step("costs", "What it costs", "python x.py", table="costs.json", note="Few cases.")
    place = Place(tmp_path, {"costs": "new"})
    assert section(step, place)[2] == "Not run yet."
    folder = tmp_path / "costs-new"
    folder.mkdir()
    (folder / "costs.txt").write_text("# Costs\n\n## All\n\n| a |\n\n```bash\nx\n```\n")
    (folder / "costs.json").write_text(json.dumps({"a_b": {"c": 0.123456, "d": [0.5, 1, 2.0]}}))
    (folder / "step.json").write_text(json.dumps({"command": "python old.py"}))
    table = ["| figure | value |", "| --- | --- |", "| a b, c | 0.1235 |", "| a b, d | 0.5 to 1 to 2 |"]
    command = ["Few cases.", "", "```bash", "python x.py", "```", ""]
    assert section(step, place) == ["## What it costs", "", *table, "", *command]
    command[3] = "python old.py"
    earlier = ["**Of earlier weights or another command; not run again yet.**", ""]
    assert section(step, Place(tmp_path, {"costs": "newer"})) == [
        "## What it costs",
        "",
        *table,
        "",
        *earlier,
        *command,
    ]
    text = section(Step("costs", "What it costs", "python x.py"), place)
    assert text[2] == "### All\n\n| a |"
    assert list(flat([{"name": "x", "y": 1}, {"y": 2}], "rows")) == [("rows, x, y", "1"), ("rows, 1, y", "2")]


def test_an_unknown_step_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="evaluation_memory"):
        main(str(tmp_path), only="nothing", output=str(tmp_path / "runs"))


@pytest.fixture
def bundles(tmp_path: Path) -> Path:
    """Three bundles of two weights and two configs each, below a root."""
    for name in BUNDLES.values():
        for file in ("models/a.pt", "models/b.pt", "configs/inference.json", "configs/train.json"):
            path = tmp_path / "bundles" / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{name} {file}")
        (tmp_path / "bundles" / name / "configs" / "metadata.json").write_text('{"version": "1.0"}')
    return tmp_path


STEPS_BY_HAND = [
    Step("masks", "", "python x.py", uses=["mask"]),
    Step("latents", "", "python x.py", uses=["mask/models/a.pt"]),
    Step("images", "", "python x.py --output RUNS/images", uses=["image"]),
    Step("trained", "", "python x.py --config bundles/cxr_mask_latent_diffusion/configs/train.json", uses=["filter"]),
    Step("of_images", "", "python x.py --made RUNS/images", uses=[]),
    Step("unsaid", "", "python x.py"),
]


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ("image/models/a.pt", {"images", "of_images", "unsaid"}),
        ("image/configs/inference.json", {"images", "of_images", "unsaid"}),
        ("image/configs/train.json", set()),
        ("image/configs/metadata.json", set()),
        ("mask/models/a.pt", {"masks", "latents", "unsaid"}),
        ("mask/models/b.pt", {"masks", "unsaid"}),
        ("mask/configs/train.json", {"trained"}),
        ("filter/models/b.pt", {"trained", "unsaid"}),
    ],
)
def test_only_what_uses_a_file_runs_again_when_it_changes(bundles: Path, changed: str, again: set[str]) -> None:
    before = identities(STEPS_BY_HAND, bundles)
    short, _, file = changed.partition("/")
    path = bundles / "bundles" / BUNDLES[short] / file
    path.write_text('{"version": "2.0"}' if path.name == "metadata.json" else "other")
    hashes.cache_clear()
    after = identities(STEPS_BY_HAND, bundles)
    assert {name for name in after if after[name] != before[name]} == again


def test_a_new_weight_counts_and_threads_do_not(bundles: Path) -> None:
    images = STEPS_BY_HAND[2]
    before = identities([images], bundles)
    assert identities([replace(images, command=f"{images.command} --threads 2")], bundles) == before
    assert identities([replace(images, command=f"{images.command} --num 2")], bundles) != before
    (bundles / "bundles" / BUNDLES["image"] / "models" / "c.pt").write_text("new")
    hashes.cache_clear()
    assert identities([images], bundles) != before


@pytest.mark.parametrize("name", ["images", "mask/models/c.pt"])
def test_a_step_that_uses_what_is_not_there_is_refused(bundles: Path, name: str) -> None:
    with pytest.raises(InputError, match="uses of masks"):
        used(Step("masks", "", "python x.py", uses=[name]), bundles)


def test_steps_that_generate_use_all_and_those_of_masks_no_images() -> None:
    by_name = {step.name: " ".join(used(step)) for step in STEPS}
    for name in ("set", "subgroups", "attempts_normal"):
        assert all(bundle in by_name[name] for bundle in BUNDLES.values())
    assert not any(BUNDLES["image"] in by_name[name] for name in ("masks", "mask_autoencoder", "mask_sampling"))


def test_two_steps_side_by_side_by_hand() -> None:
    steps = [
        Step("short", "", "a"),
        Step("timed", "", "a", alone=True),
        Step("long", "", "a --output RUNS/long"),
        Step("after", "", "a --made RUNS/long"),
    ]
    short, timed, long, after = steps
    costs = {"short": 5.0, "timed": 2.0, "long": 4.0, "after": 3.0}
    assert next_step(steps, [], costs, 2) == long  # 4 and 3 after it are more than 5
    assert next_step([short, timed, after], [long], costs, 2) == short
    assert next_step([timed, after], [long], costs, 2) is None
    assert next_step([short], [timed], costs, 2) is None and next_step([timed], [], costs, 2) == timed
    assert expected(steps, costs, 2) == 9 and expected(steps, costs, 1) == 14


def test_what_a_chosen_step_takes_runs_too(tmp_path: Path) -> None:
    steps = STEPS_BY_HAND[:5]
    place = Place(tmp_path, {step.name: "1" for step in steps})
    assert [step.name for step in with_taken(["of_images"], steps, place)] == ["images", "of_images"]
    (tmp_path / "images-1").mkdir()
    (tmp_path / "images-1" / "images.txt").touch()
    assert [step.name for step in with_taken(["of_images"], steps, place)] == ["of_images"]


def test_a_step_that_runs_leaves_what_it_prints_and_one_that_fails_does_not(tmp_path: Path) -> None:
    place = Place(tmp_path, {"good": "1", "bad": "1"})
    good, bad = Step("good", "", "python -c \"print('DATA')\"", uses=[]), Step("bad", "", "python -c 1/0", uses=[])
    run(good, "here", place, 1)
    assert place.done(good) and (tmp_path / "good-1" / "good.txt").read_text() == "here\n"
    assert json.loads((tmp_path / "good-1" / "step.json").read_text())["command"] == good.command
    with pytest.raises(InputError, match=r"log\.txt"):
        run(bad, "here", place, 1)
    assert not place.done(bad) and "ZeroDivisionError" in (tmp_path / "bad-1" / "log.txt").read_text()


def test_costs_are_of_steps() -> None:
    assert set(read_costs()) <= {step.name for step in STEPS}
