# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`make results`: every step is a command that exists and leaves what it says, and what it left becomes a section."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from aurad_monai.errors import InputError
from benchmarks.results import Step, flat, main, read_steps, section
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
    for used in re.findall(r"(?<!--output )(?<!--output_dir )RUNS/(\w+)", step.command):
        assert used in [other.name for other in STEPS[: STEPS.index(step)]]  # made by a step before


def test_sections_by_hand(tmp_path: Path) -> None:
    step = Step("costs", "What it costs", "python x.py", table="costs.json", note="Few cases.")
    assert section(step, tmp_path)[2] == "Not run yet."
    (tmp_path / "costs.txt").write_text("# Costs\n\n## All\n\n| a |\n\n```bash\nx\n```\n")
    (tmp_path / "costs.json").write_text(json.dumps({"a_b": {"c": 0.123456, "d": [0.5, 1, 2.0]}}))
    table = ["| figure | value |", "| --- | --- |", "| a b, c | 0.1235 |", "| a b, d | 0.5 to 1 to 2 |"]
    command = ["", "Few cases.", "", "```bash", "python x.py", "```", ""]
    assert section(step, tmp_path) == ["## What it costs", "", *table, *command]
    text = section(Step("costs", "What it costs", "python x.py"), tmp_path)
    assert text[2] == "### All\n\n| a |"
    assert list(flat([{"name": "x", "y": 1}, {"y": 2}], "rows")) == [("rows, x, y", "1"), ("rows, 1, y", "2")]


def test_an_unknown_step_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="evaluation_memory"):
        main(str(tmp_path), only="nothing", output=str(tmp_path / "runs"))
