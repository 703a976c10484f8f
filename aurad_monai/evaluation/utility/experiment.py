# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""One utility experiment: task, finding and condition (real, synthetic, control training cases); its training set.

Takes sets of cases; gives labeled images, training sets, and the experiment's result as a JSON file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.errors import InputError
from aurad_monai.files import read_json, write_json
from aurad_monai.io.case_set import CaseSet, patient_of

PROTOCOL = 4
"""Counts up when a learner, a condition, a score or a target changes."""
FRACTIONS = (10, 30, 100)
MIXTURES = ("quick", "standard", "full")
"""Presets of training conditions, each part of the next."""
STRIDE = 32
"""Coarsest of the features that all networks see with, in pixels."""
TASKS = ("segmentation", "detection", "classification")
Arrays = npt.NDArray[np.float32]
Patient = tuple[str | None, int | None]


@dataclass(frozen=True)
class TrainConfig:
    """Training settings, the same for all experiments of a table.

    Args:
        size: edge of the images in pixels, a multiple of 32.
        steps: of `batch` images, independent of the number of training images.
        batch: images a step.
        learning_rate: the largest, of AdamW, after a tenth of the steps and then falling to zero along a cosine.
    """

    size: int = 256
    steps: int = 300
    batch: int = 8
    learning_rate: float = 3e-3

    def __post_init__(self) -> None:
        if self.size % STRIDE or not self.size:
            raise InputError("size", self.size, f"a multiple of {STRIDE}", "give --training size=256")


@dataclass(frozen=True)
class Experiment:
    """One utility experiment.

    Args:
        task: segmentation, detection or classification.
        finding: target finding.
        real: percent of the real training cases; those of a smaller share are part of a larger one.
        synthetic: synthetic cases, as a multiple of all real training cases.
        augmented: classically augmented copies of the real cases, as the same multiple (control).
        repeated: further draws of the real cases as they are, as the same multiple (count-matched control).
        pretraining: half of the steps on the synthetic cases, then half on the real ones, in place of both mixed.
        seed: of the choice, the weights and the order: of the learner.
        generator: which of several synthetic sets, made with other seeds of the generator.
    """

    task: str
    finding: str
    real: int = 0
    synthetic: float = 0.0
    augmented: float = 0.0
    repeated: float = 0.0
    pretraining: bool = False
    seed: int = 0
    generator: int = 0

    def __post_init__(self) -> None:
        vocabulary.finding(self.finding)
        if self.task not in TASKS:
            raise InputError("task", self.task, ", ".join(TASKS))
        if not 0 <= self.real <= 100 or min(self.synthetic, self.augmented, self.repeated, self.generator) < 0:
            raise InputError("experiment", self, "real from 0 to 100, synthetic, augmented and repeated from 0")
        if not (self.real or self.synthetic) or ((self.augmented or self.repeated) and not self.real):
            raise InputError("experiment", self, "something to train on")
        if self.pretraining and not (self.real and self.synthetic):
            raise InputError("experiment", self, "synthetic cases to begin with and real ones to go on with")

    @property
    def condition(self) -> str:
        """The training condition, such as "real 10% + synthetic x1"."""
        parts = [f"real {self.real}%"] if self.real else []
        parts += [f"synthetic x{self.synthetic:g}"] if self.synthetic else []
        if self.pretraining:
            return " then ".join(reversed(parts))
        parts += [f"augmented x{self.augmented:g}"] if self.augmented else []
        parts += [f"repeated x{self.repeated:g}"] if self.repeated else []
        return " + ".join(parts)

    @property
    def name(self) -> str:
        """File stem."""
        words = self.condition.replace("%", "").replace(" + ", "_").replace(" then ", "_then_").replace(" ", "")
        which = f"_set{self.generator}" if self.generator else ""
        return f"{self.task}_{self.finding}_{words}{which}_seed{self.seed}"

    @property
    def stages(self) -> tuple[Experiment, ...]:
        """What is trained on one after another: synthetic cases and then real ones, or everything at once."""
        if not self.pretraining:
            return (self,)
        return replace(self, real=0, pretraining=False), replace(self, synthetic=0.0, pretraining=False)


def conditions(mixtures: str) -> list[dict[str, Any]]:
    """What a preset trains on, in the order in which it is trained.

    `quick` has all real cases, 10% of them and synthetic ones alone, and with 10%: synthetic ones added, as many
    augmented copies, as many further draws, and synthetic pretraining. `standard` has the same with 30% and 100%, and
    `full` half as many synthetic cases too.

    Raises:
        InputError: there is no such preset.
    """
    if mixtures not in MIXTURES:
        raise InputError("mixtures", mixtures, ", ".join(MIXTURES), "give --mixtures standard")
    quick = mixtures == "quick"
    found: list[dict[str, Any]] = [{"real": real} for real in ((100, 10) if quick else FRACTIONS)] + [
        {"synthetic": 1.0}
    ]
    for real in (10,) if quick else FRACTIONS:
        found += [{"real": real, "synthetic": 0.5}] if mixtures == "full" else []
        found += [{"real": real, name: 1.0} for name in ("synthetic", "augmented", "repeated")]
        found.append({"real": real, "synthetic": 1.0, "pretraining": True})
    return found + ([{"real": 100, "synthetic": 1.0}] if quick else [])


