# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What people drew comes first, a label limits the expert, and what nobody knows stays unknown."""

from __future__ import annotations

import numpy as np

from aurad_monai.datasets.experts import Sure
from aurad_monai.datasets.pseudo_masks import Drawn, PseudoMasks, anatomy_masks, compartment, pathology_masks
from aurad_monai.vocabulary import FINDING_NAMES, channel
from tests.conftest import ellipse_chest

CHEST = ellipse_chest(128)
LUNGS = (CHEST[0] | CHEST[1]).astype(bool)
IMAGE = np.where(LUNGS, 0.2, 0.8)
SPOT = np.zeros((128, 128), dtype=bool)
SPOT[60:70, 30:45] = True
SURE = dict.fromkeys(("mass", "nodule"), Sure(0.6, precision=0.9, prior=0.1))


def masks(labels: dict[str, bool], *drawn: Drawn, seen: dict[str, float] | None = None) -> PseudoMasks:
    """Pathology where an expert sees findings with some probability in a spot of the right lung."""
    maps = np.zeros((13, 128, 128), dtype=np.float32)
    for name, probability in (seen or {}).items():
        maps[channel(name), SPOT] = probability
    return pathology_masks(labels, drawn, IMAGE, CHEST, maps, maps.max(axis=(1, 2)), SURE)


def test_an_outline_is_taken_as_it_is() -> None:
    made = masks({"effusion": True}, Drawn("effusion", False, ~LUNGS), seen={"effusion": 0.9})
    assert (made.pathology[channel("effusion")].astype(bool) == ~LUNGS).all()
    assert made.origin == {"effusion": "outline"}


def test_a_box_is_refined_to_the_lung_in_it() -> None:
    region = np.zeros((128, 128), dtype=bool)
    region[40:90, 10:60] = True
    made = masks({}, Drawn("effusion", True, region))
    assert (made.pathology[channel("effusion")].astype(bool) == region & LUNGS).all()
    assert made.origin == {"effusion": "box"}


def test_a_label_lowers_what_the_expert_must_be_sure_of() -> None:
    seen = {"mass": 0.3}
    assert masks({"mass": True}, seen=seen).origin == {"mass": "expert"}
    assert (masks({"mass": True}, seen=seen).pathology[channel("mass")].astype(bool) == SPOT).all()
    assert masks({}, seen=seen).origin == {}


def test_what_no_label_speaks_of_is_there_from_its_own_threshold_on_or_never() -> None:
    made = masks({}, seen={"mass": 0.61, "nodule": 0.59, "effusion": 0.99})
    assert made.origin == {"mass": "expert"} and made.unasked == ("mass",)  # no threshold is known of effusion
    assert (made.pathology[channel("mass")].astype(bool) == SPOT).all()
    assert masks({"mass": True}, seen={"mass": 0.61}).unasked == ()


def test_an_absent_finding_has_no_mask_whatever_the_expert_sees() -> None:
    made = masks({"mass": False}, seen={"mass": 0.99})
    assert not made.pathology.any() and made.complete


def test_a_present_finding_that_is_nowhere_leaves_the_masks_incomplete() -> None:
    made = masks({"nodule": True, "mass": True}, seen={"mass": 0.9})
    assert made.origin["nodule"] == "" and not made.complete


def test_an_expert_that_does_not_know_a_finding_sees_none() -> None:
    maps = np.full((13, 128, 128), np.nan, dtype=np.float32)
    made = pathology_masks({"mass": True}, (), IMAGE, CHEST, maps, np.full(13, np.nan, dtype=np.float32), {})
    assert made.origin == {"mass": ""}


def test_compartments() -> None:
    assert not compartment("effusion", CHEST)[2, 64] and compartment("fracture", CHEST).all()
    assert compartment("cardiomegaly", CHEST)[75, 68] and not compartment("cardiomegaly", CHEST)[64, 20]
    assert all(compartment(name, CHEST).any() for name in FINDING_NAMES)


def test_drawn_lungs_go_on_behind_the_heart() -> None:
    visible = CHEST[0].astype(bool) & ~CHEST[2].astype(bool)
    drawn = (Drawn("left_lung", False, visible), Drawn("right_lung", False, CHEST[1] > 0), Drawn("heart", False, SPOT))
    made = anatomy_masks(CHEST, drawn)
    assert (made[0] == CHEST[0]).all() and made[2, 65, 35] == 1
    assert (anatomy_masks(CHEST, drawn[1:]) == CHEST).all()
