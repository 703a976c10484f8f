# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Fit the experts that are told where to look, and measure them.

    python -m recipes.experts.marked fit --data ROOT --part PARTS/films256 --output FILE [--scale lite2 --share 0.5]
    python -m recipes.experts.marked measure --part PARTS/films256 --weights FILE --output CSV

In: films at 256 pixels with readers' marks (`recipes.images.films`). A mark on its own film is right; the same place,
moved along with the lungs, is wrong on films without the finding that are else like those with marks. Each film is
seen as it is and in the textures of `robust_views`. Out: weights of a `MarkedNetwork`, with `--share` those of the
held-out evaluator; and a row a finding with the AUROC of right against wrong places on validation films, as they are
and in other textures.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import fire
import numpy as np
import numpy.typing as npt
import torch
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from aurad_monai.anatomy.lungs_box import lungs_box, moved_along
from aurad_monai.bundles.bundle import load_weights, open_bundle, publish_weights
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.experts.marked_findings import LIMIT, STAGES, MarkedHead, MarkedNetwork, described
from aurad_monai.filtering.calibrate import threshold, write_thresholds
from aurad_monai.generation.pipeline import IMAGE_BUNDLE
from aurad_monai.lesions.chest_tissue import BoolArray
from recipes.data.alike import LARGE
from recipes.experts.films import FINDINGS, HELD_OUT, Floats, in_part, read_films
from recipes.experts.linear import principal_axes
from recipes.experts.pretrained import pretrained
from recipes.experts.robust_views import degraded
from recipes.experts.targets import interval
from recipes.images.cases import Cases, unpack
from recipes.images.loop import channels_last
from recipes.images.networks import MASKS, STRUCTURES
from recipes.result_tables import save

BATCH = 16
AXES, SAMPLE, STRENGTH = 200, 5000, 0.003
"""Principal axes that the regression sees, places they are found from, and the inverse strength of its penalty."""
WITHHELD = 0.15
"""Share of the training patients that the filter's expert does not learn from, those that stop the training of the
findings expert among them: thresholds of all experts can be looked at on films that none of them knows."""
POWER = ["finding", "wrong", "rejected", "right", "kept"]
FOLDS = 10
LEAST = 10
"""Marks of a finding, below which it is not learned."""
WHOLE = ("emphysema",)
"""Findings of both lungs, which readers do not mark: where a film is said to have one, its lungs are the mark."""
ALIKE, TEACHES = {"mass": "nodule", "nodule": "mass"}, 0.5
"""Findings that differ in size alone teach each other; the mask says the size. The weight of what is taught so."""
ARCHIVE = "nih_"
"""Start of the ids of films with marks."""
OTHERS = 6
"""Films without the finding on which the place of a mark is looked at."""


@dataclass(frozen=True)
class Place:
    """A place to look at.

    Args:
        film: number of the film that is seen.
        view: number of the texture, 0 as it is.
        finding: channel.
        mark: number of the film whose mark it is.
        right: whether it is the same film.
    """

    film: int
    view: int
    finding: int
    mark: int

    @property
    def right(self) -> bool:
        """Whether the mark is on its own film."""
        return self.film == self.mark


