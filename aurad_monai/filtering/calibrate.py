# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Calibration of the filter: the threshold of each criterion from real radiographs at a stated false-rejection rate.

Takes real cases and the experts; gives entries of the filter bundle's configs/inference.json (`thresholds`,
`detection_thresholds`, `absence_thresholds`). A threshold is the quantile beyond which that share of real cases lies.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.case import Case
from aurad_monai.errors import InputError
from aurad_monai.experts.anatomy import AnatomyExpert
from aurad_monai.experts.findings import FindingsExpert
from aurad_monai.experts.marked_findings import MarkedFindings
from aurad_monai.files import read_json, write_json
from aurad_monai.filtering.build_index import load_image
from aurad_monai.filtering.criteria.anatomy_agreement import AnatomyAgreement
from aurad_monai.filtering.criteria.criterion import ExpertPredictions
from aurad_monai.filtering.criteria.finding_detected import FindingDetected
from aurad_monai.filtering.criteria.radiograph_quality import sharpness
from aurad_monai.filtering.memorization.copy_index import CopyIndex
from aurad_monai.filtering.radiograph_space import RadiographSpace
from aurad_monai.io.datalist import load_channels
from aurad_monai.statistics import auroc

BOUNDS = {
    "memorization": "max",
    "orientation": "min",
    "distance": "max",
    "min_sharpness": "min",
    "max_sharpness": "max",
    "lungs": "min",
    "cardiothoracic_ratio": "max",
}
"""Entries of `thresholds` in the config, and whether each is a minimum or a maximum."""
FINDINGS = "findings"
"""The name under which `detection_thresholds` and `absence_thresholds` are calibrated together."""
MIN_AUROC = 0.7
"""A finding that the expert separates with a lower AUROC gets no threshold (null)."""
MIN_CASES = 5
"""A finding with fewer cases with it, or without it, gets no threshold either."""
BATCH = 8
KNOWN_KINDS = (None, "normal", "composed")
"""Kinds of a case whose masks are complete; box-annotated cases may show more findings than have boxes."""

Floats = npt.NDArray[np.floating[Any]]
AtMasks = Callable[[int, Sequence[tuple[int, int]]], Sequence[float]]
"""Of a channel and (image, mask) pairs of case numbers: the logits of the finding at these masks in these images."""


@dataclass(frozen=True)
class FindingReport:
    """The two thresholds of one finding and the evidence for them.

    Args:
        name: the finding.
        positives: number of cases with it.
        negatives: number of cases known to be without it.
        detection_auroc: AUROC of the logit at masks on their own images against the same masks on other images.
        detection_threshold: minimum logit, None where the finding is not evaluated.
        absence_auroc: AUROC of the image score, images with against images without the finding.
        absence_threshold: maximum score, None where the finding is not evaluated.
    """

    name: str
    positives: int
    negatives: int
    detection_auroc: float
    detection_threshold: float | None
    absence_auroc: float
    absence_threshold: float | None


def threshold(scores: Sequence[float], bound: str, rate: float) -> float:
    """The quantile that rejects at most `rate` of the scores, rounded to four digits so that it rejects no more.

    Args:
        scores: of real cases.
        bound: "min" rejects scores below the threshold, "max" those above.
        rate: the false-rejection rate, in (0, 1).
    """
    if bound == "min":
        return math.floor(float(np.quantile(scores, rate, method="lower")) * 10_000) / 10_000
    return math.ceil(float(np.quantile(scores, 1 - rate, method="higher")) * 10_000) / 10_000


def measure(
    cases: Sequence[Mapping[str, Any]],
    expert: AnatomyExpert,
    index: CopyIndex,
    space: RadiographSpace,
    names: Sequence[str],
    progress: bool = True,
) -> dict[str, list[float]]:
    """Scores of the image criteria on real radiographs, by entry of `thresholds`.

    Args:
        cases: of a datalist; lungs and heart are measured on those that have an anatomy.
        expert: gives features.
        index: images of the same patient (the id up to its last underscore) do not count as copies.
        space: should be fitted to other radiographs than these.
        names: entries in `BOUNDS`.
        progress: show a bar.
    """
    scores: dict[str, list[float]] = {name: [] for name in names}
    for case in tqdm(cases, desc="measuring", mininterval=5, disable=not progress):
        image = load_image(case)
        anatomy, features = expert.predict_with_features(image[None])
        given = load_channels(Path(case["anatomy"])) if case.get("anatomy") else None
        real = Case(str(case["id"]), image=image, anatomy=given)
        found = _measured(real, anatomy[0], None if features is None else features[0], index, space, names)
        for name, value in found.items():
            if math.isfinite(value):
                scores[name].append(value)
    return scores


