# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A site's radiographs become a training set: decoded, segmented, described, split by patient, written as they come.

Work is kept in `cases.jsonl`, a line a radiograph written after its files, so that a run that was stopped goes on where
it was; `datalist.json` appears when all are done.
"""

from __future__ import annotations

import io
import itertools
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from monai.data import DataLoader, Dataset
from tqdm import tqdm

from aurad_monai.datasets import quality, sources
from aurad_monai.datasets.case_findings import case_findings
from aurad_monai.datasets.chexmask import CheXmask
from aurad_monai.datasets.experts import BUILT_IN, Experts, Seen
from aurad_monai.datasets.own_ids import with_own_ids
from aurad_monai.datasets.pseudo_masks import anatomy_masks, pathology_masks
from aurad_monai.datasets.read_record import Decoded, ReadRecord
from aurad_monai.datasets.sources.record import Record, passed_over
from aurad_monai.errors import InputError
from aurad_monai.files import locked, read_bounded, read_json, write_text
from aurad_monai.filtering.gate import WORDS, Objection
from aurad_monai.io.datalist import save_channels, save_image, write_datalist
from aurad_monai.io.find_files import PassedOver
from aurad_monai.io.find_files import describe as describe_passed_over
from aurad_monai.io.split import section_of
from aurad_monai.prompts.describe import describe
from aurad_monai.safe_text import TableWriter

Line = dict[str, Any]
CASES = "cases.jsonl"
SETTINGS = "prepare.json"
PASSED_OVER = "passed_over.csv"
LOCK = ".lock"
DROP, FLAG = "drop", "flag"
TIMING = "timing"
BOOKKEEPING = (TIMING, "refused", "reason", "bytes", "section", "by_experts", "open")
"""Keys of a line that are not part of the datalist."""


@dataclass(frozen=True)
class Settings:
    """What a prepared folder was made with; a run that goes on must have the same.

    Args:
        source: one of `aurad_monai.datasets.sources.SOURCES`.
        root: its folder.
        size: edge of the frame in pixels.
        val_share: share of patients for validation.
        chexmask: table of CheXmask, or empty.
        limit: only so many radiographs, 0 for all.
        anatomy_expert: who segments lungs and heart, built_in or pspnet.
        findings_expert: who says which findings are there, built_in or a classifier of torchxrayvision.
        findings_by_experts: whether findings that no label speaks of are those that the findings expert is sure of.
        gate: what becomes of a radiograph that is no upright frontal chest film of an adult: drop or flag.
        uncertain: what "possible" in a report makes of a finding: present, absent, or ignore, which leaves it unknown.
    """

    source: str
    root: str
    size: int = 256
    val_share: float = 0.1
    chexmask: str = ""
    limit: int = 0
    anatomy_expert: str = BUILT_IN
    findings_expert: str = BUILT_IN
    findings_by_experts: bool = False
    gate: str = "drop"
    uncertain: str = "ignore"


def prepare(settings: Settings, output: Path, experts: Experts, batch_size: int = 8, workers: int = 0) -> list[Line]:
    """Write a training set, or go on with one.

    Args:
        settings: what to prepare.
        output: the folder; new, or left by an earlier run of the same settings.
        experts: who segments.
        batch_size: radiographs they look at at once.
        workers: processes that decode; 0 decodes in this one.

    Returns:
        A line for each radiograph, used or refused.

    Raises:
        InputError: the source cannot be read, or the folder was made with other settings.
    """
    with passed_over() as notes:
        listed = list(itertools.islice(sources.records(settings.source, settings.root), settings.limit or None))
    if not listed:
        held = f"{settings.root} ({describe_passed_over(notes)})" if notes else settings.root
        raise InputError("root", held, f"images listed by {settings.source}", "see docs/reference/prepare.md")
    _check_ids(listed)
    chexmask = CheXmask(settings.chexmask) if settings.chexmask else None
    output.mkdir(parents=True, exist_ok=True)
    _check_new(output, settings)
    with locked(output / LOCK, output):
        return _go_on(settings, output, experts, _Work(listed, notes, chexmask, batch_size, workers))


@dataclass(frozen=True)
class _Work:
    """What there is to do, and with what: arguments of `prepare`."""

    listed: Sequence[Record]
    passed_over: Sequence[PassedOver]
    chexmask: CheXmask | None
    batch_size: int
    workers: int


def _go_on(settings: Settings, output: Path, experts: Experts, work: _Work) -> list[Line]:
    lines = _open(output, settings)
    listed = with_own_ids(work.listed, settings.source, output, bool(lines))
    _write_passed_over(output, work.passed_over)
    refused = {line["id"] for line in lines if "refused" in line}  # by the name that the source gives
    done = {line["id"] for line in lines if "refused" not in line}
    todo = [record for record in listed if record.id not in done and record.name not in refused]
    batches = DataLoader(
        Dataset(todo, ReadRecord(settings.size, work.chexmask, settings.uncertain)),
        batch_size=work.batch_size,
        num_workers=work.workers,
        collate_fn=list,
    )
    with (output / CASES).open("a", encoding="utf-8") as stream, _bar(len(listed), len(done)) as bar:
        for batch in batches:
            for line in _batch(batch, output, settings, experts):
                stream.write(json.dumps(line) + "\n")
                lines.append(line)
                bar.update()
            stream.flush()
    _write_datalist(output, lines)
    return lines


def _bar(total: int, done: int) -> Any:
    return tqdm(total=total, initial=done, desc="radiographs", mininterval=2)


def _check_ids(listed: Sequence[Record]) -> None:
    seen: dict[str, Record] = {}
    for record in listed:
        first = seen.setdefault(record.id.casefold(), record)  # some disks do not tell A from a
        if first is not record:
            allowed = "images with names of their own"
            raise InputError("root", record.image, allowed, f"{first.image} has that id, too: rename one", "id twice")


def _write_passed_over(output: Path, notes: Sequence[PassedOver]) -> None:
    """passed_over.csv: every file and row that is not used, with the reason; no file where all are."""
    if notes:
        text = io.StringIO()
        TableWriter(text).writerows([("name", "reason"), *((item.name, item.reason) for item in notes)])
        write_text(output / PASSED_OVER, text.getvalue())


def _open(output: Path, settings: Settings) -> list[Line]:
    """The lines of an earlier run of the same settings."""
    _check_new(output, settings)
    (output / SETTINGS).write_text(json.dumps(asdict(settings), indent=2), encoding="utf-8")
    return list(_whole_lines(output / CASES))


def _check_new(output: Path, settings: Settings) -> None:
    """Make sure that a folder is empty, or of the same settings."""
    kept, asked = output / SETTINGS, asdict(settings)
    if kept.is_file():
        earlier = _settings(kept)
        other = [name for name in asked if earlier.get(name, getattr(Settings, name, None)) != asked[name]]
        if other:
            said = ", ".join(f"{name}={earlier.get(name)}" for name in other)
            raise InputError("output", output, f"a folder prepared with the same settings ({said})", "name a new one")
    elif any(path.name != LOCK for path in output.iterdir()):
        raise InputError("output", output, "a new or empty folder, or one to go on with", "name another")


def _settings(path: Path) -> dict[str, Any]:
    try:
        content = read_json(path)
        if not isinstance(content, dict):
            raise ValueError("no JSON object")
    except (OSError, ValueError) as error:
        raise InputError("output", path, f"the settings of a prepared folder ({error})", "name a new one") from error
    return content


def _whole_lines(path: Path) -> Iterator[Line]:
    """Lines that were written to their end; what a killed run left of the last one is cut off."""
    if not path.is_file():
        return
    content = read_bounded(path)
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        path.write_bytes(whole)
    for line in whole.splitlines():
        yield json.loads(line)


def _batch(batch: Sequence[Decoded], output: Path, settings: Settings, experts: Experts) -> Iterator[Line]:
    usable = [decoded for decoded in batch if not decoded.refused]
    predicted: dict[str, Seen] = {}
    seconds = 0.0
    if usable:
        started = time.perf_counter()
        seen = experts.look(np.stack([decoded.image for decoded in usable]))
        seconds = (time.perf_counter() - started) / len(usable)
        predicted = {decoded.record.id: predictions for decoded, predictions in zip(usable, seen, strict=True)}
    for decoded in batch:
        if decoded.refused:
            yield {"id": decoded.record.name, "refused": decoded.refused, "reason": decoded.reason}
        else:
            yield _case(decoded, predicted[decoded.record.id], output, settings, experts) | {TIMING: round(seconds, 4)}


def _case(decoded: Decoded, seen: Seen, output: Path, settings: Settings, experts: Experts) -> Line:
    """Write the files of a radiograph; returns its line."""
    record, predictions = decoded.record, seen.predictions
    odd = quality.flags(decoded.image, predictions, decoded.tags.burned_in)
    against = experts.gate.objections(decoded.image, seen.gate, decoded.tags, record.age, record.view)
    if decoded.structures:  # somebody drew the lungs, so they are there
        against = [item for item in against if item.name not in quality.FATAL]
    elif set(odd) & set(quality.FATAL) and not against:
        against = [Objection("smaller_lung", WORDS["smaller_lung"])]
    if against and (settings.gate == DROP or set(odd) & set(quality.FATAL)):
        return {
            "id": record.name,
            "refused": against[0].reason,
            "reason": against[0].reason,
            "objection": against[0].name,
        }
    odd = list(dict.fromkeys([*odd, *(item.name for item in against)]))
    anatomy = anatomy_masks(predictions.anatomy, decoded.structures)
    sure = experts.sure if settings.findings_by_experts else {}
    made = pathology_masks(
        decoded.labels, decoded.drawn, decoded.image[0], anatomy, predictions.maps, predictions.scores, sure
    )
    known = bool(decoded.labels or decoded.drawn or decoded.stated.findings or sure)
    findings = case_findings(decoded, made, anatomy)
    files = {"image": f"images/{record.id}.png", "anatomy": f"anatomy/{record.id}.nii.gz"}
    save_image(output / files["image"], np.rint(decoded.image[0] * 255).astype(np.uint8))
    save_channels(output / files["anatomy"], anatomy, decoded.spacing)
    if made.complete and known:
        files["pathology"] = f"pathology/{record.id}.nii.gz"
        save_channels(output / files["pathology"], made.pathology, decoded.spacing)
    patient = {"view": findings.view, "sex": findings.sex, "age": findings.age}
    return {
        "id": record.id,
        **files,
        **{key: value for key, value in patient.items() if value is not None},
        "prompt": describe(findings),
        "findings": [asdict(item) for item in findings.findings],
        "masks": dict(made.origin),
        "flags": odd,
        **(
            {"open": [name for name in sure if name not in decoded.labels], "by_experts": list(made.unasked)}
            if sure
            else {}
        ),
        **({"spacing": decoded.spacing} if decoded.spacing else {}),
        "section": section_of(record.patient, settings.val_share),
        "bytes": sum((output / file).stat().st_size for file in files.values()),
    }


def _write_datalist(output: Path, lines: Sequence[Line]) -> None:
    cases: dict[str, list[Line]] = {"training": [], "validation": []}
    for line in sorted(lines, key=lambda line: str(line["id"])):
        if "refused" not in line:
            cases[line["section"]].append({key: value for key, value in line.items() if key not in BOOKKEEPING})
    write_datalist(output, cases["training"], cases["validation"])
