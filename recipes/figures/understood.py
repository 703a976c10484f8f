# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""How many sentences of radiologists a prompt understands, and how many it misreads: `python -m
recipes.figures.understood --output FILE`.

Sentences written for this, with their meaning (`tests/data/radiologist_sentences.tsv`), and those of the Open-I reports
in torchxrayvision's wheel. Half of each, by a hash, built the grammar (`--half tuning`); figures are of the other half.
Answered: every word is known and findings come out. Known: every word is known, and the prompt is refused for what it
says (uncertain, not drawable, nothing to draw). Misread: side, negation or finding differs from the written meaning.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from aurad_monai import vocabulary
from aurad_monai.errors import InputError
from aurad_monai.prompts.finding import CLEAR_LUNGS, NORMAL, NOT_ACUTE, ClinicalFindings, Finding, declare_absent
from aurad_monai.prompts.parse import MAX_CHARACTERS, PromptRules, understand

SENTENCES = Path(__file__).parents[2] / "tests" / "data" / "radiologist_sentences.tsv"
SETS = {"normal": NORMAL, "acute": NOT_ACUTE, "clear": CLEAR_LUNGS}
REFUSED = ("uncertain", "undrawable", "nonsense", "language", "ambiguous")
UNKNOWN = ("allowed: known words", "allowed: English")


def half_of(text: str) -> str:
    """Which half a sentence belongs to, by its text alone."""
    return ("tuning", "test")[int(hashlib.sha256(text.encode()).hexdigest(), 16) % 2]


def written(path: Path = SENTENCES) -> Iterator[tuple[str, ClinicalFindings | str]]:
    """Sentences with their meaning: findings, or why they are to be refused."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            yield row["sentence"], meaning(row["meaning"])


def meaning(text: str) -> ClinicalFindings | str:
    """The findings of a line such as "effusion left small; no pneumothorax; AP"; the reason after "refused"."""
    if text.startswith("refused "):
        return text.removeprefix("refused ")
    present: list[Finding] = []
    absent: list[Finding] = []
    patient: dict[str, str | int] = {}
    for part in text.split("; "):
        first, *rest = part.split()
        if first in ("no", "others"):
            absent += SETS.get(rest[0]) or declare_absent(rest)
        elif first in vocabulary.FINDING_NAMES:
            present.append(_finding(first, rest))
        elif first in vocabulary.VIEWS or first in vocabulary.SEXES:
            patient["view" if first in vocabulary.VIEWS else "sex"] = first
        else:
            patient["age"] = int(first.removesuffix("y"))
    names = {item.name for item in present}
    kept = tuple(item for item in dict.fromkeys(absent) if item.name not in names)
    return ClinicalFindings((*present, *kept), **patient)  # type: ignore[arg-type]


def _finding(name: str, words: Iterable[str]) -> Finding:
    given: dict[str, str | float] = {}
    for word in words:
        if word.endswith(("cm", "%")):
            given["centimeters" if word.endswith("cm") else "percent"] = float(word.rstrip("cm%"))
            continue
        lists = {"laterality": vocabulary.LATERALITIES, "zone": vocabulary.ZONES, "severity": vocabulary.SEVERITIES}
        given[next(key for key, values in lists.items() if word in values)] = word
    return Finding(name, **given)  # type: ignore[arg-type]


def outcome(text: str, rules: PromptRules | None = None) -> tuple[str, ClinicalFindings | None, str]:
    """Answered, known or not understood; what was understood, and the refusal."""
    try:
        return "answered", understand(text, rules).findings, ""
    except InputError as error:
        line = str(error)
        return ("not understood" if any(mark in line for mark in UNKNOWN) else "known"), None, line


def faults(found: ClinicalFindings, wanted: ClinicalFindings) -> list[str]:
    """Which of finding, negation, side, zone, severity and size differ."""
    seen = []
    names = ({item.name for item in found.present}, {item.name for item in wanted.present})
    denied = ({item.name for item in found.absent}, {item.name for item in wanted.absent})
    if (names[0] & denied[1]) or (names[1] & denied[0]):
        seen.append("negation")
    if (names[0] ^ names[1]) - (denied[0] | denied[1]):
        seen.append("finding")
    if denied[0] != denied[1] and not seen:
        seen.append("absence")
    for name in names[0] & names[1]:
        for key in ("laterality", "zone", "severity", "centimeters", "percent"):
            got, asked = ({getattr(i, key) for i in of.present if i.name == name} for of in (found, wanted))
            if got != asked:
                seen.append("side" if key == "laterality" else key)
    return list(dict.fromkeys(seen))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("test", "tuning"), default="test")
    parser.add_argument("--show", action="store_true", help="print what was misread or not understood")
    parser.add_argument("--sentences", type=Path, default=SENTENCES)
    parser.add_argument("--output", type=Path, default=Path("understood.csv"))
    options = parser.parse_args()
    rows = [_of_written(options.sentences, options.half, options.show), *_of_reports(options.half, options.show)]
    with options.output.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)))
        table.writeheader()
        table.writerows(rows)
    print(options.output.read_text(encoding="utf-8"))


def _of_written(path: Path, half: str, show: bool) -> dict[str, object]:
    counts: Counter[str] = Counter()
    said: Counter[str] = Counter()
    for text, wanted in written(path):
        if half_of(text) != half:
            continue
        counts["sentences"] += 1
        kind, found, line = outcome(text)
        if isinstance(wanted, str):
            good = found is None and (wanted != "language" or "this is" in line) and kind != "not understood"
            good = good or (wanted == "language" and "this is" in line)
            counts["rightly refused" if good else "wrongly answered" if found else "refused for another reason"] += 1
            if show and not good:
                print(f"{wanted.upper()}: {text}\n    {found or line}")
            continue
        counts["to be answered"] += 1
        if found is None:
            counts["refused"] += 1
            if show:
                print(f"REFUSED: {text}\n    {line}")
            continue
        counts["answered"] += 1
        wrong = faults(found, wanted)
        for part in wrong:
            counts[f"wrong {part}"] += 1
        names = ({item.name for item in found.present}, {item.name for item in wanted.present})
        said["right"] += len(names[0] & names[1])
        said["said"] += len(names[0])
        said["there"] += len(names[1])
        if show and found != wanted:
            print(f"{'/'.join(wrong) or 'OTHER'}: {text}\n    {found}\n    {wanted}")
        counts["exactly right"] += found == wanted
    row: dict[str, object] = {"text": "sentences written for this", "half": half, **counts}
    row["share understood"] = round((counts["answered"] + counts["rightly refused"]) / max(counts["sentences"], 1), 3)
    misread = sum(counts[f"wrong {part}"] for part in ("side", "negation", "finding"))
    row["share misread"] = round(misread / max(counts["sentences"], 1), 4)
    row["precision of a finding"] = round(said["right"] / max(said["said"], 1), 3)
    return row


def _of_reports(half: str, show: bool) -> Iterator[dict[str, object]]:
    from aurad_monai.datasets.sources.openi import REPORTS, read_reports
    from aurad_monai.datasets.sources.xray_vision import annotation_files
    from aurad_monai.prompts.sections import sections
    from recipes.figures.reports import half_of as half_of_report

    reports = [row for row in read_reports(annotation_files() / REPORTS) if half_of_report(row[0]) == half]
    sentences = [part for row in reports for text in sections(row[1]) for part in _sentences(text)]
    for what, texts in (("Open-I sentences", sentences), ("Open-I reports", [row[1] for row in reports])):
        for rule in (None, "ignore"):
            yield _of_texts(what, half, texts, rule, show and rule is None and what == "Open-I sentences")


def _sentences(text: str) -> Iterator[str]:
    import re

    for part in re.split(r"(?<=[a-z\])])\.(?=\s|$)|\n", text):
        if len(part.split()) > 1:
            yield " ".join(part.split())


def _of_texts(what: str, half: str, texts: list[str], uncertain: str | None, show: bool) -> dict[str, object]:
    counts: Counter[str] = Counter()
    open_words: Counter[str] = Counter()
    slowest, rules = 0.0, PromptRules(uncertain=uncertain)
    for text, times in Counter(texts).items():
        started = time.process_time()
        kind, _, line = outcome(text[:MAX_CHARACTERS], rules)
        slowest = max(slowest, time.process_time() - started)
        counts[kind] += times
        if kind == "known" and "what is there or not" in line:
            counts["of these uncertain"] += times
        if kind == "known" and "known, cannot be" in line:
            counts["of these not drawable"] += times
        if show and kind != "answered":
            open_words[f"{line}  <<{text}>>"] += times
    for line, count in open_words.most_common() if show else ():
        print(count, line)
    row: dict[str, object] = {"text": what + (f", --uncertain {uncertain}" if uncertain else ""), "half": half}
    row |= {"sentences": len(texts), **{key: counts[key] for key in ("answered", "known", "not understood")}}
    row |= {key: counts[key] for key in ("of these uncertain", "of these not drawable")}
    row["share understood"] = round(1 - counts["not understood"] / max(len(texts), 1), 3)
    return row | {"slowest, ms": round(1000 * slowest, 1)}


if __name__ == "__main__":
    main()
