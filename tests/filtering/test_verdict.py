# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The filter as a whole: cheap first, batches, unreadable images, and no acceptance for want of result."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy import ndimage

from aurad_monai.bundles.bundle import enter_hash
from aurad_monai.case import Case
from aurad_monai.errors import InputError
from aurad_monai.filtering.criteria.anatomy_agreement import AnatomyAgreement
from aurad_monai.filtering.criteria.criterion import CriterionResult, not_evaluated
from aurad_monai.filtering.criteria.finding_absent import FindingAbsent
from aurad_monai.filtering.criteria.finding_detected import FindingDetected
from aurad_monai.filtering.criteria.frontal_radiograph import FrontalRadiograph
from aurad_monai.filtering.criteria.memorization import Memorization
from aurad_monai.filtering.criteria.plausible_location import PlausibleLocation
from aurad_monai.filtering.memorization.copy_index import FILE, CopyIndex
from aurad_monai.filtering.memorization.perceptual_descriptor import WHOLE, descriptors, lung_box
from aurad_monai.filtering.verdict import ExpertFilter, with_results, with_verdict
from tests.conftest import ellipse_chest
from tests.filtering.planted import RIGHT_BASE, failures, good_case, good_predictions, masks
from tests.lesions.synthetic_chest import radiograph


