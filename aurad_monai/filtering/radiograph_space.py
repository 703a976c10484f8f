# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Out-of-distribution detection: Mahalanobis distance of features from those of real radiographs; orientation.

Takes features (F,) of the anatomy expert; gives the distance (Lee et al., NeurIPS 2018) and the probability of each
orientation (upright, mirrored, rotated, inverted, no chest) by a linear classifier.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file
from torch.nn import functional

from aurad_monai.errors import InputError
from aurad_monai.filtering import corruptions

ORIENTATIONS: dict[str, corruptions.Corruption] = {
    "upright": corruptions.exact,
    "mirrored": corruptions.mirrored,
    "rotated_left": corruptions.rotated(1),
    "upside_down": corruptions.rotated(2),
    "rotated_right": corruptions.rotated(3),
    "inverted": corruptions.inverted,
    "no_chest": corruptions.shuffled,
    "no_radiograph": corruptions.clouds,
}
"""Ways an image can stand; all but the first are made from upright radiographs."""
AXES, ORIENTATION_AXES = 32, 64
"""Principal components that describe radiographs, and those that tell views apart."""

Features = npt.NDArray[np.float32]


class RadiographSpace:
    """A Gaussian of radiographs' features (Mahalanobis distance, Lee et al., NeurIPS 2018), a linear view classifier.

    Args:
        tensors: `mean` (F,), `axes` (K, F) scaled to unit variance, `residual` (), `view_mean` (F,), `view_axes`
            (V, F), `view_weight` (len(ORIENTATIONS), V), `view_bias` (len(ORIENTATIONS),).
    """

    def __init__(self, tensors: Mapping[str, npt.NDArray[Any]]) -> None:
        self.tensors = {name: np.asarray(value, dtype=np.float32) for name, value in tensors.items()}
        self._directions = self.tensors["axes"] / np.maximum(
            np.linalg.norm(self.tensors["axes"], axis=1, keepdims=True), 1e-12
        )

    @classmethod
    def from_file(cls, path: str | Path) -> RadiographSpace:
        """Read what `save` wrote; InputError where it is not that."""
        try:
            return cls(load_file(path))
        except (OSError, KeyError, ValueError, SafetensorError) as error:
            raise InputError("radiograph_space", path, "a radiograph space (safetensors)", str(error)[:80]) from error

    def save(self, path: str | Path) -> None:
        """Write it; axes in half precision."""
        half = {"axes", "view_axes"}
        save_file({name: v.astype(np.float16) if name in half else v for name, v in self.tensors.items()}, path)

    @classmethod
    def fit(cls, features: Mapping[str, Features]) -> RadiographSpace:
        """Fit to features (N, F) of radiographs in each of `ORIENTATIONS`."""
        upright = features["upright"].astype(np.float64)
        mean, directions, spread = _principal(upright, AXES)
        residual = (upright - mean) - (upright - mean) @ directions.T @ directions
        everything = np.concatenate([features[view] for view in ORIENTATIONS]).astype(np.float64)
        view_mean, view_directions, view_spread = _principal(everything, ORIENTATION_AXES)
        view_axes = view_directions / view_spread[:, None]
        labels = np.concatenate([np.full(len(features[view]), index) for index, view in enumerate(ORIENTATIONS)])
        weight, bias = _softmax_regression((everything - view_mean) @ view_axes.T, labels)
        return cls(
            {
                "mean": mean,
                "axes": directions / spread[:, None],
                "residual": np.asarray(max(np.square(residual).sum(axis=1).mean(), 1e-6 * np.square(spread).sum())),
                "view_mean": view_mean,
                "view_axes": view_axes,
                "view_weight": weight,
                "view_bias": bias,
            }
        )

    def distance(self, features: Features) -> float:
        """How unlike radiographs features (F,) are: about 1 for those it was fitted to, more for others."""
        centered = features - self.tensors["mean"]
        along = self.tensors["axes"] @ centered
        beside = centered - self._directions.T @ (self._directions @ centered)
        squared = (np.square(along).mean() + np.square(beside).sum() / self.tensors["residual"]) / 2
        return float(np.sqrt(squared))

    def orientations(self, features: Features) -> dict[str, float]:
        """Probability of each view."""
        axes = self.tensors["view_axes"] @ (features - self.tensors["view_mean"])
        logits = self.tensors["view_weight"] @ axes + self.tensors["view_bias"]
        odds = np.exp(logits - logits.max())
        return dict(zip(ORIENTATIONS, (odds / odds.sum()).tolist(), strict=True))


def _principal(data: npt.NDArray[np.float64], count: int) -> tuple[npt.NDArray[np.float64], ...]:
    """Mean, directions (K, F) and standard deviations (K,) of the first components."""
    mean = data.mean(axis=0)
    _, scale, directions = np.linalg.svd(data - mean, full_matrices=False)
    count = min(count, len(scale), max(len(data) - 1, 1))
    return mean, directions[:count], np.maximum(scale[:count] / np.sqrt(max(len(data) - 1, 1)), 1e-6)


def _softmax_regression(
    inputs: npt.NDArray[np.float64], labels: npt.NDArray[np.integer], decay: float = 1e-3
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Weight (C, K) and bias (C,) of least cross entropy."""
    x, y = torch.from_numpy(inputs).float(), torch.from_numpy(labels).long()
    layer = torch.nn.Linear(x.shape[1], len(ORIENTATIONS))
    torch.nn.init.zeros_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
    optimizer = torch.optim.LBFGS(layer.parameters(), max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = functional.cross_entropy(layer(x), y) + decay * layer.weight.square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return layer.weight.detach().numpy(), layer.bias.detach().numpy()
