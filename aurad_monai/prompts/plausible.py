# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Nonsense in prompts: sizes that no finding has, lungs that are clear and full of air at once, and children.

In: findings as read. Out: nothing, or `InputError`.
"""

from __future__ import annotations

from collections.abc import Iterable

from aurad_monai import vocabulary
from aurad_monai.prompts.finding import CLEAR_LUNGS, ClinicalFindings, Finding
from aurad_monai.prompts.refusals import refusal
from aurad_monai.prompts.words import Token

ONE_LUNG = 70.0
"""Percent of both lungs that one lung has at most."""
FULL = 50.0
"""Percent of both lungs above which they cannot be clear as well."""


def refuse_nonsense(findings: ClinicalFindings, any_age: bool = False, alone: Iterable[Token] = ()) -> None:
    """Refuse what no adult's chest radiograph can show.

    Args:
        findings: what a prompt asks for.
        any_age: let children pass, as records of others have them.
        alone: tokens, of which parts called normal are looked at.

    Raises:
        InputError: a size beyond that of its finding, clear lungs with a huge pneumothorax, an age below 18.
    """
    if findings.age is not None and not any_age and findings.age not in vocabulary.AGES:
        low, high = vocabulary.AGES[0], vocabulary.AGES[-1]
        raise refusal(f"age {findings.age}", f"adults, {low} to {high} years", "write the age of an adult, or none")
    clear = set(CLEAR_LUNGS) <= set(findings.absent) or any("clear_lungs" in token.value for token in alone)
    for item in findings.present:
        _refuse_size(item, clear)


def _refuse_size(item: Finding, clear: bool) -> None:
    term = vocabulary.finding(item.name)
    if item.percent is None or not term.lung_bound:
        return
    text = f"{item.percent:g}% {term.label}"
    if item.percent > ONE_LUNG and item.laterality in ("left", "right"):
        raise refusal(text, f"at most {ONE_LUNG:g}% of both lungs on one side", "give a smaller size")
    if item.percent > FULL and clear:
        raise refusal(f"{text} and clear lungs", "one of the two", "leave 'clear lungs' out")
