# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Configs that wired cases as the last version did read as today's."""

from __future__ import annotations

from aurad_monai.bundles import deprecated

OLD = {
    "cases": {
        "_target_": "aurad_monai.data.inference_cases.cases_from_prompt",
        "sample_anatomy": "$@anatomy_prior.sample",
        "seed": "@seed",
    },
    "select": {"_target_": "SelectItemsd", "keys": ["id", "seed", "condition", "context", "anatomy"]},
    "prepare_batch": {"_target_": "aurad_monai.diffusion.batches.SeededNoiseBatch", "latent_shape": [1], "stream": 0},
    "forget": {"_target_": "aurad_monai.transforms.forget_attributes.RandForgetAttributesd"},
    "findings": {"_target_": "aurad_monai.transforms.findings_from_masks.FindingsFromMasksd"},
}


def test_old_wiring_reads_as_todays() -> None:
    new, found = deprecated.current(OLD)
    assert new == {
        "cases": {
            "_target_": "aurad_monai.request.inference_cases.cases_from_prompt",
            "prior": "@anatomy_prior",
            "seed": "@seed",
        },
        "select": {"_target_": "SelectItemsd", "keys": ["id", "entropy", "condition", "context", "anatomy"]},
        "prepare_batch": {"_target_": "aurad_monai.diffusion.batches.SeededNoiseBatch", "latent_shape": [1]},
        "forget": {"_target_": "aurad_monai.request.attribute_dropout.RandDropAttributesd"},
        "findings": {"_target_": "aurad_monai.request.conditions.FindingsFromMasksd"},
    }
    assert {"sample_anatomy", "seed", "stream"} <= set(found)
    assert deprecated.current(new) == (new, ())
