# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Composition of lesions: reproducible, in range, changing the image where the mask says and with the right sign."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from scipy import ndimage

from aurad_monai.errors import InputError
from aurad_monai.lesions.compose_lesions import LESION_TRANSFORMS, ComposeLesionsd
from aurad_monai.lesions.lesion_transform import LesionTransformd
from aurad_monai.vocabulary import FINDING_NAMES, channel
from tests.lesions.synthetic_chest import case, inserted, library

BRIGHTER = {"consolidation", "atelectasis", "effusion", "mass", "nodule", "calcification", "diffuse_nodule", "fibrosis"}
BRIGHTER |= {"pleural_thickening", "cardiomegaly"}
DARKER = {"pneumothorax", "emphysema"}
MOVING = {"cardiomegaly", "emphysema", "atelectasis", "pneumothorax"}
"""findings that displace what lies outside their mask"""


def test_every_finding_has_one_transform() -> None:
    assert sorted(kind.finding for kind in LESION_TRANSFORMS) == sorted(FINDING_NAMES)


@pytest.mark.parametrize("kind", LESION_TRANSFORMS, ids=lambda kind: kind.finding)
def test_lesion_changes_the_image_where_its_mask_is(kind: type[LesionTransformd]) -> None:
    before, after = inserted(kind)
    mask = after["pathology"][channel(kind.finding)] > 0
    change = np.abs(after["image"] - before["image"])[0]
    far = ndimage.distance_transform_edt(~mask) > 10
    assert mask.sum() > 9
    assert after["pathology"].sum() == mask.sum(), "another channel was written"
    assert change[mask].mean() > 0.004
    if kind.finding not in MOVING:
        assert change[far].max() < 0.02
        assert change[far].sum() < 0.03 * change.sum()


@pytest.mark.parametrize("kind", LESION_TRANSFORMS, ids=lambda kind: kind.finding)
def test_contrast_has_the_sign_of_the_finding(kind: type[LesionTransformd]) -> None:
    before, after = inserted(kind)
    mask = after["pathology"][channel(kind.finding)] > 0
    change = float((after["image"] - before["image"])[0][mask].mean())
    if kind.finding in BRIGHTER:
        assert change > 0.008
    if kind.finding in DARKER:
        assert change < -0.02


@pytest.mark.parametrize("kind", LESION_TRANSFORMS, ids=lambda kind: kind.finding)
def test_same_seed_same_case_and_input_untouched(kind: type[LesionTransformd]) -> None:
    before, first = inserted(kind, seed=11)
    second, other = inserted(kind, seed=11)[1], inserted(kind, seed=12)[1]
    assert all(np.array_equal(first[key], second[key]) for key in ("image", "anatomy", "pathology"))
    assert not np.array_equal(first["image"], other["image"])
    assert np.array_equal(before["image"], case()["image"])
    assert not before["pathology"].any()


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_range_stays_in_a_flat_radiograph(level: float) -> None:
    for kind in LESION_TRANSFORMS:
        transform = kind(library())
        transform.set_random_state(1)
        image = transform({**case(), "image": np.full((1, 256, 256), level, dtype=np.float32)})["image"]
        assert np.isfinite(image).all()
        assert image.min() >= 0
        assert image.max() <= 1


def test_overlap_and_earlier_findings_are_kept() -> None:
    transforms = {kind.finding: kind(library(), mirror_prob=0.0) for kind in LESION_TRANSFORMS}
    data: dict[Any, Any] = case()
    for name in ("consolidation", "nodule"):
        transforms[name].set_random_state(2)
        data = transforms[name](data)
    consolidation, nodule = (data["pathology"][channel(name)] > 0 for name in ("consolidation", "nodule"))
    assert (consolidation & nodule).sum() > 0.5 * nodule.sum() > 0


