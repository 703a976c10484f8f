# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Every reason a run can give is a sentence for users: no numbers, no names of code, no jargon of measures.

Sentences are read twice: all that stand in the source of the checks, and those that a battery of cases calls forth.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aurad_monai import vocabulary
from aurad_monai.case import Case
from aurad_monai.filtering.criteria.anatomy_agreement import AnatomyAgreement
from aurad_monai.filtering.criteria.criterion import CriterionResult
from aurad_monai.filtering.criteria.finding_absent import FindingAbsent
from aurad_monai.filtering.criteria.finding_detected import FindingDetected
from aurad_monai.filtering.criteria.frontal_radiograph import FrontalRadiograph
from aurad_monai.filtering.criteria.orientation import WORDS
from aurad_monai.filtering.criteria.plausible_location import PlausibleLocation
from aurad_monai.filtering.criteria.radiograph_quality import RadiographQuality
from aurad_monai.filtering.not_judged import strict_results, unchecked
from aurad_monai.filtering.radiograph_space import ORIENTATIONS
from aurad_monai.prompts.finding import ClinicalFindings, Finding
from tests.filtering.planted import LEFT_BASE, good_case, good_predictions, masks

PACKAGE = Path(__file__).parents[2] / "aurad_monai"
SOURCES = sorted(
    [
        *(PACKAGE / "filtering" / "criteria").glob("*.py"),
        *(PACKAGE / "filtering" / f"{name}.py" for name in ("verdict", "not_judged", "power", "filter_run", "gate")),
        PACKAGE / "generation" / "worker.py",
    ]
)
JARGON = ("dice", "nan", "auroc", "threshold of", "shape", "none", "tensor", "array", "logit", "ratio ", "calib. ")
TAGS = ("BodyPartExamined", "AnatomicRegionSequence", "ViewPosition", "ViewCodeSequence")


def sentences(path: Path) -> Iterator[str]:
    """Texts of several words in the functions of a file, placeholders as X; docstrings and errors left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("InputError", "ValueError", "MemoryError"):
            skipped |= {id(inner) for inner in ast.walk(node)}
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(inner) for inner in ast.walk(node) if inner is not node}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        text = ""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        if isinstance(node, ast.JoinedStr):
            assert not any(isinstance(part, ast.FormattedValue) and part.format_spec for part in node.values), path
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
        if len(text.split()) > 2 and "|" not in text:
            yield text


def check(sentence: str) -> None:
    """Fail on what no user should have to read."""
    words = sentence.removeprefix("not judged: ")
    for tag in TAGS:
        words = words.replace(tag, "tag")
    assert not re.search(r"\d|_|[{}=<>%]|\.\w|\(", words), sentence
    assert not any(word in words.lower() for word in JARGON), sentence
    assert words[0].islower() or words[0] in "X ", sentence
    assert not words.endswith("."), sentence


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_sentence_in_the_source_is_for_users(path: Path) -> None:
    for text in sentences(path):
        if not text.startswith("#"):
            check(text.replace(" (X)", ""))


def battery() -> Iterator[CriterionResult]:
    """Results that pass, fail and were not made, of every criterion that needs no file."""
    case, seen = good_case(), good_predictions()
    whole = masks(effusion=(slice(None), slice(None)))
    swapped = replace(seen, anatomy=seen.anatomy[[1, 0, 2]])
    empty = replace(seen, anatomy=np.zeros_like(seen.anatomy))
    full = replace(seen, anatomy=np.ones_like(seen.anatomy))
    unknown = replace(seen, scores=np.full_like(seen.scores, np.nan), marked=np.full_like(seen.scores, np.nan))
    quiet = replace(seen, marked=np.zeros_like(seen.scores))
    loud = replace(seen, scores=np.ones_like(seen.scores))
    both = (None, seen, swapped, empty, full, unknown, quiet, loud)
    cases = [case, replace(case, anatomy=None), replace(case, pathology=whole), replace(case, pathology=None)]
    cases += [replace(case, pathology=masks(effusion=(slice(180, 183), slice(165, 168))))]
    criteria = [
        AnatomyAgreement(ratio_tolerance=0.01),
        FindingAbsent(default=0.4),
        FindingAbsent(),
        FindingDetected(default=0.3),
        FindingDetected(),
        FrontalRadiograph(),
        RadiographQuality(min_sharpness=0.9, max_sharpness=0.01, max_distance=None),
    ]
    for criterion in criteria:
        for one in cases:
            for predictions in both:
                yield from criterion.evaluate(one, predictions)
    filled = [np.full((1, 64, 64), value) for value in (np.nan, 2.0, 0.0, 1.0)]
    for picture in [*filled, np.zeros((64, 64)), None]:
        yield from FrontalRadiograph().evaluate(replace(case, image=picture), None)
    yield from locations(case)
    yield from strict_results(unchecked(case, []))


def locations(case: Case) -> Iterator[CriterionResult]:
    """Masks in right and wrong places, for every finding, side and zone."""
    places = [LEFT_BASE, (slice(60, 80), slice(170, 190)), (slice(120, 140), slice(235, 250)), (slice(0), slice(0))]
    for name in vocabulary.FINDING_NAMES:
        sides = (None, "left", "right", "bilateral") if vocabulary.finding(name).sided else (None,)
        for side in sides:
            for place in places:
                for present in (True, False):
                    zone = "upper" if side in ("left", "right") and vocabulary.finding(name).lung_bound else None
                    item = Finding(name, side if present else None, zone if present else None, present=present)
                    said = ClinicalFindings((item,))
                    drawn = replace(case, requested=said, resolved=said, pathology=masks(**{name: place}))
                    yield from PlausibleLocation().evaluate_masks(drawn)
                    yield from PlausibleLocation().evaluate_masks(replace(drawn, anatomy=np.zeros((3, 256, 256))))
                    yield from PlausibleLocation().evaluate_masks(replace(drawn, anatomy=None))


def test_every_reason_of_a_battery_of_cases_is_a_sentence() -> None:
    results = list(battery())
    found = {item.reason for item in results}
    for reason in found:
        check(reason)
    kinds = {(item.criterion.split(".")[0], item.passed, item.evaluated) for item in results}
    for name in ("plausible_location", "anatomy_agreement", "finding_detected", "finding_absent"):
        assert {(name, True, True), (name, False, True), (name, True, False)} <= kinds, name
    assert len(found) > 100


def test_every_orientation_has_its_words() -> None:
    assert set(WORDS) == set(ORIENTATIONS) - {"upright"}
