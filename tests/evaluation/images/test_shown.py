# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A finding that the picture shows scores higher in every pair, one that it ignores in none, beside real images."""

from __future__ import annotations

import numpy as np
import pytest

from aurad_monai import vocabulary
from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.case import Case
from aurad_monai.diffusion.sample import SampleSettings
from aurad_monai.errors import InputError
from aurad_monai.evaluation.images.held_out import held_out_evaluator
from aurad_monai.evaluation.images.shown import logits, real_difference, shown, shown_test
from aurad_monai.prompts.finding import ClinicalFindings
from tests.conftest import ellipse_chest
from tests.filtering.planted import LEFT_BASE, masks

CHANNEL = vocabulary.channel("effusion")


def test_shares_effect_and_control_by_hand() -> None:
    rng = np.random.default_rng(0)
    without, control = rng.standard_normal((2, 40))
    differences = {CHANNEL: np.array([1.5, 2.5, 2.0, 2.0, np.nan])}
    higher, chance, effect = shown({CHANNEL: np.stack([without + 1, without, control], 1)}, differences)
    assert higher.value[0] == 1 and higher.value[1] > 0.9
    assert 0.25 < chance.value[0] < 0.75
    assert effect.value[0] == pytest.approx(1) and effect.real[0] == pytest.approx(2)
    assert (effect.group, effect.real_count) == ("effusion", 4)


def test_a_planted_generator_that_ignores_masks_is_found() -> None:
    without = np.random.default_rng(1).standard_normal(30)
    higher, _, effect = shown({CHANNEL: np.stack([without, without, -without], 1)})
    assert higher.value[0] == 0 and effect.value[0] == 0 and np.isnan(effect.real[0])
    assert shown({CHANNEL: np.zeros((3, 3))}) == []  # too few pairs


def _case(name: str, shapes: np.ndarray, image: np.ndarray | None = None) -> Case:
    asked = ClinicalFindings((), "PA", "male", 50)
    return Case(name, resolved=asked, anatomy=ellipse_chest(), pathology=shapes, image=image)


def test_a_real_image_is_compared_with_the_same_place_of_one_without_the_finding() -> None:
    expert = held_out_evaluator(bundles_root() / "cxr_expert_filter")
    shapes, channel = masks(consolidation=LEFT_BASE), vocabulary.channel("consolidation")
    plain = 0.3 + 0.5 * (1 - ellipse_chest()[:2].max(axis=0)[None]).astype(np.float32)
    sick = np.where(shapes[channel] > 0, 0.75, plain).astype(np.float32)
    case, others = _case("sick", shapes, sick), [_case("ill too", shapes, sick), _case("well", 0 * shapes, plain)]
    more = real_difference(expert, case, others, channel)
    low, high = logits(expert, np.stack([plain, sick]), shapes[channel] > 0, channel)
    assert more == pytest.approx(high - low)
    assert more > 0
    assert np.isnan(real_difference(expert, case, others[:1], channel))
    assert np.isnan(real_difference(expert, _case("no image", shapes), others, channel))


def test_pairs_of_the_default_weights() -> None:
    image = open_bundle(bundles_root() / "cxr_image_latent_diffusion", size=256)
    expert = held_out_evaluator(bundles_root() / "cxr_expert_filter")
    shapes = masks(consolidation=LEFT_BASE)
    rows = shown_test(
        [_case(str(i), shapes) for i in range(4)], image, expert, 4, SampleSettings(num_inference_steps=2)
    )
    assert [row.count for row in rows] == [4, 4, 4] and rows[-1].value[0] != 0
    with pytest.raises(InputError, match="mask"):
        shown_test([_case("n", 0 * shapes)], image, expert)
