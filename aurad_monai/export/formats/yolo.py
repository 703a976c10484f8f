# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""YOLO as ultralytics reads it: boxes/ for detection and polygons/ for segmentation, each with data.yaml.

A line of labels/SPLIT/ID.txt is "class x y width height" (center and size) or "class x1 y1 x2 y2 ...", as parts of
width and height. A polygon is the outer outline of a piece, whose parts may touch at a corner; holes are lost, as the
format has none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from skimage import measure

from aurad_monai import vocabulary
from aurad_monai.export.formats.format import ExportRun, copy
from aurad_monai.export.formats.instances import Instance, instances

SPLITS = {False: "train", True: "val"}


def write(run: ExportRun, folder: Path) -> None:
    """Class i is channel i of the mask."""
    for kind in ("boxes", "polygons"):
        for split in SPLITS.values():
            for part in ("images", "labels"):
                (folder / kind / part / split).mkdir(parents=True)
        (folder / kind / "data.yaml").write_text(_description(), encoding="utf-8")
    for case in run.cases("yolo"):
        split = SPLITS[run.is_validation(case.id)]
        found = list(instances(case.masks[1]))
        for kind, line in (("boxes", _box), ("polygons", _polygon)):
            copy(case.files["image"], folder / kind / "images" / split / f"{case.id}.png")
            label = folder / kind / "labels" / split / f"{case.id}.txt"
            label.write_text(_lines(found, line, case.pixels.shape), encoding="utf-8")


def _description() -> str:
    """A YAML file; JSON strings are YAML."""
    names = "".join(f"  {number}: {json.dumps(name)}\n" for number, name in enumerate(vocabulary.FINDING_NAMES))
    return f"# synthetic, for research, not for clinical use\ntrain: images/train\nval: images/val\nnames:\n{names}"


def _lines(found: Sequence[Instance], line: Callable[[Instance], npt.NDArray[np.float64]], shape: Sequence[int]) -> str:
    size = np.array([shape[1], shape[0]])
    return "".join(
        f"{item.channel} " + " ".join(f"{value:.6f}" for value in (line(item) / size).ravel()) + "\n" for item in found
    )


def _box(item: Instance) -> npt.NDArray[np.float64]:
    """(2, 2): center and size as (x, y)."""
    x, y, width, height = item.box
    return np.array([[x + width / 2, y + height / 2], [width, height]])


def _polygon(item: Instance) -> npt.NDArray[np.float64]:
    """(N, 2): corners as (x, y), pixel edges at whole numbers."""
    outlines: list[npt.NDArray[np.float64]] = measure.find_contours(
        np.pad(item.mask.astype(float), 1), 0.5, fully_connected="high"
    )
    outer = max(outlines, key=lambda outline: float(np.ptp(outline, axis=0).prod()))[:-1, ::-1]  # closed, (row, column)
    return np.asarray(np.clip(outer - 0.5, 0, [item.mask.shape[1], item.mask.shape[0]]))
