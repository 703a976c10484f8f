# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Before the filter is used: thresholds of all its criteria from real cases, at a stated false-rejection rate.

What the criteria measure on real cases is collected; a threshold is the quantile beyond which the stated share of them
lies. Thresholds and where they come from are entries of the bundle's configs/inference.json.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from aurad_monai.errors import InputError
from aurad_monai.experts.anatomy import AnatomyExpert
from aurad_monai.filtering.build_index import load_image
from aurad_monai.filtering.calibrate import FindingReport, calibrate, config_entries, predict_cases
from aurad_monai.filtering.criteria.anatomy_agreement import AnatomyAgreement
from aurad_monai.filtering.criteria.criterion import ExpertPredictions, JudgedCase
from aurad_monai.filtering.criteria.radiograph_quality import sharpness
from aurad_monai.filtering.memorization.copy_index import CopyIndex
from aurad_monai.filtering.radiograph_space import RadiographSpace
from aurad_monai.io.datalist import load_channels
from aurad_monai.prompts.finding import ClinicalFindings

SIDES = {
    "memorization": "max",
    "orientation": "min",
    "distance": "max",
    "min_sharpness": "min",
    "max_sharpness": "max",
    "lungs": "min",
    "cardiothoracic_ratio": "max",
}
"""Entries of `thresholds` in the config, and whether each bounds its scores from below or above."""
FINDINGS = "findings"
"""The name under which `detection_thresholds` and `absence_thresholds` are calibrated together."""


@dataclass(frozen=True)
class RealCase:
    """A real radiograph as criteria judge it: nothing is asked of it but that it be one."""

    id: str
    image: npt.NDArray[np.float32]
    anatomy: npt.NDArray[np.uint8] | None
    pathology: npt.NDArray[np.uint8] | None = None
    findings: ClinicalFindings = ClinicalFindings(())


def measure(
    cases: Sequence[Mapping[str, Any]],
    expert: AnatomyExpert,
    index: CopyIndex,
    space: RadiographSpace,
    wanted: Sequence[str],
    progress: bool = True,
) -> dict[str, list[float]]:
    """What each criterion measures on real radiographs.

    Args:
        cases: of a datalist; lungs and heart are measured on those that have an anatomy.
        expert: gives features.
        index: images of the same patient (the id up to its last underscore) do not count as copies.
        space: should be fitted to other radiographs than these.
        wanted: names in `SIDES`.
    """
    scores: dict[str, list[float]] = {name: [] for name in wanted}
    for case in tqdm(cases, desc="measuring", mininterval=5, disable=not progress):
        image = load_image(case)
        anatomy, features = expert.predict_with_features(image[None])
        given = load_channels(Path(case["anatomy"])) if case.get("anatomy") else None
        real = RealCase(str(case["id"]), image, given)
        found = _measured(real, anatomy[0], None if features is None else features[0], index, space, wanted)
        for name, value in found.items():
            if math.isfinite(value):
                scores[name].append(value)
    return scores


def _measured(
    case: RealCase,
    anatomy: npt.NDArray[np.uint8],
    features: npt.NDArray[np.float32] | None,
    index: CopyIndex,
    space: RadiographSpace,
    wanted: Sequence[str],
) -> dict[str, float]:
    found: dict[str, float] = {}
    if "memorization" in wanted:
        found["memorization"] = index.nearest(case.image, anatomy, same_patient(case.id, index.ids)).similarity
    if features is not None:
        found["distance"], found["orientation"] = space.distance(features), space.orientations(features)["upright"]
    found["min_sharpness"] = found["max_sharpness"] = sharpness(case.image)
    if case.anatomy is not None:
        nothing = np.zeros((0, *anatomy.shape[-2:]), dtype=np.float32)
        predictions = ExpertPredictions(anatomy, nothing, nothing)
        judged: JudgedCase = case
        for item in AnatomyAgreement(ratio_tolerance=1.0).evaluate(judged, predictions):
            name = "lungs" if item.criterion == AnatomyAgreement.name else "cardiothoracic_ratio"
            found[name] = item.score
    return {name: found[name] for name in wanted if name in found}


def same_patient(name: str, ids: Sequence[str]) -> list[str]:
    """Ids with the same stem before the last underscore: `nih_00000013_002` is of patient `nih_00000013`."""
    patient = name.rpartition("_")[0]
    return [other for other in ids if other == name or (patient and other.rpartition("_")[0] == patient)]


def threshold(scores: Sequence[float], side: str, rate: float) -> float:
    """The quantile that rejects at most `rate` of the scores, rounded so that it rejects no more."""
    if side == "min":
        return math.floor(float(np.quantile(scores, rate, method="lower")) * 10_000) / 10_000
    return math.ceil(float(np.quantile(scores, 1 - rate, method="higher")) * 10_000) / 10_000


def image_thresholds(scores: Mapping[str, Sequence[float]], rate: float) -> dict[str, float]:
    """Entries of `thresholds`; criteria without scores are left out."""
    return {name: threshold(values, SIDES[name], rate) for name, values in scores.items() if values}


def finding_thresholds(
    cases: Sequence[Mapping[str, Any]], expert: Any, rate: float
) -> tuple[dict[str, Any], list[FindingReport]]:
    """Entries `detection_thresholds` and `absence_thresholds` from cases with known masks, and a report a finding."""
    complete = [case.get("kind") in (None, "normal", "composed") for case in cases]
    maps, found, pathology = predict_cases(expert, cases)
    reports = calibrate(maps, found, pathology, complete, rate)
    return dict(config_entries(reports)), reports


def write_thresholds(config: Path, entries: Mapping[str, Any], provenance: Mapping[str, str]) -> None:
    """Put entries and where they come from into a bundle's inference.json, the file replaced in one step.

    Args:
        config: configs/inference.json of a filter bundle.
        entries: `thresholds`, `detection_thresholds` and `absence_thresholds`, as far as they were calibrated.
        provenance: a sentence for each name that was calibrated.
    """
    try:
        content = json.loads(config.read_text(encoding="utf-8"))
        for name, value in entries.items():
            content[name] = {**content[name], **value}
        kept = content["thresholds_provenance"]
        content["thresholds_provenance"] = {**(kept if isinstance(kept, dict) else {}), **provenance}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError("bundle", config, "the inference.json of a filter bundle", "restore the bundle") from error
    partial = config.with_suffix(".partial")
    partial.write_text(json.dumps(content, indent=4) + "\n", encoding="utf-8")
    os.replace(partial, config)