def _measured(
    case: Case,
    anatomy: npt.NDArray[np.uint8],
    features: npt.NDArray[np.float32] | None,
    index: CopyIndex,
    space: RadiographSpace,
    names: Sequence[str],
) -> dict[str, float]:
    found: dict[str, float] = {}
    if case.image is None:
        return found
    if "memorization" in names:
        found["memorization"] = index.nearest(case.image, anatomy, same_patient(case.id, index.ids)).similarity
    if features is not None:
        found["distance"], found["orientation"] = space.distance(features), space.orientations(features)["upright"]
    found["min_sharpness"] = found["max_sharpness"] = sharpness(case.image)
    if case.anatomy is not None:
        nothing = np.zeros((0, *anatomy.shape[-2:]), dtype=np.float32)
        predictions = ExpertPredictions(anatomy, nothing, nothing)
        for item in AnatomyAgreement(ratio_tolerance=1.0).evaluate(case, predictions):
            name = "lungs" if item.criterion == AnatomyAgreement.name else "cardiothoracic_ratio"
            found[name] = item.score
    return {name: found[name] for name in names if name in found}


def same_patient(name: str, ids: Sequence[str]) -> list[str]:
    """Ids with the same stem before the last underscore: `nih_00000013_002` is of patient `nih_00000013`."""
    patient = name.rpartition("_")[0]
    return [other for other in ids if other == name or (patient and other.rpartition("_")[0] == patient)]


def image_thresholds(scores: Mapping[str, Sequence[float]], rate: float) -> dict[str, float]:
    """Entries of `thresholds`; criteria without scores are left out."""
    return {name: threshold(values, BOUNDS[name], rate) for name, values in scores.items() if values}


def finding_thresholds(
    cases: Sequence[Mapping[str, Any]], expert: FindingsExpert, marked: MarkedFindings, rate: float
) -> tuple[dict[str, dict[str, float | None]], list[FindingReport]]:
    """Entries `detection_thresholds` and `absence_thresholds` from cases with known masks, and a report a finding."""
    complete = [case.get("kind") in KNOWN_KINDS for case in cases]
    scores, pathology = predict_cases(expert, cases)

    def at_masks(channel: int, pairs: Sequence[tuple[int, int]]) -> list[float]:
        found: list[float] = []
        for start in range(0, len(pairs), BATCH):
            images = np.stack([load_image(cases[image]) for image, _ in pairs[start : start + BATCH]])
            masks = np.zeros((len(images), *pathology.shape[1:]), dtype=bool)
            masks[:, channel] = pathology[[mask for _, mask in pairs[start : start + BATCH]], channel] > 0
            found += marked(images, masks)[:, channel].tolist()
        return found

    reports = calibrate(scores, pathology, complete, at_masks, rate)
    return config_entries(reports), reports


def calibrate(
    scores: Floats,
    pathology: npt.NDArray[np.generic],
    complete: Sequence[bool],
    at_masks: AtMasks,
    rate: float = 0.05,
    criterion: FindingDetected | None = None,
) -> list[FindingReport]:
    """Thresholds of each finding.

    Args:
        scores: (N, findings) of the findings expert.
        pathology: (N, findings, H, W), 0 or 1.
        complete: (N,) whether a case shows no finding beyond its masks; others never count as negatives.
        at_masks: what the expert for marked places says.
        rate: at most this share of marks is rejected for each finding, and at most this share of radiographs without
            findings by all declared absences together.
        criterion: whose minimal area is used.

    Raises:
        InputError: the rate is not between 0 and 1.
    """
    if not 0 < rate < 1:
        raise InputError("rate", rate, "above 0 and below 1")
    criterion = criterion or FindingDetected()
    healthy = np.asarray(complete, dtype=bool) & ~pathology.astype(bool).any(axis=(1, 2, 3))
    frequent = pathology.astype(bool).any(axis=(2, 3)).sum(axis=0) >= MIN_CASES  # others get no threshold
    level = joint_level(scores[healthy][:, frequent], rate)
    return [
        _report(
            channel, scores[:, channel], pathology[:, channel], complete, at_masks, (rate, level), criterion.min_area
        )
        for channel in range(len(vocabulary.FINDING_NAMES))
    ]


