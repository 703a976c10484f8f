# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Subgroups: acceptance and condition adherence by view, sex and age of the cases.

Takes a measured set and, of a run, all its attempts; gives a row a subgroup and measure, real data beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from aurad_monai.errors import InputError
from aurad_monai.evaluation.images.demographics import AGE, KEY, SEX, VIEW, demographics_of
from aurad_monai.evaluation.measure import Measured
from aurad_monai.evaluation.metric_result import MetricResult, mean_result
from aurad_monai.io.case_folder import CaseFolder
from aurad_monai.statistics import wilson

Patients = npt.NDArray[np.float64]
SUBGROUPS: Mapping[str, Mapping[str, Callable[[Patients], npt.NDArray[np.bool_]]]] = {
    "view": {"PA view": lambda p: p[:, VIEW] == 1, "AP view": lambda p: p[:, VIEW] == 0},
    "sex": {"female": lambda p: p[:, SEX] == 1, "male": lambda p: p[:, SEX] == 0},
    "age": {
        "younger than 40": lambda p: p[:, AGE] < 40,
        "40 to 59": lambda p: (p[:, AGE] >= 40) & (p[:, AGE] < 60),
        "60 and older": lambda p: p[:, AGE] >= 60,
    },
}
"""Attribute to its groups; a case that does not state the attribute is in none."""
FAMILY = "subgroups"


def subgroups(
    by: Sequence[str], synthetic: Measured, real: Measured, attempts: CaseFolder | None = None
) -> list[MetricResult]:
    """Adherence by subgroup, and of a run the share of accepted attempts.

    Args:
        by: of view, sex, age.
        synthetic: measured by `Demographics` and `Resegmentation`.
        real: real cases with masks, likewise.
        attempts: the run folder the set comes from; none where it is no run.

    Raises:
        InputError: no case states any of the attributes.
    """
    results = []
    for attribute in by:
        for name, belongs in SUBGROUPS[attribute].items():
            chosen, beside = belongs(synthetic.values[KEY]), belongs(real.values[KEY])
            if attempts is not None:
                results += _acceptance(name, belongs, attempts)
            if chosen.any():
                results.append(_row("Dice of the lungs", name, lungs(synthetic)[chosen], lungs(real)[beside]))
                present = synthetic.values["present"][chosen], real.values["present"][beside]
                results.append(_row("requested finding is detected", name, *present))
    if not results:
        raise InputError("by", ",".join(by), "cases that state view, sex or age", "request them in the prompts")
    return results


def lungs(measured: Measured) -> npt.NDArray[np.float64]:
    """Mean Dice of both lungs, (N,)."""
    return np.asarray(measured.values["structure_dice"][:, :2].mean(axis=1))


def _row(name: str, group: str, values: Patients, real: Patients) -> MetricResult:
    return mean_result(FAMILY, name, values, real, group, "higher")


def _acceptance(
    name: str, belongs: Callable[[Patients], npt.NDArray[np.bool_]], attempts: CaseFolder
) -> list[MetricResult]:
    accepted = set(attempts.with_images())
    patients = np.stack([demographics_of(attempts[index].findings) for index in range(len(attempts))])
    members = np.flatnonzero(belongs(patients)).tolist()
    if not members:
        return []
    count = len(accepted & set(members))
    value = (count / len(members), *wilson(count, len(members)))
    return [MetricResult(FAMILY, "accepted by the filter", value, len(members), name, better="higher")]
