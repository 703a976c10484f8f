# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Which findings occur together, for prompts that name none: a set is sampled from training frequencies.

In: a generator. Out: `ClinicalFindings`. Without a requested finding the mask network under-represents findings and
their co-occurrence, so a set is sampled first.
"""

from __future__ import annotations

import numpy as np

from aurad_monai.data.tables import read_table
from aurad_monai.prompts.finding import NORMAL, Finding
from aurad_monai.request.attributes import choice

SETS: dict[str, int] = read_table("finding_sets.json")
"""How often which findings are together in training masks, from `python -m recipes.default_data finding_sets`."""


def sample_findings(rng: np.random.Generator) -> tuple[Finding, ...]:
    """Findings that occur together; all 13 are declared absent where it samples none."""
    names = list(SETS)[choice(list(SETS.values()), rng.random())].split()
    return tuple(Finding(name) for name in names) or NORMAL
