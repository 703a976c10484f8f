# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A set of cases becomes what a reviewer asks for: every set is looked at once, then every question is answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai.bundles.bundle import Bundle
from aurad_monai.errors import InputError
from aurad_monai.evaluation.figure import LEAST, Figure
from aurad_monai.evaluation.images.authenticity import authenticity
from aurad_monai.evaluation.images.denoising_loss import denoising_losses
from aurad_monai.evaluation.images.encoder import BUILT_IN, open_encoder
from aurad_monai.evaluation.images.fidelity import Spectrum, diversity, fidelity, sharpness
from aurad_monai.evaluation.images.image_diversity import pair_similarity
from aurad_monai.evaluation.images.obedience import obedience, worst_to_best
from aurad_monai.evaluation.images.privacy import NearestTrain, index_of, membership, nearness, planted_copies
from aurad_monai.evaluation.images.resegmentation import Resegmentation
from aurad_monai.evaluation.images.spectrum import mean_curves
from aurad_monai.evaluation.measure import Measure, Measured, measure
from aurad_monai.evaluation.results import EvaluatedSet, Results
from aurad_monai.io.case_set import CaseSet, ChosenCases, open_cases

MOST_PICTURES = 1000
"""Images that the two-sample classifier holds in memory."""


@dataclass(frozen=True)
class Question:
    """What is asked of a set.

    Args:
        made: the set to be evaluated, as `open_cases` understands it.
        reference: real images that no generator saw.
        train: real images that the generator was trained on; gives the floor of every distance.
        masks: real images with masks, the ceiling of adherence; none measures those of the reference, if it has any.
        encoders: names, as `open_encoder` understands them.
        most: cases of each set, drawn where it has more; 0 takes all.
        seed: of every draw.
        device: where networks run.
        cache: folder where measurements are kept.
        privacy: audit nearness to the training images; needs `train`.
        authenticity: train the machine stand-in for a reader study, which takes minutes.
    """

    made: str
    reference: str
    train: str | None = None
    masks: str | None = None
    encoders: Sequence[str] = BUILT_IN
    most: int = 0
    seed: int = 0
    device: str = "cpu"
    cache: Path | None = None
    privacy: bool = False
    authenticity: bool = False


@dataclass(frozen=True)
class Answer:
    """What came out: the results, the evaluated set, and its cases from worst to best."""

    results: Results
    cases: CaseSet
    order: Sequence[int]


def evaluate(
    question: Question, bundle: Bundle, record: Mapping[str, Any] | None = None, generator: Bundle | None = None
) -> Answer:
    """Answer every question that is asked.

    Args:
        question: what is asked.
        bundle: the expert filter, opened.
        record: command, versions and bundles, for the report.
        generator: an image diffusion bundle, opened, whose losses are to give training images away or not.

    Raises:
        InputError: a set, an encoder or the bundle cannot be used.
    """
    opened = _open_sets(question)
    encoders = [open_encoder(name, bundle, question.device) for name in question.encoders]
    again = Resegmentation(
        bundle.get("anatomy_expert"), bundle.get("findings_expert"), str(sorted(bundle.hashes.items()))
    )
    looks: list[Measure] = [Spectrum(), *encoders]
    audit = _audit(question, opened, bundle)
    measures: dict[str, list[Any]] = {
        "made": [*looks, again, *audit],
        "reference": [*looks, again, *audit],
        "train": looks,
        "masks": [again],
    }
    measured = {role: measure(cases, measures[role], role, question.cache) for role, cases in opened.items()}
    made, reference = measured["made"], measured["reference"]
    cards = [encoder.card for encoder in encoders]
    figures = fidelity(made, reference, measured.get("train"), cards, question.seed)
    figures += [sharpness(made, reference), _diversity(opened, measured, question.seed)]
    figures += obedience(made, measured.get("masks", reference))
    for near in audit:
        figures += nearness(made, reference)
        figures += planted_copies(opened["train"], near.index, near.expert, reference, seed=question.seed)
    if generator is not None:
        figures.append(_membership(opened, generator, question.seed))
    if question.authenticity:
        figures += authenticity(_pictures(opened["made"], made), _pictures(opened["reference"], reference))
    spectra = mean_curves([(r, m.values["spectrum"]) for r, m in measured.items() if "spectrum" in m.values])
    sets = {
        role: EvaluatedSet(_name(question, role), len(part), part.digest, len(part.faults))
        for role, part in measured.items()
    }
    order = [made.indices[i] for i in worst_to_best(made)]
    results = Results(sets, cards, figures, spectra, record or {}, _warnings(question, measured))
    return Answer(results, opened["made"], order)


