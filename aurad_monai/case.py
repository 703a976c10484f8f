# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The one case: what was requested, what was resolved, masks, radiograph and the verdict of the filter.

In: whatever is known of it. Out: `replace` gives a fuller case; nothing in a case changes once it is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai.prompts.describe import describe
from aurad_monai.prompts.finding import ClinicalFindings, Finding
from aurad_monai.vocabulary import FINDING_NAMES

Array = npt.NDArray[Any]
OPEN = ClinicalFindings()
"""Nothing is said."""


@dataclass(frozen=True, eq=False)
class Case:
    """A radiograph with its masks, from the request to the verdict; what is not known yet, or not at all, is None.

    Args:
        id: stem of its files.
        prompt: the user's text.
        seed: together with `seed_text` all of its randomness.
        seed_text: canonical text of the prompt; empty where masks were given, whose noise is that of the seed alone.
        requested: what the prompt says.
        resolved: the same, complete: which findings, their side, zone and size, and view, sex and age.
        anatomy: (3, H, W) uint8 0/1 in the order of `ANATOMY_NAMES`.
        pathology: (findings, H, W) uint8 0/1 in the order of `FINDING_NAMES`.
        image: (1, H, W) float32 in [0, 1].
        spacing: mm of the patient that a pixel spans; None where the scale is not known.
        accepted: the verdict so far.
        reasons: why it was rejected, a sentence each.
        rejected_by: names of the criteria that rejected it.
        scores: what the criteria measured, by name.
        not_judged: findings that the filter could not look for in the image, each with the reason.
        fault: why one of its files cannot be read; such a case is rejected.
        source: the image file it was read from, relative to its folder.
        patient: pseudonym of whose radiograph it is, so that films of one patient count once; empty where unknown.
        files: where its files are, by image, anatomy, pathology; empty before it is written.
        record: the line of the manifest that it was read from.
    """

    id: str
    prompt: str = ""
    seed: int = 0
    seed_text: str = ""
    requested: ClinicalFindings = OPEN
    resolved: ClinicalFindings = OPEN
    anatomy: npt.NDArray[np.uint8] | None = None
    pathology: npt.NDArray[np.uint8] | None = None
    image: npt.NDArray[np.float32] | None = None
    spacing: float | None = None
    accepted: bool = True
    reasons: tuple[str, ...] = ()
    rejected_by: tuple[str, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    not_judged: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""
    source: str = ""
    patient: str = ""
    files: Mapping[str, Path] = field(default_factory=dict)
    record: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def findings(self) -> ClinicalFindings:
        """The labels: findings, sides, zones and severities that the masks show, and who the patient is.

        What was declared absent, and is absent from the masks, stays declared absent. Without masks the labels are what
        was resolved.
        """
        if self.pathology is None:
            return self.resolved
        shown = _shown(self.pathology, self.anatomy)
        names = {item.name for item in shown}
        absent = (item for item in self.resolved.absent if item.name not in names)
        return replace(self.resolved, findings=(*shown, *absent))

    @property
    def caption(self) -> str:
        """The labels as a sentence, such as "PA chest radiograph of a 20-year-old woman: small left mass"."""
        shown = (
            item if item.percent is None else replace(item, percent=float(f"{item.percent:.3g}"))
            for item in self.findings.findings
        )
        return describe(replace(self.findings, findings=tuple(shown)))

    @property
    def pixels(self) -> npt.NDArray[np.uint8]:
        """The radiograph as 8-bit gray levels (H, W); ValueError where there is none."""
        if self.image is None:
            raise ValueError(f"case {self.id} has no image")
        return quantize(self.image)

    @property
    def masks(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        """Anatomy (3, H, W) and pathology (findings, H, W); ValueError where one is missing."""
        if self.anatomy is None or self.pathology is None:
            raise ValueError(f"case {self.id} lacks masks")
        return self.anatomy, self.pathology

    def without_arrays(self) -> Case:
        """The same case without image and masks, for reports over many; its labels stay what they were."""
        light = replace(self, anatomy=None, pathology=None, image=None)
        light.__dict__["findings"] = self.findings
        return light


def quantize(image: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.uint8]:
    """(1, H, W) float in [0, 1] to (H, W) uint8, rounded to the nearest level."""
    return np.asarray(np.round(np.clip(image[0], 0.0, 1.0) * 255.0), dtype=np.uint8)


def _shown(pathology: Array, anatomy: Array | None) -> tuple[Finding, ...]:
    """Findings of masks; without both lungs no side, zone or size can be told."""
    if anatomy is not None and anatomy[0].any() and anatomy[1].any():
        from aurad_monai.anatomy.findings_from_masks import findings_from_masks  # SciPy, only where it is needed

        return findings_from_masks(pathology, anatomy).findings
    return tuple(Finding(name) for name, mask in zip(FINDING_NAMES, pathology, strict=True) if mask.any())
