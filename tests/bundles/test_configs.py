# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Every shipped config parses, refers to what exists, names importable things, and agrees with its siblings."""

from __future__ import annotations

import json
import pydoc
import re
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
    "cxr_expert_filter/deploy": ("inference",),
    "cxr_expert_filter/evaluate": ("train",),
    "cxr_expert_filter/evaluate_findings": ("train_findings",),
    "cxr_image_latent_diffusion/deploy": ("inference",),
    "cxr_image_latent_diffusion/evaluate": ("inference", "train_autoencoder"),
    "cxr_image_latent_diffusion/multi_gpu_train": ("inference", "train"),
    "cxr_image_latent_diffusion/sample_controlnet": ("train_controlnet",),
    "cxr_image_latent_diffusion/train": ("inference",),
    "cxr_image_latent_diffusion/train_autoencoder": ("inference",),
    "cxr_mask_latent_diffusion/deploy": ("inference",),
    "cxr_mask_latent_diffusion/evaluate": ("inference",),
    "cxr_mask_latent_diffusion/evaluate_autoencoder": ("inference", "train_autoencoder"),
    "cxr_mask_latent_diffusion/multi_gpu_train": ("inference", "train"),
    "cxr_mask_latent_diffusion/train": ("inference",),
    "cxr_mask_latent_diffusion/train_autoencoder": ("inference",),
}
"""Configs that only change others, in the order in which MONAI merges them."""


def _name(path: Path) -> str:
    return f"{path.parent.parent.name}/{path.stem}"


def _read(path: Path) -> ConfigParser:
    files = [*(path.parent / f"{base}.json" for base in BASES.get(_name(path), ())), path]
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
@pytest.mark.parametrize("entry", ["network_def", "autoencoder_def", "scheduler"])
def test_a_network_is_defined_once(bundle: str, entry: str) -> None:
    """The zoo wants `inference.json` complete by itself, so definitions stand there, and nowhere else."""
    defining = [
        path.stem
        for path in sorted((BUNDLES / bundle / "configs").glob("*.json"))
        if "controlnet" not in path.stem  # of a network of others
        and isinstance(json.loads(path.read_text(encoding="utf-8")).get(entry), dict)
    ]
    assert defining == ["inference"]


@pytest.mark.parametrize("path", CONFIGS, ids=_name)
def test_nothing_is_addressed_by_its_place_in_a_list(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r'[@%"]\w+(#\w+)*#\d', text)
    train = _read(path).config.get("train", {})
    assert all(name.startswith("@train#") for name in train.get("named_handlers", []))
    assert train.get("handlers", []) == []  # for MONAI's --tracking, whose check takes no references


@pytest.mark.parametrize("bundle", sorted(path.name for path in BUNDLES.iterdir()))
def test_bundle_has_what_the_zoo_demands(bundle: str) -> None:
    root = BUNDLES / bundle
    assert (root / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    for file in ("configs/inference.json", "configs/logging.conf", "docs/README.md", "docs/data_license.txt"):
        assert (root / file).is_file(), file
    assert not (root / "scripts").exists()
    large = [file.name for file in (root / "models").glob("*") if file.stat().st_size > 25 * 2**20]
    assert not large
