# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Power of every check of the filter, on real radiographs of validation and on generated pairs of one seed.

    python -m recipes.figures.filter_power power --marked MARKED --triples DATA/pairs --train DATA/cxr \\
        --pairs RUNS/pairs --output docs/results/filter_power.csv [--only findings] [--write]
    python -m recipes.figures.filter_power kept --triples DATA/pairs:validation:boxed,normal --output KEPT.csv

In: readers' marks (`recipes.experts.calibration_set`), real triples (`recipes.default_data pairs`), training images,
pairs (`recipes.figures.same_seed_pairs`). Out: a row a check and set: share of wrong cases that the check alone rejects
(sensitivity), share of right ones it keeps (specificity), and numbers of cases; `--write` puts them into config and
card of the filter bundle, where they decide which checks judge. A finding that is asked for is wrong on a picture
without it: a real one read as without it, or that of the same seed made without it. `kept` counts real triples that the
whole filter keeps.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import fire
import numpy as np
import torch
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.case import Case
from aurad_monai.files import whole_file, write_json
from aurad_monai.filtering import corruptions, self_test
from aurad_monai.filtering.criteria.criterion import CriterionResult, ExpertPredictions
from aurad_monai.filtering.memorization.kept_images import KeptImages
from aurad_monai.filtering.other_body_parts import BODY_PARTS
from aurad_monai.filtering.power import SETS, PowerTable, nest
from aurad_monai.filtering.verdict import ExpertFilter
from aurad_monai.generation.pipeline import FILTER_BUNDLE
from aurad_monai.io.case_set import has_masks, open_cases
from aurad_monai.io.datalist import load_channels, load_image, read_datalist
from aurad_monai.io.resize import case_at_most, image_at_most
from aurad_monai.prompts.finding import ClinicalFindings, Finding
from aurad_monai.reporting import markdown_table
from aurad_monai.statistics import wilson
from recipes.figures.same_seed_pairs import read_pairs

COLUMNS = ("check", "set", "sensitivity", "wrong cases", "specificity", "right cases")
FAULTS: dict[str, tuple[str, ...]] = {
    "frontal_radiograph": ("blank", "saturated"),
    "radiograph_quality": ("blurred", "noise"),
    "orientation": ("rotated by 90", "rotated by 180", "inverted", "photograph"),
    "anatomy_agreement": ("side flipped",),
}
"""Faults of an image that a check is there for."""
FINDING_CHECKS = ("finding_detected", "finding_absent")
BATCH = 8
DECIDED = 40
"""Marks on validation radiographs from which on they alone decide."""
LEAST = 30
"""So many radiographs without a finding are looked at at least."""
MARKS = ("<!-- power -->", "<!-- /power -->")
"""Around the table in the card."""


@dataclass
class Row:
    """Counts of one check in one set."""

    wrong: int = 0
    rejected: int = 0
    right: int = 0
    kept: int = 0

    def add(self, passed: bool | None, is_right: bool) -> None:
        """Count a case; None where the check could not be made, which counts for nothing."""
        if passed is not None and is_right:
            self.right, self.kept = self.right + 1, self.kept + passed
        elif passed is not None:
            self.wrong, self.rejected = self.wrong + 1, self.rejected + (not passed)

    def shares(self) -> dict[str, Any] | None:
        """As the bundle has them; None where a side is empty."""
        if not self.wrong or not self.right:
            return None
        shares = {"sensitivity": self.rejected / self.wrong, "specificity": self.kept / self.right}
        return {**{name: round(value, 4) for name, value in shares.items()}, "wrong": self.wrong, "right": self.right}


