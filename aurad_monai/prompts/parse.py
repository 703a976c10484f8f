# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A prompt becomes findings: the first step of a case, by a finite grammar that refuses what it does not understand.

In: a text such as the impression of a report, and rules for what is uncertain. Out: `ClinicalFindings`, with what was
left out and assumed. docs/reference/prompts.md has the grammar (`statements.py`) and examples.
"""

from __future__ import annotations

from dataclasses import dataclass

from aurad_monai.errors import InputError
from aurad_monai.prompts.describe import describe
from aurad_monai.prompts.finding import ClinicalFindings, Finding
from aurad_monai.prompts.meaning import read_patient, resolve_mentions
from aurad_monai.prompts.plausible import refuse_nonsense
from aurad_monai.prompts.reading import Reading, read, says_something
from aurad_monai.prompts.refusals import not_drawable, refusal
from aurad_monai.prompts.statements import PATIENT, PRESENT
from aurad_monai.prompts.words import UNDRAWABLE, Kind

MAX_CHARACTERS = 1300
WIDTH = 120
"""Characters of a line of `Understood.lines`."""
UNCERTAIN = ("present", "absent", "ignore")


@dataclass(frozen=True)
class PromptRules:
    """How a prompt is read.

    Args:
        strict: refuse words that change nothing in a picture, and whatever must be assumed.
        uncertain: what "possible" and "cannot exclude" mean: present, absent or ignore; None refuses them.
        any_age: read children too, as records of others have them.
    """

    strict: bool = False
    uncertain: str | None = None
    any_age: bool = False

    def __post_init__(self) -> None:
        if self.uncertain not in (None, *UNCERTAIN):
            raise InputError(
                "uncertain", self.uncertain, ", ".join(UNCERTAIN), "leave it out to refuse what is uncertain"
            )


@dataclass(frozen=True)
class Understood:
    """What a prompt means.

    Args:
        findings: with view, sex and age.
        left_out: words that change nothing in a picture, and findings that cannot be drawn.
        assumed: what was assumed, such as "small to moderate read as moderate".
    """

    findings: ClinicalFindings
    left_out: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """What to tell the user, in lines of at most 120 characters; nothing where every word was taken as it is."""
        if not self.left_out and not self.assumed:
            return []
        parts = [f"understood: {describe(self.findings)}"]
        parts += [f"left out: {', '.join(self.left_out)}"] if self.left_out else []
        parts += [f"assumed: {'; '.join(self.assumed)}"] if self.assumed else []
        whole = "; ".join(parts)
        return [whole] if len(whole) <= WIDTH else [_cut(part) for part in parts]


def parse(text: str, strict: bool = False, uncertain: str | None = None) -> ClinicalFindings:
    """Read a clinical prompt.

    Args:
        text: English words, at most 1300 characters, such as "small left pleural effusion, no pneumothorax".
        strict: refuse words that change nothing in a picture.
        uncertain: what "possible" means: present, absent or ignore; None refuses it.

    Returns:
        The findings asked for and declared absent, with view, sex and age where the prompt gives them.

    Raises:
        InputError: naming the words that are unknown, uncertain, contradictory, or belong to no finding.
    """
    return understand(text, PromptRules(strict, uncertain)).findings


def understand(text: str, rules: PromptRules | None = None) -> Understood:
    """Read a clinical prompt, and say what was left out and assumed.

    Raises:
        InputError: as `parse`.
    """
    given = rules or PromptRules()
    _check_text(text)
    reading = read(text)
    if not says_something(reading.tokens):
        raise refusal(text, "at least one finding, view, sex or age", "see docs/reference/prompts.md")
    findings, undrawable = resolve_mentions(reading, given.uncertain)
    _refuse_nothing(findings, undrawable, reading, text)
    understood = Understood(
        _together(findings, reading),
        tuple(dict.fromkeys((*(word for word in reading.left_out if word != "xxxx"), *undrawable))),
        tuple(dict.fromkeys(reading.notes)),
    )
    refuse_nonsense(understood.findings, given.any_age, reading.alone)
    if given.strict and (understood.left_out or understood.assumed):
        raise refusal(
            ", ".join((*understood.left_out, *understood.assumed)), "words that a picture shows (strict_prompt)"
        )
    return understood


def _together(findings: list[Finding], reading: Reading) -> ClinicalFindings:
    """The findings with view, sex and age; what contradicts itself is refused in one line."""
    try:
        return ClinicalFindings(tuple(findings), **read_patient(reading.alone))  # type: ignore[arg-type]
    except InputError as error:
        raise refusal(str(error.value), error.allowed, error.next_step, error.argument) from error


def plain_prompt(text: str, rules: PromptRules) -> str:
    """A prompt that reads the same without rules: the text itself, or its canonical words where rules decided."""
    if rules.uncertain is None:
        return text
    findings = understand(text, rules).findings
    try:
        return text if parse(text) == findings else describe(findings)
    except InputError:
        return describe(findings)


def _check_text(text: str) -> None:
    if not isinstance(text, str) or not text.strip():
        raise refusal(str(text), "findings in words", "for example 'small left pleural effusion'")
    if len(text) > MAX_CHARACTERS:
        raise refusal(text, f"at most {MAX_CHARACTERS} characters, not {len(text)}")


def _refuse_nothing(findings: list[Finding], undrawable: list[str], reading: Reading, text: str) -> None:
    """A prompt of nothing but what cannot be drawn, or of words that change nothing, asks for no picture."""
    if findings or any(token.kind in (*PATIENT, Kind.STUDY, Kind.OTHERS, Kind.ABSENT) for token in reading.alone):
        return
    names = [m.name[1:] for sentence in reading.mentions for m in sentence if m.name[:1] == "?" and m.status == PRESENT]
    if names:
        nearest = UNDRAWABLE.get(names[0], {"nearest": ""})["nearest"]
        raise not_drawable(undrawable[0].removesuffix(" (cannot be drawn)"), nearest)
    if any(token.kind is Kind.FINDING for token in reading.tokens) or undrawable:
        return
    raise refusal(text, "at least one finding, view, sex or age", "see docs/reference/prompts.md")


def _cut(line: str) -> str:
    return line if len(line) <= WIDTH else line[: WIDTH - 3] + "..."