class Marked:
    """Films of a section, with their marks.

    Args:
        part: films at 256 pixels.
        section: train or val.
        chosen: ids of films; none is all.
    """

    def __init__(self, part: str, section: str, chosen: frozenset[str] = frozenset()) -> None:
        self.cases = Cases([part], section)
        given, present = (self.cases.given > 0).numpy(), (self.cases.present > 0).numpy()
        usable = np.array([not chosen or name in chosen for name in self.cases.ids])
        self.boxes = [lungs_box(self.masks(row)[:2].any(axis=0)) for row in range(len(self.cases))]
        usable &= np.array([box is not None for box in self.boxes])
        whole = np.array([name in WHOLE for name in FINDINGS])
        self.marks = (given | whole) & present & usable[:, None]
        self.without = ~present & (usable & self.alike())[:, None]

    def alike(self) -> npt.NDArray[np.bool_]:
        """Films that differ from those with marks in nothing but what they show, as `recipes.data.alike` has it.

        Most films without a finding have half the pixels or come from other years of the archive than those with marks,
        and either is told at once on features of the backbone (`recipes.data.confounds`).
        """
        archive = np.array([name.startswith(ARCHIVE) for name in self.cases.ids])
        return np.asarray(archive & (self.cases.native >= LARGE) & (self.cases.kind != "no finding"))

    def masks(self, row: int) -> BoolArray:
        """(16, 256, 256)."""
        return np.asarray(unpack(self.cases.masks[row][None], MASKS)[0].numpy() > 0)

    def mask(self, place: Place) -> BoolArray:
        """Of a place, (256, 256), moved along with the lungs where the mark is of another film."""
        planes = self.masks(place.mark)
        whole = FINDINGS[place.finding] in WHOLE
        mask = np.asarray(planes[:2].any(axis=0) if whole else planes[STRUCTURES + place.finding])
        before, after = self.boxes[place.mark], self.boxes[place.film]
        assert before is not None and after is not None
        return mask if place.right else moved_along(mask, before, after)

    def places(self, views: Sequence[int], rng: np.random.Generator) -> list[Place]:
        """Every mark in every view, and each in other films."""
        found = []
        for finding in range(len(FINDINGS)):
            without = np.flatnonzero(self.without[:, finding])
            for mark in np.flatnonzero(self.marks[:, finding]).tolist():
                found += [Place(mark, view, finding, mark) for view in views]
                for other in rng.choice(without, min(OTHERS, len(without)), replace=False).tolist():
                    found.append(Place(other, int(rng.choice(views)), finding, mark))
        return found


@torch.inference_mode()
def look(films: Marked, places: Sequence[Place], scale: str, seed: int = 0) -> tuple[Floats, list[Place]]:
    """Features (N, D) of places, and the places in that order, without those that another film does not have."""
    backbone = channels_last(pretrained(scale))
    bundle, rng = open_bundle(bundles_root() / IMAGE_BUNDLE, device="cpu"), np.random.default_rng(seed)
    by_film: dict[tuple[int, int], list[Place]] = defaultdict(list)
    for place in places:
        by_film[place.view, place.film].append(place)
    found, kept = [], []
    order = sorted(by_film)
    for start in tqdm(range(0, len(order), BATCH), mininterval=20, desc="films"):
        part = order[start : start + BATCH]
        images = films.cases.images[[film for _, film in part]][:, None].float() / 255
        other = torch.tensor([view > 0 for view, _ in part])
        if other.any():
            images[other] = degraded(images[other], rng, bundle)
        seen = backbone(images.contiguous(memory_format=torch.channels_last))
        for number, key in enumerate(part):
            masks = [films.mask(place) for place in by_film[key]]
            there = [mask.any() for mask in masks]
            if not any(there):
                continue
            marked = torch.from_numpy(np.stack(masks)[there].astype(np.float32))
            levels = [seen[stage][number : number + 1] for stage in STAGES]
            found.append(described(levels, marked[None])[0].numpy())
            kept += [place for place, has in zip(by_film[key], there, strict=True) if has]
    return np.concatenate(found), kept


