# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Copies are found however they hide, other images are not, and a large index finds what a small one finds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from aurad_monai.errors import InputError
from aurad_monai.filtering.corruptions import COPIES
from aurad_monai.filtering.criteria.criterion import ExpertPredictions
from aurad_monai.filtering.criteria.memorization import Memorization
from aurad_monai.filtering.criteria.near_duplicate import NearDuplicate
from aurad_monai.filtering.memorization import copy_index as module
from aurad_monai.filtering.memorization.copy_index import CopyIndex
from aurad_monai.filtering.memorization.kept_images import KeptImages
from aurad_monai.filtering.memorization.perceptual_descriptor import (
    WHOLE,
    descriptors,
    fine_structure,
    flipped,
    lung_box,
)
from tests.conftest import ellipse_chest
from tests.filtering.planted import failures, good_case, good_predictions, unevaluated

CHEST = ellipse_chest()


def picture(seed: int) -> np.ndarray:
    """A chest with fine structure of its own."""
    rng = np.random.default_rng(seed)
    lungs = ndimage.gaussian_filter((CHEST[0] | CHEST[1]).astype(float), 3)
    structure = sum(ndimage.gaussian_filter(rng.normal(size=(256, 256)), sigma) * sigma for sigma in (3, 6, 12))
    return np.clip(0.6 - 0.3 * lungs + 0.12 * structure, 0.03, 1).astype(np.float32)[None]


@pytest.fixture(scope="module")
def index() -> CopyIndex:
    images = [picture(seed) for seed in range(12)]
    around = np.concatenate([descriptors(image, lung_box(CHEST)) for image in images])
    return CopyIndex(
        [f"p{seed}_0" for seed in range(12)], around, np.concatenate([descriptors(i, WHOLE) for i in images])
    )


@pytest.mark.parametrize("way", COPIES)
def test_a_copy_is_found_however_it_hides(index: CopyIndex, way: str) -> None:
    rng = np.random.default_rng(1)
    for seed in (2, 7):
        copy = COPIES[way](picture(seed), rng)
        match = index.nearest(copy, np.zeros_like(CHEST))  # without any help by the lungs
        assert match.id == f"p{seed}_0" and match.similarity > 0.9


@pytest.mark.parametrize("by", [(0.05, 0.05), (-0.05, 0.05), (0.018, -0.05)])
def test_a_moved_copy_comes_first_where_the_lungs_are_not_found(
    index: CopyIndex, by: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CANDIDATES", 1)
    for seed in range(12):
        moved = ndimage.shift(picture(seed)[0], [256 * part for part in by], order=1)[None]
        assert index.nearest(moved, np.zeros_like(CHEST)).id == f"p{seed}_0"


def test_another_image_is_no_copy(index: CopyIndex) -> None:
    assert max(index.nearest(picture(seed), CHEST).similarity for seed in range(50, 54)) < 0.9
    assert index.nearest(picture(3), CHEST, exclude=("p3_0",)).similarity < 0.9


def test_codes_are_correlations() -> None:
    descriptor = descriptors(picture(0), WHOLE)
    assert np.linalg.norm(descriptor) == pytest.approx(1, abs=1e-5)
    mirrored = descriptors(picture(0)[..., ::-1], WHOLE)
    assert (flipped(descriptor) @ mirrored.T).item() == pytest.approx(1, abs=1e-3)
    shown = fine_structure(descriptor)
    assert np.linalg.norm(shown) == pytest.approx(1, abs=1e-4)
    black = descriptors(np.zeros((1, 256, 256)), WHOLE)
    assert np.isfinite(black).all() and not black.any()


def test_it_survives_the_disk(index: CopyIndex, tmp_path: Path) -> None:
    index.save(tmp_path / "index.safetensors")
    read = CopyIndex.from_file(tmp_path / "index.safetensors")
    assert read.ids == index.ids
    assert read.nearest(picture(5), CHEST).similarity == pytest.approx(1, abs=2e-3)
    (tmp_path / "index.safetensors").write_bytes(b"no index")
    with pytest.raises(InputError, match="copy index"):
        CopyIndex.from_file(tmp_path / "index.safetensors")
    with pytest.raises(InputError, match="as many descriptors"):
        CopyIndex(["a"], index.lungs, index.frames)


def test_a_large_index_is_searched_by_cells(index: CopyIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("faiss")
    monkeypatch.setattr(module, "EXACT", 0)
    monkeypatch.setattr(module, "CELLS", 2)
    large = CopyIndex(index.ids, index.lungs, index.frames)
    match = large.nearest(picture(7), CHEST)
    assert match.id == "p7_0" and match.similarity > 0.95


def test_the_criterion_names_the_original(index: CopyIndex) -> None:
    case, predictions = (
        good_case(image=picture(4)),
        ExpertPredictions(CHEST, *[good_predictions().maps, good_predictions().scores]),
    )
    (result,) = Memorization(index, 0.8).evaluate(case, predictions)
    assert failures([result]) == ["memorization"] and "p4_0" in result.reason
    assert not failures(Memorization(index, 0.8).evaluate(good_case(image=picture(60)), predictions))
    assert unevaluated(Memorization(index).evaluate(case, predictions)) == ["memorization"]
    assert unevaluated(Memorization(index, 0.8).evaluate(case, None)) == ["memorization"]


def test_a_repeat_within_the_run_is_rejected_once_the_first_was_kept() -> None:
    criterion, predictions, kept = NearDuplicate(0.98), good_predictions(), KeptImages()
    first, again, mirror = (good_case(image=image) for image in (picture(0), picture(0), picture(0)[..., ::-1]))
    assert not failures(criterion.evaluate_in_run(first, predictions, kept, passed=False))
    assert len(kept) == 0  # it was rejected by something else
    assert not failures(criterion.evaluate_in_run(again, predictions, kept, passed=True))
    assert failures(criterion.evaluate_in_run(mirror, predictions, kept, passed=True)) == ["near_duplicate"]
    assert not failures(criterion.evaluate_in_run(good_case(image=picture(1)), predictions, kept, passed=True))
    assert not failures(criterion.evaluate_in_run(again, predictions, KeptImages(), passed=True))


def test_many_kept_images_are_all_remembered() -> None:
    kept = KeptImages()
    made = [descriptors(picture(number), WHOLE) for number in range(70)]  # more than there is room for at first
    for number, descriptor in enumerate(made):
        kept.add(f"c{number}", descriptor)
    for number in (0, 63, 64, 69):
        similarity, name = kept.nearest(made[number])
        assert name == f"c{number}" and similarity == pytest.approx(1, abs=1e-4)
