# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Re-identification: does a twin network that knows patients again find training patients in synthetic images?

Takes measured features of synthetic, training and held-out real images, and whose each film is; gives `MetricResult`
rows. The network is a learned projection, the same for both films of a pair, of frozen features of the filter's
findings expert, trained on pairs of films of training patients and on disguised copies (after Packhaeuser et al.,
Scientific Reports 2022, whose network is trained end to end on a hundred times as many patients). Held-out patients are
the null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional
from tqdm import tqdm

from aurad_monai.case import Case
from aurad_monai.errors import InputError
from aurad_monai.evaluation.images.privacy import FAMILY, LEVEL
from aurad_monai.evaluation.measure import Batch, Measured
from aurad_monai.evaluation.metric_result import MetricResult, mean_result
from aurad_monai.experts.anatomy import AnatomyExpert
from aurad_monai.experts.efficientnet_lite import EfficientNetLite
from aurad_monai.filtering.corruptions import COPIES
from aurad_monai.filtering.memorization.perceptual_descriptor import WHOLE, descriptors, lung_box
from aurad_monai.io.case_set import CaseSet
from aurad_monai.statistics import auroc, statistic_interval

TWIN_POWER = "films of one patient told by the twin network, AUROC"
TWIN_SHARE = "share re-identified by the twin network"
TWIN_NEARER = "nearer a training patient by the twin network, AUROC"
TWIN_PLANTED = "planted copies re-identified"
TWIN = (TWIN_POWER, TWIN_SHARE, TWIN_NEARER, TWIN_PLANTED)
NAME = "twin"
INPUT, GRID, STAGES = 192, 3, (2, 4)
"""Edge of the crop around the lungs, cells that features are averaged over, stages of the trunk."""
COMPONENTS, EMBEDDING = 256, 64
STEPS, PATIENTS, TEMPERATURE, RATE, DECAY = 300, 64, 0.1, 3e-3, 1e-3
MIN_PATIENTS = 20
"""Patients with several films below which only disguised copies of films are learned from."""
HELD_OUT = 0.2
"""Share of these patients that the network does not learn from, to see whether it knows patients again."""
PLANTED = 20
FEWEST = 8
"""Films without which there is nothing to learn from."""
VIEWS = 150
"""Training films of which disguised copies are learned from, at most."""
Features = npt.NDArray[np.float32]


class TwinFeatures:
    """A measure: `twin` (B, 2, F), frozen features of the crop around the lungs and of its mirror image.

    Args:
        trunk: of the findings expert.
        expert: finds the lungs.
        identity: of the weights of both.
    """

    def __init__(self, trunk: EfficientNetLite, expert: AnatomyExpert, identity: str) -> None:
        self.trunk, self.expert = trunk.eval(), expert
        self.identity = f"{NAME} 1 {identity} {INPUT} {GRID} {STAGES}"

    def __call__(self, batch: Batch) -> Mapping[str, Features]:
        return {NAME: self.of(batch.images, batch.predictions(self.expert))}

    @torch.inference_mode()
    def of(self, images: Features, anatomy: npt.NDArray[np.generic]) -> Features:
        """(B, 2, F) of images (B, 1, H, W) and their anatomy (B, 3, H, W)."""
        boxes = [lung_box(masks) for masks in anatomy]
        sides = []
        for mirror in (False, True):
            pixels = torch.from_numpy(np.ascontiguousarray(images[..., ::-1] if mirror else images))
            around = [(1 - x if mirror else x, y, edge) for x, y, edge in boxes]
            shown = [descriptors(image, box)[0] for image, box in zip(pixels.numpy(), around, strict=True)]
            whole = [descriptors(image, WHOLE)[0] for image in pixels.numpy()]
            sides.append(np.concatenate([self._maps(_crops(pixels, around)), np.stack(shown), np.stack(whole)], axis=1))
        return np.asarray(np.stack(sides, axis=1), dtype=np.float32)

    def _maps(self, crops: torch.Tensor) -> Features:
        stages = self.trunk(crops.to(next(self.trunk.parameters()).device))
        pooled = [functional.adaptive_avg_pool2d(stages[k].float(), GRID).flatten(1) for k in STAGES]
        return np.asarray(torch.cat(pooled, dim=1).cpu().numpy())


