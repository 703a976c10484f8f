# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A change inside the mask counts inside, one elsewhere outside, and one at the edge nowhere."""

from __future__ import annotations

import numpy as np
import pytest

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.case import Case
from aurad_monai.diffusion.sample import SampleSettings
from aurad_monai.errors import InputError
from aurad_monai.evaluation.images.counterfactual import change, counterfactual, counterfactual_test
from aurad_monai.prompts.finding import ClinicalFindings
from tests.conftest import ellipse_chest
from tests.filtering.planted import LEFT_BASE, masks

IMAGE = "cxr_image_latent_diffusion"

MASK = np.zeros((64, 64), np.uint8)
MASK[20:30, 20:30] = 1
PLAIN = np.zeros((1, 64, 64))


def test_change_by_hand() -> None:
    inside = PLAIN + 0.5 * MASK
    assert change(inside, PLAIN, MASK) == (0.5, 0)
    ring = PLAIN.copy()
    ring[0, 31, 20:30] = 1  # just beside the mask
    assert change(ring, PLAIN, MASK) == (0, 0)
    assert change(PLAIN + 1, PLAIN, MASK) == (1, 1)
    assert np.isnan(change(PLAIN, PLAIN, np.zeros((64, 64)))[0])


def test_a_network_that_ignores_its_masks_shows() -> None:
    rows = {f.name: f.value[0] for f in counterfactual({"effusion": [(0.1, 0.2), (0.1, 0.05), (0.1, 0.3)]})}
    assert rows["more inside than outside"] == pytest.approx(1 / 3)
    assert rows["change inside the mask"] == pytest.approx(0.1)


@pytest.mark.skipif(not (bundles_root() / IMAGE / "models/model.pt").is_file(), reason="no weights of images")
def test_pairs_differ_by_the_mask_alone() -> None:
    bundle, quick = open_bundle(bundles_root() / IMAGE, size=256), SampleSettings(num_inference_steps=2)
    asked = ClinicalFindings((), "PA", "male", 50)
    shown, normal = (
        Case(name, resolved=asked, anatomy=ellipse_chest(), pathology=masks(**shapes))
        for name, shapes in (("shown", {"consolidation": LEFT_BASE}), ("normal", {}))
    )
    rows = counterfactual_test([normal, shown, shown], bundle, 1, quick)
    assert {row.group for row in rows} == {"all"}  # one pair of a finding has no rows of its own
    found = {row.name: row for row in rows}
    assert found["change inside the mask"].count == 1
    assert found["change inside the mask"].value[0] > 0 and found["change outside"].value[0] > 0
    again = counterfactual_test([normal, shown, shown], bundle, 1, quick)
    assert [row.value for row in again] == [row.value for row in rows]
    with pytest.raises(InputError, match="mask"):
        counterfactual_test([normal], bundle, 1, quick)
