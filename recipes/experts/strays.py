# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Films that are no upright frontal chest, each with a reason: `python -m recipes.experts.strays --data D`.

In goes the public collection, out comes strays.csv (id, split, reason), whose training films no expert learns from.
Four numbers a film decide: how well it agrees with the mean film, upright and turned; how symmetric it is; how far its
neighbors are among features of an ImageNet network; and where the anatomy expert finds lungs.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import fire
import numpy as np

from aurad_monai.experts.anatomy import AnatomyExpert
from recipes.experts.films import Film, Floats, read_films
from recipes.experts.linear import BATCH, EDGE, LIMIT, frozen_features, principal_axes

SMALL, BORDER, AXES, NEIGHBOR = 32, 4, 60, 5
TURNED = "turned: agrees with the mean film better upside down or on its side"
SIDEWAYS = "lateral or strongly oblique: asymmetric, unlike its neighbors, lungs not side by side"
NO_LUNG = "hardly any lung in the frame and unlike every other film"


@dataclass(frozen=True)
class Look:
    """What decides of N films.

    Args:
        upright: (N,) correlation with the mean film, less the best of the film turned by 90, 180 and 270 degrees.
        symmetry: (N,) correlation of the film with its mirror image.
        lonely: (N,) distance to the fifth neighbor.
        lungs: (N, 2) share of the frame of each lung.
        heights: (N, 3) where the middle of each lung and of the mediastinum is, 0 at the top.
    """

    upright: Floats
    symmetry: Floats
    lonely: Floats
    lungs: Floats
    heights: Floats

    def reason(self, index: int) -> str:
        """Why a film is a stray; empty where it is none."""
        upright, lungs, heights = self.upright[index], self.lungs[index], self.heights[index]
        if upright < -0.5:
            return TURNED
        odd = upright < 0.2 and self.lonely[index] > 9 and self.symmetry[index] < 0.1
        apart = max(abs(heights[0] - heights[1]) - 0.2, abs(heights[2] - heights[:2].mean()) - 0.3) > 0
        if odd and apart and lungs.max() > 3 * max(lungs.min(), 1e-4):
            return SIDEWAYS
        alone = self.lonely[index] > (9.5 if lungs.min() < 0.03 else 10.5)
        return NO_LUNG if alone and lungs.sum() < 0.1 else ""


def find(data: str, bundle: str = "bundles/cxr_expert_filter", output: str = "runs/experts/strays.csv") -> None:
    """Look at every adult film of the collection.

    Args:
        data: folder of the public collection.
        bundle: the filter bundle, for its anatomy expert.
        output: CSV to be.
    """
    root = Path(data)
    films, expert = read_films(root), AnatomyExpert.from_bundle(bundle)
    frames = np.stack([film.frame(root, EDGE) for film in films])
    batches = (frames[start : start + BATCH, None].astype(np.float32) / 255 for start in range(0, len(films), BATCH))
    anatomy = np.concatenate([expert(batch) for batch in batches])
    write(films, look(frames.astype(np.float32), frozen_features(films, root), anatomy), Path(output))


def look(frames: Floats, features: Floats, anatomy: Floats) -> Look:
    """From frames (N, H, W), features (N, D) and anatomy (N, 3, H, W)."""
    edge = frames.shape[-1] // SMALL
    small = frames.reshape(len(frames), SMALL, edge, SMALL, edge).mean((2, 4))
    mean = _unit(small).mean(0)
    turns = np.stack([_unit(np.rot90(small, turn, (1, 2))) @ mean for turn in range(4)], 1) / np.linalg.norm(mean)
    inner = small[:, BORDER:-BORDER, BORDER:-BORDER]
    areas, rows = anatomy.mean((2, 3)), np.arange(anatomy.shape[2]) / anatomy.shape[2]
    heights = (anatomy.mean(3) * rows).sum(2) / np.maximum(anatomy.mean(3).sum(2), 1e-6)
    return Look(
        turns[:, 0] - turns[:, 1:].max(1),
        (_unit(inner) * _unit(inner[:, :, ::-1])).sum(1),
        _lonely(features),
        areas[:, :2],
        heights,
    )


def _unit(pictures: Floats) -> Floats:
    flat = pictures.reshape(len(pictures), -1)
    flat = flat - flat.mean(1, keepdims=True)
    return np.asarray(flat / (np.linalg.norm(flat, axis=1, keepdims=True) + 1e-6))


def _lonely(features: Floats) -> Floats:
    """(N,) distance to the fifth neighbor along whitened principal axes."""
    standard = np.clip((features - features.mean(0)) / (features.std(0) + 1e-3), -LIMIT, LIMIT)
    placed = standard @ principal_axes(standard, min(AXES, len(features) - 1))
    lengths = (placed**2).sum(1)
    squared = lengths[:, None] + lengths[None] - 2 * placed @ placed.T
    nearest = np.sort(squared, 1)[:, min(NEIGHBOR, len(features) - 1)]  # the first is the film itself
    return np.asarray(np.sqrt(np.maximum(nearest, 0)), dtype=np.float32)


def write(films: Sequence[Film], seen: Look, path: Path) -> None:
    """The strays alone, in the order of the manifest."""
    reasons = [(film, seen.reason(index)) for index, film in enumerate(films)]
    rows = [(film.id, film.row["split"], reason) for film, reason in reasons if reason]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as lines:
        csv.writer(lines).writerows([("id", "split", "reason"), *rows])
    print(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    fire.Fire(find)
