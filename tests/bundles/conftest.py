# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Both diffusion bundles trained once for all tests: an epoch of two steps each, on drawn chests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bundles import tiny


@pytest.fixture(scope="session")
def training_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a tiny training set."""
    return tiny.write_training_set(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, training_set: Path) -> dict[str, Path]:
    """Bundle name to the folder of its tiny copy, trained; tests that change it copy it first."""
    roots = {}
    for name in tiny.DIFFUSION:
        roots[name] = tiny.copy_bundle(name, tmp_path_factory.mktemp("bundles"))
        tiny.train_autoencoder(roots[name], training_set)
        tiny.open_training(roots[name], training_set).run()
    return roots
