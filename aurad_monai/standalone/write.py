# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Standalone variant of a bundle: weights and rules in one TorchScript file, a config of MONAI's targets alone.

Takes a bundle folder; gives `NAME_standalone` beside others, for the Model Zoo, whose checks install from the public
index only, and for federated platforms, which refuse targets outside of MONAI, torch and Ignite.
"""

from __future__ import annotations

import copy
import shutil
from pathlib import Path
from typing import Any

import torch

from aurad_monai import vocabulary
from aurad_monai.bundles.bundle import Bundle, enter_hash, open_bundle, publish_state
from aurad_monai.diffusion.sample import DiffusionModel
from aurad_monai.errors import InputError
from aurad_monai.files import write_json, write_text
from aurad_monai.standalone.card import card
from aurad_monai.standalone.configs import expert_config, image_config, mask_config
from aurad_monai.standalone.images import ImageGenerator
from aurad_monai.standalone.masks import MaskGenerator

SUFFIX = "_standalone"
PACKAGES = {
    "image": ("nibabel", "pytorch-ignite", "pillow"),
    "mask": ("nibabel", "pytorch-ignite"),
    "expert": ("nibabel", "pytorch-ignite", "pillow", "scipy", "scikit-image"),
}
"""What the config of each variant imports beside MONAI, torch and NumPy."""


def write_standalone(root: Path, folder: Path, **overrides: Any) -> Path:
    """Write the standalone variant of a bundle.

    Args:
        root: the bundle folder.
        folder: gets a new folder, the name of the bundle and `_standalone`.
        overrides: config entries to replace, as of `open_bundle`.

    Raises:
        InputError: the bundle is no mask, image or filter bundle of ours, or its sampler or postprocessing is another.
    """
    bundle = open_bundle(root, **{"device": "cpu", **overrides})
    kind = _kind(bundle)
    target = folder / f"{root.name}{SUFFIX}"
    for name in ("configs", "docs", "models"):
        (target / name).mkdir(parents=True)
    config = {"image": image_config, "mask": mask_config, "expert": expert_config}[kind](bundle)
    write_json(target / "configs" / "inference.json", config, indent=4)
    write_json(target / "configs" / "metadata.json", metadata(bundle, kind), indent=4)
    write_text(target / "docs" / "README.md", card(bundle.metadata, kind, target.name))
    for name in ("LICENSE", "configs/logging.conf", "docs/data_license.txt", "docs/output.png"):
        if (root / name).is_file():
            shutil.copyfile(root / name, target / name)
    _write_networks(bundle, kind, target / "models")
    return target


def metadata(bundle: Bundle, kind: str) -> dict[str, Any]:
    """Metadata of the variant: one network of one tensor, and packages of the public index."""
    content: dict[str, Any] = copy.deepcopy(bundle.metadata)
    content["name"] = f"{content['name']} (standalone)"
    required = content["required_packages_version"]
    content["required_packages_version"] = {name: required[name] for name in PACKAGES[kind] if name in required}
    content["required_packages_version"].setdefault("pillow", required.get("pillow", ">=10.1"))
    for key in [key for key in content if key.endswith("_data_format")]:
        if kind != "expert":
            del content[key]
    if kind != "expert":
        size = int(bundle.parser.get("size"))
        content["network_data_format"] = data_format(kind, size)
    return content


def data_format(kind: str, size: int) -> dict[str, Any]:
    """Format of the planes that a generator takes and of what it makes."""
    planes = list(vocabulary.ANATOMY_NAMES)
    if kind == "image":
        planes += [f"pathology, {name}" for name in vocabulary.FINDING_NAMES] + ["view, sex and age in numbers"]
    else:
        planes += ["findings, view, sex and age in numbers"]
    made = ["radiograph"] if kind == "image" else list(vocabulary.FINDING_NAMES)
    shared = {"type": "image", "spatial_shape": [size, size], "dtype": "float32", "is_patch_data": False}
    return {
        "inputs": {"image": {**shared, "format": "planes", **_channels([*planes, "noise"], [-10, 15])}},
        "outputs": {
            "pred": {**shared, "format": "magnitude" if kind == "image" else "segmentation", **_channels(made, [0, 1])}
        },
    }


def _channels(names: list[str], value_range: list[int]) -> dict[str, Any]:
    named = {str(index): name for index, name in enumerate(names)}
    return {"num_channels": len(names), "value_range": value_range, "channel_def": named}


def _kind(bundle: Bundle) -> str:
    if "anatomy_expert" in bundle.parser:
        return "expert"
    if "sampler" not in bundle.parser:
        raise InputError("bundle", bundle.root, "a mask, image or filter bundle of this package", "see aurad info")
    return "mask" if "anatomy_prior" in bundle.parser else "image"


def _write_networks(bundle: Bundle, kind: str, models: Path) -> None:
    """`model.pt`, the weights as the bundle stores them, and `model.ts`, which runs them."""
    if kind == "expert":
        shutil.copyfile(bundle.root / "models" / "model.pt", models / "model.pt")
        enter_hash(models / "model.pt")
        for name in ("findings_network", "encoder_network"):
            network = bundle.get(name).cpu().eval()
            _save_script(torch.jit.script(network), models / f"{name.removesuffix('_network')}.ts")
        return
    model = DiffusionModel.from_bundle(bundle)
    generator = MaskGenerator(model) if kind == "mask" else ImageGenerator(model)
    scripted = torch.jit.script(generator.eval())
    publish_state(scripted.state_dict(), str(models / "model.pt"))
    _save_script(scripted, models / "model.ts")


def _save_script(scripted: Any, path: Path) -> None:
    """Each weight in half precision where that loses nothing, as bundles store most; who loads it says `.float()`."""
    scripted._apply(lambda value: value.half() if _is_half(value) else value)
    torch.jit.save(scripted, str(path))
    enter_hash(path)


def _is_half(value: torch.Tensor) -> bool:
    return value.dtype == torch.float32 and torch.equal(value.half().float(), value)
