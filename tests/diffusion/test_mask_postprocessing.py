# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Sampled masks keep to the prompt and the chest: nothing unasked, nothing out of place, never nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from aurad_monai.anatomy.finding_shape import reaches_base
from aurad_monai.anatomy.zones import zone_mask
from aurad_monai.diffusion.mask_postprocessing import MaskPostprocessd, RequestObeyed, requested_sides
from aurad_monai.prompts.parse import parse
from aurad_monai.request.conditions import MaskConditiond
from aurad_monai.vocabulary import channel
from tests.conftest import ellipse_chest

CHEST = ellipse_chest()
EFFUSION, MASS = channel("effusion"), channel("mass")


def sampled(prompt: str | None, logits: torch.Tensor, **options: Any) -> torch.Tensor:
    """The mask of logits that were sampled for a prompt."""
    case = MaskConditiond()({"anatomy": CHEST, "findings": parse(prompt) if prompt else None})
    mask: torch.Tensor = MaskPostprocessd(**options)({**case, "pred": logits})["pred"]
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
    assert not sampled("small left mass", logits, enforce_presence=False).any()


def test_both_sides_are_insisted_on_when_both_are_asked() -> None:
    logits = torch.full((13, 256, 256), -5.0)
    logits[EFFUSION, 170:190, 170:190] = 5.0  # the network drew the left one only
    mask = sampled("bilateral effusion", logits)[EFFUSION].numpy()
    assert mask[:, :127].any() and mask[:, 129:].any()
    open_side = sampled("effusion", logits)[EFFUSION].numpy()
    assert not open_side[:, :127].any() and open_side[:, 129:].any()


def test_fluid_lies_at_the_base_and_along_the_wall_as_much_as_was_sampled() -> None:
    logits = torch.full((13, 256, 256), -5.0)
    lung = CHEST[0] > 0
    rows, columns = np.nonzero(lung)
    logits[EFFUSION, rows.min() + 10 : rows.min() + 40, 165:185] = 5.0  # it hangs in mid-lung
    count = int(sampled("left effusion", logits, apply_constraints=False)[EFFUSION].sum())
    mask = sampled("left effusion", logits)[EFFUSION].numpy() > 0
    assert reaches_base(mask, lung) and not (mask & ~lung).any() and abs(int(mask.sum()) - count) <= 2
    assert mask[:, columns.max() - 4 :].any()
    surface = [int(np.flatnonzero(mask[:, column])[0]) for column in np.flatnonzero(mask.any(axis=0))[[8, -8]]]
    assert surface[1] < surface[0]  # higher at the chest wall: a meniscus


def test_sides_are_read_from_the_context() -> None:
    case = MaskConditiond()(
        {"anatomy": CHEST, "findings": parse("left mass, small left and large right effusion, nodule")}
    )
    asked = requested_sides(case["context"])
    assert asked == {EFFUSION: ("left", "right"), MASS: ("left",), channel("nodule"): ()}


def test_without_obeying_the_network_alone_is_seen() -> None:
    assert sampled("left effusion", everywhere(), apply_constraints=False).all()


def test_small_components_are_removed_and_small_findings_stay() -> None:
    logits = torch.full((2, 32, 32), -1.0)
    logits[0, 2:4, 2:4] = 1.0  # four pixels
    logits[0, 10:15, 10:15] = 1.0
    logits[0, 9, 9] = 1.0  # touches at a corner only
    logits[1, 20:24, 20:24] = 1.0  # sixteen
    mask = MaskPostprocessd(min_pixels=16, apply_constraints=False)({"pred": logits})["pred"]
    assert mask[0].sum() == 25 and mask[1].sum() == 16


def test_the_threshold_itself_is_background() -> None:
    case = MaskPostprocessd(min_pixels=1, apply_constraints=False)({"pred": torch.tensor([[[-0.1, 0.0, 0.1]]])})
    assert case["pred"].dtype == torch.uint8
    assert case["pred"].tolist() == [[[0, 0, 1]]]


def test_zones_are_obeyed_where_each_finding_lies_in_its_own() -> None:
    asked = parse("right upper mass and left lower consolidation")
    case = MaskConditiond()({"anatomy": CHEST, "findings": asked})
    mask = np.zeros((13, 256, 256), dtype=np.uint8)
    assert RequestObeyed()(case, mask) == 1  # nothing lies elsewhere
    mask[MASS] = zone_mask(CHEST, "right", "apical")  # a part of the upper zone
    mask[channel("consolidation")] = zone_mask(CHEST, "left", "mid")
    assert RequestObeyed()(case, mask) == 0.5
    mask[channel("consolidation")] = zone_mask(CHEST, "left", "basal")
    assert RequestObeyed()(case, mask) == 1
    mask[MASS] = zone_mask(CHEST, "right", "lower")
    assert RequestObeyed()(case, mask) == 0.5


def test_severities_are_obeyed_where_each_finding_is_as_large_as_asked() -> None:
    mask = np.zeros((13, 256, 256), dtype=np.uint8)
    mask[channel("consolidation")] = zone_mask(CHEST, "left", "diffuse")
    for words, share in (("large", 1.0), ("trace", 0.0)):
        case = MaskConditiond()({"anatomy": CHEST, "findings": parse(f"{words} left consolidation")})
        assert RequestObeyed()(case, mask) == share
    both = MaskConditiond()({"anatomy": CHEST, "findings": parse("large left upper consolidation")})
    assert RequestObeyed()(both, mask) == 0.5  # as large as asked, and in other zones


def test_where_neither_is_asked_for_all_is_obeyed() -> None:
    for findings in (None, parse("normal"), parse("left mass")):
        case = MaskConditiond()({"anatomy": CHEST, "findings": findings})
        assert RequestObeyed()(case, np.ones((13, 256, 256), dtype=np.uint8)) == 1
