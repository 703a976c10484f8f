# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A site's bundle says whose weights it holds, is one that opens, and cannot pass for a published one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import torch

from aurad_monai.bundles.bundle import check_weights, enter_hash, open_bundle
from aurad_monai.bundles.inventory import bundle_folder, describe_bundles
from aurad_monai.bundles.packaging.published import refuse_published
from aurad_monai.bundles.safety.strict_json import read_strict
from aurad_monai.cli.main import main
from aurad_monai.errors import InputError
from aurad_monai.training.site_bundle import Site, copy_bundle, next_version, site_metadata
from aurad_monai.training.site_config import STEPS, TrainConfig
from aurad_monai.training.train import trained_files
from tests.bundles import tiny
from tests.bundles.test_metadata import SCHEMA

KINDS = {"image": tiny.IMAGE, "mask": tiny.MASK, "filter": tiny.EXPERTS}


def trained(kind: str) -> list[str]:
    return trained_files(TrainConfig(Path(), kind, tiny.BUNDLES / KINDS[kind], Path()))


def copy(kind: str, folder: Path, **fields: Any) -> Path:
    root = folder / "ours"
    site = Site(**{"name": "charite", "cases": 812, "tuned": True, **fields})
    copy_bundle(tiny.BUNDLES / KINDS[kind], root, site, trained(kind))
    return root


@pytest.mark.parametrize(
    ("version", "site", "expected"),
    [
        ("0.8.0", "site", "0.8.0+site.1"),
        ("0.8.0+site.1", "site", "0.8.0+site.2"),
        ("0.8.0+site.19", "other", "0.8.0+other.1"),
    ],
)
def test_versions_count_up_within_a_site(version: str, site: str, expected: str) -> None:
    assert next_version(version, site) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_metadata_and_card_say_whose_weights_these_are(kind: str, tmp_path: Path) -> None:
    shipped = read_strict(tiny.BUNDLES / KINDS[kind] / "configs/metadata.json")
    root = copy(kind, tmp_path)
    metadata, card = read_strict(root / "configs/metadata.json"), (root / "docs/README.md").read_text()
    assert metadata["version"] == f"{shipped['version']}+charite.1"
    assert "charite" in metadata["name"] and metadata["authors"].startswith("weights: charite")
    assert "812 cases" in metadata["changelog"][metadata["version"]]
    assert metadata["based_on"] == {"name": KINDS[kind], "version": shipped["version"]}
    assert card.startswith("# Model Overview\n") and "**weights of charite**" in card.split("# Card of version")[0]
    assert "charite has to state here" in (root / "docs/data_license.txt").read_text()
    if SCHEMA.is_file():
        jsonschema.validate(metadata, json.loads(SCHEMA.read_text()))
    open_bundle(root)  # no further trust is asked for


@pytest.mark.parametrize("kind", KINDS)
def test_from_random_weights_only_those_stay_that_no_step_trains(kind: str, tmp_path: Path) -> None:
    root = copy(kind, tmp_path, tuned=False)
    kept = set(check_weights(root)) if (root / "models" / "SHA256SUMS").is_file() else set()
    assert not kept & set(trained(kind)) and len(trained(kind)) == len(STEPS[kind])
    assert kept == set(check_weights(tiny.BUNDLES / KINDS[kind])) - set(trained(kind))


def test_the_same_call_goes_on_and_another_is_refused(tmp_path: Path) -> None:
    root = copy("image", tmp_path)
    (root / "docs/README.md").write_text("of our own")
    copy("image", tmp_path, cases=900)  # a case more is no other bundle
    assert (root / "docs/README.md").read_text() == "of our own"
    with pytest.raises(InputError, match="name a new folder"):
        copy("image", tmp_path, name="other")
    with pytest.raises(InputError, match="cxr_mask_latent_diffusion"):
        copy("mask", tmp_path)


@pytest.mark.parametrize("name", ["", "Charité", "a b", "a.b", "../x"])
def test_a_site_is_a_plain_word(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="site"):
        copy("image", tmp_path, name=name)
    assert not (tmp_path / "ours").exists()


def test_a_bundle_of_a_site_takes_the_place_of_one(tmp_path: Path) -> None:
    root = copy("image", tmp_path)
    assert bundle_folder(tiny.IMAGE, {"": None, tiny.IMAGE: str(root)}) == root.resolve()
    described = {item["name"]: item["version"] for item in describe_bundles({tiny.IMAGE: str(root)})}
    assert described[tiny.IMAGE].endswith("+charite.1") and set(described) == set(KINDS.values())
    with pytest.raises(InputError, match="made of cxr_image_latent_diffusion"):
        bundle_folder(tiny.MASK, {tiny.MASK: str(root)})
    with pytest.raises(InputError, match="image_bundle"):
        bundle_folder(tiny.IMAGE, {tiny.IMAGE: str(tmp_path)})


def changed(root: Path) -> Path:
    """A bundle with another network's weights under the same name."""
    torch.save({"weight": torch.zeros(1)}, root / "models" / "model.pt")
    enter_hash(root / "models" / "model.pt")
    return root


def versioned(root: Path, version: str) -> Path:
    path = root / "configs/metadata.json"
    path.write_text(json.dumps({**read_strict(path), "version": version}))
    return root


def test_other_weights_under_a_published_version_are_not_packaged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = Path(shutil.copytree(tiny.BUNDLES / tiny.IMAGE, tmp_path / tiny.IMAGE))
    refuse_published(root)
    changed(root)
    for version in ("0.8.0", "0.1.0", read_strict(root / "configs/metadata.json")["version"]):
        assert main(["package", str(versioned(root, version)), "--output", str(tmp_path / "out")]) == 2
        assert f"{version}+site.1" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    renamed = root.rename(tmp_path / "ours_by_another_name")
    with pytest.raises(InputError, match="published with other weights"):
        refuse_published(renamed)
    refuse_published(versioned(renamed, "9.0.0"))


def test_a_trained_bundle_is_packaged_under_its_own_version(tmp_path: Path) -> None:
    root = changed(copy("image", tmp_path))
    assert main(["package", str(root), "--output", str(tmp_path / "out")]) == 0
    assert [path.name for path in (tmp_path / "out").glob("*.zip")] == [
        f"ours_v{read_strict(root / 'configs/metadata.json')['version']}.zip"
    ]


def test_figures_of_the_card_are_those_of_other_weights() -> None:
    metadata = site_metadata(
        {"version": "1.0", "changelog": {"1.0": "x"}, "name": "n", "authors": "a", "data_source": "d"},
        "b",
        Site("s", 3, False),
    )
    assert list(metadata["changelog"]) == ["1.0+s.1", "1.0"] and "random" in metadata["changelog"]["1.0+s.1"]
