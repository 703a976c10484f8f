# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Downstream utility of synthetic data: networks trained on real, synthetic and mixed cases, tested on real ones.

Takes three sets of cases and a folder; gives one file a trained network and the tables of all of them in Markdown.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from aurad_monai.errors import InputError
from aurad_monai.evaluation.utility import classification, detection, segmentation
from aurad_monai.evaluation.utility.backbone import Backbone
from aurad_monai.evaluation.utility.experiment import (
    PROTOCOL,
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
from aurad_monai.io.case_set import open_cases, read_patients

TABLE = "table.md"
FINE_TUNING = 0.3
"""Learning rate of the real cases after synthetic pretraining, as a share of that of all other networks."""
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
        repeats: networks of each mixture, with seeds 0, 1, ... of the learner.
        max_real: real training cases, half of them with the finding; 0 takes all.
        config: how every network is trained.
        only: run the cells whose name holds this text.
        mixtures: preset of training conditions.
        further_sets: synthetic sets made as the first, with other seeds of the generator.
        budget: minutes after which no network is begun; 0 trains all.
        patients: a table with columns id and patient, where the sets do not state them.
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
    mixtures: str = "standard"
    further_sets: Sequence[str] = ()
    budget: float = 0.0
    patients: str | None = None

    def sets(self, generator: int = 0) -> dict[str, str]:
        """The three sets of an experiment, for the record."""
        synthetic = (self.synthetic, *self.further_sets)[generator]
        return {"real": self.real, "test": self.test, "synthetic": synthetic}


def run_utility(plan: UtilityPlan, output: str | Path, backbone: Callable[[], Backbone]) -> str:
    """Train and test what the folder does not hold yet, write the tables and return them.

    Can be interrupted and called again: finished networks are not trained twice.

    Args:
        plan: what is trained and tested.
        output: a folder.
        backbone: opens what all networks see with; called where one is to be trained.

    Raises:
        InputError: a set cannot be used, or the folder holds networks trained otherwise.
    """
    folder = Path(output)
    _refuse_others(plan, folder)
    seeing: Backbone | None = None
    generators, end = 1 + len(plan.further_sets), time.monotonic() + 60 * plan.budget
    for number, finding in enumerate(plan.findings):
        experiments = experiment_grid(plan.task, finding, range(plan.repeats), plan.mixtures, generators)
        missing = [
            experiment
            for experiment in experiments
            if plan.only in experiment.name and not (folder / f"{experiment.name}.json").is_file()
        ]
        if missing:
            now = time.monotonic()
            deadline = now + (end - now) / (len(plan.findings) - number) if plan.budget else None
            seeing = seeing or backbone()
            _run_experiments(plan, finding, missing, folder, deadline, seeing)
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
        sets = [plan.sets(number) for number in range(1 + len(plan.further_sets))]
        if content.get("protocol") != PROTOCOL:
            raise InputError("output", path, f"networks of protocol {PROTOCOL}", "give another --output")
        if config != asdict(plan.config) or content.get("sets", sets[0]) not in sets:
            raise InputError("output", path, "networks of the same sets and settings", "give another --output")


def _run_experiments(
    plan: UtilityPlan,
    finding: str,
    experiments: Sequence[Experiment],
    folder: Path,
    deadline: float | None,
    backbone: Backbone,
) -> None:
    load: Any = classification.load_labeled_images if plan.task == "classification" else load_labeled_images
    load = partial(load, finding=finding, size=plan.config.size, owners=read_patients(plan.patients))
    real = load(open_cases(plan.real, "training"), max_cases=plan.max_real, name="real")
    test = load(open_cases(plan.test), name="test")
    sets: dict[int, LabeledImages] = {}
    for number, experiment in enumerate(experiments):
        if deadline is not None and time.monotonic() > deadline:
            left = len(experiments) - number
            print(f"{finding}: the budget is used, {left} networks are left; run it again to go on", flush=True)
            return
        which = experiment.generator
        if which not in sets:
            given = open_cases(plan.sets(which)["synthetic"], "training")
            sets[which] = load(given, name=f"synthetic {which}" if which else "synthetic")
        if experiment.synthetic * len(real.ids) > len(sets[which].ids):
            print(f"{experiment.name}: skipped, too few synthetic cases", flush=True)
            continue
        outcome = run_experiment(experiment, plan.config, real, sets[which], test, backbone)
        save_experiment(folder, experiment, plan.config, {**outcome, "sets": plan.sets(which)})
        print(f"{experiment.name}: {outcome['seconds']} s", flush=True)


def run_experiment(
    experiment: Experiment,
    config: TrainConfig,
    real: LabeledImages,
    synthetic: LabeledImages | None,
    test: LabeledImages,
    backbone: Backbone,
) -> dict[str, Any]:
    """Train one network on the mixture of a cell and test it.

    Pretraining and fine-tuning share the steps of the other networks, so that all see as many images.
    """
    start, task, network, count = time.time(), _MODULES[experiment.task], None, 0
    for stage in experiment.stages:
        data, used = training_set(stage, real, synthetic), config
        if experiment.pretraining:
            rate = config.learning_rate * (FINE_TUNING if network is not None else 1)
            used = replace(config, steps=max(1, config.steps // 2), learning_rate=rate)
        network, count = task.train(data, used, experiment.seed, backbone, network), count + len(data.ids)
    return {**task.assess(network, test), "trained_on": count, "seconds": round(time.time() - start, 1)}
