# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings of a training on a site's own datalist, and what they add to a bundle's configs.

Takes a `TrainConfig`; gives entries and a config file for MONAI's workflow.
"""

from __future__ import annotations

import importlib.util
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from aurad_monai.bundles.gate import read_tree
from aurad_monai.bundles.safety.trust import Trust
from aurad_monai.files import write_json
from aurad_monai.io.datalist import read_datalist

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
SHEETS = 10
"""Sheets of samples or predictions in a training, at most."""
RESUME = "@train#resume"
STATEFUL = ("stall_warning", "sample_grid")
"""Added handlers whose state belongs into the checkpoint."""
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
        site: who trains, for version, name and card of the copy.
        trust: whom to trust where the bundle is not ours, see `open_bundle`.
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
    site: str = "site"
    trust: Trust | None = None


def settings_of(config: TrainConfig, step: str) -> dict[str, Any]:
    """Entries of a step's config that the settings change."""
    content = config_of(config, step)
    settings: dict[str, Any] = {
        "dataset_dir": str(config.dataset_dir),
        "device": torch.device(config.device) if config.gpus == 1 else config.device,
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
    """Write the config that adds handlers to a step: bar, early warning, TensorBoard, sheets of samples or predictions.

    Handlers are named entries of `train`, and `train#named_handlers` lists them, the checkpoint last, as it holds their
    state. `train#handlers` is empty: MONAI's `--tracking` appends to it, and `check_properties` takes no references in
    it. There is no expression in what is written: the trained bundle opens wherever it goes.
    """
    content = config_of(config, step)
    validated = "validation" in content["train"] and bool(read_datalist(str(config.dataset_dir), "validation"))
    added = _handlers(config, step, content, validated)
    entries = {f"train#{name}": handler for name, handler in added.items()}
    entries |= {f"train#resume#objects#{name}": f"@train#{name}" for name in added if name in STATEFUL}
    handlers = [name for name in content["train"]["named_handlers"] if name != RESUME]
    handlers += [*(f"@train#{name}" for name in added), RESUME]
    if "validation" in content["train"] and not validated:
        handlers.remove("@train#validation")
        entries["train#loss_history#validator"] = None
    entries |= repeated_cases(config, content) if "ema" in content else {}
    path = config.output / "configs" / f"site_{step}.json"
    write_json(path, {**entries, "train#named_handlers": handlers}, indent=4)
    return path


def _handlers(config: TrainConfig, step: str, content: dict[str, Any], validated: bool) -> dict[str, Any]:
    """Handlers that `aurad train` adds to a step, by name."""
    own = "aurad_monai.training."
    added: dict[str, Any] = {"stall_warning": {"_target_": f"{own}stall_warning.StallWarning"}}
    if importlib.util.find_spec("tensorboard"):  # the extra "train"
        added["tensorboard"] = {"_target_": f"{own}handlers.TensorBoardLoss", "run_dir": "@run_dir"}
    every = max(1, (config.epochs or content["epochs"]) // SHEETS)
    validator = {"validator": "@validate#evaluator"} if validated else {}
    if "ema" in content:  # a diffusion network
        grid = {"_target_": f"{own}sample_grid.SampleGrid", "run_dir": "@run_dir", "ema": "@ema", "every": every}
        added["sample_grid"] = grid | {"sampler": "@sampler", "autoencoder": "@autoencoder", "cases": "@train#dataset"}
    elif validated:
        every = max(every, content.get("val_interval", 1))
        sheet = {"_target_": f"{own}prediction_sheet.PredictionSheet", "run_dir": "@run_dir", "every": every}
        added["prediction_sheet"] = sheet | validator
    bar = {"_target_": f"{own}progress.ProgressBar", "name": step, "optimizer": "@optimizer"}
    return added | {"progress": bar | validator}


def repeated_cases(config: TrainConfig, content: dict[str, Any]) -> dict[str, Any]:
    """Entries that make an epoch of a small datalist long enough, and a moving average short enough for the run."""
    cases = len(read_datalist(str(config.dataset_dir), "training"))
    batch = config.batch_size or pick_batch_size(config.device, content["batch_size"])
    repeats = max(1, math.ceil(config.min_steps * batch / max(cases, 1)))
    steps = max(1, repeats * cases // batch) * (config.epochs or content["epochs"])
    entries: dict[str, Any] = {"ema_momentum": max(content["ema_momentum"], min(0.5, EMA_LIFETIMES / steps))}
    if repeats > 1:
        entries["train#cases"] = {
            "_target_": "aurad_monai.io.datalist.read_datalist",
            "dataset_dir": "@dataset_dir",
            "section": "training",
            "repeats": repeats,
        }
    return entries


def config_names(config: TrainConfig, *steps: str) -> tuple[str, ...]:
    """Names of the configs of a step in the order in which MONAI merges them."""
    return (*BASES[config.bundle], *steps)


def shipped_config(config: TrainConfig, step: str) -> dict[str, Any]:
    """The same of the bundle that is copied, whose copy may not be there yet."""
    return config_of(replace(config, output=config.shipped), step)


def config_of(config: TrainConfig, step: str) -> dict[str, Any]:
    """The merged configs of a step, judged before."""
    content: dict[str, Any] = read_tree(config.output, config_names(config, step), config.trust)["content"]
    return content
