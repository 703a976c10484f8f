# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Training of a bundle on a site's own datalist, by MONAI's `ConfigWorkflow` and a few settings picked for the device.

Takes a datalist and a shipped bundle; gives a trained copy of the bundle. Nothing is trained here that
`python -m monai.bundle run` would not train: `configs/site_STEP.json` in the copy holds what was added, so that the
same run can be given by hand. The shipped weights are never written to.
"""

from __future__ import annotations

import importlib.util
import json
import math
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from ignite.engine import Engine
from monai.bundle import ConfigParser, ConfigWorkflow
from monai.handlers import MLFlowHandler

from aurad_monai.bundles.bundle import enter_hash
from aurad_monai.errors import InputError
from aurad_monai.io.datalist import read_datalist
from aurad_monai.training.handlers import loss_of

BUNDLES = {
    "image": "cxr_image_latent_diffusion",
    "mask": "cxr_mask_latent_diffusion",
    "filter": "cxr_expert_filter",
}
STEPS = {
    "image": ("train_autoencoder", "train"),
    "mask": ("train_autoencoder", "train"),
    "filter": ("train", "train_findings"),
}
"""Configs in the order they are run; without `--from_defaults` all, with it those with `initial_weights`."""
BASES = {"image": ("inference",), "mask": ("inference",), "filter": ()}
"""Configs that a step is merged onto: networks and scheduler of a diffusion bundle stand in `inference.json` only."""
MAX_BATCH = 128
GIB_PER_CASE = 0.15
"""GPU memory a case of the default networks takes in training, generously."""
MIN_STEPS = 64
"""Fewest steps in an epoch of a diffusion network. The epochs of the configs are meant for thousands of cases; fewer
are repeated, each time with another augmentation."""
EMA_LIFETIMES = 5
"""Fewest time constants of the moving average of weights within a run."""


@dataclass(frozen=True)
class TrainConfig:
    """Settings of one training.

    Args:
        dataset_dir: folder with datalist.json.
        bundle: image, mask or filter.
        shipped: the bundle that is copied.
        output: the copy; one left by an earlier run is resumed.
        from_defaults: start from the shipped weights, and keep the shipped autoencoder.
        device: where it runs.
        batch_size: 0 picks one for the device.
        epochs: 0 leaves what the config says.
        max_minutes: for each step; 0 sets no limit.
        gpus: processes, one a GPU.
        seed: of everything.
        min_steps: fewest in an epoch of a diffusion network; too few cases are repeated.
        mlflow: where MLflow keeps runs, an SQLite file or an address; empty logs to none.
        entries: more entries of the configs.
    """

    dataset_dir: Path
    bundle: str
    shipped: Path
    output: Path
    from_defaults: bool = False
    device: str = "cpu"
    batch_size: int = 0
    epochs: int = 0
    max_minutes: float = 0
    gpus: int = 1
    seed: int = 0
    min_steps: int = MIN_STEPS
    mlflow: str = ""
    entries: tuple[tuple[str, Any], ...] = ()


def train(config: TrainConfig) -> Path:
    """Run every step of a training; returns the folder of the trained bundle.

    Raises:
        InputError: there is nothing to train on, the folder was made of another bundle, or a bundle cannot be
            fine-tuned.
    """
    if not read_datalist(str(config.dataset_dir), "training"):
        why = "report.md of aurad prepare says what was refused; a smaller --val_share leaves more"
        raise InputError("datalist", config.dataset_dir, "at least one training case", why)
    check_mlflow(config)
    copy_bundle(config)
    for step in steps_of(config):
        settings = settings_of(config, step)
        if config.gpus > 1 and (config.output / "configs" / f"multi_gpu_{step}.json").is_file():
            _launch(config, step, settings)
        else:
            workflow = ConfigWorkflow(
                config_file=[*map(str, config_files(config, step)), str(site_config(config, step))],
                meta_file=str(config.output / "configs" / "metadata.json"),
                logging_file=str(config.output / "configs" / "logging.conf"),
                workflow_type="train",
                bundle_root=str(config.output),
                **settings,
            )
            workflow.initialize()
            if config.mlflow:
                log_to_mlflow(config, step, workflow.parser.get_parsed_content("train#trainer"))
            workflow.run()
            workflow.finalize()
    return config.output


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


def copy_bundle(config: TrainConfig) -> None:
    """Copy the shipped bundle without its weights, or with them where training starts from them."""
    metadata = config.output / "configs" / "metadata.json"
    if metadata.is_file():
        if json.loads(metadata.read_text(encoding="utf-8")) != json.loads(
            (config.shipped / "configs" / "metadata.json").read_text(encoding="utf-8")
        ):
            raise InputError(
                "output", config.output, f"a copy of {config.shipped.name} of this version", "name a new folder"
            )
        return
    if config.output.is_dir() and any(config.output.iterdir()):
        raise InputError("output", config.output, "a new or empty folder, or one to go on with", "name another")
    shutil.copytree(config.shipped, config.output, dirs_exist_ok=True, ignore=shutil.ignore_patterns("models", "runs"))
    (config.output / "models").mkdir(exist_ok=True)
    keep = "*" if config.from_defaults else "anatomy_prior.*"
    for weights in (config.shipped / "models").glob(keep):
        shutil.copy2(weights, config.output / "models" / weights.name)
        if not config.from_defaults:
            enter_hash(config.output / "models" / weights.name)


def steps_of(config: TrainConfig) -> list[str]:
    """The configs to run."""
    if not config.from_defaults:
        return list(STEPS[config.bundle])
    able = [step for step in STEPS[config.bundle] if "initial_weights" in _config(config, step)]
    if not able:
        raise InputError(
            "from_defaults", config.bundle, "a bundle whose train.json has initial_weights", "leave it out"
        )
    return able


def settings_of(config: TrainConfig, step: str) -> dict[str, Any]:
    """Entries of a step's config that the settings change."""
    content = _config(config, step)
    settings: dict[str, Any] = {
        "dataset_dir": str(config.dataset_dir),
        "device": f"$torch.device('{config.device}')",
        "batch_size": config.batch_size or pick_batch_size(config.device, content["batch_size"]),
        "max_minutes": config.max_minutes,
        "seed": config.seed,
    }
    if config.epochs:
        settings["epochs"] = config.epochs
    if config.from_defaults:
        settings["initial_weights"] = str(config.shipped / "models" / content["weights_file"])
    if "mixed_precision" in content:
        settings["mixed_precision"] = half_precision(config.device)
    if config.gpus > 1:
        del settings["device"]  # each process has its own
    return settings | {name: value for name, value in config.entries if name.split("#")[0] in content}


