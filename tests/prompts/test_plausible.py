# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Nonsense is refused, and what is only unusual is not."""

from __future__ import annotations

import pytest

from aurad_monai.errors import InputError
from aurad_monai.prompts.finding import CLEAR_LUNGS, ClinicalFindings, Finding
from aurad_monai.prompts.plausible import refuse_nonsense

HALF = Finding("pneumothorax", "left", percent=40)


@pytest.mark.parametrize(
    "findings",
    [
        ClinicalFindings((Finding("effusion", "left", percent=80),)),
        ClinicalFindings((Finding("pneumothorax", percent=60), *CLEAR_LUNGS)),
        ClinicalFindings(age=17),
    ],
)
def test_nonsense(findings: ClinicalFindings) -> None:
    with pytest.raises(InputError):
        refuse_nonsense(findings)


def test_what_can_be_passes() -> None:
    refuse_nonsense(ClinicalFindings((HALF, *CLEAR_LUNGS), age=18))
    refuse_nonsense(ClinicalFindings(age=3), any_age=True)
