# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Cases and predicted for the filter: a case in which everything is right, for tests to plant one fault in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai.case import Case
from aurad_monai.filtering.criteria.criterion import CriterionResult, ExpertPredictions
from aurad_monai.prompts.finding import ClinicalFindings, Finding
from aurad_monai.vocabulary import FINDING_NAMES, channel
from tests.conftest import ellipse_chest, plain_case
from tests.lesions.synthetic_chest import radiograph

EFFUSION = ClinicalFindings((Finding("effusion", "left"), Finding("pneumothorax", present=False)))


def masks(**boxes: tuple[slice, slice]) -> npt.NDArray[np.uint8]:
    """(13, 256, 256) with a rectangle for each finding named."""
    pathology = np.zeros((len(FINDING_NAMES), 256, 256), np.uint8)
    for name, box in boxes.items():
        pathology[channel(name)][box] = 1
    return pathology


LEFT_BASE = (slice(180, 205), slice(165, 195))
"""In the base of the patient's left lung, on the right of the picture."""
RIGHT_BASE = (slice(180, 205), slice(60, 90))


def good_case(asked: ClinicalFindings = EFFUSION, **fields: Any) -> Case:
    """A left effusion where it belongs, in a schematic radiograph; `fields` replace those of the case."""
    good = {"image": radiograph(), "pathology": masks(effusion=LEFT_BASE)}
    return plain_case("case", **{"requested": asked, "resolved": asked, **good, **fields})


def good_predictions(case: Case | None = None) -> ExpertPredictions:
    """Experts who see just what the masks of the good case say."""
    shown = case or good_case()
    maps = 0.05 + 0.9 * shown.masks[1].astype(np.float32)
    marked = np.where(shown.masks[1].any(axis=(1, 2)), np.float32(0.9), np.float32(np.nan))
    return ExpertPredictions(ellipse_chest(), maps, maps.max(axis=(1, 2)), marked=marked)


def failures(results: Iterable[CriterionResult]) -> list[str]:
    """Names of what failed."""
    return [item.criterion for item in results if not item.passed]


def unevaluated(results: Iterable[CriterionResult]) -> list[str]:
    """Names of what was not judged; each must say so and reject nothing."""
    items = [item for item in results if not item.evaluated]
    assert all(item.passed and item.reason.startswith("not judged: ") for item in items)
    return [item.criterion for item in items]
