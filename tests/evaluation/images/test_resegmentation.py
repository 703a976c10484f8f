# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What experts see is laid on what was asked: right where they see just that, bad where they see something else."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from scipy import ndimage
from scipy.spatial.distance import cdist

from aurad_monai.case import Case
from aurad_monai.evaluation.images.condition_adherence import condition_adherence, worst_to_best
from aurad_monai.evaluation.images.resegmentation import Resegmentation, overlap
from aurad_monai.evaluation.measure import Batch, Measured
from aurad_monai.experts.xrayvision_import import import_torchvision
from aurad_monai.vocabulary import ANATOMY_NAMES, FINDING_NAMES, channel
from tests.conftest import ellipse_chest
from tests.filtering.planted import LEFT_BASE, RIGHT_BASE, masks


class Anatomy:
    """Sees the schematic chest in every image."""

    targets, value_range, size = ANATOMY_NAMES, (0.0, 1.0), 256

    def __call__(self, images: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
        return np.stack([ellipse_chest()] * len(images))


class Findings:
    """Sees what it is told to see."""

    def __init__(self, pathology: npt.NDArray[np.uint8]) -> None:
        self.maps = pathology.astype(np.float32)

    def __call__(self, images: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return np.stack([self.maps] * len(images))

    def scores(self, maps: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return maps.max(axis=(2, 3))


def case(pathology: npt.NDArray[np.uint8] | None, name: str = "a") -> Case:
    image = np.full((1, 256, 256), 0.5, np.float32)
    return Case(name, image=image, anatomy=ellipse_chest(), pathology=pathology)


def look(predicted: npt.NDArray[np.uint8], *cases: Case) -> dict[str, Any]:
    return dict(Resegmentation(Anatomy(), Findings(predicted), "none")(Batch(cases)))  # type: ignore[arg-type]


def test_overlap_by_hand() -> None:
    requested = np.zeros((2, 64, 64), bool)
    requested[0, 10:20, 10:20] = True
    predicted = requested.copy()
    predicted[0] = np.roll(requested[0], 5, axis=1)
    dice, distance = overlap(predicted, requested)
    assert dice[0] == pytest.approx(0.5) and np.isnan(dice[1])
    assert 0 < distance[0] < 5 and np.isnan(distance[1])
    assert overlap(requested, requested)[1][0] == 0
    point, other = np.zeros((2, 1, 64, 64), bool)
    point[0, 20, 20] = other[0, 23, 24] = True
    assert overlap(point, other)[0][0] == 0 and overlap(point, other)[1][0] == pytest.approx(5)


def test_overlap_agrees_with_torchmetrics_and_with_distances_one_by_one() -> None:
    import_torchvision()
    from torchmetrics.functional.classification import binary_f1_score  # of pixels, this is Dice

    predicted, requested = np.zeros((2, 1, 64, 64), bool)
    predicted[0, 5:30, 8:40] = requested[0, 12:33, 4:31] = True
    dice, distance = overlap(predicted, requested)
    assert dice[0] == pytest.approx(
        binary_f1_score(torch.from_numpy(predicted), torch.from_numpy(requested)).item(), abs=1e-4
    )
    edges = [np.argwhere(mask[0] & ~ndimage.binary_erosion(mask[0])) for mask in (predicted, requested)]
    apart = cdist(*edges)
    expected = np.concatenate([apart.min(axis=0), apart.min(axis=1)]).mean()
    assert distance[0] == pytest.approx(expected, abs=1e-4)


def test_what_is_seen_where_it_was_asked() -> None:
    effusion = masks(effusion=LEFT_BASE)
    found = look(effusion, case(effusion))
    assert found["structure_dice"][0] == pytest.approx(np.ones(3))
    assert found["finding_dice"][0, channel("effusion")] == 1 and np.isfinite(found["finding_dice"]).sum() == 1
    assert found["present"][0] == found["side"][0] == found["zone"][0] == 1 and found["severity_error"][0] == 0
    assert found["requested"][0].sum() == 1


def test_what_is_seen_on_the_other_side_is_wrong() -> None:
    found = look(masks(effusion=RIGHT_BASE), case(masks(effusion=LEFT_BASE)))
    assert found["finding_dice"][0, channel("effusion")] == 0
    assert found["present"][0] == 1 and found["side"][0] == 0
    blind = look(masks(), case(masks(effusion=LEFT_BASE)))
    assert blind["present"][0] == 0 and np.isnan(blind["side"][0])


def test_cases_without_masks_answer_nothing() -> None:
    found = look(masks(), case(None))
    assert (
        np.isnan(found["finding_dice"]).all() and np.isnan(found["requested"]).all() and np.isnan(found["present"][0])
    )


def measured(values: dict[str, Any]) -> Measured:
    count = len(values["requested"])
    return Measured(tuple(map(str, range(count))), values, "", {}, tuple(range(count)))


def test_rows_and_the_order_of_examples() -> None:
    effusion, none = masks(effusion=LEFT_BASE), masks()
    cases = [case(effusion, f"{i}") for i in range(6)] + [case(none, f"n{i}") for i in range(6)]
    right, blind = look(effusion, *cases[:6]), look(none, *cases[6:])
    values = {key: np.concatenate([right[key], blind[key]]) for key in right}
    rows = {(f.name, f.group): f for f in condition_adherence(measured(values))}
    assert rows["Dice", "effusion"].value[0] == 1 and rows["Dice", "effusion"].count == 6
    assert rows["AUROC of the expert", "effusion"].value[0] == 1
    assert ("AUROC of the expert", "mass") not in rows and len(FINDING_NAMES) == 13
    values["finding_dice"][3, channel("effusion")] = 0.1
    assert worst_to_best(measured(values))[0] == 3
