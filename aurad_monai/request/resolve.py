# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A prompt and a seed become a complete request: every random choice about a case is made here, once, and stands in it.

In: prompt, seed, and an anatomy or the prior to sample one from. Out: a `Case` with its anatomy, spacing, and findings
as `requested` and as `resolved`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from aurad_monai.anatomy.findings_from_masks import findings_from_masks
from aurad_monai.anatomy.sizes import in_percent
from aurad_monai.case import OPEN, Case
from aurad_monai.errors import InputError
from aurad_monai.prompts.describe import describe
from aurad_monai.prompts.finding import ClinicalFindings
from aurad_monai.prompts.parse import PromptRules, parse, understand
from aurad_monai.request.attributes import sample_attributes
from aurad_monai.request.chest import chest_of
from aurad_monai.request.demographics import sample_demographics
from aurad_monai.request.finding_sets import sample_findings
from aurad_monai.request.streams import Stream, generator

Mask = npt.NDArray[np.uint8]


class Prior(Protocol):
    """What samples an anatomy: `AnatomyPrior`."""

    @property
    def field_of_view(self) -> float:
        """Mm of the patient that the edge of the frame spans."""

    def sample(self, seed: np.random.Generator, size: int) -> Mask:
        """(3, size, size) uint8."""


class Cases(Protocol):
    """Cases by index, each read when it is asked for."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> Case: ...


def resolve(
    prompt: str,
    seed: int,
    prior: Prior,
    size: int,
    anatomy: Mask | None = None,
    spacing: float | None = None,
    name: str = "case",
) -> Case:
    """Make the request of one case.

    Args:
        prompt: see docs/reference/prompts.md.
        seed: from 0; the same prompt and seed give the same case, another prompt another chest and noise.
        prior: samples the anatomy where none is given, and knows its scale; an emphysema makes that chest larger.
        size: edge of the frame in pixels.
        anatomy: (3, size, size), 0 or 1.
        spacing: mm of the patient that a pixel spans; None takes that of the prior for a sampled anatomy, and leaves a
            given one without scale.
        name: id of the case.

    Raises:
        InputError: the prompt cannot be understood, the seed is negative, or a size is in cm and the scale unknown.
    """
    _check_seed(seed)
    requested = parse(prompt)
    text = describe(requested)
    if anatomy is not None:
        resolved = complete(in_percent(requested, anatomy, spacing), seed)
        return Case(name, prompt, seed, text, requested, resolved, anatomy, spacing=spacing)
    sampled = prior.sample(generator(Stream.ANATOMY, seed, text), size)
    spacing = prior.field_of_view / size if spacing is None else spacing
    resolved = complete(in_percent(requested, sampled, spacing), seed)
    return Case(name, prompt, seed, text, requested, resolved, chest_of(sampled, resolved), spacing=spacing)


def complete(requested: ClinicalFindings, seed: int) -> ClinicalFindings:
    """A request with all that it leaves open sampled: findings, their side, zone and size, then view, sex and age.

    Saying more of one finding or of the patient changes nothing else. Sizes in cm must be percent by now.
    """
    names = " ".join(item.name for item in requested.present)
    whole = requested
    if requested.is_open:
        whole = replace(requested, findings=sample_findings(generator(Stream.FINDINGS, seed)))
    whole = sample_attributes(whole, generator(Stream.ATTRIBUTES, seed, names))
    return sample_demographics(whole, generator(Stream.DEMOGRAPHICS, seed, names))


def resolve_masks(
    pathology: Mask,
    anatomy: Mask,
    seed: int,
    prompt: str = "",
    spacing: float | None = None,
    name: str = "case",
) -> Case:
    """Make the request of a case whose masks are given: what they show is what is requested.

    Args:
        pathology: (findings, H, W), 0 or 1.
        anatomy: (3, H, W), 0 or 1.
        seed: alone gives the noise of the image, so that masks with and without a finding share it.
        prompt: view, sex and age are taken from it, or else sampled.
        spacing: mm of the patient that a pixel spans, if known.
        name: id of the case.
    """
    _check_seed(seed)
    patient = understand(prompt, PromptRules(any_age=True)).findings if prompt else OPEN
    if patient.present and not pathology.any():
        named = ", ".join(dict.fromkeys(item.name for item in patient.present))
        step = "give its mask, or a prompt of view, sex and age alone"
        raise InputError("pathology", f"an empty mask of {name}", f"a mask of {named}", step, reason="empty mask")
    shown = replace(patient, findings=findings_from_masks(pathology, anatomy).findings)
    resolved = sample_demographics(shown, generator(Stream.DEMOGRAPHICS, seed))
    return Case(name, describe(shown), seed, "", shown, resolved, anatomy, pathology, spacing=spacing)


def resolve_set(cases: Cases, seed: int, spacing: float | None = None) -> Iterator[Case]:
    """The requests of all cases of a set that have masks, read one by one; case i has seed `seed + i`.

    Args:
        cases: with anatomy and pathology, view, sex and age as far as known; others are left out.
        seed: of the first.
        spacing: mm of the patient that a pixel spans, if known.
    """
    for index in range(len(cases)):
        case = cases[index]
        if case.anatomy is None or case.pathology is None or not case.anatomy[:2].any(axis=(1, 2)).all():
            continue
        patient = describe(replace(case.findings, findings=()))
        yield resolve_masks(case.pathology, case.anatomy, seed + index, patient, spacing, case.id)


def _check_seed(seed: int) -> None:
    if seed < 0:
        raise InputError("seed", seed, "at least 0")