class Table:
    """Counts by check and set."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Row] = {}

    def add(self, check: str, where: str, results: Iterable[CriterionResult], is_right: bool) -> None:
        """Count what a check says of a case."""
        judged = [item.passed for item in results if item.evaluated]
        row = self.rows.setdefault((check, where), Row())
        row.add(all(judged) if judged else None, is_right)

    def measured(self) -> dict[str, dict[str, Any]]:
        """As the bundle has it: check to set to shares."""
        checks = sorted({check for check, _ in self.rows})
        return {check: {where: self.rows.get((check, where), Row()).shares() for where in SETS} for check in checks}


class Look(NamedTuple):
    """A picture of the size that is judged, and what the findings expert sees in it."""

    image: Any
    seen: ExpertPredictions


class Judge:
    """The criteria of a filter one by one, without what they have shown so far, on cases of the size it judges.

    Args:
        expert_filter: of an opened bundle.
    """

    def __init__(self, expert_filter: ExpertFilter) -> None:
        self.filter = expert_filter
        self.filter.power = None
        everything: tuple[Any, ...] = (
            *expert_filter.mask_criteria,
            *expert_filter.image_criteria,
            *expert_filter.run_criteria,
        )
        self.criteria: dict[str, Any] = {item.name: item for item in everything}

    def look(self, images: Sequence[Any]) -> list[Look]:
        """Of the findings expert alone."""
        found: list[Look] = []
        for start in tqdm(range(0, len(images), BATCH), desc="findings expert"):
            batch = [image_at_most(image, self.filter.size) for image in images[start : start + BATCH]]
            maps = self.filter.findings_expert(np.stack(batch))
            scores = self.filter.findings_expert.scores(maps)
            anatomy = np.zeros((3, *maps.shape[-2:]), np.uint8)
            seen = (ExpertPredictions(anatomy, *both) for both in zip(maps, scores, strict=True))
            found += [Look(*both) for both in zip(batch, seen, strict=True)]
        return found

    def seen(self, image: Any) -> ExpertPredictions:
        """Of the anatomy expert alone."""
        return self.filter.gate.see(image_at_most(image, self.filter.size)[None])[0]

    def results(self, name: str, case: Case) -> list[CriterionResult]:
        """Of a criterion that no finding matters to."""
        criterion, case = self.criteria[name], case_at_most(case, self.filter.size)
        if hasattr(criterion, "evaluate_masks"):
            return list(criterion.evaluate_masks(case))
        return list(criterion.evaluate(case, self.seen(case.image)))


def asked(name: str, case: Case, present: bool = True) -> Case:
    """The case with nothing said but that a finding is there, or is not."""
    said = ClinicalFindings((Finding(name, present=present),))
    assert case.pathology is not None  # readers' marks, or those of a pair
    masks = case.pathology if present else np.zeros_like(case.pathology)
    return replace(case, requested=said, resolved=said, pathology=masks)


def findings_of(judge: Judge, name: str, case: Case, look: Look, present: bool) -> list[CriterionResult]:
    """What the check of a finding, present or declared absent, says of a mask and a picture."""
    criterion, seen = judge.criteria["finding_detected" if present else "finding_absent"], look.seen
    said = case_at_most(asked(name, case, present), judge.filter.size)
    if present:
        assert said.pathology is not None  # `asked` sees to it
        seen = replace(seen, marked=judge.filter.marked_expert(look.image[None], said.pathology[None])[0])
    return [item for item in criterion.evaluate(said, seen) if item.finding == name]


def read_unseen(path: str) -> dict[str, Row]:
    """By finding, of the table that `recipes.experts.marked fit` leaves."""
    if not path:
        return {}
    with Path(path).open(encoding="utf-8", newline="") as lines:
        return {
            row["finding"]: Row(*(int(row[key]) for key in ("wrong", "rejected", "right", "kept")))
            for row in csv.DictReader(lines)
        }


def real_findings(judge: Judge, folder: str, table: Table, names: Sequence[str], unseen: Mapping[str, Row]) -> None:
    """Readers' marks on their own radiographs and on others read as without the finding.

    Of a finding that fewer than `DECIDED` validation radiographs show, `finding_detected` is what regressions say that
    knew neither film nor mark.
    """
    listed = read_datalist(folder, "validation")
    masks = [load_channels(Path(case["pathology"])) for case in listed]
    sides = {name: _sides(listed, masks, name) for name in names}
    few = {name for name, (with_it, _) in sides.items() if name in unseen and len(with_it) < DECIDED}
    table.rows |= {(f"finding_detected.{name}", "real"): unseen[name] for name in few}
    needed = sorted({index for both in sides.values() for side in both for index in side})
    images = {index: load_image(Path(listed[index]["image"])) for index in needed}
    seen = dict(zip(needed, judge.look(list(images.values())), strict=True))
    for name, (with_it, without) in sides.items():
        for turn, index in enumerate(with_it):
            case = Case(listed[index]["id"], image=images[index], pathology=masks[index])
            table.add(f"finding_absent.{name}", "real", findings_of(judge, name, case, seen[index], False), False)
            if name in few:
                continue
            table.add(f"finding_detected.{name}", "real", findings_of(judge, name, case, seen[index], True), True)
            if without:
                other = seen[without[turn % len(without)]]
                table.add(f"finding_detected.{name}", "real", findings_of(judge, name, case, other, True), False)
        for index in without:
            case = Case(listed[index]["id"], image=images[index], pathology=masks[index])
            table.add(f"finding_absent.{name}", "real", findings_of(judge, name, case, seen[index], False), True)


def _sides(listed: Sequence[Mapping[str, Any]], masks: Sequence[Any], name: str) -> tuple[list[int], list[int]]:
    """Radiographs with marks of a finding, and those read as without it."""
    drawn = [bool(mask[vocabulary.channel(name)].any()) for mask in masks]
    with_it = [index for index, shown in enumerate(drawn) if shown]
    without = [index for index, shown in enumerate(drawn) if not shown and listed[index].get("kind") != "boxed"]
    return with_it, without[: max(len(with_it), LEAST)]


def generated_findings(judge: Judge, folder: str, table: Table, names: Sequence[str]) -> None:
    """Pairs of one seed, with and without the finding."""
    for name in names:
        pairs = list(read_pairs(folder, name))
        if not pairs:
            continue
        seen = judge.look([picture for pair in pairs for picture in (pair.with_it, pair.without)])
        for pair, with_it, without in zip(pairs, seen[::2], seen[1::2], strict=True):
            for picture, right in ((with_it, True), (without, False)):
                found = findings_of(judge, name, pair.case(), picture, True)
                table.add(f"finding_detected.{name}", "generated", found, right)
                found = findings_of(judge, name, pair.absent(), picture, False)
                table.add(f"finding_absent.{name}", "generated", found, not right)


def planted(judge: Judge, cases: Sequence[Case], copies: Sequence[Case], where: str, table: Table) -> None:
    """Cases as they are, and with the faults that each of the other checks is there for."""
    rng = np.random.default_rng(0)
    corrupted: dict[str, Callable[[Any, np.random.Generator], Any]] = dict(self_test.IMAGE_FAULTS)
    for number, case in enumerate(tqdm(cases, desc=f"faults, {where}")):
        for name in (*FAULTS, "plausible_location"):
            table.add(name, where, judge.results(name, case), True)
        for name, faults in FAULTS.items():
            fault = faults[number % len(faults)]
            wrong = replace(case, image=corrupted[fault](case.image, rng))
            table.add(name, where, judge.results(name, wrong), False)
        other = cases[(number + len(cases) // 2) % len(cases)]
        table.add(
            "anatomy_agreement", where, judge.results("anatomy_agreement", replace(case, anatomy=other.anatomy)), False
        )
        prompt = self_test.another_prompt(case, rng)
        table.add("plausible_location", where, judge.results("plausible_location", prompt), False)
        part = list(BODY_PARTS.values())[number % len(BODY_PARTS)]
        drawn = replace(case, image=part(case.image.shape[-1], rng))
        table.add("orientation", where, judge.results("orientation", drawn), False)
    copied(judge, cases, copies, where, table)
    repeats(judge, cases, where, table, rng)


def copied(judge: Judge, cases: Sequence[Case], copies: Sequence[Case], where: str, table: Table) -> None:
    """Cases as they are, and training images of the index in disguise."""
    rng = np.random.default_rng(0)
    for case in cases:
        table.add("memorization", where, judge.results("memorization", case), True)
    for number, case in enumerate(tqdm(copies, desc=f"copies, {where}")):
        change = list(corruptions.COPIES.values())[number % len(corruptions.COPIES)]
        copy = replace(case, image=change(case.image, rng))
        table.add("memorization", where, judge.results("memorization", copy), False)


def repeats(judge: Judge, cases: Sequence[Case], where: str, table: Table, rng: np.random.Generator) -> None:
    """Every image once, then every image again, stored with loss."""
    criterion, kept = judge.criteria["near_duplicate"], KeptImages()
    again = [
        replace(case, id=f"{case.id}_again", image=corruptions.COPIES["reencoded"](case.image, rng)) for case in cases
    ]
    for case, right in [*((case, True) for case in cases), *((case, False) for case in again)]:
        small = case_at_most(case, judge.filter.size)
        found = criterion.evaluate_in_run(small, judge.seen(case.image), kept, right)
        table.add(criterion.name, where, found, right)


def chosen(name: str, count: int, section: str = "validation") -> Iterator[Case]:
    """Some cases of a set, at random, those with masks with the prompt that describes them."""
    cases = open_cases(name, section)
    for index in np.random.default_rng(0).permutation(len(cases))[:count]:
        case = self_test.complete(cases[int(index)])
        if case.image is not None:
            yield case


def kept(triples: str, output: str, cases: int = 1000, bundle: str = "", threads: int = 1) -> None:
    """What the whole filter keeps of real triples, and which checks reject the others: a row a check.

    Args:
        triples: a set, such as DATA/pairs:validation:boxed,normal.
        output: the table to be.
        cases: at most so many.
        bundle: another filter bundle than the shipped one.
        threads: of torch.
    """
    torch.set_num_threads(threads)
    root = Path(bundle) if bundle else bundles_root() / FILTER_BUNDLE
    expert_filter, rejected, total = open_bundle(root, device="cpu").get("filter"), Counter[str](), 0
    lost = 0
    for case in tqdm(chosen(triples, cases), desc="cases", mininterval=5):
        total += 1
        results = [*expert_filter.evaluate_masks(case), *expert_filter.evaluate([case])[0]]
        failed = {item.criterion for item in results if not item.passed}
        rejected.update(failed)
        lost += bool(failed)
        if failed:
            scores = ", ".join(f"{item.criterion} {item.score:.3f}" for item in results if not item.passed)
            print(f"{case.id}: {scores}", flush=True)
    low, high = wilson(total - lost, total)
    share = (total - lost, total, *(round(value, 3) for value in ((total - lost) / total, low, high)))
    rows = [("all", *share), *((name, number, total, "", "", "") for name, number in rejected.most_common())]
    with whole_file(Path(output)) as part, part.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("kept, or rejected by", "cases", "of", "share", "low", "high"), *rows])
    print(Path(output).read_text(encoding="utf-8"))


def power(
    output: str,
    marked: str = "",
    triples: str = "",
    train: str = "",
    pairs: str = "",
    cases: int = 60,
    only: str = "",
    findings: str | tuple[str, ...] = "",
    write: bool = False,
    unseen: str = "",
    bundle: str = "",
    threads: int = 1,
) -> None:
    """Measure, write the table, and with `write` config and card of the bundle.

    Args:
        output: the table to be; checks that are not measured now keep their rows.
        marked: readers' marks.
        triples: real cases with masks.
        train: training images.
        pairs: generated pairs.
        cases: so many of each for the checks that are not of a finding.
        only: findings, memorization, or others (with memorization): the checks to measure; all by default.
        findings: those to measure; all by default.
        write: into the bundle too.
        unseen: FILE.power.csv of the fit of the expert for marked places.
        bundle: another filter bundle than the shipped one.
        threads: of torch.
    """
    torch.set_num_threads(threads)
    root = Path(bundle) if bundle else bundles_root() / FILTER_BUNDLE
    judge, table = Judge(open_bundle(root, device="cpu").get("filter")), Table()
    if only in ("", "findings"):
        asked = findings.split(",") if isinstance(findings, str) else findings  # fire makes a tuple of commas
        names = [name for name in asked if name] or vocabulary.FINDING_NAMES
        real_findings(judge, marked, table, names, read_unseen(unseen))
        generated_findings(judge, pairs, table, names)
    if only in ("", "others", "memorization"):
        known = set(judge.criteria["memorization"].index.ids)
        copies = [case for case in chosen(f"{train}:training", 20 * cases) if case.id in known][:cases]
        real = [case for case in chosen(f"{triples}:validation:boxed,normal", cases) if has_masks(case)]
        measure = copied if only == "memorization" else planted
        measure(judge, real, copies, "real", table)
        measure(judge, some_pairs(pairs, cases), copies, "generated", table)
    checks = (f"{check}.{name}" for check in FINDING_CHECKS for name in vocabulary.FINDING_NAMES)
    measured = {**{check: dict.fromkeys(SETS) for check in checks}, **earlier(Path(output)), **table.measured()}
    rows = [(check, where, *cells(shares)) for check, sets in measured.items() for where, shares in sets.items()]
    with whole_file(Path(output)) as part, part.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([COLUMNS, *sorted(rows)])
    print(Path(output).read_text(encoding="utf-8"))
    if write:
        write_power(root, dict(sorted(measured.items())))


def some_pairs(folder: str, count: int) -> list[Case]:
    """Generated cases with their findings, at random."""
    made = [pair.case() for name in vocabulary.FINDING_NAMES for pair in read_pairs(folder, name)]
    return [made[i] for i in np.random.default_rng(0).permutation(len(made))[:count]]


def earlier(path: Path) -> dict[str, dict[str, Any]]:
    """What a table from before says, as the bundle has it."""
    found: dict[str, dict[str, Any]] = {}
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                known = {"sensitivity": float, "wrong": int, "specificity": float, "right": int}
                values = [row["sensitivity"], row["wrong cases"], row["specificity"], row["right cases"]]
                read = {name: kind(value) for (name, kind), value in zip(known.items(), values, strict=True) if value}
                found.setdefault(row["check"], {})[row["set"]] = read or None
    return found


def write_power(root: Path, measured: dict[str, dict[str, Any]]) -> None:
    """Into the config of a filter bundle and between the marks of its card."""
    path, card = root / "configs" / "inference.json", root / "docs" / "README.md"
    config = json.loads(path.read_text(encoding="utf-8"))
    write_json(path, {**config, "power": nest(measured)}, indent=4)
    known = PowerTable(nest(measured), config["power_needed"])
    rows = [
        (f"`{check}`", where, *_shown(shares), "no" if known.lacking(check) else "yes")
        for check, sets in measured.items()
        for where, shares in sets.items()
    ]
    head = ("check", "set", "rejects of wrong cases", "keeps of right cases", "judges")
    before, after = (
        card.read_text(encoding="utf-8").split(MARKS[0])[0],
        card.read_text(encoding="utf-8").split(MARKS[1])[1],
    )
    text = "\n".join([MARKS[0], *markdown_table(head, rows), MARKS[1]])
    with whole_file(card) as part:
        part.write_text(before + text + after, encoding="utf-8")
    print("\n".join(f"{check}: {known.lacking(check) or 'judges'}" for check in measured))


def _shown(shares: dict[str, Any] | None) -> tuple[str, str]:
    if shares is None:
        return "", ""
    return f"{shares['sensitivity']:.2f} of {shares['wrong']}", f"{shares['specificity']:.2f} of {shares['right']}"


def cells(shares: dict[str, Any] | None) -> tuple[Any, ...]:
    """Of the table; empty where nothing could be measured."""
    if shares is None:
        return ("", "", "", "")
    return shares["sensitivity"], shares["wrong"], shares["specificity"], shares["right"]


if __name__ == "__main__":
    fire.Fire({"power": power, "kept": kept})
