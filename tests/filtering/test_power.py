# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Power before judgement: a check that has not shown it rejects nothing, and card, config and results say the same."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from aurad_monai.errors import InputError
from aurad_monai.filtering.criteria.criterion import CriterionResult
from aurad_monai.filtering.power import PowerTable, flat, nest

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT / "bundles" / "cxr_expert_filter"
NEEDED = {place: {"sensitivity": 0.8, "specificity": 0.7, "cases": 5} for place in ("real", "generated")}


def shares(sensitivity: float, specificity: float, cases: int = 20) -> dict[str, Any]:
    return {"sensitivity": sensitivity, "specificity": specificity, "wrong": cases, "right": cases}


def table(real: dict[str, Any] | None, generated: dict[str, Any] | None, check: str = "seen.mass") -> PowerTable:
    return PowerTable(nest({check: {"real": real, "generated": generated}}), NEEDED)


@pytest.mark.parametrize(
    ("real", "generated", "why"),
    [
        (shares(0.8, 0.7), shares(0.9, 1.0), ""),
        (shares(0.79, 1.0), shares(0.9, 1.0), "is too low on real radiographs"),
        (shares(0.8, 0.7), shares(0.9, 0.69), "is too low on generated radiographs"),
        (None, shares(0.9, 1.0), "could not be measured on real radiographs"),
        (shares(1.0, 1.0), shares(1.0, 1.0, cases=4), "could not be measured on generated radiographs"),
    ],
)
def test_both_sets_must_show_power(real: dict[str, Any] | None, generated: dict[str, Any], why: str) -> None:
    assert table(real, generated).lacking("seen.mass") == why


def test_a_check_speaks_for_its_parts_and_no_other() -> None:
    strong = shares(1.0, 1.0)
    known = table(strong, strong, "orientation")
    assert known.lacking("orientation.tilt") == "" and known.lacking("orientation") == ""
    assert known.lacking("quality") == "has never been measured"


def test_without_power_a_result_rejects_nothing_and_says_so() -> None:
    failed = CriterionResult("seen.mass", 0.1, 0.5, False, "mass is not found", finding="mass")
    weak, strong = (table(*[shares(value, 1.0)] * 2).judging(failed) for value in (0.5, 0.9))
    assert strong == failed
    assert weak.passed and not weak.evaluated and weak.score == 0.1
    assert weak.reason == "not judged: the filter's power to see it is too low on real radiographs"


def test_a_table_of_another_form_is_refused() -> None:
    with pytest.raises(InputError, match="power"):
        PowerTable({}, {"real": {"sensitivity": 1}})
    with pytest.raises(InputError, match="power"):
        PowerTable({"a": {"all": {"real": {"hits": 3}}}}, NEEDED)


def test_the_form_of_a_config_is_that_of_checks() -> None:
    checks = {"orientation": {"real": None}, "seen.mass": {"real": None}, "seen.effusion": {"real": None}}
    assert flat(nest(checks)) == checks and set(nest(checks)["seen"]) == {"mass", "effusion"}


def rows_of_card() -> dict[tuple[str, str], list[str]]:
    """(check, set) to the cells of the card's table of power."""
    text = (BUNDLE / "docs" / "README.md").read_text(encoding="utf-8")
    lines = text.split("<!-- power -->")[1].split("<!-- /power -->")[0].strip().splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {(row[0].strip("`"), row[1]): row[2:] for row in cells}


def test_card_config_and_results_say_the_same() -> None:
    config = json.loads((BUNDLE / "configs" / "inference.json").read_text(encoding="utf-8"))
    known, card = PowerTable(config["power"], config["power_needed"]), rows_of_card()
    with (ROOT / "docs" / "results" / "filter_power.csv").open(encoding="utf-8", newline="") as lines:
        results = {(row["check"], row["set"]): row for row in csv.DictReader(lines)}
    assert (
        set(results) == set(card) == {(check, place) for check, sets in flat(config["power"]).items() for place in sets}
    )
    for (check, place), row in results.items():
        said = flat(config["power"])[check][place]
        keys = (("sensitivity", "wrong"), ("specificity", "right"))
        if said is None:
            assert not row["sensitivity"] and card[check, place][:2] == ["", ""]
            continue
        for share, count in keys:
            assert float(row[share]) == said[share] and int(row[f"{count} cases"]) == said[count]
        assert card[check, place][:2] == [f"{said[share]:.2f} of {said[count]}" for share, count in keys]
        assert card[check, place][2] == ("yes" if not known.lacking(check) else "no")


def test_the_page_of_the_filter_states_the_limits_of_the_config() -> None:
    config = json.loads((BUNDLE / "configs" / "inference.json").read_text(encoding="utf-8"))
    page = (ROOT / "docs" / "reference" / "filter.md").read_text(encoding="utf-8")
    for place, needed in config["power_needed"].items():
        cells = (f"{needed[name]:.2f}" for name in ("sensitivity", "specificity"))
        assert f"| {place} | {' | '.join(cells)} | {needed['cases']} |" in page


def test_every_criterion_of_the_bundle_has_been_measured() -> None:
    config = json.loads((BUNDLE / "configs" / "inference.json").read_text(encoding="utf-8"))
    checks = set(config["power"])
    modules = {item["_target_"].split(".")[-2] for item in config["criteria"]}
    assert modules == checks
