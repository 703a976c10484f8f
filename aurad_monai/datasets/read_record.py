# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A record is decoded, in a process of its own: the picture comes into the frame, and every mark with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aurad_monai.datasets.chexmask import CheXmask
from aurad_monai.datasets.marks import Mark
from aurad_monai.datasets.pseudo_masks import Drawn
from aurad_monai.datasets.sources.record import Record
from aurad_monai.errors import InputError
from aurad_monai.files import read_bounded
from aurad_monai.io.datalist import load_channels
from aurad_monai.io.dicom_tags import Tags
from aurad_monai.io.frame import square_of
from aurad_monai.io.radiograph import Radiograph, open_radiograph
from aurad_monai.prompts.finding import ClinicalFindings
from aurad_monai.prompts.parse import PromptRules, understand
from aurad_monai.prompts.radiology_report import read_report
from aurad_monai.vocabulary import ANATOMY_NAMES, FINDING_NAMES

MAX_REPORT = 2**24


@dataclass(frozen=True)
class Decoded:
    """A record in the frame.

    Args:
        record: where it comes from.
        refused: why it cannot be used; empty where it can.
        reason: the same in two or three words.
        image: (1, size, size) float32 in [0, 1].
        labels: finding to present or absent, from labels and text.
        stated: findings with side, zone and severity, as the text states them.
        drawn: pathology in the frame.
        structures: lungs and heart in the frame, where the source has them.
        spacing: mm a pixel in the frame, where the tags say so.
        tags: of a DICOM file.
    """

    record: Record
    refused: str = ""
    reason: str = ""
    image: npt.NDArray[np.float32] = field(default_factory=lambda: np.zeros((1, 1, 1), np.float32))
    labels: Mapping[str, bool] = field(default_factory=dict)
    stated: ClinicalFindings = ClinicalFindings()
    drawn: tuple[Drawn, ...] = ()
    structures: tuple[Drawn, ...] = ()
    spacing: float | None = None
    tags: Tags = Tags()


class ReadRecord:
    """Decode records.

    Args:
        size: edge of the frame in pixels.
        chexmask: a table of CheXmask to take lungs and heart from.
        uncertain: what a report's "possible" makes of a finding: present, absent, or ignore, which leaves it unknown.
    """

    def __init__(self, size: int = 256, chexmask: CheXmask | None = None, uncertain: str = "ignore") -> None:
        self.size, self.uncertain = size, uncertain
        self.chexmask = chexmask

    def __call__(self, record: Record) -> Decoded:
        """What can be used of a record, or the reason why nothing can; whatever is wrong with one stops no other."""
        try:
            return self._read(record)
        except InputError as error:
            return Decoded(record, refused=str(error), reason=error.reason)

    def _read(self, record: Record) -> Decoded:
        radiograph = open_radiograph(record.image, "image")
        stated, open_questions = stated_findings(record, self.uncertain)
        marks = self.chexmask.marks(record.name) if self.chexmask else ()
        spacing = radiograph.framed_spacing(self.size)
        return Decoded(
            record=record,
            image=radiograph.framed(self.size),
            labels=merge_labels(record.labels, stated, open_questions),
            stated=stated,
            drawn=(
                *(Drawn(mark.name, mark.boxed, self._drawn(mark, radiograph)) for mark in record.marks),
                *self._channels(record.pathology_file, FINDING_NAMES),
            ),
            structures=(
                *(Drawn(mark.name, False, self._drawn(mark, radiograph)) for mark in marks),
                *self._channels(record.anatomy_file, ANATOMY_NAMES),
            ),
            spacing=None if spacing is None else round(spacing, 4),
            tags=radiograph.tags,
        )

    def _drawn(self, mark: Mark, radiograph: Radiograph) -> npt.NDArray[np.bool_]:
        """A mark in the frame; it was made in the raster of the file, and is turned with it."""
        height, width = radiograph.stored
        if radiograph.geometry.as_stored:
            return mark.draw(radiograph.stored, self.size)
        side = max(height, width)
        left, top, _ = square_of(width, height, "pad")
        whole = mark.draw(radiograph.stored, side)[-top : height - top, -left : width - left]
        return radiograph.framed_mask(whole, self.size)

    def _channels(self, path: Path | None, names: tuple[str, ...]) -> tuple[Drawn, ...]:
        """Channels of a NIfTI that is in the frame already."""
        if path is None:
            return ()
        try:
            channels = load_channels(path)
        except InputError:
            raise
        except Exception as error:  # nibabel, gzip and zlib each raise types of their own on broken files
            raise InputError("masks", path, "a readable NIfTI file", "write it again") from error
        if channels.shape != (len(names), self.size, self.size):
            raise InputError("masks", f"{path} of shape {channels.shape}", f"{len(names)} channels of {self.size}")
        return tuple(Drawn(name, False, mask > 0) for name, mask in zip(names, channels, strict=True))


def stated_findings(record: Record, uncertain: str = "ignore") -> tuple[ClinicalFindings, tuple[str, ...]]:
    """What a record's prompt, or else its report, states, and the findings its report leaves open.

    Args:
        record: with a prompt or a report, or neither.
        uncertain: present or absent gives what the report only considers that meaning; ignore leaves it open.

    Raises:
        InputError: the prompt is not understood, or the report cannot be read; a report that is not there says nothing.
    """
    if record.prompt:
        return understand(record.prompt, PromptRules(any_age=True)).findings, ()
    text = record.report
    if isinstance(text, Path):
        try:
            text = read_bounded(text, MAX_REPORT).decode("utf-8", "replace") if text.is_file() else ""
        except (OSError, ValueError) as error:
            allowed = f"a report of at most {MAX_REPORT // 2**20} MB that can be read"
            raise InputError("report", record.report, allowed, "check its permissions") from error
    found = read_report(text).decided(uncertain)
    return found.clinical(), (*found.either, *found.uncertain)


def merge_labels(
    labels: Mapping[str, bool], stated: ClinicalFindings, open_questions: Collection[str]
) -> dict[str, bool]:
    """Labels and text together; what they contradict each other on, or the text leaves open, is unknown.

    A finding that a label declares present stays present where the text only leaves it open.
    """
    said = {item.name: item.present for item in stated.findings}
    contradicted = {name for name in said if labels.get(name, said[name]) != said[name]}
    doubted = {name for name in open_questions if not labels.get(name)}
    return {name: value for name, value in (said | dict(labels)).items() if name not in contradicted | doubted}
