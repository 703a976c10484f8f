# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The shipped bundles, opened for frames of 512 pixels, sample an anatomy, its mask and its radiograph of that size."""

from __future__ import annotations

import numpy as np

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.diffusion.sample import DiffusionModel, SampleSettings, sample
from aurad_monai.request.conditions import ImageConditiond, MaskConditiond
from aurad_monai.request.resolve import resolve
from tests.bundles import tiny

SIZE = 512


def test_a_case_of_512_pixels() -> None:
    masks, images = (open_bundle(tiny.BUNDLES / name, device="cpu", size=SIZE) for name in tiny.DIFFUSION)
    case = resolve("left pleural effusion", 3, masks.get("anatomy_prior"), masks.parser["size"])
    assert case.anatomy is not None and case.anatomy.shape == (3, SIZE, SIZE)
    condition = MaskConditiond()({"anatomy": case.anatomy, "findings": case.resolved})
    (mask,) = sample(DiffusionModel.from_bundle(masks), [condition], [(3, 0)], SampleSettings(1))
    assert mask.shape[1:] == (SIZE, SIZE) and mask.any()
    model = DiffusionModel.from_bundle(images)
    assert model.image_size == SIZE
    patient = {name: getattr(case.resolved, name) for name in ("view", "sex", "age")}
    condition = ImageConditiond()({"anatomy": case.anatomy, "pathology": mask} | patient)
    (image,) = sample(model, [condition], [(3, 1)], SampleSettings(1))
    assert image.shape == (1, SIZE, SIZE) and np.isfinite(image).all() and image.std() > 0.05
