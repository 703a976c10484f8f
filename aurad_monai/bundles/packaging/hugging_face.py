# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Hugging Face repository of a bundle: its files, weights also as safetensors, model card with header.

Takes a bundle folder; gives the path of the new folder.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from safetensors.torch import save_file

from aurad_monai.weights import read_state
from aurad_monai.bundles.safety.strict_json import read_strict
from aurad_monai.bundles.bundle import enter_hash
from aurad_monai.bundles.packaging.archive import bundle_files


def write_hugging_face_folder(root: Path, folder: Path) -> Path:
    """Write what `huggingface_hub` uploads, and what `monai.bundle download --source huggingface_hub` brings back.

    Args:
        root: the bundle folder.
        folder: gets a folder of the bundle's name.

    Returns:
        The new folder: the bundle's files, `README.md`, and a `.safetensors` beside every `.pt`.
    """
    target = folder / root.name
    for file in bundle_files(root):
        copy = target / file.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    for weights in sorted((target / "models").glob("*.pt")):
        write_safetensors(weights)
    (target / "README.md").write_text(model_card(root), encoding="utf-8")
    return target


def write_safetensors(weights: Path) -> Path:
    """Write a `.pt` state dict as `.safetensors` beside it, and enter its hash."""
    state = read_state(weights)
    target = weights.with_suffix(".safetensors")
    save_file({name: tensor.contiguous().clone() for name, tensor in state.items()}, target)
    enter_hash(target)
    return target


def model_card(root: Path) -> str:
    """The bundle's README with the header that the hub reads; links out of the bundle become plain text."""
    metadata: dict[str, Any] = read_strict(root / "configs" / "metadata.json")
    header = yaml.safe_dump(card_header(root.name, metadata), sort_keys=False, allow_unicode=True)
    text = (root / "docs" / "README.md").read_text(encoding="utf-8")
    body = re.sub(r"\[([^\]]+)\]\((?!https?:|#)([^)]+)\)", _relative_to_root, text)
    return f"---\n{header}---\n\n{body}"


def card_header(name: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What the hub reads of a bundle: as the cards of MONAI's own organization, with the figures of the metadata.

    Args:
        name: folder name of the bundle.
        metadata: its metadata.json.
    """
    task = "image-to-image" if "image_latent" in name else "image-segmentation"
    dataset = {"type": "radiographs", "name": "validation split, see Performance"}
    metrics = [{"type": key, "value": value} for key, value in metadata.get("eval_metrics", {}).items()]
    index = [{"name": name, "results": [{"task": {"type": task}, "dataset": dataset, "metrics": metrics}]}]
    return {
        "license": "apache-2.0",
        "library_name": "monai",
        "pipeline_tag": task,
        "tags": ["monai", "medical", "chest-x-ray", "synthetic-data"],
        "inference": False,  # no widget
        "model_name": metadata["name"],
        **({"model-index": index} if metrics else {}),
    }


def _relative_to_root(link: re.Match[str]) -> str:
    """A link of docs/README.md as the top of the bundle sees it."""
    parts = ["docs"]
    for part in link[2].split("/"):
        if part == ".." and not parts:
            return link[1]
        parts = parts[:-1] if part == ".." else [*parts, part]
    return f"[{link[1]}]({'/'.join(parts)})"
