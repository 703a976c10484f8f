# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Hugging Face repository of a bundle: its files, weights also as safetensors, model card with header.

Takes a bundle folder; gives the path of the new folder.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import torch
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
    header = [
        "---",
        "license: apache-2.0",
        "library_name: monai",
        "pipeline_tag: image-to-image" if "image_latent" in root.name else "pipeline_tag: image-segmentation",
        "tags: [monai, medical, chest-x-ray, synthetic-data]",
        f"model_name: {metadata['name']}",
        f"version: {metadata['version']}",
        "---",
        "",
    ]
    text = (root / "docs" / "README.md").read_text(encoding="utf-8")
    return "\n".join(header) + re.sub(r"\[([^\]]+)\]\((?!https?:|#)([^)]+)\)", _relative_to_root, text)


def _relative_to_root(link: re.Match[str]) -> str:
    """A link of docs/README.md as the top of the bundle sees it."""
    parts = ["docs"]
    for part in link[2].split("/"):
        if part == ".." and not parts:
            return link[1]
        parts = parts[:-1] if part == ".." else [*parts, part]
    return f"[{link[1]}]({'/'.join(parts)})"
