# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Sets are compared at one size: larger cases are averaged down, and nothing is compared above what files hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aurad_monai.errors import InputError
from aurad_monai.evaluation import evaluate
from aurad_monai.evaluation.evaluate import EvaluationSettings
from aurad_monai.io.case_set import ChosenCases, SizedCases, native_edge, open_cases
from aurad_monai.io.datalist import save_image, write_datalist


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    """Radiographs of 320 and of 512 pixels, as a folder and as a datalist."""
    for name, edge in (("small", 320), ("large", 512)):
        picture = np.tile(np.linspace(0, 255, edge).astype(np.uint8), (edge, 1))
        save_image(tmp_path / name / "images" / "a.png", picture)
    listed = [{"id": "a", "image": "images/a.png"}]
    write_datalist(tmp_path / "large", listed, listed)
    return tmp_path


def test_the_edge_of_files_is_known_whatever_the_frame(sets: Path) -> None:
    assert native_edge(open_cases(str(sets / "small"))) == 320
    large = open_cases(str(sets / "large"))
    assert native_edge(large) == native_edge(ChosenCases(large, [0])) == 512
    image = SizedCases(open_cases(str(sets / "large"), size=512), 64)[0].image
    assert image is not None and image.shape == (1, 64, 64)


def test_nothing_is_compared_above_what_files_hold(sets: Path) -> None:
    def opened(size: int, reference: str) -> set[str]:
        settings = EvaluationSettings(str(sets / "large"), str(sets / reference), size=size)
        return {str(cases[0].image.shape) for cases in evaluate._open_sets(settings).values()}  # type: ignore[union-attr]

    assert opened(512, "large") == {"(1, 512, 512)"} and opened(256, "small") == {"(1, 256, 256)"}
    with pytest.raises(InputError, match="320 pixels"):
        opened(512, "small")
