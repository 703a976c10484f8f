# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Computes the requested metrics of a synthetic set against reference and training sets.

Takes `EvaluationSettings` and the filter bundle; gives `Results` and the order of cases from worst to best adherence.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai.bundles.bundle import Bundle, load_weights
from aurad_monai.errors import InputError
from aurad_monai.evaluation.images.condition_adherence import condition_adherence, worst_to_best
from aurad_monai.evaluation.images.counterfactual import counterfactual_test
from aurad_monai.evaluation.images.demographics import Demographics, demographic_adherence
from aurad_monai.evaluation.images.denoising_loss import denoising_losses
from aurad_monai.evaluation.images.encoder import BUILT_IN, open_encoder
from aurad_monai.evaluation.images.encoder_check import encoder_check
from aurad_monai.evaluation.images.extraction import OWN_NEAREST, OWN_SOURCE, extraction_test, lacking_masks
from aurad_monai.evaluation.images.fidelity import Spectrum, diversity, fidelity, sharpness
from aurad_monai.evaluation.images.grid import GridPeaks, grid_test
from aurad_monai.evaluation.images.held_out import held_out_evaluator
from aurad_monai.evaluation.images.image_diversity import pair_similarity
from aurad_monai.evaluation.images.privacy import (
    MEMBERSHIP,
    NearestTrain,
    index_of,
    membership,
    nearness,
    planted_copies,
)
from aurad_monai.evaluation.images.reidentification import TWIN, TwinFeatures, reidentification
from aurad_monai.evaluation.images.resegmentation import Resegmentation
from aurad_monai.evaluation.images.shown import shown_test
from aurad_monai.evaluation.images.spectrum import mean_curves
from aurad_monai.evaluation.images.subgroups import subgroups
from aurad_monai.evaluation.images.two_sample_test import (
    BLURRED,
    CODEC,
    PlainFeatures,
    TrunkFeatures,
    blurred,
    full_sizes,
    reconstruction,
    sizes_of,
    two_sample_test,
)
from aurad_monai.evaluation.masks.straight_edges import StraightEdges, straight_edges
from aurad_monai.evaluation.measure import Measure, Measured, measure
from aurad_monai.evaluation.metric_result import MIN_CASES, MetricResult
from aurad_monai.evaluation.results import EvaluatedSet, Results
from aurad_monai.experts.anatomy import AnatomyExpert
from aurad_monai.files import sha256
from aurad_monai.io.case_folder import CaseFolder
from aurad_monai.io.case_set import (
    ROLE_SECTIONS,
    CaseSet,
    ChosenCases,
    SizedCases,
    native_edge,
    open_cases,
    patients_of,
    read_patients,
)
from aurad_monai.io.resize import image_at_most

CODEC_FRAME = 256
"""Edge that the codec encodes, and at which pairs are compared."""


@dataclass(frozen=True)
class EvaluationSettings:
    """The sets to compare and the metrics to compute.

    Args:
        synthetic: the set to be evaluated, as `open_cases` understands it.
        reference: held-out real images.
        train: real images that the generator was trained on, for the real-vs-real baseline of every distance.
        masks: real images with masks, for the upper bound of adherence; None takes the reference, if it has masks.
        encoders: names, as `open_encoder` understands them.
        max_cases: cases of each set, a random sample of larger sets; 0 takes all.
        seed: of every random sample.
        device: where networks run.
        cache: folder where measurements are kept.
        privacy: nearest-neighbor audit against the training images; needs `train`.
        two_sample_test: classifier two-sample test (C2ST) by features of the findings expert, at sizes from 64 up.
        demographics: test view, sex and age by classifiers fitted to the training images; needs `train`.
        by: attributes whose subgroups get rows of their own: view, sex, age.
        encoder_check: FD of degraded reference images, as a check of the encoders.
        anatomy_expert: weights of another network of the anatomy expert's architecture, a held-out evaluator that had
            no part in filtering, for adherence; None takes that of the filter.
        size: edge in pixels at which sets are compared; larger images are averaged down to it.
        patients: a table with columns id and patient, where the sets do not state them.
    """

    synthetic: str
    reference: str
    train: str | None = None
    masks: str | None = None
    encoders: Sequence[str] = BUILT_IN
    max_cases: int = 0
    seed: int = 0
    device: str = "cpu"
    cache: Path | None = None
    privacy: bool = False
    two_sample_test: bool = False
    demographics: bool = False
    by: Sequence[str] = ()
    encoder_check: bool = False
    anatomy_expert: str | None = None
    size: int = 256
    patients: str | None = None


