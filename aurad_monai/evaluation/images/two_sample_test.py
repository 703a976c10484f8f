# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Classifier two-sample test (C2ST, Lopez-Paz and Oquab, ICLR 2017): AUROC of a small network, synthetic against real.

Takes two sets of images; gives the cross-validated AUROC (0.5 = indistinguishable) with two controls: real images
slightly blurred (power) and real against real (must be 0.5). It is no reader study: a network detects noise that
readers do not see, and misses errors that every radiologist sees.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from scipy import ndimage
from torch import nn
from torch.nn import functional
from tqdm import tqdm

from aurad_monai.evaluation.metric_result import MetricResult
from aurad_monai.statistics import UNKNOWN, auroc, statistic_interval

FAMILY = "two_sample_test"
POWER = 0.95
"""Minimum AUROC against slightly blurred radiographs; below it the test has no power and gives no result."""
BLUR = 1.0
MIN_IMAGES = 40
Images = npt.NDArray[np.float32]


@dataclass(frozen=True)
class C2STConfig:
    """How the classifier is trained; small, for a CPU.

    Args:
        folds: of the cross-validation.
        steps: of batches of `batch` crops.
        batch: crops, half of either set.
        crop: their edge in pixels; blur and noise show in a crop as in the whole.
        learning_rate: of Adam.
        seed: of the folds, crops and weights.
    """

    folds: int = 3
    steps: int = 150
    batch: int = 16
    crop: int = 128
    learning_rate: float = 1e-3
    seed: int = 0


class TwoSampleNetwork(nn.Module):
    """(B, 1, S, S) in [0, 1] to logits (B,): full resolution in the first layer, and a high-pass channel beside."""

    def __init__(self) -> None:
        super().__init__()
        widths = (2, 12, 24, 48, 64)
        layers: list[nn.Module] = []
        for index, (before, after) in enumerate(zip(widths[:-1], widths[1:], strict=True)):
            layers += [nn.Conv2d(before, after, 3, stride=1 if index == 0 else 2, padding=1), nn.ReLU()]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(2 * widths[-1], 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        fine = 8 * (images - functional.avg_pool2d(functional.pad(images, (1, 1, 1, 1), mode="reflect"), 3, 1))
        found = self.body(torch.cat([2 * images - 1, fine], 1)).flatten(2)
        logits: torch.Tensor = self.head(torch.cat([found.mean(dim=2), found.amax(dim=2)], 1))
        return logits[:, 0]


def two_sample_test(synthetic: Images, real: Images, config: C2STConfig | None = None) -> list[MetricResult]:
    """FilterResult and controls.

    Args:
        synthetic: (N, 1, S, S) in [0, 1].
        real: (M, 1, S, S), in random order.
        config: settings.
    """
    config = config or C2STConfig()
    half = len(real) // 2
    if min(len(synthetic), half) < MIN_IMAGES:
        note = f"needs {MIN_IMAGES} images and {2 * MIN_IMAGES} real"
        return [MetricResult(FAMILY, "C2ST AUROC", UNKNOWN, len(synthetic), "this set", note=note)]
    blurred = ndimage.gaussian_filter(real[half:], (0, 0, BLUR, BLUR))
    rows = []
    for name, first, note in (
        ("control: real against slightly blurred real", blurred, f"power; below {POWER} the test is void"),
        ("control: real against real", real[half:], "must be about 0.5"),
    ):
        value = c2st_auroc(first, real[:half], config, name)
        rows.append(MetricResult(FAMILY, "C2ST AUROC", value, len(first), name, note=note))
    powerless = rows[0].value[0] < POWER
    result = UNKNOWN if powerless else c2st_auroc(synthetic, real, config, "this set")
    note = "void: the classifier has no power" if powerless else "0.5: indistinguishable, 1: always distinguished"
    return [MetricResult(FAMILY, "C2ST AUROC", result, len(synthetic), "this set", note=note), *rows]


def c2st_auroc(first: Images, second: Images, config: C2STConfig, name: str = "") -> tuple[float, float, float]:
    """Cross-validated AUROC of a classifier between two sets, as many of either, with its bootstrap interval."""
    rng = np.random.default_rng(config.seed)
    count = min(len(first), len(second))
    sets = [part[rng.permutation(len(part))[:count]] for part in (first, second)]
    fold = np.arange(count) % config.folds
    scores = [np.full(count, np.nan), np.full(count, np.nan)]
    for number in tqdm(range(config.folds), desc=f"two-sample test, {name}", unit="fold"):
        network = _trained([part[fold != number] for part in sets], config, config.seed + number)
        for part, kept in zip(sets, scores, strict=True):
            kept[fold == number] = _scores(network, part[fold == number])
    return statistic_interval(auroc, scores, 500)


def _trained(sets: list[Images], config: C2STConfig, seed: int) -> nn.Module:
    rng = np.random.default_rng(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = TwoSampleNetwork()
    optimizer = torch.optim.Adam(network.parameters(), config.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5 * config.learning_rate, config.steps)
    target = torch.arange(2).float().repeat_interleave(config.batch // 2)
    for _ in range(config.steps):
        crops = np.concatenate([_crops(part, config.batch // 2, config.crop, rng) for part in sets])
        optimizer.zero_grad()
        functional.binary_cross_entropy_with_logits(-network(torch.from_numpy(crops)), target).backward()
        optimizer.step()
        schedule.step()
    return network.eval()


def _crops(images: Images, count: int, size: int, rng: np.random.Generator) -> Images:
    size = min(size, images.shape[-1])
    places = rng.integers(0, images.shape[-1] - size + 1, (count, 2))
    chosen = rng.integers(0, len(images), count)
    crops = [images[i, :, y : y + size, x : x + size] for i, (y, x) in zip(chosen, places, strict=True)]
    return np.stack([crop[..., ::-1] if rng.random() < 0.5 else crop for crop in crops])


@torch.no_grad()
def _scores(network: Callable[[torch.Tensor], torch.Tensor], images: Images) -> npt.NDArray[np.float64]:
    """Logits of the first set, by image."""
    parts = [network(torch.from_numpy(np.ascontiguousarray(images[i : i + 16]))) for i in range(0, len(images), 16)]
    return torch.cat(parts).numpy().astype(np.float64)
