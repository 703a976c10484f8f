# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Run the filter over existing cases, synthetic or real.

Takes cases, read batch by batch, and the filter; gives one `FilteredCase` a case, with its results and a thumbnail.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image
from tqdm import tqdm

from aurad_monai.case import Case
from aurad_monai.filtering.criteria.criterion import CriterionResult
from aurad_monai.filtering.gate import tag_objections
from aurad_monai.filtering.not_judged import NO_IMAGE, strict_results, unchecked
from aurad_monai.filtering.verdict import ExpertFilter, FilterRun, with_verdict
from aurad_monai.io.dicom_tags import read_tags
from aurad_monai.io.picture_file import file_kind
from aurad_monai.reporting import outline

THUMBNAIL = 128
"""Edge of a thumbnail in pixels."""
OUTLINE = (255, 176, 0)
"""Color of a mask's outline in a thumbnail."""


class CaseSource(Protocol):
    """Cases by index, each read when it is asked for: a `CaseFolder`, or a list."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> Case: ...


@dataclass(frozen=True)
class FilteredCase:
    """What the report needs of a filtered case.

    Args:
        case: with its verdict, without its arrays.
        results: all of them, those of the masks first.
        thumbnail: PNG bytes, masks outlined; empty where there is no image.
    """

    case: Case
    results: tuple[CriterionResult, ...]
    thumbnail: bytes = b""


def filter_cases(
    cases: CaseSource,
    expert_filter: ExpertFilter,
    batch_size: int = 8,
    progress: bool = True,
    run: FilterRun | None = None,
) -> list[FilteredCase]:
    """Judge every case by every criterion; cases are read batch by batch, so that a large folder needs little memory.

    Args:
        cases: with unique ids.
        expert_filter: the criteria and their experts.
        batch_size: images that the experts look at together.
        progress: show a bar.
        run: gathers seconds by criterion and kept images, and says whether the filter is strict; None starts a new one.
    """
    records: list[FilteredCase] = []
    run = run or FilterRun()
    with tqdm(total=len(cases), desc="filtering", unit="case", disable=not progress) as bar:
        for batch in _batches(cases, batch_size):
            records += _filter(batch, expert_filter, run)
            bar.update(len(batch))
    return records


def _batches(cases: CaseSource, size: int) -> Iterator[list[Case]]:
    remaining = (cases[index] for index in range(len(cases)))
    while batch := list(islice(remaining, size)):
        yield batch


def _filter(batch: Sequence[Case], expert_filter: ExpertFilter, run: FilterRun) -> list[FilteredCase]:
    readable = [case for case in batch if not case.fault]
    judged = {case.id: [*_of_tags(case), *expert_filter.evaluate_masks(case, run)] for case in readable}
    with_image = [case for case in readable if case.image is not None]
    for case, results in zip(with_image, expert_filter.evaluate(with_image, run), strict=True):
        judged[case.id] += results
    for case in (case for case in readable if case.image is None):
        unseen = unchecked(case, (), NO_IMAGE)
        judged[case.id] += [*unseen, *(strict_results(unseen) if run.strict else ())]
    return [_filtered(case, judged.get(case.id, [_unreadable(case)])) for case in batch]


def _of_tags(case: Case) -> list[CriterionResult]:
    """What speaks against a radiograph in the tags of its DICOM file, if it is from one."""
    path = case.files.get("image")
    if path is None or file_kind(path, "image") != "dicom":
        return []
    return [
        CriterionResult(f"gate.{item.name}", math.nan, math.nan, False, item.reason)
        for item in tag_objections(read_tags(path))
    ]


def _unreadable(case: Case) -> CriterionResult:
    return CriterionResult("readable_file", 0.0, 1.0, False, f"the case cannot be evaluated: {case.fault}")


def _filtered(case: Case, results: Sequence[CriterionResult]) -> FilteredCase:
    picture = b"" if case.image is None else thumbnail(case.image, case.pathology)
    return FilteredCase(with_verdict(case, results).without_arrays(), tuple(results), picture)


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
            colored[outline(inside)] = OUTLINE
    return Image.fromarray(colored)