@dataclass(frozen=True)
class Evaluation:
    """The results, the evaluated set, and the indices of its cases from worst to best adherence."""

    results: Results
    cases: CaseSet
    order: Sequence[int]


def evaluate(
    settings: EvaluationSettings,
    bundle: Bundle,
    record: Mapping[str, Any] | None = None,
    generator: Bundle | None = None,
    counterfactual: Bundle | None = None,
    shown: Bundle | None = None,
    codec: Bundle | None = None,
    extraction: Bundle | None = None,
) -> Evaluation:
    """Compute the requested metrics.

    Args:
        settings: sets and metrics.
        bundle: the expert filter, opened.
        record: command, versions and bundles, for the report.
        generator: an image diffusion bundle, opened, for membership inference by its loss.
        counterfactual: an image diffusion bundle, opened, that samples the masks with and without each finding.
        shown: an image diffusion bundle, opened, that samples masks with and without each finding for the evaluator.
        codec: an image diffusion bundle, opened, whose autoencoder alone stands beside the set in the two-sample test.
        extraction: an image diffusion bundle, opened, that is given the masks of its own training films.

    Raises:
        InputError: a set, an encoder or the bundle cannot be used.
    """
    opened, patients = _open_sets(settings), read_patients(settings.patients)
    lacking = [lacking_masks(opened[role], role) for role in ("train", "reference") if extraction is not None]
    unanswered = dict.fromkeys((OWN_SOURCE, OWN_NEAREST), "; ".join(filter(None, lacking))) if any(lacking) else {}
    encoders = [open_encoder(name, bundle, settings.device) for name in settings.encoders]
    resegmentation = _resegmentation(settings, bundle)
    image_measures: list[Measure] = [Spectrum(), GridPeaks(), *encoders]
    image_measures += [Demographics()] if settings.demographics else []
    by = [Demographics()] if settings.by and not settings.demographics else []
    privacy_measures = _privacy_measures(settings, opened, bundle)
    measures: dict[str, list[Any]] = {
        "synthetic": [*image_measures, resegmentation, StraightEdges(), *privacy_measures, *by],
        "reference": [*image_measures, resegmentation, StraightEdges(), *privacy_measures, *by],
        "train": image_measures,
        "masks": [resegmentation, StraightEdges(), *([Demographics()] if settings.by else [])],
    }
    twin = _twin_features(bundle) if extraction is not None else None
    for role in ("synthetic", "reference", "train") if twin is not None else ():
        measures[role] = [*measures[role], twin]
    if settings.two_sample_test:
        other = "train" if "train" in opened else "reference"
        _add_two_sample_features(measures, other, settings.size, bundle, codec)
    measured = {role: measure(cases, measures[role], role, settings.cache) for role, cases in opened.items()}
    synthetic, reference = measured["synthetic"], measured["reference"]
    cards = [encoder.card for encoder in encoders]
    metrics = fidelity(synthetic, reference, measured.get("train"), cards, settings.seed)
    metrics += [
        sharpness(synthetic, reference),
        *grid_test(synthetic, reference),
        _diversity(opened, measured, settings.seed),
    ]
    masked = measured.get("masks", reference)
    metrics += [*condition_adherence(synthetic, masked), *straight_edges(synthetic, masked)]
    if not any(np.isfinite(synthetic.values[name]).any() for name in ("structure_dice", "requested")):
        unanswered["adherence"] = "no case of the set has masks"
    for near in privacy_measures:
        metrics += nearness(synthetic, reference)
        metrics += planted_copies(opened["train"], near.index, near.expert, reference, seed=settings.seed)
    answer, masks = partial(_answered, unanswered), opened.get("masks", opened["reference"])
    if generator is not None:
        expert = bundle.get("anatomy_expert")
        metrics += answer(MEMBERSHIP, partial(_membership, opened, generator, expert, settings.seed))
    if twin is not None:
        metrics += answer(TWIN, partial(_reidentification, settings.seed, opened, measured, patients, twin))
    if extraction is not None and not any(lacking):
        expert = bundle.get("anatomy_expert")
        metrics += extraction_test(opened["train"], opened["reference"], extraction, expert, seed=settings.seed)
    if settings.demographics:
        metrics += answer("demographics", partial(demographic_adherence, synthetic, reference, measured["train"]))
    if settings.by:
        attempts = _attempts(settings.synthetic)
        metrics += answer("subgroups", partial(subgroups, settings.by, synthetic, masked, attempts))
    if counterfactual is not None:
        metrics += answer("counterfactual", partial(counterfactual_test, masks, counterfactual))
    if shown is not None:
        metrics += answer("shown", partial(_shown, settings, masks, shown, bundle))
    if settings.encoder_check:
        train = measured.get("train", reference)
        metrics += encoder_check(encoders, opened["reference"], reference, train, settings.cache)
    if settings.two_sample_test:
        metrics += two_sample_test(synthetic, reference, measured.get("train"), settings.seed)
    spectra = mean_curves([(r, m.values["spectrum"]) for r, m in measured.items() if "spectrum" in m.values])
    roles = {
        role: EvaluatedSet(_name(settings, role), len(part), part.digest, len(part.faults))
        for role, part in measured.items()
    }
    order = [synthetic.indices[i] for i in worst_to_best(synthetic)]
    warnings = _warnings(settings, measured)
    results = Results(roles, cards, metrics, spectra, record or {}, warnings, unanswered)
    return Evaluation(results, opened["synthetic"], order)


