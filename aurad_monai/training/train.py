# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Training on a site's own datalist: a copy of a bundle, MONAI's own workflow, a few settings picked for the device.

Nothing is trained here that `python -m monai.bundle run` would not train. The copy keeps the shipped weights out of
danger, and `configs/site.json` in it holds what was added, so that the same run can be given by hand.
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
from monai.bundle import ConfigWorkflow
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
LARGEST_BATCH = 128
GIB_A_CASE = 0.15
"""GPU memory a case of the default networks takes in training, generously."""
MIN_STEPS = 64
"""Steps in an epoch of a diffusion network, since the epochs of the configs are meant for thousands of cases: fewer are
repeated, each time turned and scaled in another way."""
FORGETS = 5
"""How many times the moving average forgets where it started within a run, at least."""


@dataclass(frozen=True)
class Plan:
    """What is to be trained.

    Args:
        dataset_dir: folder with datalist.json.
        bundle: image, mask or filter.
        shipped: the bundle that is copied.
        output: the copy, new or left by an earlier run, which then goes on.
        from_defaults: start from the shipped weights, and keep the shipped autoencoder.
        device: where it runs.
        batch_size: 0 picks one for the device.
        epochs: 0 leaves what the config says.
        max_minutes: for each step; 0 sets no limit.
        gpus: processes, one a GPU.
        seed: of everything.
        least_steps: in an epoch of a diffusion network; where cases are too few they are repeated.
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
    least_steps: int = MIN_STEPS
    mlflow: str = ""
    entries: tuple[tuple[str, Any], ...] = ()


def train(plan: Plan) -> Path:
    """Run every step of a plan; returns the folder of the trained bundle.

    Raises:
        InputError: there is nothing to train on, the folder was made of another bundle, or a bundle cannot be
            fine-tuned.
    """
    if not read_datalist(str(plan.dataset_dir), "training"):
        why = "report.md of aurad prepare says what was refused; a smaller --val_share leaves more"
        raise InputError("datalist", plan.dataset_dir, "at least one training case", why)
    check_mlflow(plan)
    copy_bundle(plan)
    for step in steps_of(plan):
        settings = settings_of(plan, step)
        if plan.gpus > 1 and (plan.output / "configs" / f"multi_gpu_{step}.json").is_file():
            _launch(plan, step, settings)
        else:
            workflow = ConfigWorkflow(
                config_file=[str(plan.output / "configs" / f"{step}.json"), str(site_config(plan, step))],
                meta_file=str(plan.output / "configs" / "metadata.json"),
                logging_file=str(plan.output / "configs" / "logging.conf"),
                workflow_type="train",
                bundle_root=str(plan.output),
                **settings,
            )
            workflow.initialize()
            if plan.mlflow:
                log_to_mlflow(plan, step, workflow.parser.get_parsed_content("train#trainer"))
            workflow.run()
            workflow.finalize()
    return plan.output


def check_mlflow(plan: Plan) -> None:
    """Refuse what MLflow cannot follow before anything is written; raises InputError."""
    if plan.mlflow and not importlib.util.find_spec("mlflow"):
        raise InputError("mlflow", plan.mlflow, "an installed MLflow", "pip install aurad-monai[mlflow]")
    if plan.mlflow and plan.gpus > 1:
        raise InputError("mlflow", plan.mlflow, "one process", "leave --gpus or --mlflow out")


def log_to_mlflow(plan: Plan, step: str, trainer: Engine) -> None:
    """Attach MONAI's handler. It talks to a server, so it is no part of the configs, which the linter judges."""
    MLFlowHandler(
        tracking_uri=plan.mlflow if "://" in plan.mlflow else f"sqlite:///{Path(plan.mlflow).resolve()}",
        experiment_name=f"aurad {plan.bundle}",
        run_name=f"{plan.output.name} {step}",
        epoch_log=False,
        output_transform=loss_of,
        tag_name="loss",
        close_on_complete=True,
    ).attach(trainer)


def copy_bundle(plan: Plan) -> None:
    """Copy the shipped bundle without its weights, or with them where training starts from them."""
    metadata = plan.output / "configs" / "metadata.json"
    if metadata.is_file():
        if json.loads(metadata.read_text(encoding="utf-8")) != json.loads(
            (plan.shipped / "configs" / "metadata.json").read_text(encoding="utf-8")
        ):
            raise InputError(
                "output", plan.output, f"a copy of {plan.shipped.name} of this version", "name a new folder"
            )
        return
    if plan.output.is_dir() and any(plan.output.iterdir()):
        raise InputError("output", plan.output, "a new or empty folder, or one to go on with", "name another")
    shutil.copytree(plan.shipped, plan.output, dirs_exist_ok=True, ignore=shutil.ignore_patterns("models", "runs"))
    (plan.output / "models").mkdir(exist_ok=True)
    keep = "*" if plan.from_defaults else "anatomy_prior.*"
    for weights in (plan.shipped / "models").glob(keep):
        shutil.copy2(weights, plan.output / "models" / weights.name)
        if not plan.from_defaults:
            enter_hash(plan.output / "models" / weights.name)


