# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Before the filter is used: thresholds of its findings criteria from validation cases at a false-rejection rate.

`aurad calibrate DIR --criteria findings` runs it; as a program it prints the entries `detection_thresholds` and
`absence_thresholds` of the bundle's configs/inference.json as JSON, and on standard error what they rest on.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai import vocabulary
from aurad_monai.errors import InputError
from aurad_monai.experts.findings import FindingsExpert
from aurad_monai.filtering.criteria.finding_detected import FindingDetected, contrast
from aurad_monai.io.datalist import load_channels, read_datalist
from aurad_monai.io.load_case import LoadCased
from aurad_monai.statistics import auroc

LEAST_AUROC = 0.7
"""A finding the expert tells apart less well than this is not judged: its threshold is null."""
LEAST_CASES = 5
"""Nor is one with fewer cases, with or without it."""
KNOWN_KINDS = (None, "normal", "composed")
"""Kinds of a case whose masks are complete; boxed cases may show more findings than are boxed."""

Maps = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class FindingReport:
    """What the two thresholds of one finding rest on.

    Args:
        name: the finding.
        positives: cases with it.
        negatives: cases known to be without it.
        detection_auroc: contrast where the mask is right against the same masks on images without the finding.
        detection_threshold: least contrast, None where the finding is not judged.
        absence_auroc: score of images with against images without the finding.
        absence_threshold: highest score, None where the finding is not judged.
    """

    name: str
    positives: int
    negatives: int
    detection_auroc: float
    detection_threshold: float | None
    absence_auroc: float
    absence_threshold: float | None


def calibrate(
    maps: Maps,
    scores: Maps,
    pathology: npt.NDArray[np.generic],
    complete: Sequence[bool],
    rate: float = 0.05,
    criterion: FindingDetected | None = None,
) -> list[FindingReport]:
    """Thresholds of each finding.

    Args:
        maps: (N, findings, H, W) of the findings expert.
        scores: (N, findings) of the findings expert.
        pathology: (N, findings, H, W), 0 or 1.
        complete: (N,) whether a case shows no finding beyond its masks; others never count as negatives.
        rate: at most this share of true statements is rejected, per finding and criterion.
        criterion: whose ring and minimal area are used.

    Raises:
        InputError: the rate is not between 0 and 1.
    """
    if not 0 < rate < 1:
        raise InputError("rate", rate, "above 0 and below 1")
    criterion = criterion or FindingDetected()
    return [
        _report(name, maps[:, channel], scores[:, channel], pathology[:, channel], complete, rate, criterion)
        for channel, name in enumerate(vocabulary.FINDING_NAMES)
    ]


def _report(
    name: str,
    maps: Maps,
    scores: Maps,
    masks: npt.NDArray[np.generic],
    complete: Sequence[bool],
    rate: float,
    criterion: FindingDetected,
) -> FindingReport:
    areas = masks.astype(bool).mean(axis=(1, 2))
    known = np.isfinite(scores)
    positives = np.flatnonzero(known & (areas >= criterion.min_area))
    negatives = np.flatnonzero(known & (areas == 0) & np.asarray(complete, dtype=bool))
    right = _contrasts(maps, masks, zip(positives, positives, strict=True), criterion)
    # The same shapes where nothing is; each on an image of its own, as far as there are enough.
    empty = [int(negatives[index % len(negatives)]) for index in range(len(positives))] if len(negatives) else []
    wrong = _contrasts(maps, masks, zip(empty, positives[: len(empty)], strict=True), criterion)
    seen, absent = auroc(right, wrong), auroc(scores[positives].tolist(), scores[negatives].tolist())
    return FindingReport(
        name,
        len(positives),
        len(negatives),
        seen,
        _threshold(right, rate, "lower", seen, len(positives), len(negatives)),
        absent,
        _threshold(scores[negatives].tolist(), 1 - rate, "higher", absent, len(positives), len(negatives)),
    )


def _contrasts(maps: Maps, masks: npt.NDArray[np.generic], pairs: Any, criterion: FindingDetected) -> list[float]:
    """Contrasts of (image, mask) pairs of indices."""
    values = [contrast(maps[image], masks[mask], criterion.gap, criterion.ring) for image, mask in pairs]
    return [value for value in values if not math.isnan(value)]


def _threshold(values: Sequence[float], quantile: float, method: Any, area: float, *cases: int) -> float | None:
    """The quantile of true statements, on the side that rejects fewer; None where the finding is not judged."""
    if min(cases) < LEAST_CASES or math.isnan(area) or area < LEAST_AUROC:
        return None
    found = float(np.quantile(values, quantile, method=method))
    return (math.floor if method == "lower" else math.ceil)(found * 10_000) / 10_000  # rounding rejects no more


def config_entries(reports: Sequence[FindingReport]) -> dict[str, dict[str, float | None]]:
    """The entries `detection_thresholds` and `absence_thresholds` of a filter bundle's configs/inference.json."""
    return {
        "detection_thresholds": {report.name: report.detection_threshold for report in reports},
        "absence_thresholds": {report.name: report.absence_threshold for report in reports},
    }


def predict_cases(
    expert: FindingsExpert, cases: Sequence[Mapping[str, Any]], batch: int = 8
) -> tuple[Maps, Maps, npt.NDArray[np.uint8]]:
    """Maps (N, findings, H, W) in half precision, scores (N, findings) and pathology of cases on disk."""
    load, maps, scores = LoadCased("image"), [], []
    for start in range(0, len(cases), batch):
        images = np.stack(
            [np.asarray(load({"image": case["image"]})["image"]) for case in cases[start : start + batch]]
        )
        seen = expert(images)
        maps.append(seen.astype(np.float16))
        scores.append(expert.scores(seen))
    pathology = np.stack([load_channels(Path(case["pathology"])) for case in cases])
    return np.concatenate(maps), np.concatenate(scores), pathology


def main(arguments: Sequence[str] | None = None) -> None:
    """Read arguments, calibrate, print the entries on standard output and the report on standard error."""
    parser = argparse.ArgumentParser(prog="python -m aurad_monai.filtering.calibrate", description=__doc__)
    parser.add_argument("--dataset_dir", required=True, help="folder with datalist.json, images, pathology")
    parser.add_argument("--bundle", required=True, help="filter bundle with models/findings.pt")
    parser.add_argument("--section", default="validation", help="section of the datalist")
    parser.add_argument("--rate", type=float, default=0.05, help="false-rejection rate per finding and criterion")
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args(arguments)
    note = "note: this command is now aurad calibrate DIR --criteria findings, and goes in the next version"
    print(note, file=sys.stderr)
    cases = [case for case in read_datalist(options.dataset_dir, options.section) if case.get("pathology")]
    if not cases:
        raise InputError("dataset_dir", options.dataset_dir, f"cases with pathology in section {options.section}")
    complete = [case.get("kind") in KNOWN_KINDS for case in cases]
    maps, scores, pathology = predict_cases(FindingsExpert.from_bundle(options.bundle, options.device), cases)
    reports = calibrate(maps, scores, pathology, complete, options.rate)
    print(json.dumps(config_entries(reports), indent=4))
    for report in reports:
        print(json.dumps(asdict(report)), file=sys.stderr)


if __name__ == "__main__":
    main()