def fitted(features: Floats, places: Sequence[Place], scale: str, seed: int = 0) -> MarkedHead:
    """A head from features (N, D) of places."""
    mean, deviation = features.mean(0), features.std(0) + 1e-3
    standard = np.clip((features - mean) / deviation, -LIMIT, LIMIT)
    rows = np.random.default_rng(seed).permutation(len(standard))[:SAMPLE]
    axes = principal_axes(standard[rows], min(AXES, len(rows) - 1))
    reduced = standard @ axes
    head = MarkedHead(scale)
    finding, right = np.array([place.finding for place in places]), np.array([place.right for place in places])
    with torch.no_grad():
        head.mean.copy_(torch.from_numpy(mean))
        head.deviation.copy_(torch.from_numpy(deviation))
        head.linear.weight.zero_()
        head.linear.bias.zero_()
        for channel in range(len(FINDINGS)):
            own = finding == channel
            marks = {place.mark for place, marked in zip(places, own & right, strict=True) if marked}
            if len(marks) < LEAST or right[own].all():
                continue
            alike = FINDINGS.index(ALIKE.get(FINDINGS[channel], FINDINGS[channel]))
            weight = np.where(own, 1.0, TEACHES * (finding == alike))
            model = LogisticRegression(C=STRENGTH, max_iter=500, class_weight="balanced")
            model.fit(reduced[weight > 0], right[weight > 0], sample_weight=weight[weight > 0])
            head.linear.weight[channel] = torch.from_numpy((axes @ model.coef_[0]).astype(np.float32))
            head.linear.bias[channel] = float(model.intercept_[0])
            head.known[channel] = 1
    return head


def folds_of(places: Sequence[Place]) -> npt.NDArray[np.int64]:
    """Folds (N, 2) that the film and the mark of each place are in."""
    films = np.array([(place.film, place.mark) for place in places])
    return np.asarray(np.random.default_rng(0).integers(FOLDS, size=films.max() + 1)[films])


def unseen(features: Floats, places: Sequence[Place], scale: str) -> Floats:
    """Logits (N,) of places by heads that saw neither their film nor their mark; NaN where none knows the finding."""
    finding = np.array([place.finding for place in places])
    fold, logits = folds_of(places), np.full(len(places), np.nan)
    for number in range(FOLDS):
        apart = fold == number
        known = np.flatnonzero(~apart.any(axis=1))
        head = fitted(features[known], [places[row] for row in known.tolist()], scale)
        asked = np.flatnonzero(apart.all(axis=1))
        with torch.inference_mode():
            found = head(torch.from_numpy(features[asked])).masked_fill(head.known == 0, torch.nan).numpy()
        logits[asked] = found[np.arange(len(asked)), finding[asked]]
    return logits.astype(np.float32)


def fit(
    data: str,
    part: str,
    output: str,
    scale: str = "lite1",
    share: float = 1.0,
    views: int = 3,
    rate: float = 0.14,
    bundle: str = "",
    threads: int = 1,
) -> None:
    """Fit to training films.

    Args:
        data: folder of the public collection.
        part: films at 256 pixels.
        output: weights to be, in half precision; beside them what the backbone sees, for the next fit of the same
            part, scale, share and views, and OUTPUT.power.csv (`power_unseen`).
        scale: of the EfficientNet-Lite.
        share: of the training patients; below 1, the weights are those of the held-out evaluator.
        views: of each film, the first as it is.
        rate: share of the marks on films as they are that thresholds reject.
        bundle: filter bundle whose `detection_thresholds` are to be those of marks that the head did not see.
        threads: of torch.
    """
    torch.set_num_threads(threads)
    films, seen = read_films(Path(data)), Path(output).with_suffix(".npz")
    if share < 1:
        chosen = frozenset(film.id for film in films if in_part(film.patient, HELD_OUT, share))
    else:
        chosen = frozenset(film.id for film in films if not in_part(film.patient, "early stop", WITHHELD))
    request = f"{Path(part).resolve()} {scale} {share} {views}"
    kept = dict(np.load(seen)) if seen.is_file() else {}
    if kept.get("request") == request:
        features, places = kept["features"], [Place(*row) for row in kept["places"].tolist()]
    else:
        marked = Marked(part, "train", chosen)
        features, places = look(marked, marked.places(range(views), np.random.default_rng(0)), scale)
        np.savez(seen, request=request, features=features, places=np.array([astuple(place) for place in places]))
    head = fitted(features, places, scale)
    network = MarkedNetwork(scale)
    network.backbone.load_state_dict(pretrained(scale).state_dict())
    network.head.load_state_dict(head.state_dict())
    publish_weights(network, output)
    logits = unseen(features, places, scale)
    chosen_at = thresholds(logits, places, rate)
    print(json.dumps(chosen_at, indent=1))
    save([POWER, *power_unseen(logits, places, rate)], Path(output).with_suffix(".power.csv"))
    if bundle:
        write_thresholds(Path(bundle) / "configs" / "inference.json", {"detection_thresholds": chosen_at}, {})


