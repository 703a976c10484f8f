# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The case: its labels are what its masks show, and making a fuller one leaves the first as it was."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import numpy as np
import numpy.typing as npt
import pytest

from aurad_monai.case import Case
from aurad_monai.prompts.finding import ClinicalFindings, Finding
from aurad_monai.prompts.parse import parse
from aurad_monai.vocabulary import FINDING_NAMES, channel
from tests.conftest import ellipse_chest

PATIENT = {"view": "AP", "sex": "female", "age": 20}


def masks(**boxes: tuple[slice, slice]) -> npt.NDArray[np.uint8]:
    pathology = np.zeros((len(FINDING_NAMES), 256, 256), np.uint8)
    for name, box in boxes.items():
        pathology[channel(name)][box] = 1
    return pathology


def test_labels_are_what_the_masks_show_and_who_the_patient_is() -> None:
    resolved = ClinicalFindings((Finding("mass"), Finding("nodule", present=False)), **PATIENT)
    case = Case("a", resolved=resolved, anatomy=ellipse_chest())
    assert case.findings == resolved  # no masks yet
    full = replace(case, pathology=masks(effusion=(slice(180, 205), slice(165, 195))))
    (effusion, nodule) = full.findings.findings
    assert (effusion.name, effusion.laterality, effusion.severity) == ("effusion", "left", "small")
    assert (nodule.name, nodule.present) == ("nodule", False)
    assert (full.findings.view, full.findings.sex, full.findings.age) == ("AP", "female", 20)
    assert full.caption.startswith("AP chest radiograph of a 20-year-old woman: small left")
    assert parse(full.caption) == full.findings


def test_a_finding_declared_absent_is_no_label_where_the_masks_show_it() -> None:
    resolved = ClinicalFindings((Finding("effusion", present=False),))
    case = Case("a", resolved=resolved, anatomy=ellipse_chest(), pathology=masks(effusion=(slice(180, 205),) * 2))
    assert not case.findings.absent and case.findings.present


def test_without_lungs_only_names_can_be_told() -> None:
    case = Case("a", pathology=masks(mass=(slice(50, 60),) * 2))
    assert case.findings.findings == (Finding("mass"),)


def test_a_case_is_frozen_and_says_what_it_lacks() -> None:
    case = Case("a")
    with pytest.raises(FrozenInstanceError):
        case.accepted = False  # type: ignore[misc]
    with pytest.raises(ValueError, match="no image"):
        _ = case.pixels
    with pytest.raises(ValueError, match="lacks masks"):
        _ = case.masks


def test_without_its_arrays_a_case_keeps_its_labels() -> None:
    case = Case("a", anatomy=ellipse_chest(), pathology=masks(mass=(slice(80, 110), slice(70, 100))))
    light = case.without_arrays()
    assert light.pathology is None and light.findings == case.findings and light.findings.present


def test_a_caption_has_sizes_of_three_digits() -> None:
    resolved = ClinicalFindings((Finding("effusion", "left", percent=4.0103561), Finding("mass", percent=0.0123456)))
    assert Case("a", resolved=resolved).caption == "4.01% left pleural effusion and 0.0123% mass"
