# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Conditions of the networks, made alike for training and for generation.

In: a dictionary with anatomy, findings, pathology. Out: the same with `condition` (C, H, W) and `context` tokens.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import torch
from monai.transforms.transform import Transform

from aurad_monai.anatomy.findings_from_masks import findings_from_masks
from aurad_monai.anatomy.zones import location_prior
from aurad_monai.prompts.context import COLUMNS, encode_context
from aurad_monai.prompts.finding import ClinicalFindings
from aurad_monai.vocabulary import FINDING_NAMES


class FindingsFromMasksd(Transform):
    """Add `findings` (ClinicalFindings) to a case from its pathology and anatomy, and view, sex and age where known.

    Args:
        sizes: with the exact area of each finding.
    """

    def __init__(self, sizes: bool = False) -> None:
        self.sizes = sizes

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        case = dict(data)
        shown = findings_from_masks(np.asarray(case["pathology"]), np.asarray(case["anatomy"]), self.sizes)
        case["findings"] = ClinicalFindings(shown.findings, case.get("view"), case.get("sex"), case.get("age"))
        return case


class MaskConditiond(Transform):
    """Add the condition of bundle 1: `condition` (3 + findings, H, W), anatomy and location prior, and `context`.

    The case holds `anatomy` (3, H, W) and `findings`: ClinicalFindings, complete for a case of `request/resolve.py` and
    with gaps in training; None means "not given".
    """

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        case = dict(data)
        anatomy, findings = np.asarray(case["anatomy"]), case["findings"]
        region = location_prior(findings, anatomy)
        case["condition"] = torch.from_numpy(np.concatenate([anatomy.astype(np.float32), region]))
        case["context"] = encode_context(findings)
        return case


class ImageConditiond(Transform):
    """Add the condition of bundle 2: `condition` (3 + findings, H, W), anatomy and pathology, and `context`.

    The context says what the masks show, not what was requested, so image and mask cannot contradict each other. A case
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
            pathology = np.zeros((len(FINDING_NAMES), *anatomy.shape[-2:]), dtype=np.float32)
            case["context"] = encode_context(ClinicalFindings((), **patient))
            case["context"][-1, COLUMNS["given"]] = 0
        case["condition"] = torch.from_numpy(np.concatenate([anatomy, pathology]))
        return case