def _crops(images: torch.Tensor, boxes: Sequence[tuple[float, float, float]]) -> torch.Tensor:
    """Squares around the lungs (B, 1, `INPUT`, `INPUT`), of equal mean and deviation: contrast tells no patient."""
    theta = torch.tensor([[[edge, 0, 2 * x - 1], [0, edge, 2 * y - 1]] for x, y, edge in boxes])
    grid = functional.affine_grid(theta, [len(boxes), 1, INPUT, INPUT], align_corners=False)
    cut = functional.grid_sample(images, grid, align_corners=False)
    level, spread = cut.mean((1, 2, 3), keepdim=True), cut.std((1, 2, 3), keepdim=True)
    return (0.5 + 0.22 * (cut - level) / spread.clamp_min(1e-4)).clamp(0, 1)


@dataclass(frozen=True)
class Twin:
    """The projection, the same for both films of a pair.

    Args:
        mean: (F,) of the features.
        scale: (F,) their deviations.
        components: (F, K) principal components, whitened.
        weights: (K, E), learned.
        patients: of several films that were learned from; 0 where disguised copies alone were.
    """

    mean: Features
    scale: Features
    components: Features
    weights: Features
    patients: int

    def embed(self, features: Features) -> Features:
        """Unit vectors (..., E) of features (..., F)."""
        return _unit(((features - self.mean) / self.scale) @ self.components @ self.weights)

    def similarity(self, queries: Features, gallery: Features) -> npt.NDArray[np.float64]:
        """Cosine (Q, N) of queries (Q, 2, F), the better of film and mirror image, and films (N, 2, F)."""
        films = self.embed(gallery[:, 0])
        return np.asarray(np.max(self.embed(queries) @ films.T, axis=1), dtype=np.float64)


def _unit(rows: npt.NDArray[Any]) -> Features:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9), dtype=np.float32)