def thresholds(logits: Floats, places: Sequence[Place], rate: float) -> dict[str, float | None]:
    """Of each finding, the logit below which that share of marks on films as they are lies; None of too few marks."""
    found: dict[str, float | None] = {}
    for channel, name in enumerate(FINDINGS):
        own = [
            logit
            for logit, place in zip(logits.tolist(), places, strict=True)
            if place.finding == channel and place.right and place.view == 0 and np.isfinite(logit)
        ]
        found[name] = threshold(own, "min", rate) if len(own) >= LEAST else None
    return found


def power_unseen(logits: Floats, places: Sequence[Place], rate: float) -> list[list[object]]:
    """Rows of `POWER`: how many wrong places are rejected, in any texture, and right ones kept, on films as they are.

    A place is judged by a head and a threshold that knew neither its film nor its mark: training films have more marks
    than those of validation.
    """
    fold, finding = folds_of(places)[:, 1], np.array([place.finding for place in places])
    right, plain = np.array([place.right for place in places]), np.array([place.view == 0 for place in places])
    known, rows = np.isfinite(logits) & (plain | ~right), list[list[object]]()
    passed = np.zeros(len(places), dtype=bool)
    for number in range(FOLDS):
        own = fold == number
        others = [(logit, place) for logit, place, here in zip(logits, places, own, strict=True) if not here]
        chosen = thresholds(np.array([logit for logit, _ in others]), [place for _, place in others], rate)
        at = np.array([np.nan if (limit := chosen[name]) is None else limit for name in FINDINGS])
        passed[own] = logits[own] >= at[finding[own]]
    for channel, name in enumerate(FINDINGS):
        wrong, own = (known & (finding == channel) & (right == side) for side in (False, True))
        if own.sum() >= LEAST:
            rows.append([name, int(wrong.sum()), int((~passed[wrong]).sum()), int(own.sum()), int(passed[own].sum())])
    return rows


def measure(part: str, weights: str, output: str, scale: str = "lite1", repeats: int = 4, threads: int = 1) -> None:
    """Measure on validation films.

    Args:
        part: films at 256 pixels.
        weights: of `fit`.
        output: table to be.
        scale: of the EfficientNet-Lite.
        repeats: so many textures beside films as they are.
        threads: of torch.
    """
    torch.set_num_threads(threads)
    head, films = read_head(weights, scale), Marked(part, "val")
    columns, rows = ["finding", "marks"], dict[str, list[object]]()
    for words, views in (("as they are", [0]), ("other textures", list(range(1, repeats + 1)))):
        columns += [f"AUROC, {words}{bound}" for bound in ("", ", low", ", high")]
        features, places = look(films, films.places(views, np.random.default_rng(1)), scale, seed=1)
        with torch.inference_mode():
            logits = head(torch.from_numpy(features)).numpy()
        finding, right = np.array([place.finding for place in places]), np.array([place.right for place in places])
        marks = np.array([str(films.cases.ids[place.mark]) for place in places])
        for channel in np.flatnonzero(head.known.numpy()).tolist():
            own = finding == channel
            if len(set(marks[own & right])) < 2:
                continue
            figures = interval(1.0 * right[own], logits[own, channel], marks[own].tolist())
            row = rows.setdefault(FINDINGS[channel], [FINDINGS[channel], len(set(marks[own & right]))])
            row += [f"{value:.3f}" for value in figures]
    save([columns, *rows.values()], Path(output))
    print(Path(output).read_text(encoding="utf-8"))


def read_head(weights: str, scale: str) -> MarkedHead:
    """Of a file of `fit`."""
    network = MarkedNetwork(scale)
    load_weights(network, weights)
    return network.head


if __name__ == "__main__":
    fire.Fire({"fit": fit, "measure": measure})
