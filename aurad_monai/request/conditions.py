# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What conditions a network: extra input channels and context tokens, made alike for training and for generation."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from monai.transforms.transform import Transform

from aurad_monai import vocabulary
from aurad_monai.anatomy.findings_from_masks import findings_from_masks
from aurad_monai.anatomy.sizes import severity_of
from aurad_monai.anatomy.zones import asked_region
from aurad_monai.prompts.context import COLUMNS, encode_context
from aurad_monai.prompts.finding import ClinicalFindings
from aurad_monai.request.finding_sets import drawn_set
from aurad_monai.request.open_attributes import drawn_findings


class MaskConditiond(Transform):
    """Add the condition of bundle 1: `condition` (3 + findings, H, W), anatomy and asked region, and `context`.

    The case holds `anatomy` (3, H, W) and `findings` (ClinicalFindings, or None for "not given"), and a `seed` where
    what is not asked for shall be drawn: sides, zones and sizes, and the findings themselves where none is given.
    """

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        case = dict(data)
        anatomy = np.asarray(case["anatomy"])
        findings = case["findings"]
        if "seed" in case:
            findings = drawn_findings(drawn_set(case["seed"]) if findings is None else findings, case["seed"])
        findings = _with_severities(findings)
        region = asked_region(findings, anatomy)
        case["condition"] = torch.from_numpy(np.concatenate([anatomy.astype(np.float32), region]))
        case["context"] = encode_context(findings)
        return case


def _with_severities(findings: ClinicalFindings | None) -> ClinicalFindings | None:
    """Findings asked with a size get its severity too, as the network has seen them."""
    if findings is None or all(item.percent is None for item in findings.findings):
        return findings
    sized = [
        item
        if item.percent is None or item.severity
        else replace(item, severity=severity_of(item.name, item.percent / 100))
        for item in findings.findings
    ]
    return replace(findings, findings=tuple(sized))


class ImageConditiond(Transform):
    """Add the condition of bundle 2: `condition` (3 + findings, H, W), anatomy and pathology, and `context`.

    The context says what the masks show, not what was asked for, so image and mask cannot contradict each other. A case
    without `pathology` is a real radiograph whose masks are unknown: its pathology channels are zero and "not given".
    """

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        case = dict(data)
        anatomy = np.asarray(case["anatomy"]).astype(np.float32)
        patient = {name: case.get(name) for name in ("view", "sex", "age")}
        if "pathology" in case:
            pathology = np.asarray(case["pathology"]).astype(np.float32)
            shown = findings_from_masks(pathology, anatomy)
            case["context"] = encode_context(ClinicalFindings(shown.findings, **patient))
        else:
            pathology = np.zeros((len(vocabulary.FINDING_NAMES), *anatomy.shape[-2:]), dtype=np.float32)
            case["context"] = encode_context(ClinicalFindings((), **patient))
            case["context"][-1, COLUMNS["given"]] = 0
        case["condition"] = torch.from_numpy(np.concatenate([anatomy, pathology]))
        return case