def experiment_grid(
    task: str, finding: str, seeds: Sequence[int], mixtures: str = "standard", generators: int = 1
) -> list[Experiment]:
    """All experiments of a finding, seed by seed, so that an unfinished table has whole columns.

    Args:
        task: segmentation, detection or classification.
        finding: target finding.
        seeds: of the learner.
        mixtures: a preset, see `conditions`.
        generators: number of synthetic sets; conditions without synthetic cases are trained once.
    """
    return [
        Experiment(task, finding, **condition, seed=seed, generator=generator)
        for seed in seeds
        for generator in range(generators)
        for condition in conditions(mixtures)
        if not generator or condition.get("synthetic")
    ]


@dataclass(frozen=True)
class LabeledImages:
    """Labeled images in memory.

    Args:
        ids: of the cases.
        images: (N, 1, S, S) in [0, 1].
        labels: (N, 1, S, S), 0 or 1.
        patients: sex and age of each, as far as known; empty where nobody asks.
        owners: pseudonym of the patient of each; empty where each case is taken for a patient of its own.
    """

    ids: tuple[str, ...]
    images: Arrays
    labels: Arrays
    patients: tuple[Patient, ...] = ()
    owners: tuple[str, ...] = ()

    def take(self, indices: Sequence[int]) -> LabeledImages:
        """Some of them."""
        chosen = list(indices)
        patients = tuple(self.patients[i] for i in chosen) if self.patients else ()
        owners = tuple(self.owners[i] for i in chosen) if self.owners else ()
        ids = tuple(self.ids[i] for i in chosen)
        return LabeledImages(ids, self.images[chosen], self.labels[chosen], patients, owners)

    @cached_property
    def positive(self) -> npt.NDArray[np.bool_]:
        """(N,), where the finding is there."""
        return np.asarray(self.labels.any(axis=(1, 2, 3)))


def load_labeled_images(
    cases: CaseSet,
    finding: str,
    size: int,
    max_cases: int = 0,
    name: str = "cases",
    shown: Sequence[bool] = (),
    owners: Mapping[str, str] = MappingProxyType({}),
    others: bool = False,
) -> LabeledImages:
    """Positive and negative cases of a finding, as many of either, at most `max_cases`; 0 takes all of both.

    Negative are cases without any finding, and with `others` those with other findings alone. Cases without masks are
    left out, unless `shown` says of every case whether it has the finding: then masks are not looked at, and a label is
    1 everywhere or nowhere. `owners` are patients by id, where the set does not state them.
    """
    channel, found = vocabulary.channel(finding), []
    for number in tqdm(range(len(cases)), desc=name, unit="case", mininterval=2):
        case = cases[number]
        if case.image is None or (case.pathology is None and not shown):
            continue
        image = np.clip(case.image[0], 0, 1).astype(np.float32)
        if shown:
            mask = np.full_like(image, shown[number])
        elif case.pathology is None or (not others and case.pathology.any() and not case.pathology[channel].any()):
            continue
        else:
            mask = (case.pathology[channel] > 0).astype(np.float32)
        small = functional.adaptive_avg_pool2d(torch.from_numpy(np.stack([image, mask])), size).numpy()
        patient = (case.findings.sex, case.findings.age)
        whose = patient_of(case, owners)
        found.append((case.id, small[:1], (small[1:] >= 0.5).astype(np.float32), patient, whose))
    if not found:
        raise InputError("folder", name, f"cases with masks, with {finding} or without any finding")
    ids, images, labels, patients, whose_all = zip(*found, strict=True)
    data = LabeledImages(tuple(ids), np.stack(images), np.stack(labels), tuple(patients), tuple(whose_all))
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
    if chosen is not None and (count := round(experiment.repeated * len(real.ids))):
        parts.append(chosen.take([i % len(chosen.ids) for i in range(count)]))
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
        "patients": list(data.owners),
    }


def save_experiment(folder: Path, experiment: Experiment, config: TrainConfig, outcome: Mapping[str, Any]) -> Path:
    """Write the result of an experiment, whole or not at all."""
    path = folder / f"{experiment.name}.json"
    content = {"protocol": PROTOCOL, "experiment": asdict(experiment), "train_config": asdict(config)}
    write_json(path, {**content, **outcome})
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
