# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What the experts say of a radiograph: each finding present, absent or not to be told, with the power to tell it.

Takes a radiograph in the frame of the experts; gives observations and masks in that frame.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai import vocabulary
from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.case import Case
from aurad_monai.datasets.pseudo_masks import expert_mask
from aurad_monai.export.dicom_segmentation import Equipment, weights_hash
from aurad_monai.filtering.gate import Gate

PRESENT, ABSENT, UNKNOWN = "present", "absent", "indeterminate"
Mask = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Power:
    """How well an expert tells a finding: area under the ROC curve on radiographs of patients it has not seen.

    Args:
        auroc: 0.5 is chance.
        low: end of the 95% interval.
        high: the other end.
        cases: radiographs that show the finding, among those it was measured on.
    """

    auroc: float
    low: float
    high: float
    cases: int


@dataclass(frozen=True)
class Observation:
    """One finding of a radiograph.

    Args:
        name: of the finding.
        state: present, absent or indeterminate.
        score: of the expert, 0 to 1; None where no expert looked.
        threshold: from which the score says present; None where none could be calibrated.
        power: of the expert; None where it was not measured.
    """

    name: str
    state: str
    score: float | None = None
    threshold: float | None = None
    power: Power | None = None


@dataclass(frozen=True)
class Seen:
    """A radiograph as it was seen.

    Args:
        observations: one a finding of the vocabulary.
        masks: structure or present finding to (H, W); a finding that could not be located has none.
        expert: who looked, as reports name it.
    """

    observations: tuple[Observation, ...]
    masks: Mapping[str, Mask]
    expert: str


class Observer:
    """The experts of a filter bundle, with the thresholds and the power that the bundle states.

    Args:
        bundle_root: the bundle.
        device: where the networks run.
    """

    def __init__(self, bundle_root: str | Path, device: str = "cpu") -> None:
        bundle = open_bundle(bundle_root, device=device)
        self.anatomy, self.findings = bundle.get("anatomy_expert"), bundle.get("findings_expert")
        self.gate: Gate = bundle.get("filter").gate
        self.thresholds: Mapping[str, float | None] = bundle.get("absence_thresholds")
        known: Mapping[str, Any] = bundle.get("findings_power") if "findings_power" in bundle.parser else {}
        self.power = {name: Power(**figures) for name, figures in known.items() if figures}
        version = str(bundle.metadata["version"])
        self.expert = f"findings expert of {bundle.name} {version}"
        self.equipment = Equipment(version, weights_hash(bundle.hashes), synthesized=False)

    def __call__(self, image: npt.NDArray[np.float32], anatomy: Mask | None = None) -> Seen:
        """Look at a radiograph.

        Args:
            image: (1, H, W) in [0, 1], upright, patient's right on the left.
            anatomy: (3, H, W) where it is segmented already.
        """
        chest: Mask = self.anatomy(image[None])[0] if anatomy is None else np.asarray(anatomy > 0, np.uint8)
        maps = self.findings(image[None])
        scores = self.findings.scores(maps)[0]
        observations = tuple(map(self._observe, vocabulary.FINDING_NAMES, map(float, scores)))
        masks = dict(zip(vocabulary.ANATOMY_NAMES, chest, strict=True))
        for channel, seen in enumerate(observations):
            if seen.state == PRESENT:
                masks[seen.name] = expert_mask(seen.name, maps[0, channel], chest)
        return Seen(observations, masks, self.expert)

    def _observe(self, name: str, score: float) -> Observation:
        threshold = self.thresholds.get(name)
        known, power = not math.isnan(score), self.power.get(name)
        if threshold is None or not known:
            return Observation(name, UNKNOWN, score if known else None, None, power)
        return Observation(name, PRESENT if score > threshold else ABSENT, score, threshold, power)


def truth_of(case: Case) -> Seen:
    """What a synthetic case was made from, as observations of its generator: nothing is left open."""
    if case.anatomy is None or case.pathology is None:
        raise ValueError(f"case {case.id} has no masks")
    masks = dict(zip(vocabulary.ANATOMY_NAMES, case.anatomy, strict=True))
    drawn = {name: mask for name, mask in zip(vocabulary.FINDING_NAMES, case.pathology, strict=True) if mask.any()}
    states = (Observation(name, PRESENT if name in drawn else ABSENT) for name in vocabulary.FINDING_NAMES)
    return Seen(tuple(states), masks | drawn, "masks that the radiograph was made from")