def steps_of(plan: Plan) -> list[str]:
    """The configs to run."""
    if not plan.from_defaults:
        return list(STEPS[plan.bundle])
    able = [step for step in STEPS[plan.bundle] if "initial_weights" in _config(plan, step)]
    if not able:
        raise InputError("from_defaults", plan.bundle, "a bundle whose train.json has initial_weights", "leave it out")
    return able


def settings_of(plan: Plan, step: str) -> dict[str, Any]:
    """Entries of a step's config that the plan sets."""
    config = _config(plan, step)
    settings: dict[str, Any] = {
        "dataset_dir": str(plan.dataset_dir),
        "device": f"$torch.device('{plan.device}')",
        "batch_size": plan.batch_size or pick_batch_size(plan.device, config["batch_size"]),
        "max_minutes": plan.max_minutes,
        "seed": plan.seed,
    }
    if plan.epochs:
        settings["epochs"] = plan.epochs
    if plan.from_defaults:
        settings["initial_weights"] = str(plan.shipped / "models" / Path(config["weights"].split("'")[-2]).name)
    if ".mixed_precision." in str(config["train"]["inferer"].get("_target_")):
        settings["train#inferer#enabled"] = half_precision(plan.device)
    if plan.gpus > 1:
        del settings["device"]  # each process has its own
    return settings | {name: value for name, value in plan.entries if name.split("#")[0] in config}


def pick_batch_size(device: str, usual: int) -> int:
    """What the config says on a CPU, and as many as fit, up to 128, on a GPU."""
    if not device.startswith("cuda"):
        return usual
    free = torch.cuda.get_device_properties(torch.device(device)).total_memory / 2**30
    return max(usual, min(LARGEST_BATCH, int(free / GIB_A_CASE)))


def half_precision(device: str) -> bool:
    """Whether bfloat16 is computed rather than imitated, which is slower than float32."""
    if device.startswith("cuda"):
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device == "cpu" and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def site_config(plan: Plan, step: str) -> Path:
    """Write the config that adds TensorBoard, the early warning and sample grids to a step."""
    known = _config(plan, step)
    (loss,) = (
        item["output_transform"] for item in known["train"]["handlers"] if item["_target_"].endswith("LossHistory")
    )
    run_dir = "$@run_dir + '/{}'"
    added: dict[str, Any] = repeated_cases(plan, known) if "ema" in known else {}
    handlers = [
        *known["train"]["handlers"],
        {"_target_": "aurad_monai.training.stall_warning.StallWarning", "output_transform": loss},
    ]
    if importlib.util.find_spec("tensorboard"):  # the extra "train"
        board = {"_target_": "TensorBoardStatsHandler", "log_dir": run_dir.format("tensorboard")}
        handlers.append(board | {"tag_name": "loss", "output_transform": loss})
    if "ema" in known:  # a diffusion network
        inference = json.loads((plan.output / "configs" / "inference.json").read_text(encoding="utf-8"))
        inferer = {
            name: inference.get(value[1:], value) if _refers_outside(value, known) else value
            for name, value in inference["inferer"].items()
        }
        grid = {"_target_": "aurad_monai.training.sample_grid.SampleGrid", "folder": run_dir.format("samples")}
        handlers.append(grid | {"network": "$@ema.ema_model", "inferer": inferer, "cases": "@train#dataset"})
    path = plan.output / "configs" / f"site_{step}.json"
    path.write_text(json.dumps({"train#handlers": handlers, **added}, indent=4), encoding="utf-8")
    return path


def repeated_cases(plan: Plan, config: dict[str, Any]) -> dict[str, Any]:
    """Entries that make an epoch of a small datalist long enough, and a moving average short enough for the run."""
    cases = len(read_datalist(str(plan.dataset_dir), "training"))
    batch = plan.batch_size or pick_batch_size(plan.device, config["batch_size"])
    repeats = max(1, math.ceil(plan.least_steps * batch / max(cases, 1)))
    steps = max(1, repeats * cases // batch) * (plan.epochs or config["epochs"])
    (average,) = (item for item in config["train"]["handlers"] if item["_target_"].endswith("EMAHandler"))
    average["momentum"] = max(average["momentum"], min(0.5, FORGETS / steps))
    return {} if repeats == 1 else {"train#cases": f"${repeats} * ({config['train']['cases'].removeprefix('$')})"}


def _refers_outside(value: Any, config: dict[str, Any]) -> bool:
    """Whether a value refers to an entry that a training config does not have, such as the steps of sampling."""
    return isinstance(value, str) and value.startswith("@") and value[1:].split("#")[0] not in config


def _config(plan: Plan, step: str) -> dict[str, Any]:
    content = json.loads((plan.output / "configs" / f"{step}.json").read_text(encoding="utf-8"))
    return dict(content)


def _launch(plan: Plan, step: str, settings: dict[str, Any]) -> None:
    """The same on several GPUs, by torchrun."""
    names = [plan.output / "configs" / f"{step}.json", site_config(plan, step)]
    files = [*map(str, names), str(plan.output / "configs" / f"multi_gpu_{step}.json")]
    arguments = [text for name, value in settings.items() for text in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={plan.gpus}"]
    command += ["-m", "monai.bundle", "run", "--config_file", str(files), "--bundle_root", str(plan.output), *arguments]
    subprocess.run(command, check=True)