def learn(features: Features, owners: Sequence[str], copies: Features, copied: Sequence[str], seed: int = 0) -> Twin:
    """Train the projection so that films of a patient are nearer one another than those of others (InfoNCE).

    Args:
        features: (N, 2, F) of films to learn from.
        owners: their patients.
        copies: (M, 2, F) of disguised copies of some of the films.
        copied: the patients of those.
        seed: of weights and pairs.
    """
    rows = np.concatenate([features[:, 0], copies[:, 0]])
    names = np.array([*owners, *copied])
    mean, scale = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-6)
    standard = (rows - mean) / scale
    _, values, axes = np.linalg.svd(standard, full_matrices=False)
    kept = min(COMPONENTS, int((values > 1e-3 * values[0]).sum()))
    # Half whitened: small components tell patients apart, the smallest are noise.
    components = (axes[:kept] / np.sqrt(values[:kept] / np.sqrt(len(rows)) + 0.1)[:, None]).T.astype(np.float32)
    whitened = torch.from_numpy(np.asarray(standard @ components, dtype=np.float32))
    rng, places = np.random.default_rng(seed), {name: np.flatnonzero(names == name) for name in np.unique(names)}
    several = sorted(name for name, found in places.items() if len(found) > 1)
    generator = torch.Generator().manual_seed(seed)
    start, _ = torch.linalg.qr(torch.randn(kept, min(EMBEDDING, kept), generator=generator))
    weights = start.clone().requires_grad_()
    optimizer = torch.optim.AdamW([weights], RATE, weight_decay=DECAY)
    for _ in range(STEPS):
        chosen = rng.permutation(len(several))[:PATIENTS]
        pairs = np.stack([rng.permutation(places[several[i]])[:2] for i in chosen])
        first, second = (functional.normalize(whitened[pairs[:, side]] @ weights, dim=1) for side in (0, 1))
        logits, target = first @ second.T / TEMPERATURE, torch.arange(len(pairs))
        loss = functional.cross_entropy(logits, target) + functional.cross_entropy(logits.T, target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    films = [names[: len(owners)].tolist().count(name) for name in several]
    learned = np.asarray(weights.detach().numpy(), dtype=np.float32)
    return Twin(mean, scale, components, learned, sum(count > 1 for count in films))


def reidentification(
    synthetic: Measured,
    unseen: Measured,
    train: Measured,
    owners: Mapping[str, Sequence[str]],
    cases: CaseSet,
    measure: TwinFeatures,
    seed: int = 0,
) -> list[MetricResult]:
    """Train the twin network on training patients, see whether it works, and look for them in the synthetic set.

    Args:
        synthetic: with `twin`.
        unseen: the same of films of patients that the generator has not seen, the null.
        train: the same of training films.
        owners: patients of the films of `reference` and of `train`, in their order.
        cases: the training films.
        measure: gives the features of disguised copies.
        seed: of the choice of patients and copies.

    Raises:
        InputError: there are fewer than eight training films, or no film of a patient outside of training.
    """
    known = np.isin(owners["reference"], owners["train"])
    if len(train) < FEWEST:
        raise InputError("train", f"{len(train)} films", f"at least {FEWEST}", "give more training films")
    if known.all():
        raise InputError("reference", "films of training patients alone", "films of other patients", "give others")
    rng, whose = np.random.default_rng(seed), np.array(owners["train"])
    names, counts = np.unique(whose, return_counts=True)
    several = names[counts > 1]
    apart = set(rng.permutation(several)[: round(HELD_OUT * len(several))]) if len(several) >= MIN_PATIENTS else set()
    learned = np.array([name not in apart for name in whose])
    picked = rng.permutation(np.flatnonzero(learned))
    planted, views = np.split(picked, [min(PLANTED, len(picked) // 4)])
    views = views[:VIEWS]
    copies, sources = _copies([(int(i), cases[train.indices[int(i)]]) for i in views], measure, rng)
    twin = learn(train.values[NAME][learned], whose[learned].tolist(), copies, whose[sources].tolist(), seed)
    null = twin.similarity(unseen.values[NAME][~known], train.values[NAME]).max(axis=1)
    near = twin.similarity(synthetic.values[NAME], train.values[NAME]).max(axis=1)
    limit = float(np.quantile(null, LEVEL))
    learned_from = f"learned from {twin.patients} patients with several films and {len(copies)} disguised copies"
    note = f"null: {len(null)} films of patients not in training; similarity above {limit:.3f}"
    nearer = statistic_interval(auroc, (near, null), 500)
    rows = [
        _power(twin, train, whose, learned, unseen, np.array(owners["reference"]), learned_from),
        mean_result(
            FAMILY, TWIN_SHARE, (near > limit).astype(float), (null > limit).astype(float), "", "not above real", note
        ),
        MetricResult(
            FAMILY, TWIN_NEARER, nearer, len(near), real_count=len(null), better="lower", note="0.5: not nearer"
        ),
    ]
    chosen = [(int(i), cases[train.indices[int(i)]]) for i in planted]
    for kind in tqdm(COPIES, desc="planted, twin", unit="kind"):
        features, sources = _copies(chosen, measure, rng, kind=kind)
        similar = twin.similarity(features, train.values[NAME])
        found = (similar.max(axis=1) > limit) & (whose[similar.argmax(axis=1)] == whose[sources])
        rows.append(mean_result(FAMILY, TWIN_PLANTED, found.astype(float), None, kind, "higher"))
    return rows


def _power(
    twin: Twin,
    train: Measured,
    whose: npt.NDArray[Any],
    learned: npt.NDArray[np.bool_],
    unseen: Measured,
    unseen_owners: npt.NDArray[Any],
    learned_from: str,
) -> MetricResult:
    """How well pairs of films of one patient are told from pairs of two, of patients not learned from."""
    features = np.concatenate([train.values[NAME][~learned], unseen.values[NAME]])
    owner = np.array([*whose[~learned], *unseen_owners])
    names, counts = np.unique(owner, return_counts=True)
    kept = np.isin(owner, names[counts > 1])
    similar = twin.similarity(features[kept], features[kept])
    same = owner[kept][:, None] == owner[kept][None]
    above = np.triu(np.ones_like(same), 1)
    patients = int((counts > 1).sum())
    value = statistic_interval(auroc, (similar[same & above], similar[~same & above]), 200)
    note = f"of {patients} patients with several films; {learned_from}"
    return MetricResult(FAMILY, TWIN_POWER, value, int((same & above).sum()), better="higher", note=note)


def _copies(
    films: Sequence[tuple[int, Case]], measure: TwinFeatures, rng: np.random.Generator, kind: str = ""
) -> tuple[Features, npt.NDArray[np.int64]]:
    """Features of a disguised copy of each film, and the places of the films in the training set.

    Of no given kind it is any but the mirror image, which is not learned but looked up.
    """
    kinds, features, sources = [name for name in COPIES if name != "flipped"], [], []
    for place, case in tqdm(films, desc="copies", unit="film", disable=bool(kind)):
        hide = COPIES[kind or kinds[int(rng.integers(len(kinds)))]]
        assert case.image is not None  # it was measured
        picture = np.clip(np.asarray(hide(np.clip(case.image, 0, 1), rng), dtype=np.float32), 0, 1)[None]
        features.append(measure.of(picture, measure.expert(picture))[0])
        sources.append(place)
    return np.stack(features), np.array(sources, dtype=np.int64)
