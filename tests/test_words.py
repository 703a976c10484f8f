# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The field's words: retired private names do not come back as identifiers, config keys, file names or CLI help."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from aurad_monai.cli import main as cli
from aurad_monai.cli.commands import VERBS

ROOT = Path(__file__).parent.parent
PACKAGE = sorted((ROOT / "aurad_monai").rglob("*.py"))
CONFIGS = sorted((ROOT / "bundles").glob("*/configs/*.json"))
KEEP_OLD = "deprecated"
"""How files are called that read the old names for one version."""

NAMES = {
    "Asked": "StopCheck",
    "AuditedCase": "FilteredCase",
    "DrawnMask": "SampledMask",
    "JudgedCase": "Case",
    "Judgement": "CriterionResult",
    "Listener": "Callbacks",
    "Maker": "Equipment",
    "Outcome": "SynthesisResult",
    "Painter": "generate",
    "Pictures": "LabeledImages",
    "Recipe": "TrainConfig",
    "Sight": "ExpertPredictions",
    "Verdict": "FilterResult",
    "absent_not_seen": "finding_absent",
    "absent_thresholds": "absence_thresholds",
    "as_velocity": "to_velocity",
    "center_noise": "zero_mean_noise",
    "coexistence": "cooccurrence",
    "copy_code": "perceptual_descriptor",
    "drawn_findings": "sample_attributes",
    "drawn_patient": "sample_demographics",
    "drawn_set": "sample_findings",
    "finding_seen": "finding_detected",
    "forget_attributes": "attribute dropout",
    "insist": "enforce_presence",
    "judge": "evaluate",
    "judge_masks": "evaluate_masks",
    "judgement": "result",
    "judgements": "results",
    "kept_channels": "unconditional channels",
    "least_sharpness": "min_sharpness",
    "magnify": "zoom",
    "most_sharpness": "max_sharpness",
    "near_copy": "memorization",
    "obey": "apply_constraints",
    "obedience": "condition_adherence",
    "plausible_place": "plausible_location",
    "referee": "held-out evaluator",
    "seen_thresholds": "detection_thresholds",
    "sight": "predictions",
    "time_ends": "cosine timestep spacing",
    "told_apart": "c2st_auroc",
    "twin_loss": "barlow_twins",
    "unasked_absent": "unrequested_absent",
}
"""Retired name to the standard term."""

PHRASES = {
    r"told apart": "classifier two-sample test (C2ST)",
    r"\bpaint(s|ed|er|ing)?\b": "generate",
    r"\bobe(y|ys|yed|dience)\b": "adherence",
    r"\breferee\b": "held-out evaluator",
    r"(?<!not )\bjudg(e|es|ed|ement|ements|ing)\b": "evaluate",
    r"\basked for\b": "requested",
    r"\bthe folder to be\b": "new folder for the output",
}
"""Phrases that CLI help must not hold, and the term to use."""

FINDABLE = (
    "C2ST",
    "lesion insertion",
    "memorization",
    "classifier-free guidance",
    "Barlow Twins",
    "adherence",
    "out-of-distribution",
    "membership inference",
)
"""Terms by which a reader of the field searches the package."""


def identifiers(path: Path) -> Iterator[str]:
    """Names of a Python file, and its strings that look like keys or dotted names."""
    text = path.read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NAME:
            yield token.string
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"[\w.#]+", node.value):
            yield from re.split(r"[.#]", node.value)


@pytest.mark.parametrize("path", PACKAGE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_retired_name_in_the_package(path: Path) -> None:
    names = {path.stem} if path.stem.startswith(KEEP_OLD) else {path.stem, *identifiers(path)}
    assert {name: NAMES[name] for name in names & NAMES.keys()} == {}


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_retired_name_in_a_config(path: Path) -> None:
    if path.name == "metadata.json":  # its changelog tells of earlier versions
        pytest.skip("data, not a config")
    words = set(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    assert {name: NAMES[name] for name in words & NAMES.keys()} == {}


@pytest.mark.parametrize("verb", VERBS)
def test_help_is_in_the_words_of_the_field(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main([verb, "--help"])
    shown = capsys.readouterr().out
    found = {phrase: term for phrase, term in PHRASES.items() if re.search(phrase, shown, re.IGNORECASE)}
    assert found == {}


def test_who_searches_for_a_term_finds_it() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE).lower()
    assert [term for term in FINDABLE if term.lower() not in text] == []
