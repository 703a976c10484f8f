# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Self-test of the filter: how many real cases it keeps, and how many it rejects once a fault is planted in each.

Takes a set of real cases and, for copies, training images; gives a row a fault with a 95% Wilson interval.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from skimage import data as photographs
from skimage.color import rgb2gray
from skimage.transform import resize
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.anatomy.findings_from_masks import findings_from_masks
from aurad_monai.case import Case
from aurad_monai.errors import InputError
from aurad_monai.filtering import corruptions
from aurad_monai.filtering.filter_run import filter_cases
from aurad_monai.filtering.verdict import ExpertFilter
from aurad_monai.io.case_set import CaseSet, has_masks
from aurad_monai.prompts.describe import describe
from aurad_monai.prompts.finding import NORMAL, ClinicalFindings, Finding
from aurad_monai.statistics import wilson

PHOTOGRAPHS = ("astronaut", "camera", "coins", "moon", "page", "text", "coffee", "chelsea", "rocket")
"""Pictures of other things that scikit-image brings along."""
HEADER = ("set", "expected", "cases", "share (95% interval)", "criteria that rejected most")


@dataclass(frozen=True)
class FaultRow:
    """One planted fault.

    Args:
        fault: its name; "unchanged" for the real cases themselves.
        expected: kept or rejected.
        cases: how many were judged.
        count: how many came out as expected.
        low, high: 95% Wilson interval of the share.
        criteria: how many cases each criterion rejected.
    """

    fault: str
    expected: str
    cases: int
    count: int
    low: float
    high: float
    criteria: dict[str, int]

    def cells(self) -> tuple[str, ...]:
        """In the order of `HEADER`."""
        share = f"{self.count / self.cases:.2f} ({self.low:.2f} to {self.high:.2f})"
        most = ", ".join(f"`{name}` {number}" for name, number in list(self.criteria.items())[:4])
        return self.fault, self.expected, str(self.cases), share, most


def self_test(
    cases: CaseSet, expert_filter: ExpertFilter, training: CaseSet | None = None, max_cases: int = 100, seed: int = 0
) -> Iterator[FaultRow]:
    """Judge real cases unchanged and with each fault; rows come as they are finished.

    Args:
        cases: real cases; those with lungs and masks of all findings get faults of prompt, mask and anatomy too.
        expert_filter: of an opened bundle.
        training: images that the filter's copy index holds; none leaves copies out.
        max_cases: of each set.
        seed: of the choice of cases and of every fault.

    Raises:
        InputError: no case has an image.
    """
    rng = np.random.default_rng(seed)
    real = [complete(case) for case in _chosen(cases, max_cases, rng)]
    masked = [case for case in real if has_masks(case)]
    copied = [] if training is None else _chosen(training, max_cases, rng)
    yield _row("unchanged", real, expert_filter, kept=True)
    planted: dict[str, Callable[[], list[Case]]] = {
        "another prompt": lambda: [another_prompt(case, rng) for case in masked],
        "mask of another case": lambda: list(masks_of_others(masked)),
        "anatomy of another case": lambda: [
            replace(case, anatomy=masked[i - 1].anatomy, pathology=None)
            for i, case in enumerate(masked)
            if len(masked) > 1
        ],
    }
    for name, make in planted.items():
        if found := make():
            yield _row(name, found, expert_filter)
    for name, corrupt in IMAGE_FAULTS.items():
        yield _row(name, [_corrupted(case, corrupt, rng) for case in real], expert_filter)
    for name, corrupt in corruptions.COPIES.items() if copied else ():
        copies = [replace(_corrupted(case, corrupt, rng), prompt="", anatomy=None, pathology=None) for case in copied]
        yield _row(f"copy, {name.replace('_', ' ')}", copies, expert_filter)


def as_json(rows: Sequence[FaultRow]) -> list[dict[str, Any]]:
    """Rows as plain data."""
    return [asdict(row) for row in rows]


def complete(case: Case) -> Case:
    """A case with masks but without a prompt gets the prompt that describes its masks."""
    if case.prompt or case.anatomy is None or case.pathology is None or not has_masks(case):
        return case
    shown = findings_from_masks(case.pathology, case.anatomy).findings if case.pathology.any() else NORMAL
    return _asking(case, replace(case.resolved, findings=shown))


def another_prompt(case: Case, rng: np.random.Generator) -> Case:
    """The prompt of a case that shows another finding."""
    present = {item.name for item in case.requested.present}
    name = str(rng.choice([term.name for term in vocabulary.FINDINGS if term.name not in present]))
    side = str(rng.choice(["left", "right"])) if vocabulary.finding(name).sided else None
    return _asking(case, ClinicalFindings((Finding(name, side),)))


def _asking(case: Case, findings: ClinicalFindings) -> Case:
    return replace(case, prompt=describe(findings), requested=findings, resolved=findings)


def masks_of_others(cases: Sequence[Case]) -> Iterator[Case]:
    """Prompt and image of each case with the mask of the next one that shows other findings."""
    for index, case in enumerate(cases):
        mine = {item.name for item in case.requested.present}
        others = [cases[(index + step) % len(cases)] for step in range(1, len(cases))]
        other = next((o for o in others if {item.name for item in o.findings.present} != mine), None)
        if other is not None and mine:
            yield replace(case, pathology=other.pathology)


def photograph(image: npt.NDArray[np.float32], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """A picture of something else, in gray, of the same size."""
    picture = getattr(photographs, PHOTOGRAPHS[int(rng.integers(len(PHOTOGRAPHS)))])()
    gray = rgb2gray(picture[..., :3]) if picture.ndim == 3 else picture / 255.0
    edge = min(gray.shape)
    top, left = (int(rng.integers(side - edge + 1)) for side in gray.shape)
    square = resize(gray[top : top + edge, left : left + edge], image.shape[-2:], anti_aliasing=True)
    return np.asarray(square, dtype=np.float32)[None]


IMAGE_FAULTS: dict[str, corruptions.Corruption] = {
    "side flipped": corruptions.mirrored,
    "blank": corruptions.blank,
    "noise": corruptions.noise,
    "blurred": corruptions.blurred,
    "saturated": corruptions.saturated,
    "rotated by 90": corruptions.rotated(1),
    "rotated by 180": corruptions.rotated(2),
    "inverted": corruptions.inverted,
    "photograph": photograph,
}


def _chosen(cases: CaseSet, count: int, rng: np.random.Generator) -> list[Case]:
    """At most so many readable cases, at random."""
    found = (cases[int(index)] for index in rng.permutation(len(cases))[:count])
    readable = [case for case in found if case.image is not None and not case.fault]
    if not readable:
        raise InputError("folder", "no image that can be read", "real cases with images", "check the folder")
    return readable


def _corrupted(case: Case, corrupt: corruptions.Corruption, rng: np.random.Generator) -> Case:
    assert case.image is not None  # `_chosen` leaves out the others
    return replace(case, image=corrupt(case.image, rng))


def _row(fault: str, cases: Sequence[Case], expert_filter: ExpertFilter, kept: bool = False) -> FaultRow:
    judged = []
    for case in tqdm(cases, desc=fault, unit="case", mininterval=5):  # one by one: repeats within a set are no fault
        judged += filter_cases([case], expert_filter, progress=False)
    count = sum(item.case.accepted == kept for item in judged)
    failed = Counter(name for case in judged for name in {item.criterion for item in case.results if not item.passed})
    low, high = (round(end, 4) for end in wilson(count, len(judged)))
    criteria = dict(failed.most_common(6))
    return FaultRow(fault, "kept" if kept else "rejected", len(judged), count, low, high, criteria)
