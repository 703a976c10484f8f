# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A blinded reader study as a folder: pictures under neutral names, what readers may know, and the key apart.

In: a run of generated cases and a set of real radiographs. Out: STUDY/study.json (what is asked, served to readers),
STUDY/key.json (the truth, never served), STUDY/pictures and STUDY/outlines as PNG.

Generated and real radiographs go through one picture pipeline (square frame, size, 8 bit, PNG without metadata), so
that nothing but the content tells them apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image

from aurad_monai import vocabulary
from aurad_monai.case import Case
from aurad_monai.errors import InputError
from aurad_monai.files import read_json, whole_file, write_json
from aurad_monai.io.case_set import CaseSet
from aurad_monai.reporting import outline

Part = Literal["training", "study", "outlines"]
PARTS: tuple[Part, ...] = ("training", "study", "outlines")
"""In the order in which a reader meets them: examples with the answer, the blinded study, outlines at the end."""
FORMAT = 1
OUTLINE_EDGE = 1024
"""Edge of the pictures of outlines in pixels, so that lines are thin whatever the size of the masks."""


@dataclass(frozen=True)
class Item:
    """One page of a study, as a reader may know it.

    Args:
        id: neutral name of its picture.
        part: training shows the truth after the answer; outlines ask only whether the outline is useful.
    """

    id: str
    part: Part


@dataclass(frozen=True)
class Truth:
    """What an item really is; readers never see it but in training.

    Args:
        id: of the item.
        kind: generated or real.
        source: name of the case in its set.
        findings: names of the findings that its mask holds.
        repeats: id of the item of which it is the second showing; empty for a first one.
        made: which run a generated one is of.
    """

    id: str
    kind: Literal["generated", "real"]
    source: str
    findings: tuple[str, ...]
    repeats: str = ""
    made: str = ""


@dataclass(frozen=True)
class Study:
    """A study that was opened.

    Args:
        folder: where it lies.
        items: pages in no order; `order` gives that of a reader.
        truths: by id of the item.
        seed: of the choice of cases and of every order.
        pilot: answers are for trying out and stand apart in the report.
    """

    folder: Path
    items: tuple[Item, ...]
    truths: dict[str, Truth]
    seed: int
    pilot: bool = False

    def order(self, reader: str) -> list[Item]:
        """The reader's own order: parts one after the other, random within, second showings in the later half."""
        entropy = [self.seed, *reader.encode("utf-8")]
        rng = np.random.default_rng(entropy)
        shown: list[Item] = []
        for part in PARTS:
            items = [item for item in self.items if item.part == part]
            first = [item for item in items if not self.truths[item.id].repeats]
            again = [item for item in items if self.truths[item.id].repeats]
            first = [first[index] for index in rng.permutation(len(first))]
            half = len(first) // 2
            later = [*first[half:], *again]
            shown += first[:half] + _apart([later[index] for index in rng.permutation(len(later))], self.truths)
        return shown


def _apart(items: list[Item], truths: dict[str, Truth]) -> list[Item]:
    """The same items, none right before or after the one that it shows again."""
    for index in range(1, len(items)):
        pair = {items[index].id, items[index - 1].id}
        if truths[items[index].id].repeats in pair or truths[items[index - 1].id].repeats in pair:
            other = (index + 1) % len(items) if index + 1 < len(items) else 0
            items[index], items[other] = items[other], items[index]
    return items


@dataclass(frozen=True)
class Design:
    """How many of what a new study shows.

    Args:
        count: generated radiographs of each run in the blinded part, and as many real ones.
        repeats: of all of them shown twice, for the agreement of a reader with himself.
        training: examples at the start, half of them generated, with the answer.
        seed: of every choice.
        pilot: mark the study as a trial.
    """

    count: int = 40
    repeats: int = 8
    training: int = 4
    seed: int = 0
    pilot: bool = False


