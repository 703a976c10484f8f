# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Sampled masks keep to the prompt and the chest: nothing unasked, nothing out of place, never nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from aurad_monai.diffusion.sampled_mask import SampledMaskd, asked_sides
from aurad_monai.prompts.parse import parse
from aurad_monai.request.conditions import MaskConditiond
from aurad_monai.vocabulary import channel
from tests.conftest import ellipse_chest

CHEST = ellipse_chest()
EFFUSION, MASS = channel("effusion"), channel("mass")


def sampled(prompt: str | None, logits: torch.Tensor, **options: Any) -> torch.Tensor:
    """The mask of logits that were sampled for a prompt."""
    case = MaskConditiond()({"anatomy": CHEST, "findings": parse(prompt) if prompt else None})
    mask: torch.Tensor = SampledMaskd(**options)({**case, "pred": logits})["pathology"]
    return mask


def everywhere() -> torch.Tensor:
    return torch.full((13, 256, 256), 5.0)


def test_only_what_is_asked_is_drawn() -> None:
    mask = sampled("left effusion", everywhere())
    assert mask.dtype == torch.uint8
    assert mask.flatten(1).any(dim=1).nonzero().flatten().tolist() == [EFFUSION]


def test_only_the_asked_side_is_drawn() -> None:
    columns = sampled("left effusion", everywhere())[EFFUSION].any(dim=0).nonzero()
    assert columns.min() >= 127  # the patient's left is on the right of the picture
    both = sampled("effusion", everywhere())[EFFUSION].any(dim=0).nonzero()
    assert both.min() < 100 < 150 < both.max()


def test_findings_of_the_lung_stay_in_it_whether_asked_or_open() -> None:
    lungs = (CHEST[0] | CHEST[1]).astype(bool)
    for prompt in ("mass", None):
        outside = sampled(prompt, everywhere())[MASS].numpy().astype(bool) & ~lungs
        assert outside.sum() < 0.3 * lungs.sum()


def test_an_open_prompt_leaves_findings_free_and_a_normal_one_none() -> None:
    assert sampled(None, everywhere()).flatten(1).any(dim=1).all()
    assert not sampled("normal chest radiograph", everywhere()).any()


def test_what_was_asked_is_insisted_on_at_its_most_probable_place() -> None:
    logits = torch.full((13, 256, 256), -5.0)
    logits[MASS, 120:130, 175:185] = -1.0
    mask = sampled("small left mass", logits)[MASS].numpy()
    rows, columns = np.nonzero(mask)
    assert mask.any() and 110 < rows.mean() < 140 and 165 < columns.mean() < 195
    assert not sampled("small left mass", logits, insist=False).any()


def test_both_sides_are_insisted_on_when_both_are_asked() -> None:
    logits = torch.full((13, 256, 256), -5.0)
    logits[EFFUSION, 170:190, 170:190] = 5.0  # the network drew the left one only
    mask = sampled("bilateral effusion", logits)[EFFUSION].numpy()
    assert mask[:, :127].any() and mask[:, 129:].any()
    open_side = sampled("effusion", logits)[EFFUSION].numpy()
    assert not open_side[:, :127].any() and open_side[:, 129:].any()


def test_sides_are_read_from_the_context() -> None:
    case = MaskConditiond()(
        {"anatomy": CHEST, "findings": parse("left mass, small left and large right effusion, nodule")}
    )
    asked = asked_sides(case["context"])
    assert asked == {EFFUSION: ("left", "right"), MASS: ("left",), channel("nodule"): ()}


def test_without_obeying_the_network_alone_is_seen() -> None:
    assert sampled("left effusion", everywhere(), obey=False).all()
