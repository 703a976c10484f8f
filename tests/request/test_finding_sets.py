# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Which findings a prompt without any gets: sets that occur, as often as they do, the same for a seed each time."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from aurad_monai.prompts.finding import NORMAL
from aurad_monai.request.finding_sets import SETS, drawn_set
from aurad_monai.vocabulary import FINDING_NAMES


def test_sets_come_as_often_as_among_training_masks() -> None:
    made = [drawn_set(seed) for seed in range(1500)]
    assert made[7] == drawn_set(7)
    found = Counter(" ".join(item.name for item in case.present) for case in made)
    for names in ("", "consolidation effusion", "consolidation"):
        assert found[names] / len(made) == pytest.approx(SETS[names] / sum(SETS.values()), abs=0.03)
    expected = np.average([len(names.split()) for names in SETS], weights=list(SETS.values()))
    assert np.mean([len(case.present) for case in made]) == pytest.approx(expected, abs=0.1)


def test_no_finding_at_all_is_said_so_and_names_are_known() -> None:
    healthy = next(case for case in map(drawn_set, range(100)) if not case.present)
    assert healthy.findings == NORMAL
    assert {name for names in SETS for name in names.split()} == set(FINDING_NAMES)
