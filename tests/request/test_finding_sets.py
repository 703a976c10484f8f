# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Which findings a prompt without any gets: sets that occur, as often as they do."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from aurad_monai.prompts.finding import NORMAL
from aurad_monai.request.finding_sets import SETS, sample_findings
from aurad_monai.vocabulary import FINDING_NAMES


def test_sets_come_as_often_as_among_training_masks() -> None:
    made = [sample_findings(np.random.default_rng(seed)) for seed in range(1500)]
    made = [tuple(item.name for item in findings if item.present) for findings in made]
    found = Counter(" ".join(names) for names in made)
    for names in ("", "consolidation effusion", "consolidation"):
        assert found[names] / len(made) == pytest.approx(SETS[names] / sum(SETS.values()), abs=0.03)
    expected = np.average([len(names.split()) for names in SETS], weights=list(SETS.values()))
    assert np.mean([len(names) for names in made]) == pytest.approx(expected, abs=0.1)


def test_no_finding_at_all_is_said_so_and_names_are_known() -> None:
    made = [sample_findings(np.random.default_rng(seed)) for seed in range(100)]
    healthy = next(findings for findings in made if not any(item.present for item in findings))
    assert healthy == NORMAL
    assert {name for names in SETS for name in names.split()} == set(FINDING_NAMES)
