# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`pip wheel .` carries the bundles, so that an installed package needs no clone; `nox -s wheel` generates with it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from aurad_monai.bundles.bundle import check_weights
from tests.bundles import tiny

SOURCES = ("aurad_monai", "benchmarks", "bundles", "recipes", "setup.py", "pyproject.toml", "README.md", "LICENSE", "MANIFEST.in")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "runs", "eval")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content of a wheel built from a copy of the sources."""
    pytest.importorskip("setuptools")
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("installed")
    for name in SOURCES:
        origin = tiny.ROOT / name
        if origin.is_dir():
            shutil.copytree(origin, source / name, ignore=LEFT_OUT)
        else:
            shutil.copy(origin, source)
    options = ["-q", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, "-w", str(target), str(source)], check=True)
    (wheel,) = target.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        opened.extractall(target)
    return target


@pytest.mark.parametrize("bundle", sorted(path.name for path in tiny.BUNDLES.iterdir()))
def test_every_file_of_a_bundle_is_in_the_wheel(installed: Path, bundle: str) -> None:
    root = installed / "aurad_monai" / "_bundles" / bundle
    assert check_weights(root) == check_weights(tiny.BUNDLES / bundle)
    for name in ("LICENSE", "configs/inference.json", "configs/metadata.json", "docs/README.md"):
        assert (root / name).read_bytes() == (tiny.BUNDLES / bundle / name).read_bytes()


def test_recipes_benchmarks_and_tests_are_not_in_the_wheel(installed: Path) -> None:
    packages = {path.parent.relative_to(installed).parts[0] for path in installed.rglob("*.py")}
    assert packages == {"aurad_monai"}


def test_the_installed_package_finds_its_own_bundles(installed: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    code = "from aurad_monai.bundles import inventory; print(inventory.bundles_root())"
    root = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert Path(root.stdout.strip()) == (installed / "aurad_monai" / "_bundles").resolve()
    words = [sys.executable, "-m", "aurad_monai.cli.main", "info", "--json"]
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert len(json.loads(done.stdout)["bundles"]) == 3
