# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Attribute adherence of masks: presence, side, zone and severity of requested findings, read back from the mask.

Takes requested findings, pathology mask and anatomy mask; gives one value a finding of a case, by attribute.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.stats import spearmanr

from aurad_monai import vocabulary
from aurad_monai.anatomy.findings_from_masks import OTHER_SIDE, findings_from_masks, split_sides
from aurad_monai.anatomy.zones import on_its_side, sides_of, zone_obeyed
from aurad_monai.evaluation.masks.sampled_masks import MIN_PIXELS, SampledMask
from aurad_monai.prompts.finding import ClinicalFindings, Finding


@dataclass
class AttributeAdherence:
    """One entry (1 obeyed, 0 not) a finding of a case, by question.

    `levels` holds, by finding, pairs of an asked severity (0 trace to 3 large) and the area drawn for it, as a fraction
    of both lungs.
    """

    present: list[float] = field(default_factory=list)
    side: list[float] = field(default_factory=list)
    zone: list[float] = field(default_factory=list)
    severity_error: list[float] = field(default_factory=list)
    unrequested_absent: list[float] = field(default_factory=list)
    levels: dict[str, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))

    def add(
        self, requested: ClinicalFindings, pathology: npt.NDArray[np.uint8], anatomy: npt.NDArray[np.uint8]
    ) -> None:
        """Judge one case: pathology (findings, H, W) and anatomy (3, H, W), 0 or 1."""
        mask = SampledMask(requested, pathology, anatomy)
        present = np.stack([mask.shape(name) for name in vocabulary.FINDING_NAMES])
        shown = findings_from_masks(present, anatomy).present
        names = {item.name for item in requested.present}
        for name in vocabulary.FINDING_NAMES:
            if name not in names:
                self.unrequested_absent.append(float(name not in mask.names))
        for item in requested.present:
            same = [other for other in shown if other.name == item.name]
            self.present.append(float(bool(same)))
            if same:
                self._attributes(item, same, mask)
                self._level(item, mask)

    def spearman(self, min_count: int = 20) -> dict[str, tuple[float, int]]:
        """By finding, Spearman's rank correlation of asked severity with drawn area, and how many were asked."""
        found = {}
        for name, pairs in self.levels.items():
            requested, areas = zip(*pairs, strict=True)
            if len(pairs) >= min_count and len(set(requested)) > 1:
                found[name] = (float(spearmanr(requested, areas).statistic), len(pairs))
        return found

    def _attributes(self, requested: Finding, shown: Sequence[Finding], mask: SampledMask) -> None:
        if requested.laterality:
            self.side.append(float(self._sides_right(requested, mask)))
        here = on_its_side(requested, shown)
        if (obeyed := zone_obeyed(requested, shown)) is not None:
            self.zone.append(float(obeyed))
        if requested.severity and here:
            levels = [vocabulary.SEVERITIES.index(item.severity) for item in here if item.severity]
            target = vocabulary.SEVERITIES.index(requested.severity)
            self.severity_error.append(float(min(abs(level - target) for level in levels)))

    @staticmethod
    def _sides_right(requested: Finding, mask: SampledMask) -> bool:
        """Something is drawn on each side asked for, and no side that nobody asked for holds a real part of it."""
        target = (
            {s for i in mask.findings.present if i.name == requested.name for s in sides_of(i)}
            if mask.findings
            else set()
        )
        shape = mask.shape(requested.name)
        parts = dict(zip(("left", "right"), split_sides(shape, mask.anatomy), strict=True))
        present = all(parts[side].sum() >= MIN_PIXELS for side in sides_of(requested))
        beside = [side for side in parts if side not in target and parts[side].sum() >= OTHER_SIDE * shape.sum()]
        return present and not beside

    def _level(self, requested: Finding, mask: SampledMask) -> None:
        """The area of a finding on each side it is asked on; a side left open counts whole."""
        if not requested.severity:
            return
        shape, lungs = mask.shape(requested.name), max(int(mask.lungs.sum()), 1)
        parts = dict(zip(("left", "right"), split_sides(shape, mask.anatomy), strict=True))
        for side in sides_of(requested) or ("",):
            area = parts[side].sum() if side else shape.sum()
            self.levels[requested.name].append((vocabulary.SEVERITIES.index(requested.severity), float(area) / lungs))