def pick_batch_size(device: str, usual: int) -> int:
    """Batch size: that of the config on a CPU, as many as fit, up to 128, on a GPU."""
    if not device.startswith("cuda"):
        return usual
    free = torch.cuda.get_device_properties(torch.device(device)).total_memory / 2**30
    return max(usual, min(MAX_BATCH, int(free / GIB_PER_CASE)))


def half_precision(device: str) -> bool:
    """Whether bfloat16 is computed rather than imitated, which is slower than float32."""
    if device.startswith("cuda"):
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device == "cpu" and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def site_config(config: TrainConfig, step: str) -> Path:
    """Write the config that adds handlers to a step: early warning, TensorBoard, sample grids.

    Handlers are named entries of `train`, and `train#named_handlers` lists them. `train#handlers` is empty: MONAI's
    `--tracking` appends to it, and `check_properties` takes no references in it.
    """
    content = _config(config, step)
    added: dict[str, Any] = {"stall_warning": {"_target_": "aurad_monai.training.stall_warning.StallWarning"}}
    run_dir = "$@run_dir + '/{}'"
    if importlib.util.find_spec("tensorboard"):  # the extra "train"
        board = {"_target_": "TensorBoardStatsHandler", "log_dir": run_dir.format("tensorboard"), "tag_name": "loss"}
        added["tensorboard"] = board | {"output_transform": "$loss_of"}
    if "ema" in content:  # a diffusion network
        grid = {"_target_": "aurad_monai.training.sample_grid.SampleGrid", "folder": run_dir.format("samples")}
        grid |= {"network": "$@ema.ema_model", "sampler": "@sampler", "autoencoder": "@autoencoder"}
        added["sample_grid"] = grid | {"cases": "@train#dataset"}
    entries = {f"train#{name}": handler for name, handler in added.items()}
    handlers = [*content["train"]["named_handlers"], *(f"@train#{name}" for name in added)]
    if "validation" in content["train"] and not read_datalist(str(config.dataset_dir), "validation"):
        handlers.remove("@train#validation")
        entries["train#loss_history#validator"] = None
    entries |= repeated_cases(config, content) if "ema" in content else {}
    path = config.output / "configs" / f"site_{step}.json"
    imports = {"+imports": ["$from aurad_monai.training.handlers import loss_of"]}
    path.write_text(json.dumps({**imports, **entries, "train#named_handlers": handlers}, indent=4), encoding="utf-8")
    return path


def repeated_cases(config: TrainConfig, content: dict[str, Any]) -> dict[str, Any]:
    """Entries that make an epoch of a small datalist long enough, and a moving average short enough for the run."""
    cases = len(read_datalist(str(config.dataset_dir), "training"))
    batch = config.batch_size or pick_batch_size(config.device, content["batch_size"])
    repeats = max(1, math.ceil(config.min_steps * batch / max(cases, 1)))
    steps = max(1, repeats * cases // batch) * (config.epochs or content["epochs"])
    entries: dict[str, Any] = {"ema_momentum": max(content["ema_momentum"], min(0.5, EMA_LIFETIMES / steps))}
    if repeats > 1:
        entries["train#cases"] = f"${repeats} * ({content['train']['cases'].removeprefix('$')})"
    return entries


def config_files(config: TrainConfig, *steps: str) -> list[Path]:
    """Files of a step in the order in which MONAI merges them."""
    return [config.output / "configs" / f"{name}.json" for name in (*BASES[config.bundle], *steps)]


def _config(config: TrainConfig, step: str) -> dict[str, Any]:
    return dict(ConfigParser.load_config_files([str(file) for file in config_files(config, step)]))


def _launch(config: TrainConfig, step: str, settings: dict[str, Any]) -> None:
    """The same on several GPUs, by torchrun."""
    files = list(map(str, [*config_files(config, step, f"multi_gpu_{step}"), site_config(config, step)]))
    arguments = [text for name, value in settings.items() for text in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={config.gpus}"]
    command += [
        "-m",
        "monai.bundle",
        "run",
        "--config_file",
        str(files),
        "--bundle_root",
        str(config.output),
        *arguments,
    ]
    subprocess.run(command, check=True)
