# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad train`: train or fine-tune a bundle on your own datalist."""

from __future__ import annotations

import sys
from pathlib import Path

from aurad_monai.bundles import inventory
from aurad_monai.cli import values as cli_values
from aurad_monai.cli.commands.action import Action, refuse_unknown
from aurad_monai.errors import InputError

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

    def run() -> None:
        if not (folder / "datalist.json").is_file():
            raise InputError("datalist", folder, "a folder with datalist.json", "make one with aurad prepare")
        print("loading ...", file=sys.stderr, flush=True)
        import torch

        from aurad_monai.training.train import BUNDLES, TrainConfig
        from aurad_monai.training.train import train as train_bundle

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
        )
        print(f"trained bundle {train_bundle(config)}", flush=True)

    return Action(run)
