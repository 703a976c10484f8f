# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Frozen features and a logistic regression a finding: `python -m recipes.experts.linear --data D`.

The baseline that the findings expert is compared with, and the start of its second backbone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import fire
import numpy as np
import torch
from scipy.linalg import eigh
from sklearn.linear_model import LogisticRegression

from aurad_monai.experts.findings_network import WholeImageNetwork, described
from recipes.experts.films import FINDINGS, Film, Floats, read_films
from recipes.experts.pretrained import pretrained
from recipes.experts.targets import interval, matrix

EDGE, BATCH, LIMIT, UNLIKELY = 256, 16, 5.0, -4.0


@dataclass(frozen=True)
class LinearModel:
    """Standardized features, projected, to a logit a finding.

    Args:
        mean: (D,) of the features.
        deviation: (D,) of the features.
        axes: (D, K) whitened principal axes.
        weights: (findings, K).
        bias: (findings,), NaN where there was nothing to learn from.
    """

    mean: Floats
    deviation: Floats
    axes: Floats
    weights: Floats
    bias: Floats

    def __call__(self, features: Floats) -> Floats:
        """(N, D) to logits (N, findings)."""
        standard = np.clip((features - self.mean) / self.deviation, -LIMIT, LIMIT)
        return np.asarray(standard @ self.axes @ self.weights.T + self.bias, dtype=np.float32)

    @classmethod
    def fit(
        cls, features: Floats, value: Floats, weight: Floats, axes: int = 120, strength: float = 0.01
    ) -> LinearModel:
        """From (N, D) features, (N, findings) values and weights; fewer than three films teach nothing."""
        mean, deviation = features.mean(0), features.std(0) + 1e-3
        standard = np.clip((features - mean) / deviation, -LIMIT, LIMIT)
        projection = principal_axes(standard, axes)
        reduced = standard @ projection
        weights, bias = np.zeros((value.shape[1], axes), np.float32), np.full(value.shape[1], np.nan, np.float32)
        for index in range(value.shape[1]):
            weights[index], bias[index] = regression(reduced, value[:, index], weight[:, index], strength)
        return cls(mean, deviation, projection, weights, bias)


def principal_axes(standard: Floats, count: int) -> Floats:
    """(D, count) axes along which (N, D) varies most, scaled so that each projection has variance 1."""
    rows = len(standard)
    values, vectors = eigh(standard @ standard.T, subset_by_index=[rows - count, rows - 1])
    axes = standard.T @ vectors / np.sqrt(values) / np.sqrt(values / rows)
    return np.asarray(axes[:, ::-1], dtype=np.float32)


def regression(features: Floats, value: Floats, weight: Floats, strength: float) -> tuple[Floats, float]:
    """Weights and bias of a weighted logistic regression; zeros and NaN where fewer than three films are positive."""
    known = weight > 0
    positive = value[known] > 0.5
    if positive.sum() < 3:
        return np.zeros(features.shape[1], np.float32), float("nan")
    model = LogisticRegression(C=strength, max_iter=300)
    model.fit(features[known], positive, sample_weight=weight[known])
    return model.coef_[0], float(model.intercept_[0])


@torch.inference_mode()
def frozen_features(films: Sequence[Film], root: Path, scale: str = "lite0") -> Floats:
    """(N, D): mean and maximum of the head, and 3 x 3 means of the fourth stage."""
    backbone, found = pretrained(scale), []
    for start in range(0, len(films), BATCH):
        frames = np.stack([film.frame(root, EDGE) for film in films[start : start + BATCH]])
        seen = backbone(torch.from_numpy(frames.astype(np.float32) / 255)[:, None])
        found.append(described(seen[-1], seen[3]).numpy())
    return np.concatenate(found)


def fold(model: LinearModel, network: WholeImageNetwork, scale: float = 1.0) -> None:
    """Write a regression on the features of `frozen_features` into the network that computes them.

    Args:
        model: fitted; a finding nothing is known of is unlikely.
        network: with the same backbone.
        scale: of the logits.
    """
    weight = model.weights @ model.axes.T / model.deviation
    bias = np.nan_to_num(model.bias, nan=UNLIKELY) - weight @ model.mean
    with torch.no_grad():
        network.whole.weight.copy_(torch.from_numpy(weight * scale))
        network.whole.bias.copy_(torch.from_numpy(bias * scale))


def baseline(data: str, output: str = "runs/experts/baseline.json") -> None:
    """What frozen features and text-mined labels alone reach."""
    films = read_films(Path(data))
    text = matrix(films, "text")
    _fit_and_tell(films, Path(data), np.nan_to_num(text), 1.0 * ~np.isnan(text), Path(output))


def _fit_and_tell(films: list[Film], root: Path, value: Floats, weight: Floats, output: Path) -> None:
    features = frozen_features(films, root)
    chosen = np.array([not film.validation for film in films])
    model = LinearModel.fit(features[chosen], value[chosen], weight[chosen])
    seen = np.array([film.validation and film.nih for film in films])
    truth, patients = (
        matrix(films, "best")[seen],
        [film.patient for film, kept in zip(films, seen, strict=True) if kept],
    )
    scores = model(features[seen])
    figures = {name: interval(truth[:, k], scores[:, k], patients) for k, name in enumerate(FINDINGS)}
    output.parent.mkdir(parents=True, exist_ok=True)
    np.savez(output.with_suffix(".npz"), **vars(model))
    output.write_text(json.dumps({"films": int(chosen.sum()), "auroc": figures}, indent=1) + "\n", encoding="utf-8")
    print(output.read_text(encoding="utf-8"))


if __name__ == "__main__":
    fire.Fire(baseline)