def _answered(
    unanswered: dict[str, str], names: str | Sequence[str], test: Callable[[], list[MetricResult]]
) -> list[MetricResult]:
    """Rows of a test; none, and the reason by its names, where a set lacks what it needs, such as masks."""
    try:
        return test()
    except InputError as error:
        unanswered.update(dict.fromkeys([names] if isinstance(names, str) else names, str(error)))
        return []


def _reidentification(
    seed: int,
    opened: Mapping[str, CaseSet],
    measured: Mapping[str, Measured],
    patients: Mapping[str, str],
    twin: TwinFeatures,
) -> list[MetricResult]:
    """Whose films are whose, and the test."""
    roles = ("reference", "train")
    owners = {role: patients_of(opened[role], measured[role].indices, patients, role) for role in roles}
    sets = measured["synthetic"], measured["reference"], measured["train"]
    return reidentification(*sets, owners, opened["train"], twin, seed)


def _shown(settings: EvaluationSettings, cases: CaseSet, generator: Bundle, bundle: Bundle) -> list[MetricResult]:
    """Scored by the held-out evaluator, pairs and real images alike."""
    return shown_test(cases, generator, held_out_evaluator(bundle.root, settings.device))


def _resegmentation(settings: EvaluationSettings, bundle: Bundle) -> Resegmentation:
    """With the filter's own anatomy expert, or a held-out one of the same architecture."""
    expert, identity = bundle.get("anatomy_expert"), str(sorted(bundle.hashes.items()))
    if settings.anatomy_expert:
        network = load_weights(copy.deepcopy(expert.network), settings.anatomy_expert)
        expert, identity = AnatomyExpert(network, settings.device), identity + sha256(Path(settings.anatomy_expert))
    return Resegmentation(expert, bundle.get("findings_expert"), identity)


def _add_two_sample_features(
    measures: dict[str, list[Any]], other: str, frame: int, bundle: Bundle, codec: Bundle | None
) -> None:
    """What the two-sample test needs: features of every set, and of the changed images of the other real one."""
    trunk, identity = bundle.get("findings_expert").network.backbone, bundle.hashes["findings.pt"]
    sizes = sizes_of(frame)
    for role in {"synthetic", "reference", other}:
        measures[role] = [*measures[role], TrunkFeatures(trunk, identity, sizes=sizes)]
    changed = [
        TrunkFeatures(trunk, identity, BLURRED, partial(blurred, size=size), (size,)) for size in full_sizes(sizes)
    ]
    if codec is not None:
        hashes = " ".join([identity, *(codec.hashes.get(f"{name}.pt", "") for name in ("autoencoder", "upsampler"))])
        upsampler = codec.get("upsampler").eval() if "upsampler" in codec.parser else None
        change = reconstruction(codec.get("autoencoder"), upsampler, CODEC_FRAME)
        changed.append(TrunkFeatures(trunk, hashes, CODEC, change, sizes))
    expert = bundle.get("anatomy_expert")
    plain = PlainFeatures(trunk, expert, f"{identity} {bundle.hashes['model.pt']}", sizes)
    measures["reference"] = [*measures["reference"], plain]
    measures[other] = [*measures[other], *changed, *([plain] if other != "reference" else [])]


