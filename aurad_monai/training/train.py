# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Training of a bundle on a site's own datalist, by MONAI's workflow, step by step, stopped and gone on with.

Takes a datalist and a shipped bundle; gives a trained copy of the bundle. Nothing is trained here that
`python -m monai.bundle run` would not train: `configs/site_STEP.json` in the copy holds what was added, so that the
same run can be given by hand. The shipped weights are never written to.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ignite.engine import Engine
from monai.handlers import MLFlowHandler
from tqdm.contrib.logging import logging_redirect_tqdm

from aurad_monai.bundles.gate import open_workflow
from aurad_monai.errors import InputError
from aurad_monai.filtering.build_index import add_to_generator
from aurad_monai.filtering.memorization.copy_index import FILE
from aurad_monai.io.datalist import read_datalist
from aurad_monai.training.handlers import StopAfter, loss_of
from aurad_monai.training.site_bundle import Site, copy_bundle
from aurad_monai.training.site_config import (
    STEPS,
    TrainConfig,
    config_names,
    settings_of,
    shipped_config,
    site_config,
)


class Interrupted(KeyboardInterrupt):
    """A training was asked to stop and has kept its checkpoint.

    Args:
        signal: which asked.
        folder: the bundle, as far as it is.
        missing: weight files that are not there yet.
    """

    def __init__(self, signal: int, folder: Path, missing: Sequence[str]) -> None:
        super().__init__(f"training stopped by signal {signal}")
        self.signal, self.folder, self.missing = signal, folder, missing


def train(config: TrainConfig) -> Path:
    """Run every step of a training, or go on with one; returns the folder of the trained bundle.

    Raises:
        InputError: there is nothing to train on, the folder was made of another bundle, or a bundle cannot be
            fine-tuned.
        Interrupted: Ctrl-C or SIGTERM; the same call goes on at the next iteration.
    """
    cases = read_datalist(str(config.dataset_dir), "training")
    if not cases:
        why = "report.md of aurad prepare says what was refused; a smaller --val_share leaves more"
        raise InputError("datalist", config.dataset_dir, "at least one training case", why)
    check_mlflow(config)
    steps = steps_of(config)
    copy_bundle(
        config.shipped,
        config.output,
        Site(config.site, len(cases), config.from_defaults),
        [*trained_files(config), FILE],
    )
    if config.bundle == "image":  # first of all: what is trained in part can be used, and can copy
        add_to_generator(cases, config.output)
    for step in steps:
        settings = settings_of(config, step)
        if config.gpus > 1 and (config.output / "configs" / f"multi_gpu_{step}.json").is_file():
            _launch(config, step, settings)
        else:
            _run_step(config, step, settings)
    return config.output


def _run_step(config: TrainConfig, step: str, settings: dict[str, Any]) -> None:
    names = [*config_names(config, step), site_config(config, step).stem]
    workflow = open_workflow(config.output, names, trust=config.trust, **settings)
    workflow.initialize()
    if config.mlflow:
        log_to_mlflow(config, step, workflow.parser.get_parsed_content("train#trainer"))
    with logging_redirect_tqdm():
        workflow.run()
    workflow.finalize()
    stop = workflow.parser.get_parsed_content("train#stop_after")
    if isinstance(stop, StopAfter) and stop.signal:
        raise Interrupted(stop.signal, config.output, missing_files(config))


def check_mlflow(config: TrainConfig) -> None:
    """Refuse what MLflow cannot follow before anything is written; raises InputError."""
    if config.mlflow and not importlib.util.find_spec("mlflow"):
        raise InputError("mlflow", config.mlflow, "an installed MLflow", "pip install aurad-monai[mlflow]")
    if config.mlflow and config.gpus > 1:
        raise InputError("mlflow", config.mlflow, "one process", "leave --gpus or --mlflow out")


def log_to_mlflow(config: TrainConfig, step: str, trainer: Engine) -> None:
    """Attach MONAI's handler. It talks to a server, so it is no part of the configs, which the linter judges."""
    MLFlowHandler(
        tracking_uri=config.mlflow if "://" in config.mlflow else f"sqlite:///{Path(config.mlflow).resolve()}",
        experiment_name=f"aurad {config.bundle}",
        run_name=f"{config.output.name} {step}",
        epoch_log=False,
        output_transform=loss_of,
        tag_name="loss",
        close_on_complete=True,
    ).attach(trainer)


def trained_files(config: TrainConfig) -> list[str]:
    """Weight files that the steps of a training write."""
    return [shipped_config(config, step)["weights_file"] for step in STEPS[config.bundle]]


def missing_files(config: TrainConfig) -> list[str]:
    """Weight files of a training that are not there yet, because it was stopped early."""
    return [name for name in trained_files(config) if not (config.output / "models" / name).is_file()]


def steps_of(config: TrainConfig) -> list[str]:
    """The configs to run."""
    if not config.from_defaults:
        return list(STEPS[config.bundle])
    able = [step for step in STEPS[config.bundle] if "initial_weights" in shipped_config(config, step)]
    if not able:
        raise InputError(
            "from_defaults", config.bundle, "a bundle whose train.json has initial_weights", "leave it out"
        )
    return able


def _launch(config: TrainConfig, step: str, settings: dict[str, Any]) -> None:
    """The same on several GPUs, by torchrun."""
    names = [*config_names(config, step, f"multi_gpu_{step}"), site_config(config, step).stem]
    trust = config.trust if config.trust is None or isinstance(config.trust, bool) else list(config.trust)
    request = {"root": str(config.output), "names": names, "trust": trust, "settings": settings}
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={config.gpus}"]
    subprocess.run([*command, "-m", "aurad_monai.training.process", json.dumps(request)], check=True)