def new_study(folder: Path, made: Mapping[str, CaseSet], real: CaseSet, design: Design) -> Study:
    """Choose cases, write the study.

    Args:
        folder: of the study, which must not exist.
        made: generated cases by the name of their run; of several the report compares them.
        real: real radiographs, read at the edge of the generated ones.
        design: how many of what.

    Raises:
        InputError: the folder exists, or there are fewer readable cases than the design asks for.
    """
    if folder.exists():
        raise InputError("study", folder, "a folder that does not exist", "choose another name")
    rng = np.random.default_rng(design.seed)
    half = design.training - design.training // 2
    examples = {name: half // len(made) + (number < half % len(made)) for number, name in enumerate(made)}
    generated = {name: _chosen(cases, design.count + examples[name], rng, "made") for name, cases in made.items()}
    films = _chosen(real, design.count + design.training // 2, rng, "real")
    edge = next(iter(generated.values()))[0].pixels.shape[-1]
    total = len(films) + sum(map(len, generated.values()))
    names = iter(f"p{number:05d}" for number in rng.permutation(90000)[: 4 * total] + 10000)
    items: list[Item] = []
    truths: dict[str, Truth] = {}

    def show(case: Case, run: str, part: Part, repeats: str = "") -> str:
        name = next(names)
        items.append(Item(name, part))
        truths[name] = Truth(name, "generated" if run else "real", case.id, _findings(case), repeats, run)
        _write_picture(folder / "pictures" / f"{name}.png", case, edge)
        if part == "outlines":
            _write_outline(folder / "outlines" / f"{name}.png", case)
        return name

    shown: list[tuple[str, Case, str]] = []
    for run, cases in (*generated.items(), ("", films)):
        first = examples.get(run, design.training // 2)
        for number, case in enumerate(cases):
            part: Part = "training" if number < first else "study"
            name = show(case, run, part)
            if part == "study":
                shown.append((name, case, run))
    for index in rng.permutation(len(shown))[: design.repeats]:
        name, case, run = shown[index]
        show(case, run, "study", name)
    for _, case, run in shown:
        if case.pathology is not None and case.pathology.any():
            show(case, run, "outlines")
    study = Study(folder, tuple(items), truths, design.seed, design.pilot)
    _write(study)
    return study


def edge_of(cases: CaseSet) -> int:
    """Edge in pixels of the first case that has a picture; InputError where none has one."""
    for index in range(len(cases)):
        image = cases[index].image
        if image is not None:
            return int(image.shape[-1])
    raise InputError("made", "no readable radiograph", "a run with accepted cases", "generate more")


def _chosen(cases: CaseSet, count: int, rng: np.random.Generator, argument: str) -> list[Case]:
    """So many readable cases at random."""
    found: list[Case] = []
    for index in rng.permutation(len(cases)):
        if len(found) == count:
            break
        case = cases[int(index)]
        if case.image is not None and not case.fault:
            found.append(case)
    if len(found) < count:
        raise InputError(
            argument, f"{len(found)} readable radiographs", f"at least {count}", "ask for fewer by --count"
        )
    return found


def _findings(case: Case) -> tuple[str, ...]:
    if case.pathology is None:
        return ()
    return tuple(name for name, mask in zip(vocabulary.FINDING_NAMES, case.pathology, strict=True) if mask.any())


def _write_picture(path: Path, case: Case, edge: int) -> None:
    if case.pixels.shape != (edge, edge):
        allowed = f"{edge} x {edge} pixels, as the first generated one"
        raise InputError("radiograph", f"{case.id} of {case.pixels.shape}", allowed, "use one size for both sets")
    with whole_file(path) as partial:
        Image.fromarray(case.pixels).save(partial)


def _write_outline(path: Path, case: Case) -> None:
    """Outlines of the findings in their colors on a transparent picture."""
    assert case.pathology is not None
    edge = (OUTLINE_EDGE, OUTLINE_EDGE)
    picture = np.zeros((*edge, 4), np.uint8)
    for term, mask in zip(vocabulary.FINDINGS, case.pathology, strict=True):
        if not mask.any():
            continue
        scaled = Image.fromarray(mask.astype(np.uint8) * 255).resize(edge, Image.Resampling.BICUBIC)
        picture[outline(np.asarray(scaled) >= 128)] = (*term.color, 255)
    with whole_file(path) as partial:
        Image.fromarray(picture).save(partial, compress_level=1)


def _write(study: Study) -> None:
    write_json(study.folder / "key.json", [asdict(truth) for truth in study.truths.values()], indent=1)
    content = {
        "format": FORMAT,
        "seed": study.seed,
        "pilot": study.pilot,
        "items": [asdict(item) for item in sorted(study.items, key=lambda item: item.id)],
    }
    write_json(study.folder / "study.json", content, indent=1)


def open_study(folder: Path) -> Study:
    """Open a study that was written by `new_study`.

    Raises:
        InputError: the folder holds none, or its files do not belong together.
    """
    content, key = (_read(folder / name) for name in ("study.json", "key.json"))
    try:
        items = tuple(Item(str(item["id"]), _part(item["part"])) for item in content["items"])
        truths = {truth.id: truth for truth in _truths(key)}
        study = Study(folder, items, truths, int(content["seed"]), bool(content["pilot"]))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError("study", folder, "a folder that aurad readers new wrote", "make a new one") from error
    if {item.id for item in study.items} != set(study.truths):
        raise InputError("study", folder, "study.json and key.json of one study", "make a new one")
    return study


def _part(value: str) -> Part:
    if value not in PARTS:
        raise ValueError(f"no part {value}")
    return PARTS[PARTS.index(value)]


def _truths(key: Sequence[dict[str, Any]]) -> Iterator[Truth]:
    for line in key:
        kind: Literal["generated", "real"] = "generated" if line["kind"] == "generated" else "real"
        run = str(line.get("made", ""))  # studies of earlier versions had one
        yield Truth(str(line["id"]), kind, str(line["source"]), tuple(line["findings"]), str(line["repeats"]), run)


def _read(path: Path) -> Any:
    try:
        return read_json(path)
    except (OSError, ValueError) as error:
        raise InputError("study", path.parent, "a folder that aurad readers new wrote", "see aurad readers") from error
