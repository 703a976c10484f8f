# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Power of the filter's criteria: how often each rejects what is wrong and keeps what is right, where it was measured.

Takes the tables `power` and `power_needed` of a filter bundle's configs/inference.json; says which checks may judge.
A finding without power is not judged. Sensitivity is the share of wrong cases that are rejected, specificity the
share of right ones that are kept, on real radiographs of validation and on pairs of generated ones of one seed, with
and without the finding.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aurad_monai import vocabulary
from aurad_monai.errors import InputError
from aurad_monai.files import read_json
from aurad_monai.filtering.criteria.criterion import NOT_JUDGED, CriterionResult

SETS = {"real": "real radiographs", "generated": "generated radiographs"}
"""Where power is measured, and what users call it."""
WHOLE = "all"
"""The part of a criterion that is measured as a whole."""


@dataclass(frozen=True)
class Shares:
    """What a check did in one set.

    Args:
        sensitivity: share of the wrong cases that it rejects.
        specificity: share of the right cases that it keeps.
        wrong: number of wrong cases.
        right: number of right cases.
    """

    sensitivity: float
    specificity: float
    wrong: int
    right: int


@dataclass(frozen=True)
class Needed:
    """The least that a check must show in a set before it may judge."""

    sensitivity: float
    specificity: float
    cases: int


def flat(nested: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Check (`finding_detected.effusion`, `orientation`) to what is said of it."""
    return {
        criterion if part == WHOLE else f"{criterion}.{part}": said
        for criterion, parts in nested.items()
        for part, said in parts.items()
    }


def nest(checks: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The form of a config, of what `flat` gives."""
    nested: dict[str, dict[str, Any]] = {}
    for check, said in checks.items():
        criterion, _, part = check.partition(".")
        nested.setdefault(criterion, {})[part or WHOLE] = said
    return nested


class PowerTable:
    """Which checks have shown their power.

    Args:
        measured: criterion (`finding_detected`, `orientation`) to part (`effusion`, or `all` of a criterion that is
            measured as a whole) to set to the fields of `Shares`; null where the set has no such cases.
        needed: set to the fields of `Needed`.

    Raises:
        InputError: a table that is not of this form.
    """

    def __init__(
        self,
        measured: Mapping[str, Mapping[str, Mapping[str, Mapping[str, Any] | None]]],
        needed: Mapping[str, Mapping[str, Any]],
    ) -> None:
        try:
            self.needed = {name: Needed(**needed[name]) for name in SETS}
            self.measured = {
                check: {name: Shares(**shares) if (shares := sets.get(name)) else None for name in SETS}
                for check, sets in flat(measured).items()
            }
        except (KeyError, TypeError, AttributeError) as error:
            raise InputError(
                "power", str(error)[:80], "the tables power and power_needed of a filter bundle"
            ) from error

    @classmethod
    def of_bundle(cls, folder: str | Path) -> PowerTable | None:
        """That of a filter bundle, read from its configs/inference.json; None where it has none."""
        path = Path(folder) / "configs" / "inference.json"
        if not path.is_file():
            return None
        try:
            config = read_json(path)
        except (OSError, ValueError) as error:
            raise InputError("bundle_dir", path, "the inference.json of a filter bundle", "restore it") from error
        return cls(config["power"], config["power_needed"]) if "power" in config else None

    def lacking(self, check: str) -> str:
        """Why a check may not judge, as the end of a sentence; empty where it may.

        Args:
            check: name of a result; `orientation` speaks for `orientation.x`, where that has no entry of its own.
        """
        name = check
        while name not in self.measured and "." in name:
            name = name.rpartition(".")[0]
        found = self.measured.get(name)
        if found is None:
            return "has never been measured"
        for place, words in SETS.items():
            shares, needed = found[place], self.needed[place]
            if shares is None or min(shares.wrong, shares.right) < needed.cases:
                return f"could not be measured on {words}"
            if not shares.sensitivity >= needed.sensitivity or not shares.specificity >= needed.specificity:
                return f"is too low on {words}"
        return ""

    def judging(self, result: CriterionResult) -> CriterionResult:
        """The result, or one that rejects nothing and says why, where its check has shown no power."""
        why = self.lacking(result.criterion) if result.evaluated else ""
        if not why:
            return result
        what = "the filter's power to see it" if result.finding else "the power of this check"
        reason = f"{NOT_JUDGED}: {what} {why}"
        return replace(result, passed=True, evaluated=False, reason=reason, threshold=math.nan)

    def findings(self, criterion: str) -> dict[str, str]:
        """Every finding of the vocabulary to why a criterion does not judge it; empty where it does."""
        return {name: self.lacking(f"{criterion}.{name}") for name in vocabulary.FINDING_NAMES}
