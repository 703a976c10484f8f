# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Does the mask obey the prompt? Findings read back from masks, against those asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from aurad_monai import vocabulary
from aurad_monai.prompts.finding import ClinicalFindings, Finding
from aurad_monai.transforms.findings_from_masks import findings_from_masks

LEAST_PIXELS = 9
"""Specks smaller than this, in a mask of 256 x 256, are neither a finding drawn nor one left out."""


@dataclass
class Control:
    """One entry (1 obeyed, 0 not) a finding of a case, by question."""

    present: list[float] = field(default_factory=list)
    side: list[float] = field(default_factory=list)
    zone: list[float] = field(default_factory=list)
    severity_error: list[float] = field(default_factory=list)
    unasked_absent: list[float] = field(default_factory=list)

    def add(
        self, asked: ClinicalFindings, pathology: npt.NDArray[np.generic], anatomy: npt.NDArray[np.generic]
    ) -> None:
        """Judge one case: pathology (13, H, W) and anatomy (3, H, W), 0 or 1."""
        drawn = np.asarray(pathology) > 0
        drawn &= (drawn.sum(axis=(1, 2)) >= LEAST_PIXELS)[:, None, None]
        shown = findings_from_masks(drawn, anatomy).present
        names = {item.name for item in asked.present}
        for name in vocabulary.FINDING_NAMES:
            if name not in names:
                self.unasked_absent.append(float(not drawn[vocabulary.channel(name)].any()))
        for item in asked.present:
            same = [other for other in shown if other.name == item.name]
            self.present.append(float(bool(same)))
            if same:
                self._attributes(item, same)

    def _attributes(self, asked: Finding, shown: list[Finding]) -> None:
        sides = {side for item in shown for side in _sides(item)}
        if asked.laterality:
            self.side.append(float(set(_sides(asked)) <= sides))
        here = [item for item in shown if not asked.laterality or set(_sides(item)) & set(_sides(asked))]
        if asked.zone and here:
            self.zone.append(float(any(item.zone == asked.zone for item in here)))
        if asked.severity and here:
            levels = [vocabulary.SEVERITIES.index(item.severity) for item in here if item.severity]
            wanted = vocabulary.SEVERITIES.index(asked.severity)
            self.severity_error.append(float(min(abs(level - wanted) for level in levels)))


def _sides(item: Finding) -> tuple[str, ...]:
    return ("left", "right") if item.laterality == "bilateral" else (item.laterality,) if item.laterality else ()