def test_cardiomegaly_widens_the_anatomy_and_nothing_else_in_it() -> None:
    kind = next(kind for kind in LESION_TRANSFORMS if kind.finding == "cardiomegaly")
    before, after = inserted(kind)
    widths = [int((data["anatomy"][2].any(axis=0)).sum()) for data in (before, after)]
    lungs = (before["anatomy"][0] | before["anatomy"][1]).any(axis=0).sum()
    assert widths[1] > 1.1 * widths[0]
    assert widths[1] > 0.5 * lungs
    assert np.array_equal(before["anatomy"][:2], after["anatomy"][:2])
    assert not (after["pathology"][channel("cardiomegaly")] & ~after["anatomy"][2] & 1).any()


def test_tensors_come_back_as_tensors_and_pathology_is_made_when_missing() -> None:
    data: dict[Any, Any] = {key: torch.as_tensor(value) for key, value in case().items()}
    del data["pathology"]
    transform = ComposeLesionsd(library())
    transform.set_random_state(0)
    result = transform(data)
    assert isinstance(result["image"], torch.Tensor)
    assert result["image"].dtype == torch.float32
    assert result["pathology"].shape == (13, 256, 256)
    assert result["pathology"].any()


def test_composed_findings_occur_together_in_the_library() -> None:
    transform = ComposeLesionsd(library(), balance=0.0)
    transform.set_random_state(4)
    sets = set()
    for _ in range(16):
        pathology = transform(case(128))["pathology"]
        sets.add(tuple(name for name in FINDING_NAMES if pathology[channel(name)].any()))
    known = {record.findings for record in library().records}
    assert sets <= known
    assert len(sets) > 3


def test_compose_is_reproducible_and_takes_only_the_findings_asked_for() -> None:
    results = []
    for _ in range(2):
        transform = ComposeLesionsd(library(), findings=("effusion", "mass"))
        transform.set_random_state(9)
        results.append([transform(case(128)) for _ in range(3)])
    for first, second in zip(*results, strict=True):
        assert np.array_equal(first["image"], second["image"])
        assert {FINDING_NAMES[i] for i in np.nonzero(first["pathology"].any(axis=(1, 2)))[0]} <= {"effusion", "mass"}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"image": np.zeros((3, 256, 256), np.float32)}, "image"),
        ({"image": np.full((1, 256, 256), 255.0, np.float32)}, "image"),
        ({"anatomy": np.zeros((2, 256, 256), np.uint8)}, "anatomy"),
        ({"pathology": np.zeros((13, 8, 8), np.uint8)}, "pathology"),
    ],
)
def test_bad_cases_are_named(change: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=f"^{named}: got"):
        ComposeLesionsd(library())({**case(), **change})


def test_bad_arguments_are_named() -> None:
    with pytest.raises(InputError, match="density"):
        LESION_TRANSFORMS[1](library(), density=(0.8, 0.2))
    with pytest.raises(InputError, match="findings"):
        ComposeLesionsd(library(), findings=("measles",))


def test_masks_of_earlier_findings_move_with_what_moves_tissue() -> None:
    kinds = {kind.finding: kind for kind in LESION_TRANSFORMS}
    nodule, emphysema = (kinds[name](library(), mirror_prob=0.0) for name in ("nodule", "emphysema"))
    nodule.set_random_state(2)
    emphysema.set_random_state(3)
    first = nodule(case())
    second = emphysema(first)
    rows = [np.nonzero(data["pathology"][channel("nodule")])[0].mean() for data in (first, second)]
    assert rows[1] > rows[0] + 1


@pytest.mark.parametrize("kind", LESION_TRANSFORMS, ids=lambda kind: kind.finding)
def test_sizes_are_fractions_of_the_frame(kind: type[LesionTransformd]) -> None:
    shares = []
    for size in (256, 512):
        transform = kind(library(), mirror_prob=0.0)
        transform.set_random_state(5)
        shares.append((transform(case(size))["pathology"][channel(kind.finding)] > 0).mean())
    assert shares[0] == pytest.approx(shares[1], rel=0.35)


def test_chest_without_lungs_stays_as_it_is() -> None:
    transform = ComposeLesionsd(library())
    transform.set_random_state(0)
    data = {**case(), "anatomy": np.zeros((3, 256, 256), np.uint8)}
    result = transform(data)
    assert np.array_equal(result["image"], data["image"])
    assert not result["pathology"].any()
