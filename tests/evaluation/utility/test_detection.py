# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Boxes from masks by hand, AP of perfect and of blind detectors, and a RetinaNet that learns bright squares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from aurad_monai.evaluation.utility.detection import Boxes, assess, boxes_of, hits_of, train
from aurad_monai.evaluation.utility.experiment import TrainConfig
from aurad_monai.evaluation.utility.paired import PRECISION, CaseScores, score_interval
from tests.evaluation.utility.test_experiment import BACKBONE, EDGE, squares

EMPTY = np.zeros((0, 4), np.float32)
BOX = np.array([[10, 20, 30, 50]], np.float32)


def test_boxes_by_hand() -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[20:50, 10:30] = mask[5:10, 50:60] = 1
    mask[0, 0] = 1  # a speck
    assert boxes_of(mask).tolist() == [[50, 5, 60, 10], [10, 20, 30, 50]]
    assert boxes_of(np.zeros((8, 8))).shape == (0, 4)


def precision(found: Sequence[tuple[Boxes, Sequence[float]]], targets_by_case: Sequence[Boxes]) -> float:
    """AP of an empty image and these."""
    found, targets_by_case = [*found, (EMPTY, [])], [*targets_by_case, EMPTY]
    rows = [[len(w), *hits_of(b, np.array(s, np.float32), w)] for (b, s), w in zip(found, targets_by_case, strict=True)]
    present = np.array([len(targets) > 0 for targets in targets_by_case])
    ids = tuple(map(str, range(len(targets_by_case))))
    return score_interval(CaseScores(PRECISION, ids, present, {0: np.array(rows, dtype=np.float64)}))[0]


def test_average_precision_by_hand() -> None:
    assert precision([(BOX, [0.9])], [BOX]) == 1
    assert precision([(BOX + 30, [0.9])], [BOX]) == 0
    assert precision([(EMPTY, [])], [BOX]) == 0
    assert precision([(np.concatenate([BOX + 30, BOX]), [0.9, 0.8])], [BOX]) == pytest.approx(0.5)
    assert precision([(np.concatenate([BOX, BOX]), [0.9, 0.8])], [BOX]) == 1  # found twice: the second comes too late
    half = np.array([[10, 20, 30, 34]], np.float32)  # IoU 14 / 30
    assert precision([(half, [0.9])], [BOX]) == 0


def test_average_precision_agrees_with_pycocotools() -> None:
    rng = np.random.default_rng(0)
    found, targets_by_case = [], []
    for _ in range(20):
        corner = rng.integers(0, 60, (rng.integers(1, 4), 2))
        targets = np.concatenate([corner, corner + rng.integers(8, 40, corner.shape)], axis=1).astype(np.float32)
        given = np.concatenate([targets + rng.normal(0, 3, targets.shape), targets[:1] + 25]).astype(np.float32)
        found.append((given, rng.random(len(given)).round(3).tolist()))
        targets_by_case.append(targets)
    expected = by_pycocotools(found, targets_by_case)
    assert 0.2 < expected < 0.9 and precision(found, targets_by_case) == pytest.approx(expected, abs=1e-4)


def by_pycocotools(found: Sequence[tuple[Boxes, Sequence[float]]], targets_by_case: Sequence[Boxes]) -> float:
    def entry(image: int, box: Sequence[float], **more: object) -> dict[str, object]:
        edges = [box[0], box[1], box[2] - box[0], box[3] - box[1]]
        return {"image_id": image, "category_id": 1, "bbox": edges, "area": edges[2] * edges[3], "iscrowd": 0, **more}

    truth = COCO()
    boxes = [entry(i, box) for i, part in enumerate(targets_by_case, 1) for box in part.tolist()]
    truth.dataset = {
        "info": {},
        "images": [{"id": i + 1} for i in range(len(targets_by_case))],
        "annotations": [{"id": number, **box} for number, box in enumerate(boxes, 1)],
        "categories": [{"id": 1, "name": "finding"}],
    }
    truth.createIndex()
    pairs = [(i, *pair) for i, given in enumerate(found, 1) for pair in zip(*given, strict=True)]
    given = [entry(i, box.tolist(), score=score) for i, box, score in pairs]
    evaluation = COCOeval(truth, truth.loadRes(given), "bbox")
    evaluation.params.iouThrs = np.array([0.5])
    evaluation.evaluate()
    evaluation.accumulate()
    return float(evaluation.eval["precision"][0, :, 0, 0, -1].mean())


def test_an_image_drawn_twice_counts_twice() -> None:
    """Two images, found and missed: AP 0.5 of both, 1 and 0 of either drawn twice."""
    rows = np.array([[1, *hits_of(BOX, np.ones(1, np.float32), BOX)], [1, *hits_of(EMPTY, EMPTY[:, 0], BOX)]], float)
    rows = np.concatenate([rows, [[0, *hits_of(EMPTY, EMPTY[:, 0], EMPTY)]]]).astype(float)
    found = CaseScores(PRECISION, ("a", "b", "c"), np.array([True, True, False]), {0: rows})
    assert score_interval(found) == pytest.approx((51 / 101, 0, 1))  # recalls 0 to 0.5 of 101


def test_a_square_is_found() -> None:
    config = TrainConfig(size=EDGE, steps=160, batch=8, learning_rate=1e-2)
    detector = train(squares(24, "r"), config, 0, BACKBONE)
    outcome = assess(detector, squares(10, "t", 5))
    present, boxes = np.array(outcome["present"], bool), np.array(outcome["boxes"], dtype=np.float64)
    found = CaseScores(PRECISION, tuple(outcome["ids"]), present, {0: boxes})
    assert outcome["present"] == [1, 0] * 5 and score_interval(found)[0] > 0.5
