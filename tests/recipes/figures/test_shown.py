# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Pairs with and without a finding: a picture that shows it more counts as shown, an equal or weaker one does not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from aurad_monai.case import Case
from aurad_monai.experts.findings import FindingsExpert
from aurad_monai.vocabulary import FINDING_NAMES
from recipes.figures.shown import row


class Brightness(nn.Module):
    """Logits of every finding: how bright each pixel is."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return (8 * images - 4).expand(-1, len(FINDING_NAMES), -1, -1)


def case(level: float, accepted: bool = True) -> Case:
    return Case("one", image=np.full((1, 64, 64), level, np.float32), accepted=accepted)


def test_shown_is_the_share_of_pairs_that_score_higher_with_the_finding() -> None:
    pairs = [(case(0.8), case(0.2)), (case(0.6), case(0.2)), (case(0.1), case(0.2)), (case(0.2, False), case(0.2))]
    name, count, shown, low, high, change, accepted = row("effusion", pairs, FindingsExpert(Brightness()))
    assert (name, count, shown, accepted) == ("effusion", "4", "0.50", "0.75")
    assert float(low) < 0.5 < float(high)
    assert float(change) == pytest.approx(8 * np.mean([0.6, 0.4, -0.1, 0.0]), abs=0.01)
