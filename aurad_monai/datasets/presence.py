# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Before the findings expert learns: what readers and reports say of a whole radiograph, with or without a mask."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai import vocabulary
from aurad_monai.io.datalist import read_datalist

TEXT_MINED = 0.8
"""How surely a finding named by a text-mined label alone is there."""

Presence = npt.NDArray[np.float32]


def with_readings(
    cases: Sequence[Mapping[str, Any]], radiographs: str = "", copies: int | None = None
) -> list[dict[str, Any]]:
    """Training cases with the `labels` and `rsna_class` that the datalist of a second folder holds under their ids.

    Args:
        cases: of a training set; a composed case `ID_cN` has readings of its own, its masks.
        radiographs: folder with a datalist.json that knows readings; empty leaves the cases as they are.
        copies: keep so many compositions of each radiograph (`ID_c0`, `ID_c1`, ...), so that real findings have more
            weight; None keeps all.
    """
    if copies is not None:
        cases = [case for case in cases if _copy(case) < copies]
    if not radiographs:
        return [dict(case) for case in cases]
    known = {case["id"]: case for case in read_datalist(radiographs)}
    keys = ("labels", "rsna_class")
    return [{**case, **{key: known.get(case["id"], {}).get(key, "") for key in keys}} for case in cases]


def _copy(case: Mapping[str, Any]) -> int:
    """Which composition of its radiograph a case is; -1 where it is none."""
    number = str(case["id"]).rpartition("_c")[2]
    return int(number) if case.get("kind") == "composed" and number.isdigit() else -1


def presence(case: Mapping[str, Any]) -> Presence:
    """How surely each finding is in the image of a case, by what is known besides its masks.

    A radiologist's reading outweighs a text-mined label, which names only what is there: what it does not name is
    unknown, unless it says "No Finding".

    Args:
        case: `kind` (normal, composed, boxed, unknown), `labels` ("A|B", as NIH names them) and `rsna_class`, if known.

    Returns:
        (findings,) float32 in [0, 1], NaN where unknown.
    """
    found = np.full(len(vocabulary.FINDING_NAMES), math.nan, dtype=np.float32)
    labels, reading = str(case.get("labels", "")).split("|"), case.get("rsna_class", "")
    if case.get("kind") == "normal" or reading == "Normal":
        return np.zeros_like(found)
    for label in labels:
        for name in vocabulary.from_dataset(label, "nih"):
            found[vocabulary.channel(name)] = TEXT_MINED
    opacity = vocabulary.channel(vocabulary.OPACITY)
    sure = [chance for label in labels if (chance := vocabulary.OPACITY_LABELS.get(label)) is not None]
    if sure:
        found[opacity] = max(sure)
    if reading:
        found[opacity] = float(reading == "Lung Opacity")
    return found
