# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Run the filter over existing cases, synthetic or real.

Takes cases, read batch by batch, and the filter; gives one `FilteredCase` a case, with its results and a thumbnail.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image
from tqdm import tqdm

from aurad_monai.filtering.criteria.criterion import CriterionResult, JudgedCase
from aurad_monai.filtering.verdict import ExpertFilter, FilterResult
from aurad_monai.prompts.finding import ClinicalFindings

THUMBNAIL = 128
"""Edge of a thumbnail in pixels."""
OUTLINE = (255, 176, 0)
"""Color of a mask's outline in a thumbnail."""


class GivenCaseLike(JudgedCase, Protocol):
    """A case from a folder: what the filter needs, and where it comes from."""

    @property
    def prompt(self) -> str: ...
    @property
    def fault(self) -> str: ...
    @property
    def source(self) -> str: ...


class CaseSource(Protocol):
    """Cases by index, each read when it is asked for: a `CaseFolder`, or a list."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> GivenCaseLike: ...


@dataclass(frozen=True)
class FilteredCase:
    """What is kept of a judged case; its arrays are gone.

    Args:
        id: of the case.
        prompt: as given.
        findings: what the prompt asks for.
        source: image file, relative to the folder it came from.
        results: all of them, those of the masks first.
        verdict: of all results.
        thumbnail: PNG bytes, masks outlined; empty where there is no image.
    """

    id: str
    prompt: str
    findings: ClinicalFindings
    source: str
    results: tuple[CriterionResult, ...]
    verdict: FilterResult
    thumbnail: bytes = b""


def filter_cases(
    cases: CaseSource, expert_filter: ExpertFilter, batch_size: int = 8, progress: bool = True
) -> list[FilteredCase]:
    """Judge every case by every criterion; cases are read batch by batch, so that a large folder needs little memory.

    Args:
        cases: with unique ids.
        expert_filter: its `seconds` grow by what is spent here.
        batch_size: images that the experts look at together.
        progress: show a bar.
    """
    filtered: list[FilteredCase] = []
    expert_filter.start_run()
    with tqdm(total=len(cases), desc="judging", unit="case", disable=not progress) as bar:
        for batch in _batches(cases, batch_size):
            filtered += _filter_batch(batch, expert_filter)
            bar.update(len(batch))
    return filtered


def _batches(cases: CaseSource, size: int) -> Iterator[list[GivenCaseLike]]:
    remaining = (cases[index] for index in range(len(cases)))
    while batch := list(islice(remaining, size)):
        yield batch


def _filter_batch(batch: Sequence[GivenCaseLike], expert_filter: ExpertFilter) -> list[FilteredCase]:
    readable = [case for case in batch if not case.fault]
    judged = {case.id: [*expert_filter.evaluate_masks(case)] for case in readable}
    with_image = [case for case in readable if case.image is not None]
    for case, results in zip(with_image, expert_filter.evaluate(with_image), strict=True):
        judged[case.id] += results
    return [_filtered(case, judged.get(case.id, [_unreadable(case)])) for case in batch]


def _unreadable(case: GivenCaseLike) -> CriterionResult:
    return CriterionResult("readable_file", 0.0, 1.0, False, f"the case cannot be judged: {case.fault}")


def _filtered(case: GivenCaseLike, results: Sequence[CriterionResult]) -> FilteredCase:
    verdict = FilterResult.of(results)
    picture = b"" if case.image is None else thumbnail(case.image, case.pathology)
    return FilteredCase(case.id, case.prompt, case.findings, case.source, tuple(results), verdict, picture)


def thumbnail(image: npt.NDArray[np.floating[Any]], pathology: npt.NDArray[np.uint8] | None) -> bytes:
    """PNG bytes of an image (1, H, W), the outline of all masks drawn over it."""
    finite = np.nan_to_num(image[0] if image.ndim == 3 else image)
    gray = np.asarray(np.clip(finite, 0, 1) * 255, dtype=np.uint8)
    picture = Image.fromarray(gray).resize((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX)
    if pathology is not None and pathology.any():
        picture = _outlined(picture, pathology)
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _outlined(picture: Image.Image, pathology: npt.NDArray[np.uint8]) -> Image.Image:
    colored = np.asarray(picture.convert("RGB")).copy()
    for mask in pathology:
        if mask.any():
            full = Image.fromarray((mask > 0).astype(np.uint8) * 255)
            inside = np.asarray(full.resize(picture.size, Image.Resampling.BOX)) >= 128
            padded = np.pad(inside, 1)
            core = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
            colored[inside & ~core] = OUTLINE
    return Image.fromarray(colored)
