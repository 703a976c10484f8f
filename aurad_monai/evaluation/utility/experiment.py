# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""One utility experiment: task, finding and condition (real, synthetic, augmented training cases); its training set.

Takes sets of cases; gives labeled images, training sets, and the experiment's result as a JSON file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.errors import InputError
from aurad_monai.files import read_json, write_json
from aurad_monai.io.case_set import CaseSet

FRACTIONS = (10, 30, 100)
RATIOS = (0.5, 1.0)
TASKS = ("segmentation", "detection", "classification")
Arrays = npt.NDArray[np.float32]
Patient = tuple[str | None, int | None]


@dataclass(frozen=True)
class TrainConfig:
    """Training settings, the same for all experiments of a table.

    Args:
        size: edge of the images in pixels.
        steps: of `batch` images, independent of the number of training images.
        batch: images a step.
        learning_rate: the largest, of AdamW, after a tenth of the steps and then falling to zero along a cosine.
    """

    size: int = 128
    steps: int = 300
    batch: int = 8
    learning_rate: float = 3e-3


@dataclass(frozen=True)
class Experiment:
    """One utility experiment.

    Args:
        task: segmentation, detection or classification.
        finding: target finding.
        real: percent of the real training cases; those of a smaller share are part of a larger one.
        synthetic: synthetic cases, as a multiple of all real training cases.
        augmented: classically augmented copies of the real cases, as the same multiple (control).
        seed: of the choice, the weights and the order.
    """

    task: str
    finding: str
    real: int = 0
    synthetic: float = 0.0
    augmented: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        vocabulary.finding(self.finding)
        if self.task not in TASKS:
            raise InputError("task", self.task, ", ".join(TASKS))
        if not 0 <= self.real <= 100 or self.synthetic < 0 or self.augmented < 0:
            raise InputError("experiment", self, "real from 0 to 100, synthetic and augmented from 0")
        if not (self.real or self.synthetic) or (self.augmented and not self.real):
            raise InputError("experiment", self, "something to train on")

    @property
    def condition(self) -> str:
        """The training condition, such as "real 10% + synthetic x1"."""
        parts = [f"real {self.real}%"] if self.real else []
        parts += [f"synthetic x{self.synthetic:g}"] if self.synthetic else []
        parts += [f"augmented x{self.augmented:g}"] if self.augmented else []
        return " + ".join(parts)

    @property
    def name(self) -> str:
        """File stem."""
        words = self.condition.replace("%", "").replace(" + ", "_").replace(" ", "")
        return f"{self.task}_{self.finding}_{words}_seed{self.seed}"


def experiment_grid(task: str, finding: str, seeds: Sequence[int]) -> list[Experiment]:
    """All experiments of a finding, seed by seed, so that an unfinished table has whole columns."""
    conditions: list[dict[str, Any]] = [{"real": real} for real in FRACTIONS] + [{"synthetic": 1.0}]
    for real in FRACTIONS:
        conditions += [{"real": real, "synthetic": ratio} for ratio in RATIOS]
        conditions.append({"real": real, "augmented": 1.0})
    return [Experiment(task, finding, **condition, seed=seed) for seed in seeds for condition in conditions]


@dataclass(frozen=True)
class LabeledImages:
    """Labeled images in memory.

    Args:
        ids: of the cases.
        images: (N, 1, S, S) in [0, 1].
        labels: (N, 1, S, S), 0 or 1.
        patients: sex and age of each, as far as known; empty where nobody asks.
    """

    ids: tuple[str, ...]
    images: Arrays
    labels: Arrays
    patients: tuple[Patient, ...] = ()

    def take(self, indices: Sequence[int]) -> LabeledImages:
        """Some of them."""
        chosen = list(indices)
        patients = tuple(self.patients[i] for i in chosen) if self.patients else ()
        return LabeledImages(tuple(self.ids[i] for i in chosen), self.images[chosen], self.labels[chosen], patients)

    @property
    def positive(self) -> npt.NDArray[np.bool_]:
        """(N,), where the finding is there."""
        return np.asarray(self.labels.any(axis=(1, 2, 3)))


