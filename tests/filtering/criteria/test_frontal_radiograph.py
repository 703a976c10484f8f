# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Frontal radiograph: planted faults of pixels and of anatomy, each rejected for the planted reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from aurad_monai.filtering.criteria.frontal_radiograph import FrontalRadiograph, unreadable
from tests.conftest import ellipse_chest
from tests.filtering.planted import failures, good_case, good_predictions, masks, unevaluated
from tests.lesions.synthetic_chest import radiograph

CRITERION = FrontalRadiograph()
Image = npt.NDArray[np.float32]


def _nan(image: Image) -> Image:
    image[0, 100, 100] = np.nan
    return image


def _white(image: Image) -> Image:
    image[:, :64] = 1
    return image


def _black(image: Image) -> Image:
    image[:, :200] = 0
    return image


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        (_nan, "readable"),
        (lambda image: 255 * image, "readable"),
        (lambda image: image - 0.5, "readable"),
        (lambda image: image[0], "readable"),
        (lambda image: np.full_like(image, 0.5), "contrast"),
        (_white, "white"),
        (_black, "black"),
    ],
    ids=("nan", "0 to 255", "negative", "no channel", "flat", "saturated", "black"),
)
def test_faulty_pixels_fail(fault: Callable[[Image], Image], named: str) -> None:
    image = fault(radiograph())
    predictions = good_predictions() if unreadable(image) is None else None
    results = CRITERION.evaluate(good_case(image=image), predictions)
    assert failures(results) == [f"frontal_radiograph.{named}"]


def test_a_radiograph_passes_and_every_check_ran() -> None:
    results = CRITERION.evaluate(good_case(), good_predictions())
    assert not failures(results)
    names = [item.criterion.removeprefix("frontal_radiograph.") for item in results]
    assert names == ["contrast", "white", "black", "smaller_lung", "larger_lung", "order"]


def test_swapped_lungs_fail() -> None:
    predictions = good_predictions()
    swapped = replace(predictions, anatomy=predictions.anatomy[[1, 0, 2]])
    assert failures(CRITERION.evaluate(good_case(), swapped)) == ["frontal_radiograph.order"]


def test_a_missing_lung_fails() -> None:
    predictions = good_predictions()
    predictions.anatomy[0] = 0
    clear = good_case(pathology=masks())
    assert failures(CRITERION.evaluate(clear, predictions)) == ["frontal_radiograph.smaller_lung"]


@pytest.mark.parametrize(("name", "missing"), [("effusion", False), ("consolidation", False), ("emphysema", True)])
def test_a_lung_that_a_finding_hides_is_not_missing_and_one_that_it_does_not_hide_is(name: str, missing: bool) -> None:
    predictions = good_predictions()
    predictions.anatomy[0] = 0
    whole = good_case(pathology=masks(**{name: ellipse_chest()[0].astype(bool)}))
    assert bool(failures(CRITERION.evaluate(whole, predictions))) == missing
    assert failures(CRITERION.evaluate(replace(whole, anatomy=None), predictions))  # hidden where no lung is known


def test_a_lung_as_large_as_the_image_fails() -> None:
    predictions = good_predictions()
    predictions.anatomy[0] = 1
    assert failures(CRITERION.evaluate(good_case(), predictions)) == ["frontal_radiograph.larger_lung"]


def test_a_case_without_image_fails() -> None:
    assert failures(CRITERION.evaluate(good_case(image=None), None)) == ["frontal_radiograph.readable"]


def test_without_sight_lungs_are_not_judged() -> None:
    assert unevaluated(CRITERION.evaluate(good_case(), None)) == ["frontal_radiograph.lungs"]
