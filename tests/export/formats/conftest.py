# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""One small finished dataset for all formats, and its cases as the package itself reads them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import pytest

from aurad_monai.case import Case
from aurad_monai.export.formats.format import ExportRun, open_export, open_format
from aurad_monai.export.formats.place import write_whole
from aurad_monai.export.provenance import Provenance
from aurad_monai.generation.plan import Plan, Row
from aurad_monai.generation.synthesize import Order, synthesize
from tests.stress.stub import open_stub

PROMPTS = (
    "small left pleural effusion and cardiomegaly in a 60-year-old woman, AP view",
    "large right pneumothorax, no pleural effusion",
    "rib fracture",
    "normal",
)


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished dataset of eight cases."""
    folder = tmp_path_factory.mktemp("dataset") / "run"
    plan = Plan(tuple(Row(prompt, 2, True, 100 * i) for i, prompt in enumerate(PROMPTS)))
    made_by = Provenance([{"name": "toy", "weights": {"models/model.pt": "ab" * 32}}])
    synthesize(Order(plan, folder, functools.partial(open_stub, 48, 0.7), made_by, progress=False))
    return folder


@pytest.fixture(scope="session")
def run(dataset: Path) -> ExportRun:
    """The dataset opened for export."""
    return open_export(dataset, validation=0.4)


@pytest.fixture(scope="session")
def cases(run: ExportRun) -> dict[str, Case]:
    """Its cases by id."""
    return {case.id: case for case in run.cases()}


@pytest.fixture
def write(run: ExportRun, tmp_path: Path) -> Callable[[str], Path]:
    """Write a format and give its folder."""
    return lambda name: write_whole(open_format(name), run, tmp_path / name)