def _audit(question: Question, opened: Mapping[str, CaseSet], bundle: Bundle) -> list[NearestTrain]:
    """What is measured for the nearest-neighbor audit, where it is asked."""
    if not question.privacy:
        return []
    expert = bundle.get("anatomy_expert")
    return [NearestTrain(index_of(opened["train"], expert), expert)]


def _membership(opened: Mapping[str, CaseSet], generator: Bundle, seed: int) -> Figure:
    """As many training images as unseen ones, so that neither weighs more."""
    others = denoising_losses(opened["reference"], generator, "loss, unseen")
    members = denoising_losses(drawn(opened["train"], len(opened["reference"]), seed), generator, "loss, members")
    return membership(members, others)


def _pictures(cases: CaseSet, measured: Measured) -> npt.NDArray[np.float32]:
    """Images of a set in random order, at most `MOST_PICTURES`."""
    chosen = np.random.default_rng(0).permutation(len(measured.indices))[:MOST_PICTURES]
    return np.stack([_image(cases, measured.indices[i]) for i in chosen])


def _open_sets(question: Question) -> dict[str, CaseSet]:
    sections = {"made": "training", "reference": "validation", "train": "training", "masks": "validation"}
    if question.privacy and not question.train:
        raise InputError("privacy", "no training images", "--train with --privacy", "give --train SET")
    opened = {}
    for role, section in sections.items():
        if name := getattr(question, role):
            opened[role] = drawn(open_cases(name, section), question.most, question.seed)
    return opened


def drawn(cases: CaseSet, most: int, seed: int) -> CaseSet:
    """At most so many cases of a set, drawn at random and kept in their order; 0 takes all."""
    if not most or len(cases) <= most:
        return cases
    return ChosenCases(cases, sorted(np.random.default_rng(seed).permutation(len(cases))[:most].tolist()))


def _name(question: Question, role: str) -> str:
    name: str = getattr(question, role)
    return Path(name).name if "/" in name else name


def _diversity(opened: Mapping[str, CaseSet], measured: Mapping[str, Measured], seed: int) -> Figure:
    similar = []
    for role in ("made", "reference"):
        cases, indices = opened[role], measured[role].indices
        similar.append(pair_similarity(len(indices), partial(_measured_image, cases, indices), seed=seed))
    return diversity(*similar)


def _measured_image(cases: CaseSet, indices: Sequence[int], number: int) -> npt.NDArray[np.float32]:
    return _image(cases, indices[number])


def _image(cases: CaseSet, index: int) -> npt.NDArray[np.float32]:
    image = cases[index].image
    assert image is not None  # it could be read a moment ago
    return np.clip(np.asarray(image, dtype=np.float32), 0, 1)


def _warnings(question: Question, measured: Mapping[str, Measured]) -> list[str]:
    found = []
    for role, part in measured.items():
        if len(part) < 5 * LEAST:
            found.append(f"{role} has {len(part)} cases: intervals are wide and FD depends on the number of images")
    if measured["made"].digest == measured["reference"].digest:
        found.append("the set is the reference itself")
    if "train" not in measured:
        found.append("no training images were given: the floor is half of the reference against the other half")
    shared = set(measured["made"].ids) & set(measured["reference"].ids)
    if shared and measured["made"].digest != measured["reference"].digest:
        found.append(f"{len(shared)} ids are in the set and in the reference")
    return found
