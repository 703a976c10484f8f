# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A site's radiographs become a training set: decoded, segmented, described, split by patient, written as they come.

Work is kept in `cases.jsonl`, a line a radiograph written after its files, so that a run that was stopped goes on where
it was; `datalist.json` appears when all are done.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from monai.data import DataLoader, Dataset
from tqdm import tqdm

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.datasets import quality, sources
from aurad_monai.datasets.case_findings import case_findings
from aurad_monai.datasets.chexmask import CheXmask
from aurad_monai.datasets.pseudo_masks import anatomy_masks, pathology_masks
from aurad_monai.datasets.read_record import Decoded, ReadRecord
from aurad_monai.datasets.sources.record import Record
from aurad_monai.errors import InputError
from aurad_monai.experts.findings import FindingsExpert
from aurad_monai.experts.published_anatomy import PSPNetExpert
from aurad_monai.experts.xrayvision import XrayVisionExpert
from aurad_monai.filtering.criteria.criterion import ExpertPredictions
from aurad_monai.io.datalist import save_channels, save_image, write_datalist
from aurad_monai.io.split import section_of
from aurad_monai.prompts.describe import describe

Line = dict[str, Any]
CASES = "cases.jsonl"
SETTINGS = "prepare.json"
TIMING = "timing"
BUILT_IN = "built_in"
BOOKKEEPING = (TIMING, "refused", "bytes", "section")
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
    """

    source: str
    root: str
    size: int = 256
    val_share: float = 0.1
    chexmask: str = ""
    limit: int = 0
    anatomy_expert: str = BUILT_IN
    findings_expert: str = BUILT_IN


@dataclass(frozen=True)
class Experts:
    """Who looks at the radiographs.

    Args:
        anatomy: segments lungs and cardiomediastinum.
        findings: says where each finding is.
        presence: says which findings are there, in the place of the former where it knows one.
    """

    anatomy: Callable[[npt.NDArray[np.float32]], npt.NDArray[np.uint8]]
    findings: FindingsExpert
    presence: XrayVisionExpert | None = None

    @classmethod
    def from_bundle(
        cls, bundle_root: str | Path, device: str = "cpu", anatomy: str = BUILT_IN, findings: str = BUILT_IN
    ) -> Experts:
        """The experts of a filter bundle, with those of torchxrayvision in their place where they are named.

        Raises:
            InputError: no such expert, or its weights are not in the user's cache.
        """
        import torch

        bundle = open_bundle(bundle_root, device=torch.device(device))
        return cls(
            bundle.get("anatomy_expert") if anatomy == BUILT_IN else _published_anatomy(anatomy, device),
            bundle.get("findings_expert"),
            None if findings == BUILT_IN else XrayVisionExpert(findings, device=device),
        )

    def look(self, images: npt.NDArray[np.float32]) -> list[ExpertPredictions]:
        """What they see in images (B, 1, H, W)."""
        anatomy, maps = self.anatomy(images), self.findings(images)
        scores = self.findings.scores(maps)
        if self.presence:
            said = self.presence(images)
            scores = np.where(np.isnan(said), scores, said)
        return [ExpertPredictions(*seen) for seen in zip(anatomy, maps, scores, strict=True)]


def _published_anatomy(name: str, device: str) -> PSPNetExpert:
    if name != "pspnet":  # CXAS is for uses that are not commercial only, so it is no flag away
        raise InputError("anatomy_expert", name, f"{BUILT_IN}, pspnet", "see docs/reference/prepare.md")
    return PSPNetExpert(device=device)


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
    found = sources.records(settings.source, settings.root)
    first = next(found, None)
    if first is None:
        raise InputError("root", settings.root, f"images listed by {settings.source}", "see docs/reference/prepare.md")
    listed = list(itertools.islice(itertools.chain([first], found), settings.limit or None))
    _check_ids(listed)
    chexmask = CheXmask(settings.chexmask) if settings.chexmask else None
    lines = _open(output, settings)
    done = {line["id"] for line in lines}
    todo = [record for record in listed if record.id not in done]
    batches = DataLoader(
        Dataset(todo, ReadRecord(settings.size, chexmask)),
        batch_size=batch_size,
        num_workers=workers,
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
    seen: set[str] = set()
    for record in listed:
        if record.id in seen:
            raise InputError("root", record.image, "images with names of their own", f"{record.id} is there twice")
        seen.add(record.id)


def _open(output: Path, settings: Settings) -> list[Line]:
    """The lines of an earlier run of the same settings; the folder is made where there is none."""
    output.mkdir(parents=True, exist_ok=True)
    kept, asked = output / SETTINGS, asdict(settings)
    if kept.is_file():
        earlier = json.loads(kept.read_text(encoding="utf-8"))
        other = [name for name in asked if earlier.get(name, getattr(Settings, name, None)) != asked[name]]
        if other:
            said = ", ".join(f"{name}={earlier.get(name)}" for name in other)
            raise InputError("output", output, f"a folder prepared with the same settings ({said})", "name a new one")
    elif any(output.iterdir()):
        raise InputError("output", output, "a new or empty folder, or one to go on with", "name another")
    kept.write_text(json.dumps(asked, indent=2), encoding="utf-8")
    return list(_whole_lines(output / CASES))


def _whole_lines(path: Path) -> Iterator[Line]:
    """Lines that were written to their end; what a killed run left of the last one is cut off."""
    if not path.is_file():
        return
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        path.write_bytes(whole)
    for line in whole.splitlines():
        yield json.loads(line)


def _batch(batch: Sequence[Decoded], output: Path, settings: Settings, experts: Experts) -> Iterator[Line]:
    usable = [decoded for decoded in batch if not decoded.refused]
    predicted: dict[str, ExpertPredictions] = {}
    seconds = 0.0
    if usable:
        started = time.perf_counter()
        seen = experts.look(np.stack([decoded.image for decoded in usable]))
        seconds = (time.perf_counter() - started) / len(usable)
        predicted = {decoded.record.id: predictions for decoded, predictions in zip(usable, seen, strict=True)}
    for decoded in batch:
        if decoded.refused:
            yield {"id": decoded.record.id, "refused": decoded.refused}
        else:
            yield _case(decoded, predicted[decoded.record.id], output, settings) | {TIMING: round(seconds, 4)}


def _case(decoded: Decoded, predictions: ExpertPredictions, output: Path, settings: Settings) -> Line:
    """Write the files of a radiograph; returns its line."""
    record = decoded.record
    odd = quality.flags(decoded.image, predictions, decoded.burned_in)
    fatal = [flag for flag in odd if flag in quality.FATAL]
    if fatal and not decoded.structures:
        return {"id": record.id, "refused": f"no chest to condition on: {', '.join(fatal)}"}
    anatomy = anatomy_masks(predictions.anatomy, decoded.structures)
    made = pathology_masks(
        decoded.labels, decoded.drawn, decoded.image[0], anatomy, predictions.maps, predictions.scores
    )
    findings = case_findings(decoded, made, anatomy)
    spacing = decoded.spacing or (1.0, 1.0)
    files = {"image": f"images/{record.id}.png", "anatomy": f"anatomy/{record.id}.nii.gz"}
    save_image(output / files["image"], np.rint(decoded.image[0] * 255).astype(np.uint8))
    save_channels(output / files["anatomy"], anatomy, spacing)
    if made.complete:
        files["pathology"] = f"pathology/{record.id}.nii.gz"
        save_channels(output / files["pathology"], made.pathology, spacing)
    known = {"view": findings.view, "sex": findings.sex, "age": findings.age}
    return {
        "id": record.id,
        **files,
        **{key: value for key, value in known.items() if value is not None},
        "prompt": describe(findings),
        "findings": [asdict(item) for item in findings.findings],
        "masks": dict(made.origin),
        "flags": odd,
        **({"spacing": list(decoded.spacing)} if decoded.spacing else {}),
        "section": section_of(record.patient, settings.val_share),
        "bytes": sum((output / file).stat().st_size for file in files.values()),
    }


def _write_datalist(output: Path, lines: Sequence[Line]) -> None:
    cases: dict[str, list[Line]] = {"training": [], "validation": []}
    for line in sorted(lines, key=lambda line: str(line["id"])):
        if "refused" not in line:
            cases[line["section"]].append({key: value for key, value in line.items() if key not in BOOKKEEPING})
    write_datalist(output, cases["training"], cases["validation"])
