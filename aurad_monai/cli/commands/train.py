# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad train`: train or fine-tune a bundle on your own datalist."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from aurad_monai.bundles import inventory
from aurad_monai.cli import values as cli_values
from aurad_monai.cli.commands.action import Action, refuse_unknown
from aurad_monai.cli.next_step import say_next
from aurad_monai.errors import InputError

if TYPE_CHECKING:
    from aurad_monai.training.site_config import TrainConfig

PROMPT = "cardiomegaly"
NAMES = ("image", "mask", "filter")


def train(
    datalist: str | None = None,
    *extra: str,
    bundle: str | None = None,
    output: str | None = None,
    from_defaults: str = "False",
    max_minutes: str = "0",
    epochs: str = "0",
    batch_size: str = "0",
    seed: str = "0",
    gpus: str = "1",
    mlflow: str = "",
    site: str = "site",
    device: str | None = None,
    bundle_dir: str | None = None,
    debug: str = "False",
    **unknown: str,
) -> Action:
    """aurad train DATALIST --bundle image|mask|filter --output DIR [flags]

    Train a copy of a bundle on your own datalist, as `aurad prepare` writes it; run again to resume.

    DATALIST          datalist.json or its folder
    --bundle          image, mask or filter (required)
    --output          new folder for the trained bundle, or one to resume (required)
    --from_defaults   start from the shipped weights (fine-tuning)
    --max_minutes     of each step, default no limit
    --epochs          default as configured in the bundle
    --batch_size      default chosen for the device
    --seed            whole number from 0, default 0
    --gpus            number of processes, one a GPU, 1 to 64, default 1
    --mlflow          SQLite file or address of an MLflow server for tracking (extra "mlflow"), default none
    --site            whose weights these will be: letters and digits for version, name and card, default site
    --device          cpu, cuda, cuda:N or mps, default the fastest available
    --bundle_dir      folder of bundles, default those of the package
    --debug           show the traceback of an error
    """
    refuse_unknown(train, extra, unknown)
    folder = Path(cli_values.text("datalist", datalist, "datalist.json or its folder", "see aurad train --help"))
    folder = folder.parent if folder.suffix == ".json" else folder
    chosen = cli_values.text("bundle", bundle, ", ".join(NAMES), "give --bundle NAME")
    if chosen not in NAMES:
        raise InputError("bundle", chosen, ", ".join(NAMES), "give --bundle NAME")
    target = cli_values.text("output", output, "a folder", "give --output DIR")
    tuned = cli_values.switch("from_defaults", from_defaults)
    minutes = cli_values.real("max_minutes", max_minutes, 0, 10**6)
    numbers = {
        "epochs": cli_values.whole("epochs", epochs, 0, 10**6),
        "batch_size": cli_values.whole("batch_size", batch_size, 0, 4096),
        "seed": cli_values.whole("seed", seed, 0, 2**32 - 1),
        "gpus": cli_values.whole("gpus", gpus, 1, 64),
    }
    where = cli_values.device(device)

    def run() -> int:
        if not (folder / "datalist.json").is_file():
            raise InputError("datalist", folder, "a folder with datalist.json", "make one with aurad prepare")
        print("loading ...", file=sys.stderr, flush=True)
        import torch

        from aurad_monai.training.site_config import BUNDLES, TrainConfig

        shipped = inventory.bundles_root(bundle_dir) / BUNDLES[chosen]
        best = where or ("cuda" if torch.cuda.is_available() else "cpu")
        config = TrainConfig(
            dataset_dir=folder.resolve(),
            bundle=chosen,
            shipped=shipped,
            output=Path(target).resolve(),
            from_defaults=tuned,
            device=best,
            batch_size=numbers["batch_size"],
            epochs=numbers["epochs"],
            max_minutes=minutes,
            gpus=numbers["gpus"],
            seed=numbers["seed"],
            mlflow=mlflow,
            site=site,
        )
        return _train(config, target)

    return Action(run)


def _train(config: TrainConfig, target: str) -> int:
    """Train, and say what is there and what follows; Ctrl-C and SIGTERM give the exit code of a shell."""
    from aurad_monai.training.train import Interrupted, missing_files, train

    try:
        train(config)
    except Interrupted as stopped:
        there = f"lacks {', '.join(stopped.missing)} yet" if stopped.missing else "can be used as far as it was trained"
        print(f"interrupted: {target} {there}; the same command goes on", file=sys.stderr, flush=True)
        return 128 + stopped.signal
    except KeyboardInterrupt:
        print("interrupted at once: the same command goes on from the last checkpoint", file=sys.stderr, flush=True)
        return 130
    print(f"trained bundle {target}", flush=True)
    if missing := missing_files(config):
        print(f"not there yet: {', '.join(missing)}; the same command goes on", flush=True)
    elif config.bundle == "filter":
        output = f"{target.rstrip('/')}-thresholds"
        say_next("calibrate", config.dataset_dir, "--filter_bundle", target, "--write", "--output", output)
    else:
        output = f"{target.rstrip('/')}-run"
        say_next("generate", PROMPT, f"--{config.bundle}_bundle", target, "--output", output)
    return 0