def _attempts(name: str) -> CaseFolder | None:
    """All attempts of a run folder; None for any other set."""
    return CaseFolder(name) if (Path(name) / "manifest.jsonl").is_file() else None


def _privacy_measures(
    settings: EvaluationSettings, opened: Mapping[str, CaseSet], bundle: Bundle
) -> list[NearestTrain]:
    """The measure of the nearest-neighbor audit, where it is requested."""
    if not settings.privacy:
        return []
    expert = bundle.get("anatomy_expert")
    return [NearestTrain(index_of(opened["train"], expert), expert)]


def _twin_features(bundle: Bundle) -> TwinFeatures:
    trunk, hashes = bundle.get("findings_expert").network.backbone, str(sorted(bundle.hashes.items()))
    return TwinFeatures(trunk, bundle.get("anatomy_expert"), hashes)


def _membership(
    opened: Mapping[str, CaseSet], generator: Bundle, expert: AnatomyExpert, seed: int
) -> list[MetricResult]:
    """Membership inference by loss, with as many training as held-out images; without anatomy by the expert's."""
    others, members = opened["reference"], subsample(opened["train"], len(opened["reference"]), seed)
    own = all(cases[0].anatomy is not None for cases in (others, members))
    remark = "" if own else "; anatomy of both by the expert"
    used = None if own else expert
    member_losses = denoising_losses(members, generator, "loss, members", expert=used)
    return [membership(member_losses, denoising_losses(others, generator, "loss, held-out", expert=used), remark)]


def _open_sets(settings: EvaluationSettings) -> dict[str, CaseSet]:
    if settings.privacy and not settings.train:
        raise InputError("privacy", "no training images", "--train with --privacy", "give --train SET")
    opened = {}
    for role, section in ROLE_SECTIONS.items():
        if name := getattr(settings, role):
            cases = open_cases(name, section, settings.size)
            if settings.size > CODEC_FRAME and 0 < native_edge(cases) < settings.size:
                value = f"{settings.size}, but {name} has images of {native_edge(cases)} pixels"
                raise InputError("size", value, f"images of {settings.size} pixels in every set", "leave --size out")
            opened[role] = subsample(SizedCases(cases, settings.size), settings.max_cases, settings.seed)
    return opened


def subsample(cases: CaseSet, max_cases: int, seed: int) -> CaseSet:
    """A random subset of at most `max_cases` cases, in their order; 0 takes all."""
    if not max_cases or len(cases) <= max_cases:
        return cases
    return ChosenCases(cases, sorted(np.random.default_rng(seed).permutation(len(cases))[:max_cases].tolist()))


def _name(settings: EvaluationSettings, role: str) -> str:
    name: str = getattr(settings, role)
    return Path(name).name if "/" in name else name


def _diversity(opened: Mapping[str, CaseSet], measured: Mapping[str, Measured], seed: int) -> MetricResult:
    similar = []
    for role in ("synthetic", "reference"):
        cases, indices = opened[role], measured[role].indices
        similar.append(pair_similarity(len(indices), partial(_measured_image, cases, indices), seed=seed))
    return diversity(*similar)


def _measured_image(cases: CaseSet, indices: Sequence[int], number: int) -> npt.NDArray[np.float32]:
    return _image(cases, indices[number])


def _image(cases: CaseSet, index: int) -> npt.NDArray[np.float32]:
    image = cases[index].image
    assert image is not None  # it could be read a moment ago
    return np.clip(image_at_most(image, CODEC_FRAME), 0, 1)


def _warnings(settings: EvaluationSettings, measured: Mapping[str, Measured]) -> list[str]:
    found = []
    for role, part in measured.items():
        if len(part) < 5 * MIN_CASES:
            found.append(f"{role} has {len(part)} cases: intervals are wide and FD depends on the number of images")
    if measured["synthetic"].digest == measured["reference"].digest:
        found.append("the set and the reference are identical")
    if "train" not in measured:
        found.append("no training images: the real-vs-real baseline is half of the reference against the other half")
    shared = set(measured["synthetic"].ids) & set(measured["reference"].ids)
    if shared and measured["synthetic"].digest != measured["reference"].digest:
        found.append(f"{len(shared)} ids are in the set and in the reference")
    return found
