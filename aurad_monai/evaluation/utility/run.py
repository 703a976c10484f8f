# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Downstream utility of synthetic data: networks trained on real, synthetic and mixed cases, tested on real ones.

Takes three sets of cases and a folder; gives one file a trained network and the tables of all of them in Markdown.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aurad_monai.errors import InputError
from aurad_monai.evaluation.utility import classification, detection, segmentation
from aurad_monai.evaluation.utility.experiment import (
    Experiment,
    LabeledImages,
    TrainConfig,
    experiment_grid,
    load_labeled_images,
    read_experiments,
    save_experiment,
    training_set,
)
from aurad_monai.evaluation.utility.table import as_markdown
from aurad_monai.files import read_json
from aurad_monai.io.case_set import open_cases

TABLE = "table.md"
_MODULES: dict[str, Any] = {
    "segmentation": segmentation,
    "detection": detection,
    "classification": classification,
}


@dataclass(frozen=True)
class UtilityPlan:
    """What is trained and tested.

    Args:
        synthetic: the synthetic set, as `open_cases` understands it.
        real: real training cases with masks; classification takes the readings of a datalist where it has them.
        test: real test cases of other patients.
        findings: one table each.
        task: segmentation, detection or classification.
        repeats: networks of each mixture, with seeds 0, 1, ...
        max_real: real training cases, half of them with the finding; 0 takes all.
        config: how every network is trained.
        only: run the cells whose name holds this text.
    """

    synthetic: str
    real: str
    test: str
    findings: Sequence[str]
    task: str = "segmentation"
    repeats: int = 3
    max_real: int = 0
    config: TrainConfig = TrainConfig()
    only: str = ""

    @property
    def sets(self) -> dict[str, str]:
        """The three sets, for the record."""
        return {"real": self.real, "test": self.test, "synthetic": self.synthetic}


def run_utility(plan: UtilityPlan, output: str | Path) -> str:
    """Train and test what the folder does not hold yet, write the tables and return them.

    Can be interrupted and called again: finished networks are not trained twice.

    Raises:
        InputError: a set cannot be used, or the folder holds networks trained otherwise.
    """
    folder = Path(output)
    _refuse_others(plan, folder)
    for finding in plan.findings:
        experiments = experiment_grid(plan.task, finding, range(plan.repeats))
        missing = [
            experiment
            for experiment in experiments
            if plan.only in experiment.name and not (folder / f"{experiment.name}.json").is_file()
        ]
        if missing:
            _run_experiments(plan, finding, missing, folder)
    text = as_markdown(read_experiments(folder))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TABLE).write_text(text + "\n", encoding="utf-8")
    return text


def _refuse_others(plan: UtilityPlan, folder: Path) -> None:
    """A table compares networks of one recipe and the same sets only."""
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            content = read_json(path)
            config = content.get("train_config", content.get("recipe"))
        except (OSError, ValueError, AttributeError) as error:
            raise InputError("output", path, "an experiment of aurad evaluate --utility", "remove it") from error
        if config != asdict(plan.config) or content.get("sets", plan.sets) != plan.sets:
            raise InputError("output", path, "networks of the same sets and settings", "give another --output")


def _run_experiments(plan: UtilityPlan, finding: str, experiments: Sequence[Experiment], folder: Path) -> None:
    load = classification.load_labeled_images if plan.task == "classification" else load_labeled_images
    size = plan.config.size
    real = load(open_cases(plan.real, "training"), finding, size, plan.max_real, "real")
    test = load(open_cases(plan.test), finding, size, 0, "test")
    synthetic = load(open_cases(plan.synthetic, "training"), finding, size, 0, "synthetic")
    for experiment in experiments:
        if experiment.synthetic * len(real.ids) > len(synthetic.ids):
            print(f"{experiment.name}: skipped, too few synthetic cases", flush=True)
            continue
        outcome = run_experiment(experiment, plan.config, real, synthetic, test)
        save_experiment(folder, experiment, plan.config, {**outcome, "sets": plan.sets})
        print(f"{experiment.name}: {outcome['seconds']} s", flush=True)


def run_experiment(
    experiment: Experiment,
    config: TrainConfig,
    real: LabeledImages,
    synthetic: LabeledImages | None,
    test: LabeledImages,
) -> dict[str, Any]:
    """Train one network on the mixture of a cell and test it."""
    start = time.time()
    data, task = training_set(experiment, real, synthetic), _MODULES[experiment.task]
    outcome = task.assess(task.train(data, config, experiment.seed), test)
    return {**outcome, "trained_on": len(data.ids), "seconds": round(time.time() - start, 1)}
