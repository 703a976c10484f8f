# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Distances of a good set lie at their floor, those of a bad one far above, and small sets get none."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from aurad_monai.evaluation.images import fidelity as module
from aurad_monai.evaluation.images.encoder import EncoderCard
from aurad_monai.evaluation.images.fidelity import fidelity
from aurad_monai.evaluation.measure import Measured
from aurad_monai.evaluation.metric_result import MetricResult

CARD = EncoderCard("x", "unknown", "", "", 4)


@pytest.fixture(autouse=True)
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Intervals are tested elsewhere."""
    monkeypatch.setattr(module, "RESAMPLES", 12)


def measured(count: int, shift: float, seed: int) -> Measured:
    rng = np.random.default_rng(seed)
    values = {"features/x": rng.normal(shift, 1, (count, 4)), "spectrum": rng.normal(shift, 1, (count, 9))}
    names = tuple(f"{seed}_{i}" for i in range(count))
    return Measured(names, values, str(seed), {}, tuple(range(count)))


def rows(metrics: list[MetricResult]) -> dict[str, MetricResult]:
    return {metric.name: metric for metric in metrics}


def test_a_good_set_lies_at_the_floor_and_a_bad_one_far_above() -> None:
    reference, train = measured(60, 0, 0), measured(80, 0, 1)
    good = rows(fidelity(measured(50, 0, 2), reference, train, [CARD]))
    bad = rows(fidelity(measured(50, 2, 2), reference, train, [CARD]))
    for name in ("FD", "KID", "spectrum distance"):
        assert good[name].real == bad[name].real and good[name].count == good[name].real_count == 50
        assert good[name].value[1] < good[name].real[2] and bad[name].value[1] > bad[name].real[2]
    for name in ("precision", "recall", "coverage"):
        assert good[name].value[0] > 0.6 > 0.4 > bad[name].value[0]
    assert good["FD"].group == "x" and good["FD"].better == "lower" and good["density"].better == "higher"


def test_without_training_images_the_floor_says_what_it_is() -> None:
    found = rows(fidelity(measured(50, 0, 2), measured(60, 0, 0), None, [CARD]))
    assert found["FD"].real_count == 30 and "halves" in found["FD"].note


def test_radiomics_give_frd_of_images_that_have_numbers() -> None:
    def of(count: int, shift: float, seed: int, blank: int = 0) -> Measured:
        part = measured(count, shift, seed)
        features = part.values["features/x"].copy()
        features[:blank] = np.nan
        return replace(part, values={**part.values, "features/radiomics": features})

    card, real = EncoderCard("radiomics", "", "", "", 4), (of(60, 0, 0), of(80, 0, 1))
    found, worse = (rows(fidelity(of(50, shift, 2, 10), *real, [card])) for shift in (0.0, 2.0))
    assert set(found) == {"FRD", "spectrum distance", "largest gap of spectra"}
    assert found["FRD"].count == 40 and found["FRD"].value[0] < found["FRD"].real[2] < worse["FRD"].value[1]
    blank = rows(fidelity(of(50, 0, 2, 40), *real, [card]))["FRD"]
    assert math.isnan(blank.value[0]) and blank.count == 10 and "needs" in blank.note


def test_small_sets_get_no_distance() -> None:
    found = rows(fidelity(measured(19, 0, 2), measured(60, 0, 0), measured(60, 0, 1), [CARD]))
    assert math.isnan(found["FD"].value[0]) and math.isnan(found["FD"].real[0]) and "needs" in found["FD"].note
