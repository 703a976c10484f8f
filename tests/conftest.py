# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What every test shares: few threads, the same hypothesis examples each time, and a chest simple enough to draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import HealthCheck, settings

from aurad_monai.prompts.finding import ClinicalFindings, Finding
from aurad_monai.vocabulary import FINDING_NAMES

torch.set_num_threads(1)
settings.register_profile(
    "aurad",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("aurad")


@dataclass
class PlainCase:
    """A finished case that no model made."""

    id: str
    seed: int = 7
    prompt: str = "small left pleural effusion"
    findings: ClinicalFindings = field(
        default_factory=lambda: ClinicalFindings((Finding("effusion", "left", severity="small"),), view="PA", age=60)
    )
    image: npt.NDArray[np.float32] | None = None
    anatomy: npt.NDArray[np.uint8] = field(default_factory=lambda: ellipse_chest())
    pathology: npt.NDArray[np.uint8] = field(default_factory=lambda: np.zeros((len(FINDING_NAMES), 256, 256), np.uint8))
    accepted: bool = True
    reasons: list[str] = field(default_factory=list)
    scores: dict[str, float] = field(default_factory=dict)


def ellipse_chest(size: int = 256) -> npt.NDArray[np.uint8]:
    """Two elliptic lungs and a heart that overlaps the left one, (3, size, size) uint8."""
    rows, columns = np.mgrid[:size, :size] / size

    def ellipse(row: float, column: float, height: float, width: float) -> npt.NDArray[np.bool_]:
        return ((rows - row) / height) ** 2 + ((columns - column) / width) ** 2 < 1

    return np.stack(
        [ellipse(0.5, 0.7, 0.36, 0.16), ellipse(0.5, 0.3, 0.36, 0.16), ellipse(0.6, 0.53, 0.2, 0.14)]
    ).astype(np.uint8)


@pytest.fixture
def chest() -> npt.NDArray[np.uint8]:
    """Anatomy of a schematic chest, (3, 256, 256) uint8."""
    return ellipse_chest()


@pytest.fixture
def make_case(chest: npt.NDArray[np.uint8]) -> Callable[..., PlainCase]:
    """Build a case with an image and an effusion mask; keyword arguments replace attributes."""

    def make(name: str, **attributes: Any) -> PlainCase:
        generator = np.random.default_rng(sum(name.encode()))
        pathology = np.zeros((len(FINDING_NAMES), 256, 256), np.uint8)
        pathology[FINDING_NAMES.index("effusion"), 180:210, 170:200] = 1
        pathology[FINDING_NAMES.index("cardiomegaly"), 140:190, 110:190] = 1
        case = PlainCase(name, image=generator.random((1, 256, 256), dtype=np.float32), pathology=pathology)
        for key, value in {"anatomy": chest, **attributes}.items():
            setattr(case, key, value)
        return case

    return make


@pytest.fixture(scope="session")
def training_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a tiny training set."""
    from tests.bundles import tiny

    return tiny.write_training_set(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, training_set: Path) -> dict[str, Path]:
    """Both diffusion bundles, by name, trained once for all tests: an epoch of two steps each, on drawn chests.

    Their networks have a few channels; tests that change a folder copy it first.
    """
    from tests.bundles import tiny

    roots = {}
    for name in tiny.DIFFUSION:
        roots[name] = tiny.copy_bundle(name, tmp_path_factory.mktemp("bundles"))
        tiny.train_autoencoder(roots[name], training_set)
        tiny.open_training(roots[name], training_set).run()
    return roots
