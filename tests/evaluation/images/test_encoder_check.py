# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Encoders are shown degraded images: those that look at structure find them farther from real ones."""

from __future__ import annotations

import numpy as np
import pytest

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.case import Case
from aurad_monai.evaluation.images.encoder import open_encoder
from aurad_monai.evaluation.images.encoder_check import DEGRADED, encoder_check
from aurad_monai.evaluation.measure import measure
from tests.lesions.synthetic_chest import radiograph

FILTER = bundles_root() / "cxr_expert_filter"


def cases(count: int, seed: int) -> list[Case]:
    rng, found = np.random.default_rng(seed), []
    for number in range(count):
        image = np.clip(radiograph()[0] * rng.uniform(0.8, 1) + rng.normal(0, 0.01, (256, 256)), 0, 1)
        found.append(Case(str(number), image=image[None].astype(np.float32)))
    return found


@pytest.mark.skipif(not (FILTER / "models/model.pt").is_file(), reason="the expert filter's weights are not here")
def test_rows_are_of_every_encoder_and_degradation() -> None:
    encoder = open_encoder("cosine", open_bundle(FILTER))
    unseen, others = cases(20, 0), cases(20, 1)
    reference, train = measure(unseen, [encoder], "reference"), measure(others, [encoder], "train")
    rows = {row.name: row for row in encoder_check([encoder], unseen, reference, train)}
    assert set(rows) == {f"FD, {name}" for name in DEGRADED}
    assert all(row.group == "cosine" and row.count == row.real_count == 20 for row in rows.values())
    assert rows["FD, upside down"].value[0] > 2 * rows["FD, upside down"].real[0]
    assert encoder_check([encoder], unseen[:4], measure(unseen[:4], [encoder], "few"), train) == []
