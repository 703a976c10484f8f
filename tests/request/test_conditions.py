# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Conditions: what each diffusion model is told, channel by channel."""

from __future__ import annotations

import numpy as np
import torch

from aurad_monai.prompts.context import COLUMNS, encode_context
from aurad_monai.prompts.finding import ClinicalFindings, Finding
from aurad_monai.request.conditions import ImageConditiond, MaskConditiond
from aurad_monai.vocabulary import channel
from tests.conftest import ellipse_chest
from tests.filtering.planted import LEFT_BASE, masks

CHEST = ellipse_chest()
ASKED = ClinicalFindings((Finding("mass", "right"),))


def test_masks_are_conditioned_on_anatomy_and_location_prior() -> None:
    case = MaskConditiond()({"anatomy": CHEST, "findings": ASKED})
    condition = case["condition"]
    assert condition.shape == (16, 256, 256) and condition.dtype == torch.float32
    assert torch.equal(condition[:3], torch.from_numpy(CHEST).float())
    assert condition[3 + channel("mass")].min() < 0
    assert torch.equal(case["context"], encode_context(ASKED))


def test_findings_not_given_leave_chest_alone() -> None:
    case = MaskConditiond()({"anatomy": CHEST, "findings": None})
    assert case["condition"][3:].abs().max() == 0 and case["context"].abs().max() == 0


def test_images_are_conditioned_on_what_the_masks_show_not_on_what_was_asked() -> None:
    shown = {"anatomy": CHEST, "pathology": masks(effusion=LEFT_BASE), "view": "AP"}
    case = ImageConditiond()(shown | {"findings": ASKED})
    assert torch.equal(case["context"], ImageConditiond()(shown)["context"])
    assert np.array_equal(case["condition"][3:].numpy(), shown["pathology"])
    assert case["context"][-1, COLUMNS["given"]] == 1


def test_unknown_pathology_is_not_the_same_as_none() -> None:
    unknown = ImageConditiond()({"anatomy": CHEST, "view": "PA"})
    normal = ImageConditiond()({"anatomy": CHEST, "view": "PA", "pathology": masks()})
    assert torch.equal(unknown["condition"], normal["condition"])
    assert unknown["context"][-1, COLUMNS["given"]] == 0 != normal["context"][-1, COLUMNS["given"]]
