# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Attribute dropout: findings measured from masks become as incomplete as prompts are, so that bundle 1 learns both.

In and out: a dictionary with `findings`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any

from monai.transforms.transform import Randomizable, Transform

from aurad_monai import vocabulary
from aurad_monai.prompts.finding import ClinicalFindings, Finding


class RandDropAttributesd(Randomizable, Transform):
    """Drop side, zone and severity at random, and declare some findings that are not there absent.

    Args:
        laterality: probability of dropping a side, where only one side is affected.
        zone: probability of dropping a zone.
        severity: probability of dropping a severity and the exact size behind it.
        absent: probability of declaring one to three other findings absent.
    """

    def __init__(self, laterality: float = 0.15, zone: float = 0.4, severity: float = 0.3, absent: float = 0.3) -> None:
        self.laterality, self.zone, self.severity, self.absent = laterality, zone, severity, absent

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        case = dict(data)
        findings: ClinicalFindings = case["findings"]
        names = [item.name for item in findings.present]
        kept = [self._drop(item, names.count(item.name) == 1) for item in findings.present]
        if self.R.random() < self.absent:
            others = [name for name in vocabulary.FINDING_NAMES if name not in names]
            count = min(int(self.R.randint(1, 4)), len(others))
            kept += [Finding(str(name), present=False) for name in self.R.choice(others, count, replace=False)]
        case["findings"] = replace(findings, findings=tuple(kept))
        return case

    def _drop(self, item: Finding, alone: bool) -> Finding:
        sized = self.R.random() >= self.severity
        return replace(
            item,
            laterality=None if alone and self.R.random() < self.laterality else item.laterality,
            zone=None if self.R.random() < self.zone else item.zone,
            severity=item.severity if sized else None,
            percent=item.percent if sized else None,
        )
