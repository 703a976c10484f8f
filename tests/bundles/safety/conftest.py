# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A harmless bundle to make hostile, and a canary: the working directory, in which nothing may appear."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from aurad_monai.bundles.bundle import enter_hash

CONFIG: dict[str, Any] = {
    "bundle_root": ".",
    "a": {"_target_": "torch.nn.Linear", "in_features": 1, "out_features": 1},
}
METADATA: dict[str, Any] = {"version": "0.1.0", "changelog": {"0.1.0": "first"}}


@pytest.fixture
def canary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file that a payload would leave in the working directory; the test fails if it is there at the end."""
    folder = tmp_path / "cage"
    folder.mkdir()
    monkeypatch.chdir(folder)
    yield folder / "canary"
    assert not list(folder.iterdir()), "a payload ran"


@pytest.fixture
def make_bundle(tmp_path: Path) -> Callable[..., Path]:
    """Write the harmless bundle with entries of its config and metadata replaced."""

    def make(config: dict[str, Any] | None = None, metadata: dict[str, Any] | None = None) -> Path:
        root = tmp_path / "bundles" / "guest"
        (root / "configs").mkdir(parents=True, exist_ok=True)
        (root / "models").mkdir(exist_ok=True)
        (root / "configs" / "inference.json").write_text(json.dumps({**CONFIG, **(config or {})}), encoding="utf-8")
        (root / "configs" / "metadata.json").write_text(json.dumps({**METADATA, **(metadata or {})}), encoding="utf-8")
        torch.save({"weight": torch.zeros(1, 1), "bias": torch.zeros(1)}, root / "models" / "model.pt")
        enter_hash(root / "models" / "model.pt")
        return root

    return make
