# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.diffusion.sample import DiffusionModel, SampleSettings, sample
from aurad_monai.errors import InputError
from aurad_monai.request.conditions import ImageConditiond, MaskConditiond
from aurad_monai.vocabulary import channel
from tests.bundles import tiny

ANATOMY = np.zeros((3, 256, 256), dtype=np.uint8)
ANATOMY[0, 60:200, 150:220] = ANATOMY[1, 60:200, 40:110] = ANATOMY[2, 80:210, 100:160] = 1

ONE = SampleSettings(1)


@pytest.fixture(scope="module")
def models() -> dict[str, DiffusionModel]:
    return {
        name: DiffusionModel.from_bundle(open_bundle(tiny.BUNDLES / name, device="cpu", size=256))
        for name in tiny.DIFFUSION
    }


def test_masks_and_images_have_their_shape_and_range(models: dict[str, DiffusionModel]) -> None:
    case = MaskConditiond()({"anatomy": ANATOMY, "findings": None})
    (mask,) = sample(models[tiny.MASK], [case], [(7, 0)], SampleSettings(1))
    assert (mask.shape, mask.dtype) == ((13, 256, 256), np.uint8)
    assert set(np.unique(mask)) <= {0, 1}
    (image,) = sample(models[tiny.IMAGE], [ImageConditiond()({"anatomy": ANATOMY})], [(7, 1)], SampleSettings(1))
    assert (image.shape, image.dtype) == ((1, 256, 256), np.float32)
    assert 0 <= image.min() < image.max() <= 1


def test_masks_of_another_size_condition_as_well(models: dict[str, DiffusionModel]) -> None:
    coarse = ANATOMY[:, ::2, ::2]
    (mask,) = sample(models[tiny.MASK], [MaskConditiond()({"anatomy": coarse, "findings": None})], [(7, 0)], ONE)
    pathology = mask[:, ::2, ::2]
    case = ImageConditiond()({"anatomy": coarse, "pathology": pathology})
    (image,) = sample(models[tiny.IMAGE], [case], [(7, 1)], ONE)
    assert mask.shape == (13, 256, 256) and image.shape == (1, 256, 256)


def test_a_call_leaves_nothing_behind(models: dict[str, DiffusionModel]) -> None:
    model, case = models[tiny.IMAGE], ImageConditiond()({"anatomy": ANATOMY})
    before = sample(model, [case], [(3, 1)], SampleSettings(2))[0]
    changed = sample(model, [case], [(3, 1)], SampleSettings(1, guidance_scale=3.0))[0]
    again = sample(model, [case], [(3, 1)], SampleSettings(2))[0]
    assert np.array_equal(before, again)
    assert not np.allclose(before, changed, atol=1e-2)


def test_a_case_depends_on_its_entropy_alone(models: dict[str, DiffusionModel]) -> None:
    model, case = models[tiny.IMAGE], ImageConditiond()({"anatomy": ANATOMY})
    both = sample(model, [case, case], [(3, 1), (4, 1, 9)], SampleSettings(1))
    alone = sample(model, [case], [(4, 1, 9)], SampleSettings(1))
    assert np.allclose(both[1], alone[0], atol=1e-4)
    assert not np.allclose(both[0], both[1], atol=1e-2)


def brighter_than(level: float) -> Callable[[Mapping[Any, Any], np.ndarray], float]:
    """Whether the mean of an image is above a level, as something that a sample may be asked for."""
    return lambda case, image: float(image.mean() > level)


def test_what_does_not_obey_is_sampled_again_from_other_noise(models: dict[str, DiffusionModel]) -> None:
    model, case = models[tiny.IMAGE], ImageConditiond()({"anatomy": ANATOMY})
    words = [(3, 1), (4, 1)]
    first, second, third = (sample(model, [case] * 2, [(*w, *more) for w in words], ONE) for more in ((), (1,), (2,)))
    level = (first[0].mean() + max(second[0].mean(), third[0].mean())) / 2
    asked = replace(model, obeyed=brighter_than(float(level)))
    made = sample(asked, [case] * 2, words, ONE)
    for number, image in enumerate(made):
        tries = [images[number] for images in (first, second, third)]
        wanted = next((one for one in tries if one.mean() > level), tries[0])
        np.testing.assert_allclose(image, wanted, atol=1e-4)


def test_the_first_is_kept_where_none_obeys(models: dict[str, DiffusionModel]) -> None:
    case = ImageConditiond()({"anatomy": ANATOMY})
    never = replace(models[tiny.IMAGE], obeyed=lambda case, image: 0.0)
    plain = sample(models[tiny.IMAGE], [case], [(3, 1)], ONE)
    assert np.array_equal(sample(never, [case], [(3, 1)], ONE)[0], plain[0])


def test_an_image_with_a_drawn_finding_differs_at_its_mask_alone(models: dict[str, DiffusionModel]) -> None:
    pathology = np.zeros((13, 256, 256), dtype=np.uint8)
    pathology[channel("mass"), 100:130, 60:90] = 1
    masks = (pathology, np.zeros_like(pathology))
    cases = [ImageConditiond()({"anatomy": ANATOMY, "pathology": mask}) for mask in masks]
    with_it, without = sample(models[tiny.IMAGE], cases, [(3, 1)] * 2, ONE)
    changed = abs(with_it - without)[0] > 1e-3
    assert changed[100:130, 60:90].any()
    changed[80:150, 40:110] = False  # its border is soft
    assert not changed.any()


def test_presets_are_those_of_the_config(models: dict[str, DiffusionModel]) -> None:
    assert models[tiny.IMAGE].preset("fast") == SampleSettings(3, 1.0)
    assert models[tiny.IMAGE].image_size == 256
    with pytest.raises(InputError, match="fast"):
        models[tiny.IMAGE].preset("slow")
    assert torch.is_grad_enabled()
