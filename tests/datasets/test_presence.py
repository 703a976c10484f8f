# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What is known of a whole image: readings outweigh labels, silence is no absence, and masks speak for themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from aurad_monai.datasets.finding_targets import UNKNOWN, FindingTargetsd
from aurad_monai.datasets.presence import TEXT_MINED, presence, with_readings
from aurad_monai.datasets.sources.record import label_findings
from aurad_monai.experts.findings_training import FindingsBatch, FindingsLoss
from aurad_monai.io.datalist import write_datalist
from aurad_monai.vocabulary import FINDING_NAMES, OPACITY_LABELS, channel

OPACITY, EFFUSION = channel("consolidation"), channel("effusion")


def targets(**case: Any) -> dict[Any, Any]:
    return FindingTargetsd()({"image": torch.zeros(1, 8, 8), **case})


@pytest.mark.parametrize(
    ("case", "opacity", "effusion"),
    [
        ({"kind": "normal"}, 0, 0),
        ({"rsna_class": "Normal", "labels": "Pneumonia"}, 0, 0),
        ({"rsna_class": "Lung Opacity", "labels": "Effusion|Pneumonia"}, 1, TEXT_MINED),
        ({"rsna_class": "No Lung Opacity / Not Normal", "labels": "Edema"}, 0, np.nan),
        ({"labels": "Infiltration|Effusion"}, TEXT_MINED, TEXT_MINED),
        ({"labels": "Pneumonia"}, np.nan, np.nan),
        ({}, np.nan, np.nan),
    ],
)
def test_presence(case: dict[str, Any], opacity: float, effusion: float) -> None:
    found = presence(case)
    np.testing.assert_allclose(found[[OPACITY, EFFUSION]], [opacity, effusion])


def test_readings_are_joined_and_copies_limited(tmp_path: Path) -> None:
    write_datalist(tmp_path, [{"id": "a", "labels": "Mass", "rsna_class": "Normal"}], [])
    cases = [{"id": "a", "kind": "normal"}, *({"id": f"a_c{n}", "kind": "composed"} for n in range(4))]
    joined = with_readings(cases, str(tmp_path), copies=2)
    assert [case["id"] for case in joined] == ["a", "a_c0", "a_c1"]
    assert joined[0]["labels"] == "Mass" and joined[1]["labels"] == ""
    assert with_readings(cases) == cases


def test_a_composed_case_is_known_everywhere() -> None:
    masks = torch.zeros(13, 8, 8, dtype=torch.uint8)
    masks[EFFUSION, 2, 2] = 1
    made = targets(pathology=masks, kind="composed")
    assert (made["pathology"] == masks).all()
    assert made["present"][EFFUSION] == 1 and made["present"].sum() == 1


def test_a_boxed_case_is_known_where_it_has_boxes() -> None:
    masks = torch.zeros(13, 8, 8, dtype=torch.uint8)
    masks[OPACITY, 2, 2] = 1
    made = targets(pathology=masks, kind="boxed", rsna_class="Lung Opacity")
    assert (made["pathology"][OPACITY] == masks[OPACITY]).all()
    assert (made["pathology"][EFFUSION] == UNKNOWN).all() and torch.isnan(made["present"][EFFUSION])


def test_a_case_without_masks_is_known_where_it_is_read_to_be_free() -> None:
    made = targets(kind="unknown", rsna_class="No Lung Opacity / Not Normal", labels="Effusion")
    assert (made["pathology"][OPACITY] == 0).all() and (made["pathology"][EFFUSION] == UNKNOWN).all()
    assert made["present"][EFFUSION] == pytest.approx(TEXT_MINED)


def test_unknown_pixels_and_images_teach_nothing() -> None:
    loss = FindingsLoss(image_weight=1.0)
    masks = torch.full((1, 13, 8, 8), UNKNOWN, dtype=torch.uint8)
    present = torch.full((1, 13), torch.nan)
    logits = torch.randn(1, 13, 8, 8, generator=torch.Generator().manual_seed(0), requires_grad=True)
    value = loss(logits, (masks, present))
    value.backward()
    assert value.item() == pytest.approx(0, abs=1e-6)
    assert logits.grad is not None and not logits.grad.any()


def test_presence_alone_lights_the_surest_pixels() -> None:
    loss = FindingsLoss(image_weight=1.0, top_share=0.05)
    masks = torch.full((1, 13, 8, 8), UNKNOWN, dtype=torch.uint8)
    present = torch.full((1, 13), torch.nan)
    present[0, OPACITY] = 1
    logits = torch.zeros(1, 13, 8, 8)
    logits[0, OPACITY, 3, 4] = 1
    logits.requires_grad_()
    loss(logits, (masks, present)).backward()
    assert logits.grad is not None
    touched = logits.grad.nonzero().tolist()
    assert [0, OPACITY, 3, 4] in touched and len(touched) == 3  # 5% of 64 pixels, of this finding only
    assert logits.grad[0, OPACITY, 3, 4] < 0


def test_a_perfect_answer_costs_nothing() -> None:
    masks = torch.zeros(1, len(FINDING_NAMES), 8, 8, dtype=torch.uint8)
    masks[0, EFFUSION, 2:5, 2:5] = 1
    present = masks.flatten(2).amax(dim=2).float()
    sure = (masks.float() * 2 - 1) * 30
    assert FindingsLoss(top_share=0.05)(sure, (masks, present)).item() == pytest.approx(0, abs=1e-4)
    assert FindingsLoss()(-sure, (masks, present)).item() > 5


def test_a_batch_is_image_and_targets() -> None:
    batch = {"image": torch.zeros(2, 1, 8, 8), "pathology": torch.zeros(2, 13, 8, 8), "present": torch.zeros(2, 13)}
    image, (masks, present) = FindingsBatch()(batch, "cpu")
    assert image.shape == (2, 1, 8, 8) and masks.shape == (2, 13, 8, 8) and present.shape == (2, 13)


@pytest.mark.parametrize("label", OPACITY_LABELS)
def test_some_opacity_means_the_same_to_labels_and_to_training(label: str) -> None:
    """Where a label says so, no consolidation is believed by neither of the two."""
    assert "consolidation" not in label_findings({"Consolidation": 0, label: 1})
    assert label_findings({"Consolidation": 0, label: 0}) == {"consolidation": False}
    sure = presence({"labels": label})[channel("consolidation")]
    assert np.isnan(sure) if OPACITY_LABELS[label] is None else sure == np.float32(OPACITY_LABELS[label])
