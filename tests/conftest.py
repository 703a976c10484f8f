# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What every test shares: few threads, the same hypothesis examples each time, and a chest simple enough to draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import HealthCheck, settings

from aurad_monai.case import Case
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


SMALL_EFFUSION = ClinicalFindings((Finding("effusion", "left", severity="small"),), view="PA", sex="female", age=60)


def plain_case(name: str, **fields: Any) -> Case:
    """A finished case that no model made: a schematic chest without findings; `fields` replace those of the case."""
    case = Case(
        name,
        "small left pleural effusion",
        seed=7,
        requested=SMALL_EFFUSION,
        resolved=SMALL_EFFUSION,
        anatomy=ellipse_chest(),
        pathology=np.zeros((len(FINDING_NAMES), 256, 256), np.uint8),
    )
    return replace(case, **fields)


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
def make_case() -> Callable[..., Case]:
    """Build a case with an image and masks of effusion and cardiomegaly; keyword arguments replace fields."""

    def make(name: str, **fields: Any) -> Case:
        generator = np.random.default_rng(sum(name.encode()))
        pathology = np.zeros((len(FINDING_NAMES), 256, 256), np.uint8)
        pathology[FINDING_NAMES.index("effusion"), 180:210, 170:200] = 1
        pathology[FINDING_NAMES.index("cardiomegaly"), 140:190, 110:190] = 1
        image = generator.random((1, 256, 256), dtype=np.float32)
        return plain_case(name, **{"image": image, "pathology": pathology, **fields})

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
