# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad lint --zoo` on inference configs of ten bundles of the Model Zoo, re-created by their entries and targets.

    python -m recipes.zoo_lint [--output docs/results/zoo_lint.csv]

Writes a row a bundle with the rules of its config that it does not keep. The zoo cannot be downloaded where
this is made, so each bundle is a skeleton: the entries that its published inference config has, and what they are of.
Weights, cards and metadata are placeholders that keep the rules, and are not judged.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from aurad_monai.bundles.zoo.bundle_folder import read_bundle
from aurad_monai.bundles.zoo.rules import foreign_targets, zoo_failures
from recipes.result_tables import save_records

USUAL = "bundle_root output_dir dataset_dir device network_def preprocessing dataset inferer postprocessing handlers"
USUAL += " evaluator"
BUNDLES: dict[str, tuple[str, dict[str, str]]] = {
    "brats_mri_segmentation": (USUAL, {"network_def": "SegResNet", "postprocessing": "SaveImaged"}),
    "spleen_ct_segmentation": (USUAL, {"network_def": "UNet", "postprocessing": "SaveImaged"}),
    "wholeBody_ct_segmentation": (USUAL, {"network_def": "SegResNet", "postprocessing": "SaveImaged"}),
    "endoscopic_tool_segmentation": (USUAL, {"network_def": "FlexibleUNet", "postprocessing": "SaveImaged"}),
    "pathology_tumor_detection": (USUAL, {"network_def": "TorchVisionFCModel"}),
    "pathology_nuclei_classification": (USUAL, {"network_def": "DenseNet121", "postprocessing": "SaveImaged"}),
    "lung_nodule_ct_detection": (
        USUAL.replace(" dataset_dir", ""),
        {"network_def": "RetinaNet", "inferer": "scripts.detection_inferer.RetinaNetInferer"},
    ),
    "breast_density_classification": (
        USUAL.replace(" dataset_dir", ""),
        {"network_def": "TorchVisionFCModel", "dataset": "scripts.createList.CreateImageLabelList"},
    ),
    "mednist_gan": (
        "bundle_root output_dir device network_def dataset inferer postprocessing handlers evaluator",
        {"network_def": "Generator", "postprocessing": "SaveImaged"},
    ),
    "brats_mri_generative_diffusion": (
        "bundle_root output_dir device network_def inferer saver",
        {
            "network_def": "generative.networks.nets.DiffusionModelUNet",
            "inferer": "scripts.ldm_sampler.LDMSampler",
            "saver": "SaveImage",
        },
    ),
}
"""Entries of each published inference config that the rules look for, and the `_target_` of some."""
PLAIN = ("bundle_root", "output_dir", "dataset_dir", "device")
REFERENCES = {"postprocessing": "postprocessing", "val_handlers": "handlers"}


def skeleton(entries: str, targets: dict[str, str]) -> dict[str, Any]:
    """An inference config of these entries."""
    names = entries.split()
    config: dict[str, Any] = {
        name: "." if name in PLAIN else [] if name == "handlers" else {"_target_": targets.get(name, "Compose")}
        for name in names
    }
    if "dataset" in config and "preprocessing" in config:
        config["dataset"]["transform"] = "@preprocessing"
    if "evaluator" in config:
        config["evaluator"] |= {key: f"@{name}" for key, name in REFERENCES.items() if name in config}
    return config


def rows() -> list[dict[str, str]]:
    """A row a bundle: rules of the inference config that are not kept, and packages that it needs."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for name, (entries, targets) in BUNDLES.items():
            root = Path(folder) / name
            (root / "configs").mkdir(parents=True)
            (root / "scripts").mkdir()
            (root / "configs" / "inference.json").write_text(json.dumps(skeleton(entries, targets)), encoding="utf-8")
            bundle = read_bundle(root)
            judged = [failure for failure in zoo_failures(bundle) if "inference" in failure.where]
            needs = ", ".join(foreign_targets(bundle))
            rules = "; ".join(failure.rule for failure in judged)
            found.append({"bundle": name, "not kept": str(len(judged)), "rules": rules, "needs beside MONAI": needs})
    return found


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--output", type=Path, default=Path("docs/results/zoo_lint.csv"))
    lines = rows()
    save_records(lines, arguments.parse_args().output)
    for line in lines:
        print(line)
