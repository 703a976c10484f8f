# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A small classifier learns a bright square and not a coin's fall; readings say what is there where masks do not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aurad_monai.evaluation.utility.classification import assess, load_labeled_images, read_as, train
from aurad_monai.evaluation.utility.experiment import LabeledImages, TrainConfig
from aurad_monai.evaluation.utility.paired import CaseScores, score_interval
from aurad_monai.io.case_set import DatalistCases
from aurad_monai.io.datalist import save_image
from tests.evaluation.utility.test_experiment import BACKBONE, EDGE, Cases, squares

CONFIG = TrainConfig(size=EDGE, steps=60, batch=8)


def auroc(data: LabeledImages, unseen: LabeledImages) -> float:
    found = assess(train(data, CONFIG, 0, BACKBONE), unseen)
    present, scores = np.array(found["present"], bool), np.array(found["image_scores"])
    return score_interval(CaseScores("AUROC", tuple(found["ids"]), present, {0: scores}))[0]


def test_a_square_is_learned_and_chance_is_not() -> None:
    seen, unseen = squares(40, "r"), squares(40, "t", 5)
    assert auroc(seen, unseen) > 0.95
    coins = np.arange(40) % 4 < 2  # as often with a square as without
    chance = LabeledImages(seen.ids, seen.images, np.broadcast_to(coins[:, None, None, None], seen.labels.shape))
    assert 0.1 < auroc(chance, unseen) < 0.9


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ({"labels": "Effusion|Mass"}, True),
        ({"labels": "Mass"}, False),
        ({"labels": "Effusion|Mass", "rsna_class": "Normal"}, False),
        ({"labels": "No Finding"}, False),
        ({"labels": "No Finding", "boxes": [[0, 0, 1, 1]]}, None),
        ({"labels": "", "rsna_class": "Normal"}, False),
        ({"labels": ""}, None),
        ({}, None),
    ],
)
def test_readings(case: dict[str, object], said: bool | None) -> None:
    assert read_as(case, "effusion") is said


def test_readings_stand_for_masks(tmp_path: Path) -> None:
    save_image(tmp_path / "a.png", np.arange(64 * 64, dtype=np.uint8).reshape(64, 64))
    image = {"image": str(tmp_path / "a.png"), "sex": "female", "age": 61}
    listed = [{"id": f"{i}", "labels": word, **image} for i, word in enumerate(("Effusion", "No Finding", "Mass", ""))]
    data = load_labeled_images(DatalistCases(listed, 64), "effusion", 32)
    assert data.ids == ("0", "1", "2") and data.positive.tolist() == [True, False, False]
    assert data.patients == (("female", 61),) * 3
    masked = load_labeled_images(Cases(), "effusion", 64)  # without readings, masks say it
    assert masked.ids == ("0", "1", "2") and masked.labels[0].mean() < 1  # other findings count as without
