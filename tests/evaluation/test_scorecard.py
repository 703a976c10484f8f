# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The scorecard says nothing that the report does not, takes the worst row, and names what was not measured."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aurad_monai.evaluation.metric_result import MetricResult
from aurad_monai.evaluation.scorecard import AS_REAL, BEHIND, COLUMNS, CRITERIA, scorecard
from aurad_monai.statistics import UNKNOWN
from tests.evaluation.test_results import RESULTS

METRICS = [
    MetricResult("fidelity", "FD", (2.0, 1.5, 2.5), 30, "anatomy", (1.0, 0.8, 1.2), 30, "lower"),
    MetricResult("fidelity", "FD", (90.0, 80.0, 99.0), 30, "findings", (80.0, 70.0, 90.0), 30, "lower"),
    MetricResult("fidelity", "recall", (0.9, 0.8, 1.0), 30, "anatomy", (0.95, 0.9, 1.0), 30, "higher"),
    MetricResult("mask_adherence", "Dice", (0.9, 0.88, 0.92), 30, "left_lung", UNKNOWN, 0, "higher"),
    MetricResult("mask_adherence", "Dice", (0.1, 0.05, 0.15), 30, "effusion", UNKNOWN, 0, "higher"),
    MetricResult("two_sample_test", "C2ST AUROC, 64 pixels", (0.99, 0.9, 1.0), 30, "slightly blurred real"),
    MetricResult("subgroups", "Dice of the lungs", (0.9, 0.8, 1.0), 9, "female", UNKNOWN, 0, "higher"),
    MetricResult("subgroups", "Dice of the lungs", (0.75, 0.7, 0.8), 9, "male", UNKNOWN, 0, "higher"),
]


def test_the_row_farthest_behind_real_data_stands_for_a_metric() -> None:
    rows = scorecard(replace(RESULTS, metrics=METRICS))
    assert all(len(row) == len(COLUMNS) for row in rows)
    assert list(dict.fromkeys(row[0] for row in rows)) == list(CRITERIA)
    by_name = {row[1]: row for row in rows}
    assert by_name["FD"][2:] == ("anatomy", "2.000 (1.500 to 2.500)", "1.000 (0.800 to 1.200)", BEHIND)
    assert by_name["recall"][5] == AS_REAL and by_name["Dice"][2:4] == ("effusion", "0.100 (0.050 to 0.150)")
    assert by_name["C2ST AUROC"][3:] == ("not measured", "", "needs --two_sample_test")  # the blurred ones are no set
    assert by_name["Dice of the lungs, difference of subgroups"][2:4] == ("male to female", "0.150")
    assert by_name["encoders whose weights are stated"][3] == "1 of 1" and by_name["record"][3] == "command"
    assert by_name["cases that could be read"][3] == "30 of 30"


@pytest.mark.parametrize("family", ["fidelity", "mask_adherence", "subgroups"])
def test_what_was_not_measured_is_named(family: str) -> None:
    rows = scorecard(replace(RESULTS, metrics=[metric for metric in METRICS if metric.family != family]))
    assert [row[0] for row in rows if row[3] == "not measured"].count(
        {"fidelity": "congruence", "mask_adherence": "constraint", "subgroups": "consistency"}[family]
    ) == {"fidelity": 2, "mask_adherence": 2, "subgroups": 2}[family]
