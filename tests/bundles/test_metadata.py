# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The metadata of every bundle follows MONAI's schema and names the versions that are tested."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from monai.bundle import verify_metadata

from aurad_monai import __version__
from tests.bundles.tiny import BUNDLES, DIFFUSION, ROOT

SCHEMA = ROOT.parent / "shared" / "schema" / "meta_schema_20240725.json"
ALL = sorted(path.name for path in BUNDLES.iterdir())


def _metadata(bundle: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((BUNDLES / bundle / "configs" / "metadata.json").read_text(encoding="utf-8"))
    return content


@pytest.mark.skipif(not SCHEMA.is_file(), reason=f"{SCHEMA.name} is not beside the repository")
@pytest.mark.parametrize("bundle", ALL)
def test_follows_the_schema(bundle: str, tmp_path: Path) -> None:
    schema = shutil.copy(SCHEMA, tmp_path)  # verify_metadata takes a schema that is there instead of downloading it
    verify_metadata(meta_file=str(BUNDLES / bundle / "configs" / "metadata.json"), filepath=str(schema))


@pytest.mark.parametrize("bundle", ALL)
def test_changelog_tells_of_the_version(bundle: str) -> None:
    metadata = _metadata(bundle)
    assert metadata["version"] in metadata["changelog"]
    assert "For research, not for clinical use." in metadata["intended_use"]


@pytest.mark.parametrize("bundle", ALL)
def test_versions_are_those_tested(bundle: str) -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    tested = dict(line.split("==") for line in lines if "==" in line) | {"aurad-monai": __version__}
    metadata = _metadata(bundle)
    named = {"monai": "monai_version", "torch": "pytorch_version", "numpy": "numpy_version"}
    assert {name: metadata[key] for name, key in named.items()} == {name: tested[name] for name in named}
    required = metadata["required_packages_version"]
    assert {name: tested[name] for name in required} == required


@pytest.mark.parametrize("bundle", DIFFUSION)
def test_data_formats_match_the_networks(bundle: str) -> None:
    config = json.loads((BUNDLES / bundle / "configs" / "inference.json").read_text(encoding="utf-8"))
    metadata, network = _metadata(bundle), config["network_def"]
    inputs = metadata["denoising_data_format"]["inputs"]
    assert inputs["x"]["num_channels"] == network["in_channels"]
    assert inputs["context"]["spatial_shape"][-1] == network["cross_attention_dim"]
    (output,) = metadata["denoising_data_format"]["outputs"].values()
    assert output["num_channels"] == network["out_channels"]
    formats, definition = metadata["autoencoder_data_format"], config["autoencoder_def"]
    assert formats["inputs"]["image"]["num_channels"] == definition["in_channels"]
    assert formats["outputs"]["pred"]["num_channels"] == definition["in_channels"]
    assert network["out_channels"] == definition["latent_channels"]
