# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Does MONAI Deploy's bundle operator give the masks that the filter bundle gives, on validation radiographs?

    python -m tests.stress.deploy_masks --radiographs DATA/cxr --output OUT.json

Exports `model.ts` from the bundle, runs docs/how_to/deploy_app.py and the bundle's own inference on the same files and
compares what they wrote. Needs the extra `deploy`, in an environment of its own.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import fire
import numpy as np
from monai.bundle import ckpt_export, run
from PIL import Image

from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.io.anatomy_file import from_labels
from aurad_monai.io.datalist import load_channels, read_datalist
from aurad_monai.vocabulary import ANATOMY_NAMES

APP = Path(__file__).parents[2] / "docs" / "how_to" / "deploy_app.py"


def export(bundle: Path, target: Path) -> None:
    """The bundle as MONAI Deploy reads it: TorchScript with the configs in it."""
    configs = bundle / "configs"
    ckpt_export(
        net_id="network_def",
        filepath=str(target),
        ckpt_file=str(bundle / "models/model.pt"),
        meta_file=str(configs / "metadata.json"),
        config_file=[str(configs / name) for name in ("inference.json", "deploy.json")],
        use_trace=True,
        input_shape=[1, 1, 256, 256],
    )


def compare(ours: np.ndarray, theirs: np.ndarray) -> dict[str, Any]:
    """Dice by structure, and pixels that differ; also those in both of our lungs, which a label map cannot say."""
    dice = 2 * (ours & theirs).sum(axis=(1, 2)) / np.maximum(1, ours.sum(axis=(1, 2)) + theirs.sum(axis=(1, 2)))
    return {"dice": dice.tolist(), "differ": int((ours != theirs).sum()), "both_lungs": int((ours[0] & ours[1]).sum())}


def main(radiographs: str, output: str, count: int = 121) -> None:
    """Run both, print and write the figures."""
    bundle = bundles_root() / "cxr_expert_filter"
    cases = read_datalist(radiographs, "validation")[:count]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").mkdir()
        for case in cases:
            shutil.copy(case["image"], folder / "in")
        export(bundle, folder / "model.ts")
        words = ["--input", folder / "in", "--model", folder / "model.ts", "--output", folder / "deploy"]
        subprocess.run([sys.executable, str(APP), *map(str, words)], check=True, stdout=subprocess.DEVNULL)
        run(
            config_file=str(bundle / "configs/inference.json"),
            bundle_root=str(bundle),
            dataset_dir=str(folder / "in"),
            output_dir=str(folder / "bundle"),
        )
        rows = {}
        for file in sorted((folder / "bundle").glob("*.nii.gz")):
            stem = file.name.removesuffix(".nii.gz")
            made = folder / "deploy" / f"{stem}.png"
            theirs = from_labels(np.asarray(Image.open(made)), made, "output").astype(bool)
            rows[stem] = compare(load_channels(file).astype(bool), theirs)
    dice = np.array([row["dice"] for row in rows.values()])
    figures = {
        "radiographs": len(rows),
        "equal_to_the_pixel": sum(row["differ"] == 0 for row in rows.values()),
        "least_dice": dict(zip(ANATOMY_NAMES, dice.min(axis=0).round(6).tolist(), strict=True)),
        "pixels_that_differ": sum(row["differ"] for row in rows.values()),
        "most_in_one": max(row["differ"] for row in rows.values()),
        "pixels_in_both_lungs": sum(row["both_lungs"] for row in rows.values()),
    }
    print(json.dumps(figures, indent=2))
    Path(output).write_text(json.dumps({**figures, "cases": rows}, indent=2), encoding="utf-8")


if __name__ == "__main__":
    fire.Fire(main)