def load_labeled_images(
    cases: CaseSet, finding: str, size: int, max_cases: int = 0, name: str = "cases", shown: Sequence[bool] = ()
) -> LabeledImages:
    """Positive and negative cases of a finding, as many of either, at most `max_cases`; 0 takes all of both.

    Negative are cases without any finding. Cases without masks are left out, unless `shown` says of every case whether
    it has the finding: then masks are not looked at, and a label is 1 everywhere or nowhere.
    """
    channel, found = vocabulary.channel(finding), []
    for number in tqdm(range(len(cases)), desc=name, unit="case", mininterval=2):
        case = cases[number]
        if case.image is None or (case.pathology is None and not shown):
            continue
        image = np.clip(case.image[0], 0, 1).astype(np.float32)
        if shown:
            mask = np.full_like(image, shown[number])
        elif case.pathology is None or (case.pathology.any() and not case.pathology[channel].any()):
            continue
        else:
            mask = (case.pathology[channel] > 0).astype(np.float32)
        small = functional.adaptive_avg_pool2d(torch.from_numpy(np.stack([image, mask])), size).numpy()
        patient = (case.findings.sex, case.findings.age)
        found.append((case.id, small[:1], (small[1:] >= 0.5).astype(np.float32), patient))
    if not found:
        raise InputError("folder", name, f"cases with masks, with {finding} or without any finding")
    ids, images, labels, patients = zip(*found, strict=True)
    data = LabeledImages(tuple(ids), np.stack(images), np.stack(labels), tuple(patients))
    if not max_cases:
        return data
    order = np.random.default_rng(0).permutation(len(ids))
    sides = [[i for i in order if data.positive[i] == side] for side in (True, False)]
    count = min(max_cases // 2, *map(len, sides))
    return data.take([int(i) for pair in zip(*[side[:count] for side in sides], strict=True) for i in pair])


def training_set(experiment: Experiment, real: LabeledImages, synthetic: LabeledImages | None) -> LabeledImages:
    """The training set of an experiment, balanced between positives and negatives.

    Raises:
        InputError: there are fewer synthetic cases than it asks for.
    """
    rng = np.random.default_rng(experiment.seed)
    parts = []
    chosen = (
        real.take(_balanced(real, max(2, round(len(real.ids) * experiment.real / 100)), rng))
        if experiment.real
        else None
    )
    if chosen is not None:
        parts.append(chosen)
    if count := round(experiment.synthetic * len(real.ids)):
        available = 0 if synthetic is None else len(synthetic.ids)
        if synthetic is None or available < count:
            raise InputError(
                "synthetic", f"{available} cases", f"{count} cases for {experiment.condition}", "synthesize more"
            )
        parts.append(synthetic.take(_balanced(synthetic, count, rng)))
    if chosen is not None and (count := round(experiment.augmented * len(real.ids))):
        parts.append(augmented(chosen.take([i % len(chosen.ids) for i in range(count)]), experiment.seed))
    ids = tuple(name for part in parts for name in part.ids)
    images, labels = (np.concatenate([getattr(part, key) for part in parts]) for key in ("images", "labels"))
    return LabeledImages(ids, images, labels)


def _balanced(data: LabeledImages, count: int, rng: np.random.Generator) -> list[int]:
    """Indices of so many cases, half of them positive as far as there are."""
    order = rng.permutation(len(data.ids))
    sides = [[int(i) for i in order if data.positive[i] == side] for side in (True, False)]
    half = max(min(count // 2, len(sides[0])), count - len(sides[1]))
    return sides[0][:half] + sides[1][: count - half]


def augmented(data: LabeledImages, seed: int) -> LabeledImages:
    """Classical augmentation, once an image: rotation, scale, shift, mirror, gamma, noise (all by MONAI)."""
    from monai.transforms import Compose, RandAdjustContrastd, RandAffined, RandFlipd, RandGaussianNoised

    change = Compose(
        [
            RandAffined(
                ["image", "label"],
                prob=1.0,
                rotate_range=0.15,
                scale_range=(0.15, 0.15),
                translate_range=(0.06 * data.images.shape[-1],) * 2,
                mode=["bilinear", "nearest"],
                padding_mode="zeros",
            ),
            RandFlipd(["image", "label"], spatial_axis=1, prob=0.5),
            RandAdjustContrastd("image", prob=0.8, gamma=(0.7, 1.5)),
            RandGaussianNoised("image", prob=0.5, std=0.03),
        ]
    )
    change.set_random_state(seed)
    made = [change({"image": i, "label": m}) for i, m in zip(data.images, data.labels, strict=True)]
    images, labels = (np.stack([np.asarray(item[key], np.float32) for item in made]) for key in ("image", "label"))
    return LabeledImages(tuple(f"{name}+" for name in data.ids), np.clip(images, 0, 1), labels)


def case_outcomes(
    data: LabeledImages, present: npt.NDArray[np.bool_], scores: npt.NDArray[np.floating[Any]]
) -> dict[str, Any]:
    """Per-case part of every result.

    Args:
        data: the test cases.
        present: (N,), whether they have the finding.
        scores: (N,), the higher the surer that they have, for an AUROC.
    """
    return {
        "ids": list(data.ids),
        "present": [int(there) for there in present],
        "image_scores": [round(float(score), 6) for score in scores],
        "sex": [sex for sex, _ in data.patients],
        "age": [age for _, age in data.patients],
    }


def save_experiment(folder: Path, experiment: Experiment, config: TrainConfig, outcome: Mapping[str, Any]) -> Path:
    """Write the result of an experiment, whole or not at all."""
    path = folder / f"{experiment.name}.json"
    write_json(path, {"experiment": asdict(experiment), "train_config": asdict(config), **outcome})
    return path


def read_experiments(folder: Path) -> list[tuple[Experiment, dict[str, Any]]]:
    """Every finished experiment of a folder; raises InputError where a file is none."""
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            content = read_json(path)
            if "cell" in content:  # written by the last version
                content = {**content, "experiment": content["cell"], "train_config": content["recipe"]}
            found.append((Experiment(**content["experiment"]), content))
        except (ValueError, KeyError, TypeError) as error:
            raise InputError("output", path, "an experiment of aurad evaluate --utility", "remove it") from error
    return found
