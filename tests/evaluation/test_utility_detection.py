# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Boxes from masks by hand, AP of perfect and of blind detectors, and a RetinaNet that learns bright squares."""

from __future__ import annotations

import numpy as np
import pytest

from aurad_monai.evaluation.utility_cell import Recipe
from aurad_monai.evaluation.utility_detection import assess, average_precision, best_overlap, boxes_of, train
from tests.evaluation.test_utility import squares

EMPTY = np.zeros((0, 4), np.float32)
BOX = np.array([[10, 20, 30, 50]], np.float32)


def test_boxes_by_hand() -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[20:50, 10:30] = mask[5:10, 50:60] = 1
    mask[0, 0] = 1  # a speck
    assert boxes_of(mask).tolist() == [[50, 5, 60, 10], [10, 20, 30, 50]]
    assert boxes_of(np.zeros((8, 8))).shape == (0, 4)


def test_average_precision_by_hand() -> None:
    one = np.array([0.9], np.float32)
    assert average_precision([(BOX, one), (EMPTY, EMPTY[:, 0])], [BOX, EMPTY], 64) == pytest.approx(1)
    assert average_precision([(BOX + 30, one)], [BOX], 64) == 0
    assert average_precision([(EMPTY, EMPTY[:, 0])], [BOX], 64) == 0
    both = np.concatenate([BOX + 30, BOX])  # the wrong one is surer: precision 1/2 at every recall
    assert average_precision([(both, np.array([0.9, 0.8], np.float32))], [BOX], 128) == pytest.approx(0.5)


def test_overlap_by_hand() -> None:
    assert best_overlap(BOX, BOX) == pytest.approx(1) and best_overlap(EMPTY, BOX) == 0
    half = np.array([[10, 20, 30, 35]], np.float32)
    assert best_overlap(half, BOX) == pytest.approx(0.5)


def test_a_square_is_found() -> None:
    detector = train(squares(24, "r"), Recipe(size=32, steps=60, batch=4), 0)
    outcome = assess(detector, squares(10, "t", 5))
    assert outcome["present"] == [1, 0] * 5 and outcome["average_precision"] > 0.5
    assert np.mean(outcome["values"][::2]) > 0.5 and not any(outcome["values"][1::2])
