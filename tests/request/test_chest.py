# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A sampled chest is larger and flatter below where emphysema is asked for, the more the larger, and else as it was."""

from __future__ import annotations

import numpy as np

from aurad_monai.prompts.parse import parse
from aurad_monai.request.chest import chest_of
from tests.conftest import ellipse_chest

CHEST = ellipse_chest(128)


def lungs(anatomy: np.ndarray) -> float:
    """Share of the frame that both lungs cover."""
    return float((anatomy[:2] > 0).any(axis=0).mean())


def test_emphysema_makes_the_chest_large_and_the_heart_narrow() -> None:
    changed = chest_of(CHEST, parse("large emphysema"))
    assert changed.shape == CHEST.shape and changed.dtype == CHEST.dtype
    assert lungs(changed) > 1.04 * lungs(CHEST)
    assert np.nonzero(changed[:2].any(0))[0].max() > np.nonzero(CHEST[:2].any(0))[0].max()
    assert changed[2].any(axis=0).sum() < CHEST[2].any(axis=0).sum()
    assert lungs(CHEST) <= lungs(chest_of(CHEST, parse("trace emphysema"))) < lungs(changed)


def test_one_diseased_lung_inflates_the_other_less() -> None:
    left, both = (chest_of(CHEST, parse(f"large {side} emphysema")) for side in ("left", "bilateral"))
    assert CHEST[1].sum() <= left[1].sum() < both[1].sum()


def test_other_findings_and_none_leave_the_chest_alone() -> None:
    for prompt in ("normal", "large effusion", "no emphysema"):
        assert chest_of(CHEST, parse(prompt)) is CHEST
