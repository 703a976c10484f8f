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
from aurad_monai.evaluation.images.shown import shown, shown_test
from aurad_monai.evaluation.measure import Measured
from aurad_monai.prompts.finding import ClinicalFindings
from tests.conftest import ellipse_chest
from tests.filtering.planted import LEFT_BASE, masks

CHANNEL = vocabulary.channel("effusion")


def real(size: int) -> Measured:
    """Real images, half of them with an effusion that raises the logit by two."""
    requested, scores = np.zeros((2, size, len(vocabulary.FINDING_NAMES)))
    requested[: size // 2, CHANNEL] = 1
    odds = np.linspace(-1, 1, size // 2)
    scores[:, CHANNEL] = 1 / (1 + np.exp(-np.concatenate([odds + 2, odds])))
    return Measured(
        tuple(map(str, range(size))), {"requested": requested, "scores": scores}, "", {}, tuple(range(size))
    )


def test_shares_effect_and_control_by_hand() -> None:
    rng = np.random.default_rng(0)
    without, control = rng.standard_normal((2, 40))
    higher, chance, effect = shown({CHANNEL: np.stack([without + 1, without, control], 1)}, real(40))
    assert higher.value[0] == 1 and higher.value[1] > 0.9
    assert 0.25 < chance.value[0] < 0.75
    assert effect.value[0] == pytest.approx(1) and effect.real[0] == pytest.approx(2)
    assert (effect.group, effect.real_count) == ("effusion", 20)


def test_a_planted_generator_that_ignores_masks_is_found() -> None:
    without = np.random.default_rng(1).standard_normal(30)
    higher, _, effect = shown({CHANNEL: np.stack([without, without, -without], 1)})
    assert higher.value[0] == 0 and effect.value[0] == 0 and np.isnan(effect.real[0])
    assert shown({CHANNEL: np.zeros((3, 3))}) == []  # too few pairs


def test_pairs_of_the_default_weights() -> None:
    image = open_bundle(bundles_root() / "cxr_image_latent_diffusion", size=256)
    filtering = open_bundle(bundles_root() / "cxr_expert_filter")
    asked = ClinicalFindings((), "PA", "male", 50)
    shapes = masks(consolidation=LEFT_BASE)
    cases = [Case(str(i), resolved=asked, anatomy=ellipse_chest(), pathology=shapes) for i in range(4)]
    quick = SampleSettings(num_inference_steps=2)
    rows = shown_test(cases, image, filtering.get("findings_expert"), None, 4, quick)
    assert [row.count for row in rows] == [4, 4, 4] and rows[-1].value[0] != 0
    with pytest.raises(InputError, match="mask"):
        shown_test([Case("n", resolved=asked, anatomy=ellipse_chest(), pathology=0 * shapes)], image, None, None)  # type: ignore[arg-type]
