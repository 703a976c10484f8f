# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The whole way of a case on the shipped weights: few steps, but the real networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aurad_monai import vocabulary
from aurad_monai.errors import InputError
from aurad_monai.generation.pipeline import Pipeline
from aurad_monai.io.datalist import save_channels, save_image

PROMPT = "large left pleural effusion and cardiomegaly"


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return Pipeline.from_bundles(device="cpu")


def test_a_case_has_everything(pipeline: Pipeline) -> None:
    run = pipeline(PROMPT, num=2, seed=3, steps=2, accept_all=True, progress=False)
    assert [case.seed for case in run.cases] == [3, 4]
    assert set(run.timing) == {"anatomy", "mask", "mask_filter", "image", "image_filter"}
    for case in run.cases:
        assert case.anatomy.shape == (3, 256, 256) and case.pathology.shape == (13, 256, 256)
        assert case.image is not None and case.image.shape == (1, 256, 256)
        assert 0 <= case.image.min() < case.image.max() <= 1
        assert [item.name for item in case.findings.present] == ["cardiomegaly", "effusion"]
        assert case.accepted == (not case.reasons) and case.scores


def test_noise_does_not_depend_on_the_batch(pipeline: Pipeline) -> None:
    together = pipeline(PROMPT, num=3, seed=11, steps=2, batch_size=3, accept_all=True, progress=False).cases
    alone = pipeline(PROMPT, num=3, seed=11, steps=2, batch_size=1, accept_all=True, progress=False).cases
    for one, other in zip(together, alone, strict=True):
        assert one.image is not None and other.image is not None
        assert np.abs(one.image - other.image).mean() < 1e-3


def test_seeds_give_different_chests_masks_and_images(pipeline: Pipeline) -> None:
    first, second = pipeline(PROMPT, num=2, seed=21, steps=2, accept_all=True, progress=False).cases
    assert (first.anatomy != second.anatomy).mean() > 0.01
    assert first.image is not None and second.image is not None
    assert np.abs(first.image - second.image).mean() > 0.01


def test_a_given_label_map_is_used(pipeline: Pipeline, tmp_path: Path) -> None:
    chest = pipeline.anatomy_prior.sample(5)
    save_channels(tmp_path / "chest.nii.gz", chest)
    case = pipeline("normal", num=1, anatomy=tmp_path / "chest.nii.gz", masks_only=True, progress=False).cases[0]
    assert (case.anatomy == chest).all()
    assert case.image is None


def test_a_given_radiograph_is_segmented(pipeline: Pipeline, tmp_path: Path) -> None:
    chest = pipeline.anatomy_prior.sample(5)
    made = pipeline("normal", num=1, seed=5, accept_all=True, progress=False, anatomy=chest).cases[0]
    assert made.image is not None
    save_image(tmp_path / "chest.png", np.rint(made.image[0] * 255).astype(np.uint8))
    case = pipeline("normal", num=1, anatomy=tmp_path / "chest.png", masks_only=True, progress=False).cases[0]
    for index, name in enumerate(vocabulary.ANATOMY_NAMES[:2]):
        overlap = 2 * (case.anatomy[index] & chest[index]).sum() / (case.anatomy[index].sum() + chest[index].sum())
        assert overlap > 0.8, name


def test_an_edited_mask_is_rendered_and_its_findings_are_the_labels(pipeline: Pipeline) -> None:
    case = pipeline("left effusion", num=1, seed=5, steps=2, masks_only=True, progress=False).cases[0]
    edited = case.pathology.copy()
    edited[vocabulary.channel("effusion")] = 0
    edited[vocabulary.channel("mass")] = case.anatomy[1]  # a mass that fills the right lung
    run = pipeline.render(edited, case.anatomy, num=2, seed=9, prompt="AP view", steps=2, progress=False)
    assert [one.seed for one in run.cases] == [9, 10]
    for one in run.cases:
        assert [(item.name, item.laterality) for item in one.findings.present] == [("mass", "right")]
        assert one.findings.view == "AP" and "mass" in one.prompt and one.image is not None
        assert (one.pathology == edited).all()


def test_an_open_prompt_and_a_size_reach_the_mask(pipeline: Pipeline) -> None:
    with pytest.raises(InputError, match="--spacing"):
        pipeline("3 cm left mass", num=1, masks_only=True, progress=False)
    sized = pipeline("3 cm left mass", num=1, steps=2, masks_only=True, progress=False, spacing=1.4).cases[0]
    assert sized.findings.present[0].centimeters == 3
    free = pipeline("PA view", num=1, steps=2, masks_only=True, progress=False).cases[0]
    assert free.findings.is_open


def test_a_rejected_mask_is_never_painted(pipeline: Pipeline) -> None:
    one_lung = pipeline.anatomy_prior.sample(5)
    one_lung[1] = 0
    run = pipeline("large left pleural effusion", num=2, anatomy=one_lung, steps=2, progress=False)
    rejected = [case for case in run.cases if case.image is None]
    assert len(rejected) == 2 and all(case.reasons and not case.accepted for case in rejected)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [({"num": 0}, "num"), ({"num": 10**9}, "num"), ({"seed": -1}, "seed"), ({"batch_size": 0}, "batch_size")],
)
def test_numbers_out_of_range_are_refused(pipeline: Pipeline, arguments: dict[str, int], named: str) -> None:
    with pytest.raises(InputError, match=named):
        pipeline(PROMPT, progress=False, **arguments)


def test_an_anatomy_of_another_size_is_refused(pipeline: Pipeline) -> None:
    with pytest.raises(InputError, match="anatomy"):
        pipeline(PROMPT, anatomy=np.ones((3, 128, 128), np.uint8), progress=False)


def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="device"):
        Pipeline.from_bundles(device="cuda:77")