def joint_level(scores: Floats, rate: float) -> float:
    """The rate of each finding alone at which all findings together reject at most `rate` of radiographs without any.

    Args:
        scores: (N, findings) of radiographs without findings, NaN where the expert does not know one.
        rate: share that may be rejected.

    Returns:
        Between `rate` / findings and `rate`; `rate` itself where there are no such radiographs.
    """
    known = scores[:, np.isfinite(scores).all(axis=0)] if len(scores) else scores
    if not known.size:
        return rate
    above = (known[None] >= known[:, None]).mean(axis=1)  # share of radiographs that score at least as high
    return float(np.clip(np.quantile(above.min(axis=1), rate, method="lower"), rate / known.shape[1], rate))


def _report(
    channel: int,
    scores: Floats,
    masks: npt.NDArray[np.generic],
    complete: Sequence[bool],
    at_masks: AtMasks,
    rates: tuple[float, float],
    min_area: float,
) -> FindingReport:
    areas, known = masks.astype(bool).mean(axis=(1, 2)), np.isfinite(scores)
    positives = np.flatnonzero(known & (areas >= min_area)).tolist()
    negatives = np.flatnonzero(known & (areas == 0) & np.asarray(complete, dtype=bool)).tolist()
    right = _finite(at_masks(channel, [(index, index) for index in positives]))
    # The same masks on images without the finding; a different image each, as far as there are enough.
    empty = [(negatives[turn % len(negatives)], mask) for turn, mask in enumerate(positives)] if negatives else []
    wrong = _finite(at_masks(channel, empty))
    detection, absence = auroc(right, wrong), auroc(scores[positives].tolist(), scores[negatives].tolist())
    count = min(len(positives), len(negatives))
    return FindingReport(
        vocabulary.FINDING_NAMES[channel],
        len(positives),
        len(negatives),
        detection,
        threshold(right, "min", rates[0]) if _is_usable(detection, count) else None,
        absence,
        threshold(scores[negatives].tolist(), "max", rates[1]) if _is_usable(absence, count) else None,
    )


def _finite(values: Sequence[float]) -> list[float]:
    return [value for value in values if math.isfinite(value)]


def _is_usable(area: float, count: int) -> bool:
    """Whether the expert separates a finding well enough, on enough cases, for a threshold."""
    return count >= MIN_CASES and not math.isnan(area) and area >= MIN_AUROC


def config_entries(reports: Sequence[FindingReport]) -> dict[str, dict[str, float | None]]:
    """The entries `detection_thresholds` and `absence_thresholds` of a filter bundle's configs/inference.json."""
    return {
        "detection_thresholds": {report.name: report.detection_threshold for report in reports},
        "absence_thresholds": {report.name: report.absence_threshold for report in reports},
    }


def predict_cases(
    expert: FindingsExpert, cases: Sequence[Mapping[str, Any]], batch: int = BATCH
) -> tuple[Floats, npt.NDArray[np.uint8]]:
    """Scores (N, findings) and pathology of cases on disk."""
    scores = []
    for start in range(0, len(cases), batch):
        found = expert(np.stack([load_image(case) for case in cases[start : start + batch]]))
        scores.append(expert.scores(found))
    return np.concatenate(scores), np.stack([load_channels(Path(case["pathology"])) for case in cases])


def write_thresholds(config: Path, entries: Mapping[str, Any], provenance: Mapping[str, str]) -> None:
    """Put entries and their provenance into a bundle's inference.json; the file is replaced in one step.

    Args:
        config: configs/inference.json of a filter bundle.
        entries: `thresholds`, `detection_thresholds` and `absence_thresholds`, as far as they were calibrated.
        provenance: a sentence for each name that was calibrated.
    """
    try:
        content = read_json(config)
        for name, value in entries.items():
            content[name] = {**content[name], **value}
        kept = content["thresholds_provenance"]
        content["thresholds_provenance"] = {**(kept if isinstance(kept, dict) else {}), **provenance}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError("bundle", config, "the inference.json of a filter bundle", "restore the bundle") from error
    write_json(config, content, indent=4)
