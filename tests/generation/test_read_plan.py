# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Plans on disk: every way to write one, and every fault is one line that says where."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurad_monai.errors import InputError
from aurad_monai.generation.plan import Plan
from aurad_monai.generation.read_plan import PlanDefaults, read_plan


def _read(tmp_path: Path, name: str, text: str, **defaults: str | int) -> Plan:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return read_plan(tmp_path / name, PlanDefaults(**defaults))  # type: ignore[arg-type]


def _asked(plan: Plan) -> list[tuple[str, int, bool]]:
    return [(row.prompt, row.num, row.until_accepted) for row in plan.rows]


def test_csv_with_further_columns(tmp_path: Path) -> None:
    text = 'prompt,accepted,attempts,seed,note\n"effusion, no mass",3,,7,mine\nnormal,,2,,\n'
    plan = _read(tmp_path, "plan.csv", text)
    assert _asked(plan) == [("effusion, no mass", 3, True), ("normal", 2, False)]
    assert plan.rows[0].seed == 7


def test_prompts_file(tmp_path: Path) -> None:
    plan = _read(tmp_path, "plan.txt", "# mine\nnormal\n\nleft effusion\nnormal\n", num="100 accepted")
    assert _asked(plan) == [("normal", 100, True), ("left effusion", 100, True), ("normal", 100, True)]
    assert plan.rows[0].seed != plan.rows[2].seed


def test_yaml_prompts(tmp_path: Path) -> None:
    prompts = "prompts:\n- normal\n- {prompt: mass, attempts: 2, seed: 9}\n"
    text = "accepted: 5\nseed: 3\nbudget: 4\nshard_size: 2\n" + prompts
    plan = _read(tmp_path, "plan.yaml", text)
    assert _asked(plan) == [("normal", 5, True), ("mass", 2, False)]
    assert (plan.budget, plan.shard_size, plan.rows[1].seed) == (4, 2, 9)


def test_yaml_distribution(tmp_path: Path) -> None:
    text = "attempts: 20\ndistribution: {findings: [effusion, normal], laterality: left}\nbalance: findings\n"
    plan = _read(tmp_path, "plan.yml", text)
    assert sum(row.num for row in plan.rows) == 20 and not any(row.until_accepted for row in plan.rows)
    assert sum("left pleural effusion" in row.prompt for row in plan.rows) == 10


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.csv", "prompt,num\nnormal,3\nmass,2 attempts\n"),
        ("p.yaml", "num: 3\nprompts:\n- normal\n- {prompt: mass, num: 2 attempts}\n"),
    ],
)
def test_num_of_earlier_versions_is_read_with_a_note(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str
) -> None:
    assert _asked(_read(tmp_path, name, text)) == [("normal", 3, True), ("mass", 2, False)]
    note = capsys.readouterr().err
    assert note.startswith("note: num of a plan is now accepted or attempts") and note.count("\n") == 1


def test_the_seed_of_a_prompt_is_that_of_the_plan_until_it_comes_again(tmp_path: Path) -> None:
    text = "left effusion and mass\nnormal\nmass, left pleural effusion\n"
    first, other, again = (row.seed for row in _read(tmp_path, "plan.txt", text, seed=7).rows)
    assert first == other == 7 != again  # the third is the first in other words


def test_a_row_keeps_its_cases_when_others_come_and_go(tmp_path: Path) -> None:
    many = {row.prompt: row.seed for row in _read(tmp_path, "a.txt", "normal\nmass\neffusion\n").rows}
    few = {row.prompt: row.seed for row in _read(tmp_path, "b.txt", "effusion\nnormal\n").rows}
    assert few.items() <= many.items()


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("p.csv", "", "columns prompt and accepted"),
        ("p.csv", "prompt,count\nnormal,1\n", "columns prompt and accepted"),
        ("p.csv", "prompt,accepted\n", "at least one prompt"),
        ("p.csv", "prompt,accepted\nnormal,1\nzebra,1\n", "line 3"),
        ("p.csv", "prompt,accepted\nnormal,0\n", "line 2: cases"),
        ("p.csv", "prompt,accepted\nnormal,many\n", "line 2: cases"),
        ("p.csv", "prompt,accepted\nnormal,1,x\n", "as many values"),
        ("p.csv", "prompt,accepted,attempts\nnormal,1,2\n", "not both"),
        ("p.csv", "prompt,accepted,seed\nnormal,1,-4\n", "line 2: seed"),
        ("p.csv", 'prompt,accepted\n"normal,1\n', "line"),
        ("p.csv", "prompt,accepted\nnormal,999999999\n", "at most"),
        ("p.txt", "\n# nothing\n", "at least one prompt"),
        ("p.txt", "normal\nzebra crossing\n", "line 2"),
        ("p.yaml", "- normal\n", "mapping"),
        ("p.yaml", "a: [\n", "valid YAML"),
        ("p.yaml", "prompts: [normal]\ncolour: red\n", "colour"),
        ("p.yaml", "seed: 3\n", "either prompts or distribution"),
        ("p.yaml", "prompts: normal\n", "list of prompts"),
        ("p.yaml", "prompts: [normal]\nseed: true\n", "seed"),
        ("p.yaml", "prompts: [{prompt: normal, number: 3}]\n", "number"),
        ("p.yaml", "prompts: [normal]\nbudget: 0\n", "budget"),
        ("p.yaml", "prompts: [3]\n", "a prompt"),
        ("p.yaml", "distribution: {findings: [zebra]}\n", "zebra"),
        ("p.json", "{}", ".csv"),
    ],
)
def test_faults_are_named(tmp_path: Path, name: str, text: str, named: str) -> None:
    with pytest.raises(InputError, match=named):
        _read(tmp_path, name, text)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes(b"prompt,accepted\n\xff\xfe,1\n")
    for path in (tmp_path / "none.csv", tmp_path / "latin.csv", tmp_path):
        with pytest.raises(InputError, match="plan"):
            read_plan(path)


@given(st.text(max_size=60), st.sampled_from([".csv", ".yaml", ".txt"]))
def test_anything_gives_a_plan_or_one_line(tmp_path: Path, text: str, suffix: str) -> None:
    try:
        assert _read(tmp_path, f"any{suffix}", text.replace("\udfff", "")).rows
    except InputError as error:
        assert "\n" not in str(error)
    except UnicodeEncodeError:
        pass


@given(st.text("prompt,accepted\n\"' 0123abc:[]{}-&*!|>#", max_size=80))
def test_almost_plans(tmp_path: Path, text: str) -> None:
    for head, suffix in (("prompt,accepted\n", ".csv"), ("prompts:\n", ".yaml"), ("distribution:\n", ".yaml")):
        try:
            _read(tmp_path, f"any{suffix}", head + text)
        except InputError as error:
            assert "\n" not in str(error)


def test_the_plans_of_the_documentation_can_be_read(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "reference" / "synthesis.md").read_text(encoding="utf-8")
    plans = [(".yaml", block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]
    plans += [(".csv", block) for block in re.findall(r"```text\n(prompt,.*?)```", text, re.DOTALL)]
    assert len(plans) == 3
    for suffix, block in plans:
        assert _read(tmp_path, f"plan{suffix}", block).total >= 120
