# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Sets of small cases and a study of them, for tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from aurad_monai import vocabulary
from aurad_monai.case import Case
from aurad_monai.readers.study import Design, Study, new_study

EDGE = 64


def cases(kind: str, count: int, masks: bool) -> list[Case]:
    """Noise as radiographs; with masks, the first half of the cases hold a mass."""
    rng = np.random.default_rng(len(kind))
    found = []
    for number in range(count):
        pathology = np.zeros((len(vocabulary.FINDING_NAMES), EDGE, EDGE), np.uint8)
        pathology[vocabulary.channel("mass"), 20:30, 20:30] = number < count // 2
        image = rng.random((1, EDGE, EDGE)).astype(np.float32)
        found.append(Case(f"{kind}{number}", image=image, pathology=pathology if masks else None))
    return found


def small_study(folder: Path, count: int = 6, repeats: int = 2, training: int = 2, seed: int = 3) -> Study:
    """A study of `count` generated and as many real cases."""
    design = Design(count, repeats, training, seed)
    return new_study(folder, {"run": cases("made", count + 3, True)}, cases("film", count + 3, False), design)