class Eye:
    """Stands for both experts: sees in every image what the good case shows, and counts how often it looks."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.batches: list[int] = []

    def __call__(self, images: npt.NDArray[np.float32]) -> npt.NDArray[np.generic]:
        assert np.isfinite(images).all()
        self.batches.append(len(images))
        seen = getattr(good_predictions(), self.what)
        return np.stack([seen] * len(images))

    def scores(self, maps: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return maps.max(axis=(2, 3))


class EyeAtMasks:
    """Sees at each mask what the good case has there: the mean of its maps."""

    def __call__(self, images: npt.NDArray[np.float32], masks: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
        maps, inside = good_predictions().maps, np.asarray(masks > 0)
        with np.errstate(invalid="ignore"):
            return np.asarray((maps * inside).sum(axis=(2, 3)) / inside.sum(axis=(2, 3)), dtype=np.float32)


CRITERIA = (
    PlausibleLocation(),
    FrontalRadiograph(),
    AnatomyAgreement(),
    FindingDetected(default=0.3),
    FindingAbsent(default=0.4),
)


def make_filter(*criteria: object) -> ExpertFilter:
    return ExpertFilter(Eye("anatomy"), Eye("maps"), EyeAtMasks(), criteria or CRITERIA)  # type: ignore[arg-type]


def verdict(expert_filter: ExpertFilter, case: Case) -> Case:
    return with_verdict(case, expert_filter.evaluate_masks(case) + expert_filter.evaluate([case])[0])


def test_a_good_case_is_accepted_with_its_scores() -> None:
    result = verdict(make_filter(), good_case())
    assert result.accepted and result.reasons == () and result.rejected_by == ()
    assert result.scores["anatomy_agreement"] == 1
    assert {"finding_detected.effusion", "finding_absent.pneumothorax", "plausible_location.effusion.low"} <= set(
        result.scores
    )


def test_a_rejection_says_why() -> None:
    result = verdict(make_filter(), good_case(pathology=masks(effusion=RIGHT_BASE)))
    assert not result.accepted
    assert len(result.reasons) == 2  # on the wrong side of the mask, and not detected there
    assert result.rejected_by[0] == "plausible_location.effusion.side"
    assert "is requested on the left, but" in result.reasons[0] and "is not found where" in result.reasons[1]


def test_masks_are_judged_without_image_or_experts() -> None:
    expert_filter = make_filter()
    assert not failures(expert_filter.evaluate_masks(good_case(image=None)))
    assert expert_filter.anatomy_expert.batches == []  # type: ignore[attr-defined]


def test_experts_look_once_at_a_batch_and_never_at_what_is_unreadable() -> None:
    expert_filter = make_filter()
    broken = good_case(image=np.full((1, 256, 256), np.nan, np.float32))
    results = expert_filter.evaluate([good_case(), broken, good_case()])
    assert [bool(failures(result)) for result in results] == [False, True, False]
    assert expert_filter.anatomy_expert.batches == expert_filter.findings_expert.batches == [2]  # type: ignore[attr-defined]


def test_images_of_two_sizes_are_looked_at_apart() -> None:
    expert_filter = make_filter(FrontalRadiograph())
    small = good_case(image=good_case().image[:, ::2, ::2])
    expert_filter.evaluate([good_case(), small])
    assert expert_filter.anatomy_expert.batches == [1, 1]  # type: ignore[attr-defined]


def test_an_unreadable_image_never_passes_even_where_no_criterion_minds() -> None:
    expert_filter = make_filter(PlausibleLocation(), AnatomyAgreement())
    result = verdict(expert_filter, good_case(image=np.full((1, 256, 256), np.nan, np.float32)))
    assert not result.accepted and "no numbers" in result.reasons[0]


def test_an_empty_batch_is_no_fault() -> None:
    assert make_filter().evaluate([]) == []


def test_nothing_judged_is_not_accepted() -> None:
    nothing = [not_evaluated("finding_detected.mass", "no calibrated threshold for mass", 0.3)]
    result = with_verdict(good_case(), nothing)
    assert not result.accepted and result.reasons == ("nothing could be evaluated",)
    assert not with_verdict(good_case(), []).accepted


def test_results_add_up_and_measures_that_were_not_taken_are_no_scores() -> None:
    passed = CriterionResult("anatomy_agreement", 0.9, 0.85, True, "agrees")
    first = with_results(good_case(), [passed, not_evaluated("finding_detected.mass", "unknown")])
    assert first.accepted and first.scores == {"anatomy_agreement": 0.9}
    second = with_results(first, [CriterionResult("orientation", 0.1, 0.5, False, "upside down")])
    assert not second.accepted and second.reasons == ("upside down",) and second.rejected_by == ("orientation",)
    assert with_results(second, [passed]).reasons == ("upside down",)
    assert first.accepted  # nothing is changed in place


def test_a_larger_case_is_judged_as_the_same_case_averaged_down() -> None:
    case, twice = good_case(), np.ones((1, 2, 2), np.uint8)
    large = good_case(
        image=np.kron(case.image, twice).astype(np.float32),  # type: ignore[arg-type]
        anatomy=np.kron(case.anatomy, twice),  # type: ignore[arg-type]
        pathology=np.kron(case.pathology, twice),  # type: ignore[arg-type]
    )
    assert large.image is not None and large.image.shape == (1, 512, 512)
    assert verdict(make_filter(), large).scores == verdict(make_filter(), case).scores


def test_a_generator_that_brings_its_training_images_is_searched_for_copies_of_them(tmp_path: Path) -> None:
    """A site's films are known by the index of its image bundle, those of the filter's own index still are."""
    films = [fine_film(seed) for seed in range(2)]
    indexes = [
        CopyIndex([name], descriptors(film, lung_box(ellipse_chest())), descriptors(film, WHOLE))
        for name, film in zip(("shipped", "own"), films, strict=True)
    ]
    judge = make_filter(Memorization(indexes[0], 0.9))
    own, shipped = (good_case(image=film) for film in reversed(films))
    judge.know_generator(tmp_path)  # one without an index changes nothing
    assert not failures(judge.evaluate([own])[0]) and failures(judge.evaluate([shipped])[0]) == ["memorization"]
    (tmp_path / "models").mkdir()
    indexes[1].save(tmp_path / "models" / FILE)
    with pytest.raises(InputError, match="SHA256SUMS"):  # it is read as all weights are
        judge.know_generator(tmp_path)
    enter_hash(tmp_path / "models" / FILE)
    judge.know_generator(tmp_path)
    found = judge.evaluate([own, shipped])
    assert [failures(results) for results in found] == [["memorization"]] * 2
    assert "training image own" in found[0][0].reason


def fine_film(seed: int) -> npt.NDArray[np.float32]:
    """The schematic radiograph with fine structure of its own."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(256, 256)), 4)
    return np.clip(radiograph() + noise, 0.02, 1).astype(np.float32)
