# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The unit tests that go to the Model Zoo beside each bundle pass in a folder laid out as the zoo is."""

from __future__ import annotations

import importlib
import unittest
from pathlib import Path

import pytest

from aurad_monai.standalone.write import SUFFIX, write_standalone
from tests.bundles import tiny

BUNDLES = sorted(path.name for path in tiny.BUNDLES.iterdir())


def passes(name: str) -> None:
    module = importlib.import_module(f"recipes.zoo_unit_tests.test_{name}")
    result = unittest.TextTestRunner(verbosity=0).run(unittest.defaultTestLoader.loadTestsFromModule(module))
    assert result.testsRun == 1 and result.wasSuccessful(), [text for _, text in result.errors + result.failures]


@pytest.mark.parametrize("bundle", BUNDLES)
def test_of_a_bundle(bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models").symlink_to(tiny.BUNDLES)
    monkeypatch.chdir(tmp_path)
    passes(bundle)


@pytest.mark.stress
@pytest.mark.parametrize("bundle", BUNDLES)
def test_of_a_standalone_bundle(bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_standalone(tiny.BUNDLES / bundle, tmp_path / "models")
    monkeypatch.chdir(tmp_path)
    passes(f"{bundle}{SUFFIX}")
