# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""results.json says what its figures rest on, survives the way back, and refuses comparisons that mean nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from aurad_monai.errors import InputError
from aurad_monai.evaluation.images.encoder import EncoderCard
from aurad_monai.evaluation.metric_result import MetricResult
from aurad_monai.evaluation.report_html import as_html
from aurad_monai.evaluation.report_text import as_markdown
from aurad_monai.evaluation.results import EvaluatedSet, Results, compare, format_interval
from aurad_monai.statistics import UNKNOWN

CARD = EncoderCard("anatomy", "supervised", "ab" * 32, "1 channel, 256 x 256", 192)
RESULTS = Results(
    {"synthetic": EvaluatedSet("runs/<b>", 30, "0" * 64), "reference": EvaluatedSet("cxr", 50, "1" * 64, 2)},
    [CARD],
    [
        MetricResult("fidelity", "FD", (1.5, 1.0, 2.0), 30, "anatomy", (0.5, 0.4, 0.6), 30, "lower"),
        MetricResult("attribute_adherence", "side", UNKNOWN, 0),
    ],
    {"synthetic": [1.0, 0.5], "reference": [2.0, 1.5]},
    {"command": "aurad evaluate x"},
    ["few cases"],
    {"own film": "no masks"},
)


def test_the_way_to_disk_and_back(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(RESULTS.as_json())
    back = Results.read(tmp_path)
    assert back.sets == RESULTS.sets and back.encoders == (CARD,) and back.metrics[0] == RESULTS.metrics[0]
    assert back.unanswered == RESULTS.unanswered and back.protocol == 2
    assert compare(back, RESULTS)[0][1].value == (1.5, 1.0, 2.0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"weights_sha256": "cd" * 32}, "same weights"),
        ({"preprocessing": "224 x 224"}, "same weights"),
        ({"name": "findings"}, "same encoders"),
    ],
)
def test_other_encoders_are_not_compared(change: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        compare(RESULTS, replace(RESULTS, encoders=[replace(CARD, **change)]))


def test_other_references_are_not_compared() -> None:
    sets = {**RESULTS.sets, "reference": EvaluatedSet("other", 50, "2" * 64)}
    with pytest.raises(InputError, match="same reference"):
        compare(RESULTS, replace(RESULTS, sets=sets))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"sets": 1}', '{"sets": {}, "encoders": [], "metrics": [1]}'])
def test_what_is_no_evaluation_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "results.json").write_text(content)
    with pytest.raises(InputError, match=r"results\.json"):
        Results.read(tmp_path)


def test_reports_say_everything_and_fetch_nothing() -> None:
    text, page = as_markdown(RESULTS), as_html(RESULTS, {"best": [("case <1>", b"png")]})
    for words in (
        "1.500 (1.000 to 2.000)",
        "0.500 (0.400 to 0.600)",
        "abababab",
        "few cases",
        "2 more",
        "192 features",
        "not answered: own film: no masks",
        "protocol 2 of aurad evaluate",
        "are the pictures distributed as real ones?",
    ):
        assert words in text and words in page
    assert "&lt;b&gt;" in page and "case &lt;1&gt;" in page and "<svg" in page and "aurad evaluate x" in text
    assert not re.search(r"(src|href)=.(?!data:)", page) and "<script" not in page


def test_cells() -> None:
    assert format_interval(UNKNOWN) == "-" and format_interval((0.01234, 0.01, 0.02)) == "0.0123 (0.0100 to 0.0200)"
    assert format_interval((123.456, float("nan"), 0)) == "123.5"
