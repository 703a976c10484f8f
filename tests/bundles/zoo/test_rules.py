# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Each rule of the zoo is told with its mend where a bundle breaks it, in JSON or YAML, and nothing of it is run."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from aurad_monai.bundles.zoo.bundle_folder import read_bundle
from aurad_monai.bundles.zoo.rules import MAX_FILE_SIZE, foreign_targets, zoo_failures
from aurad_monai.cli.main import main

TENSOR = {"type": "image", "format": "hu", "num_channels": 1, "spatial_shape": [8, 8], "dtype": "float32"}
TENSOR |= {"value_range": [0, 1]}
METADATA = {key: "x" for key in ("schema", "task", "description", "authors", "copyright", "name")}
METADATA |= {key: "1.6.1" for key in ("monai_version", "pytorch_version", "numpy_version")}
METADATA |= {"version": "0.1.0", "changelog": {"0.1.0": "first"}, "supported_apps": {}}
METADATA |= {"required_packages_version": {"scikit-image": "0.26.0"}}
METADATA |= {"network_data_format": {"inputs": {"image": TENSOR}, "outputs": {"pred": TENSOR}}}
INFERENCE = {
    "bundle_root": ".",
    "device": "$torch.device('cpu')",
    "dataset_dir": "/workspace/data",
    "output_dir": "/workspace/eval",
    "network_def": {"_target_": "UNet"},
    "preprocessing": {"_target_": "Compose"},
    "dataset": {"_target_": "Dataset", "data": [], "transform": "@preprocessing"},
    "inferer": {"_target_": "SimpleInferer"},
    "postprocessing": {"_target_": "SaveImaged", "output_dir": "@output_dir"},
    "evaluator": {"_target_": "SupervisedEvaluator", "postprocessing": "@postprocessing"},
}
TRAIN = {
    **{key: INFERENCE[key] for key in ("bundle_root", "device", "dataset_dir", "output_dir")},
    "val_interval": 1,
    "train": {
        "dataset": {"_target_": "Dataset", "data": []},
        "inferer": {"_target_": "SimpleInferer"},
        "handlers": [{"_target_": "ValidationHandler", "interval": "@val_interval"}],
        "trainer": {"_target_": "SupervisedTrainer", "max_epochs": 1, "train_handlers": "@train#handlers"},
    },
    "validate": {
        "dataset": {"_target_": "Dataset", "data": []},
        "handlers": [],
        "evaluator": {"_target_": "SupervisedEvaluator", "val_handlers": "@validate#handlers"},
    },
}
HEADINGS = ("# Title", "### **Authors**", "### Tags", "## Model Description", "## Data", "## Performance")
CARD = "\n".join([*HEADINGS, "## System Configuration"])


def write(root: Path, suffix: str = "json", **parts: Any) -> Path:
    """A bundle that keeps every rule, but for the parts that are given."""
    (root / "configs").mkdir(parents=True)
    (root / "docs").mkdir()
    (root / "models").mkdir()
    contents = {"metadata": METADATA, "inference": INFERENCE, "train": TRAIN, **parts}
    for stem, content in contents.items():
        as_json = suffix == "json" or stem == "metadata"
        text = json.dumps(content) if as_json else yaml.safe_dump(content)
        (root / "configs" / f"{stem}.{'json' if as_json else suffix}").write_text(text)
    (root / "LICENSE").write_text("x")
    (root / "models" / "model.pt").write_text("x")
    (root / "docs" / "README.md").write_text(CARD)
    (root / "docs" / "data_license.txt").write_text("x")
    return root


def told(root: Path) -> list[str]:
    return [str(failure) for failure in zoo_failures(read_bundle(root))]


@pytest.mark.parametrize("suffix", ["json", "yaml", "yml"])
def test_a_bundle_that_keeps_every_rule(tmp_path: Path, suffix: str) -> None:
    assert told(write(tmp_path / "b", suffix)) == []


def without(content: dict[str, Any], where: str, value: Any = None) -> dict[str, Any]:
    """A copy without an entry, or with another value of it."""
    changed = copy.deepcopy(content)
    *above, last = where.split("#")
    inner = changed
    for part in above:
        inner = inner[part]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return changed


