# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Does filtering pay? What the filter kept, as many cases at random, and all of them: realism, adherence, usefulness.

    aurad generate "consolidation" --num 200 --accept_all --output runs/a        (as many such runs as you like)
    python -m recipes.figures.filtering_pays --runs runs/a,runs/b --pairs DATA/pairs --output docs/filtering_pays.json

The runs hold every attempt, kept or not, as `--accept_all` writes them. Distances are to real validation radiographs;
FD depends on the size of a set, so what was kept is to be held against as many at random, drawn several times. Lungs
are found again by the anatomy expert, which also filters, so that part favors what was kept; the others do not know it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import fire
import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import ConcatDataset

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.evaluation.images.encoder import open_encoder
from aurad_monai.evaluation.images.feature_distances import frechet_distance
from aurad_monai.evaluation.images.resegmentation import Resegmentation
from aurad_monai.evaluation.measure import Measured, measure
from aurad_monai.evaluation.results import format_interval
from aurad_monai.evaluation.utility import segmentation
from aurad_monai.evaluation.utility.backbone import Backbone
from aurad_monai.evaluation.utility.experiment import LabeledImages, TrainConfig, load_labeled_images
from aurad_monai.generation.pipeline import FILTER_BUNDLE
from aurad_monai.io.case_folder import CaseFolder
from aurad_monai.io.case_set import ChosenCases, open_cases
from aurad_monai.statistics import mean_interval

ENCODERS = ("anatomy", "selfsupervised", "cosine")
DOWNSTREAM = ("lungs, Dice", "images trained on", "Dice on real cases")
Indices = npt.NDArray[np.int64]


def distances(made: Measured, chosen: Indices, real: Measured) -> list[float]:
    """FD of some cases by encoder."""
    names = [f"features/{name}" for name in ENCODERS]
    return [frechet_distance(made.values[name][chosen], real.values[name]) for name in names]


def downstream(
    data: LabeledImages, unseen: LabeledImages, seeds: int, config: TrainConfig, backbone: Backbone
) -> list[float]:
    """Dice on each real positive case, mean over seeds, of networks trained on the pictures alone."""
    networks = (segmentation.train(data, config, seed, backbone) for seed in range(seeds))
    runs = [segmentation.assess(network, unseen)["values"] for network in networks]
    return [float(value) for value in np.mean(runs, axis=0)[unseen.positive]]


def main(
    runs: str | tuple[str, ...],
    pairs: str,
    output: str,
    finding: str = "consolidation",
    draws: int = 5,
    seeds: int = 3,
    steps: int = TrainConfig.steps,
    threads: int = 1,
) -> None:
    """Measure all attempts once, compare kept, random and all, print the table."""
    torch.set_num_threads(threads)
    config = TrainConfig(steps=steps)
    folders = [CaseFolder(run) for run in (runs.split(",") if isinstance(runs, str) else runs)]
    attempts: Any = ConcatDataset(folders)
    judge, rng = open_bundle(bundles_root() / FILTER_BUNDLE), np.random.default_rng(0)
    encoders = [open_encoder(name, judge) for name in ENCODERS]
    again = Resegmentation(judge.get("anatomy_expert"), judge.get("findings_expert"), str(sorted(judge.hashes.items())))
    made = measure(attempts, [*encoders, again], "made")
    real = measure(open_cases(f"{pairs}:validation:normal,boxed,unknown"), encoders, "real")
    assert not made.faults
    starts = [0, *attempts.cumulative_sizes]
    kept = np.array([starts[i] + place for i, folder in enumerate(folders) for place in folder.with_images()], int)
    lungs = made.values["structure_dice"][:, :2].mean(axis=1)
    random = [np.sort(rng.permutation(len(attempts))[: len(kept)]) for _ in range(draws)]
    unseen = load_labeled_images(open_cases(f"{pairs}:validation:boxed,normal"), finding, config.size, 0, "test")
    figures: dict[str, Any] = {"attempts": len(attempts), "accepted": len(kept)}
    for name, sets in {"kept": [kept], "as many at random": random, "all": [np.arange(len(attempts))]}.items():
        spread = np.array([distances(made, one, real) for one in sets])
        data = load_labeled_images(ChosenCases(attempts, [int(i) for i in sets[0]]), finding, config.size, 0, name)
        figures[name] = {
            "FD": {e: [float(f(spread[:, i])) for f in (np.mean, np.min, np.max)] for i, e in enumerate(ENCODERS)},
            "lungs": mean_interval(np.concatenate([lungs[one] for one in sets])),
            "pictures": len(data.ids),
            "dice": downstream(data, unseen, seeds, config, Backbone.of_bundle(judge)),
        }
        Path(output).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(as_markdown(figures))


def as_markdown(figures: dict[str, Any]) -> str:
    """One row a set."""
    lines = [
        f"{figures['accepted']} of {figures['attempts']} attempts kept.",
        "",
        "| " + " | ".join(("set", *(f"FD, {name}" for name in ENCODERS), *DOWNSTREAM)) + " |",
        "|" + " --- |" * (len(ENCODERS) + 4),
    ]
    for name in ("kept", "as many at random", "all"):
        row = figures[name]
        fd = [f"{m:.2f}" + (f" ({low:.2f} to {high:.2f})" if low < high else "") for m, low, high in row["FD"].values()]
        means = [format_interval(row["lungs"]), format_interval(mean_interval(np.array(row["dice"])))]
        lines.append(f"| {name} | {' | '.join(fd)} | {means[0]} | {row['pictures']} | {means[1]} |")
    return "\n".join(lines)


if __name__ == "__main__":
    fire.Fire(main)
