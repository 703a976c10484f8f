# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Boxes become masks: inside lung and box, on the opacity where there is one."""

from __future__ import annotations

import numpy as np

from aurad_monai.datasets.refine_boxes import refine_boxes
from aurad_monai.vocabulary import channel
from tests.conftest import ellipse_chest

CHEST = ellipse_chest()
LUNGS = (CHEST[0] | CHEST[1]).astype(bool)
BOX = [0.2, 0.4, 0.4, 0.65]


def picture() -> np.ndarray:
    """Dark lungs, bright elsewhere, an opacity in a part of the box."""
    image = np.where(LUNGS, 0.2, 0.8)
    image[120:150, 60:95] = 0.7
    return image


def refine(label: str, image: np.ndarray | None = None, box: list[float] = BOX) -> np.ndarray:
    return refine_boxes(picture() if image is None else image, CHEST, [{"label": label, "box": box}])


def test_an_opacity_is_found_inside_lung_and_box() -> None:
    found = refine("Lung Opacity")[channel("consolidation")].astype(bool)
    opacity = np.zeros((256, 256), bool)
    opacity[120:150, 60:95] = True
    assert found.any() and not (found & ~LUNGS).any()
    assert 2 * (found & opacity).sum() / (found.sum() + opacity.sum()) > 0.8


def test_without_an_opacity_all_of_lung_and_box_is_taken() -> None:
    speck = np.where(LUNGS, 0.2, 0.8)
    speck[130:134, 70:74] = 0.7
    found = refine("Pneumonia", speck)[channel("consolidation")].astype(bool)
    box = np.zeros((256, 256), bool)
    box[102:166, 51:102] = True
    assert (found == (box & LUNGS)).all()


def test_labels_go_to_their_channels() -> None:
    assert np.flatnonzero(refine("Effusion").any(axis=(1, 2))).tolist() == [channel("effusion")]
    assert not refine("Nobody knows").any()


def test_cardiomegaly_is_the_heart_inside_the_box() -> None:
    heart = refine("Cardiomegaly", box=[0.3, 0.3, 0.8, 0.9])[channel("cardiomegaly")].astype(bool)
    assert heart.any() and not (heart & ~CHEST[2].astype(bool)).any()


def test_two_boxes_of_one_label_are_joined() -> None:
    boxes = [{"label": "Mass", "box": BOX}, {"label": "Mass", "box": [0.62, 0.4, 0.78, 0.6]}]
    found = refine_boxes(picture(), CHEST, boxes)[channel("mass")]
    assert found[:, :128].any() and found[:, 128:].any()
