# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Which findings are together, for prompts that name none: a set is drawn by seed, as often as in training masks.

Asked for none at all the mask network draws fewer than people have, and less of what occurs together.
"""

from __future__ import annotations

import numpy as np

from aurad_monai.data.tables import read_table
from aurad_monai.prompts.finding import NORMAL, ClinicalFindings, Finding
from aurad_monai.request.open_attributes import choice

STREAM = 5
"""Tells this draw apart from those of mask, image, chest, patient and attributes under the same seed."""

SETS: dict[str, int] = read_table("finding_sets.json")
"""How often which findings are together in training masks, from `python -m recipes.default_data finding_sets`."""


def drawn_set(seed: int) -> ClinicalFindings:
    """Findings that occur together, by the seed of a case; all are declared absent where it draws none."""
    place = choice(list(SETS.values()), np.random.default_rng([seed, STREAM]).random())
    names = list(SETS)[place].split()
    return ClinicalFindings(tuple(Finding(name) for name in names) or NORMAL)
