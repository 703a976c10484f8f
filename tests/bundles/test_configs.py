# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Every shipped config parses, refers to what exists, names importable things, and agrees with its siblings."""

from __future__ import annotations

import json
import pydoc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from monai.bundle import ConfigParser
from monai.bundle.config_item import ConfigComponent
from monai.bundle.properties import InferProperties, MetaProperties, TrainProperties
from monai.bundle.reference_resolver import ReferenceResolver
from monai.utils import BundleProperty, BundlePropertyConfig

from tests.bundles.tiny import BUNDLES, DIFFUSION, ROOT

CONFIGS = sorted(path for path in BUNDLES.glob("*/configs/*.json") if path.name != "metadata.json")
BASES = {
    "cxr_expert_filter/deploy": "inference",
    "cxr_expert_filter/evaluate": "train",
    "cxr_expert_filter/evaluate_findings": "train_findings",
    "cxr_image_latent_diffusion/evaluate": "train_autoencoder",
    "cxr_image_latent_diffusion/inference_512": "inference",
    "cxr_image_latent_diffusion/multi_gpu_train": "train",
    "cxr_image_latent_diffusion/sample_controlnet": "train_controlnet",
    "cxr_image_latent_diffusion/train_512": "train",
    "cxr_mask_latent_diffusion/evaluate": "inference",
    "cxr_mask_latent_diffusion/evaluate_autoencoder": "train_autoencoder",
    "cxr_mask_latent_diffusion/multi_gpu_train": "train",
}
"""Configs that only change another one."""


def _name(path: Path) -> str:
    return f"{path.parent.parent.name}/{path.stem}"


def _read(path: Path) -> ConfigParser:
    base = BASES.get(_name(path))
    files = [path.parent / f"{base}.json", path] if base else [path]
    parser = ConfigParser()
    parser.read_config([str(file) for file in files])
    parser.read_meta(str(path.parent / "metadata.json"))
    return parser


def _values(config: Any) -> Iterator[Any]:
    """Every dictionary and every leaf."""
    if isinstance(config, dict):
        yield config
    children = config.values() if isinstance(config, dict) else config if isinstance(config, list) else ()
    for child in children:
        yield from _values(child)
    if not isinstance(config, (dict, list)):
        yield config


@pytest.mark.parametrize("path", CONFIGS, ids=_name)
def test_parses_and_refers_to_what_exists(path: Path) -> None:
    parser = _read(path)
    parser.parse(True)
    expressions = [value for value in _values(parser.config) if isinstance(value, str)]
    missing = {ref for text in expressions for ref in ReferenceResolver.match_refs_pattern(text) if ref not in parser}
    assert not missing


@pytest.mark.parametrize("path", CONFIGS, ids=_name)
def test_has_every_property_that_monai_requires(path: Path) -> None:
    required = {**(TrainProperties if "train" in path.stem else InferProperties), **MetaProperties}
    parser = _read(path)
    ids = [item[BundlePropertyConfig.ID] for item in required.values() if item[BundleProperty.REQUIRED]]
    assert len(ids) >= 9
    assert [name for name in ids if name not in parser] == []


@pytest.mark.parametrize("path", CONFIGS, ids=_name)
def test_targets_can_be_imported(path: Path) -> None:
    components = [value for value in _values(_read(path).config) if isinstance(value, dict) and "_target_" in value]
    for component in components:
        name = ConfigComponent(component).resolve_module_name()
        assert callable(pydoc.locate(str(name))), component["_target_"]


@pytest.mark.parametrize("path", CONFIGS, ids=_name)
def test_expressions_and_imports_compile(path: Path) -> None:
    config = _read(path).config
    for line in config["imports"]:
        exec(line.removeprefix("$"), {})  # a missing name raises ImportError
        assert "," not in line, "MONAI takes one name from an import and ignores the others"
    for value in _values(config):
        if isinstance(value, str) and value.startswith("$") and value[1:].split()[0] not in ("import", "from"):
            compile(value[1:].replace("@", "_").replace("#", "_"), str(path), "eval")


@pytest.mark.parametrize("bundle", DIFFUSION)
def test_networks_agree_between_training_and_inference(bundle: str) -> None:
    folder = BUNDLES / bundle / "configs"
    inference, train, autoencoder = (
        json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("inference", "train", "train_autoencoder")
    )
    assert inference["network_def"] == train["network_def"]
    assert inference["autoencoder_def"] == train["autoencoder_def"] == autoencoder["autoencoder_def"]
    assert inference["inferer"]["num_train_timesteps"] == train["scheduler"]["num_train_timesteps"]


@pytest.mark.parametrize("bundle", sorted(path.name for path in BUNDLES.iterdir()))
def test_bundle_has_what_the_zoo_demands(bundle: str) -> None:
    root = BUNDLES / bundle
    assert (root / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    for file in ("configs/inference.json", "configs/logging.conf", "docs/README.md", "docs/data_license.txt"):
        assert (root / file).is_file(), file
    assert not (root / "scripts").exists()
    large = [file.name for file in (root / "models").glob("*") if file.stat().st_size > 25 * 2**20]
    assert not large