BROKEN: dict[str, tuple[str, dict[str, Any], str]] = {
    **{f"metadata {key}": ("metadata", without(METADATA, key), key) for key in METADATA},
    "no line of the version": ("metadata", without(METADATA, "changelog", {"0.0.9": "x"}), "changelog tells"),
    "version of two numbers": ("metadata", without(METADATA, "version", "0.1"), "three numbers"),
    "no image": ("metadata", without(METADATA, "network_data_format#inputs", {"x": TENSOR}), "verify_net_in_out"),
    "no dtype": ("metadata", without(METADATA, "network_data_format#inputs#image#dtype"), "add dtype"),
    "no version of a package": ("metadata", without(METADATA, "required_packages_version", {"a": ""}), "has a version"),
    **{f"inference {key}": ("inference", without(INFERENCE, key), key) for key in INFERENCE if "process" not in key},
    "other name of preprocessing": (
        "inference",
        without(INFERENCE, "dataset#transform", "@transforms"),
        "refers to preprocessing",
    ),
    "inline postprocessing": (
        "inference",
        without(INFERENCE, "evaluator#postprocessing", {"_target_": "Compose"}),
        "as a reference",
    ),
    "a home folder": ("inference", without(INFERENCE, "dataset_dir", "/home/ada/data"), "nobody's machine"),
    "a package that is not listed": (
        "inference",
        without(INFERENCE, "inferer", {"_target_": "lungs.Inferer"}),
        "distribution of 'lungs'",
    ),
    "train data": ("train", without(TRAIN, "train#dataset#data"), "train#dataset#data"),
    "train handlers": ("train", without(TRAIN, "train#handlers"), "train#handlers"),
    "validate handlers": ("train", without(TRAIN, "validate#handlers"), "validate#handlers"),
    "interval": ("train", without(TRAIN, "train#handlers", [{"_target_": "ValidationHandler", "interval": 1}]), "val_"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_told_with_its_mend(name: str, tmp_path: Path) -> None:
    stem, content, expected = BROKEN[name]
    failures = told(write(tmp_path / "b", **{stem: content}))
    assert any(expected in failure for failure in failures), failures
    assert all("mend: " in failure for failure in failures)


@pytest.mark.parametrize(
    ("remove", "expected"),
    [
        ("LICENSE", "a bundle has LICENSE"),
        ("models/model.pt", "weights in models/model.pt"),
        ("configs/inference.json", "inference config"),
        ("docs/README.md", "docs/README.md"),
        ("docs/data_license.txt", "licence of the data"),
    ],
)
def test_a_missing_file(remove: str, expected: str, tmp_path: Path) -> None:
    root = write(tmp_path / "b")
    (root / remove).unlink()
    assert any(expected in failure for failure in told(root))


def test_large_files(tmp_path: Path) -> None:
    root = write(tmp_path / "b")
    with (root / "models" / "model.pt").open("wb") as stream:
        stream.truncate(MAX_FILE_SIZE + 1)
    assert any("over 25 MB" in failure for failure in told(root))
    entry = {"path": "models/model.pt", "url": "https://example.org/model.pt", "hash_type": "sha256", "hash_val": "0"}
    (root / "large_files.yml").write_text(yaml.safe_dump({"large_files": [entry]}))
    assert told(root) == []
    (root / "large_files.yml").write_text(yaml.safe_dump({"large_files": [entry | {"hash_type": "crc", "hash_val": ""}]}))
    assert len(told(root)) == 2


def test_a_version_that_the_zoo_has_already(tmp_path: Path) -> None:
    root = write(tmp_path / "b")
    (tmp_path / "model_info.json").write_text(json.dumps({"b_v0.1.0": {}}))
    assert any("new version" in failure for failure in told(root))


def test_a_config_that_cannot_be_read(tmp_path: Path) -> None:
    root = write(tmp_path / "b")
    (root / "configs" / "train.json").write_text("{")
    assert any("can be read" in failure for failure in told(root))


def test_what_federated_platforms_refuse(tmp_path: Path) -> None:
    foreign = {**INFERENCE, "imports": ["$import glob", "$from lungs.io import read"], "x": {"_target_": "skimage.io.X"}}
    assert foreign_targets(read_bundle(write(tmp_path / "b", inference=foreign))) == ["lungs", "skimage"]
    assert foreign_targets(read_bundle(write(tmp_path / "c"))) == []


@pytest.mark.parametrize("run", ["$__import__('os').system('touch {}')", "$open('{}', 'w')"])
def test_nothing_of_a_bundle_is_run(run: str, tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    root = write(tmp_path / "b", inference={**INFERENCE, "device": run.format(trace)})
    main(["lint", "--zoo", str(root)])
    assert main(["lint", "--zoo", "--full", str(root)]) == 2  # its code is not listed
    assert not trace.exists()


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write(tmp_path / "b")
    assert main(["lint", "--zoo", str(root)]) == 0
    (root / "LICENSE").unlink()
    assert main(["lint", "--zoo", str(root)]) == 1
    assert "mend: add LICENSE" in capsys.readouterr().out
    assert main(["lint", "--zoo", str(tmp_path)]) == 2
