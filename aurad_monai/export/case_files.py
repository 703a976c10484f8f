# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The files of one case and its line in the manifest.

In: a case and the folder. Out: images/ID.png, anatomy/ID.nii.gz and pathology/ID.nii.gz there, and plain data.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aurad_monai import vocabulary
from aurad_monai.case import Case
from aurad_monai.export.provenance import Provenance, describe_case, describe_use, png_text
from aurad_monai.export.watermark import embed
from aurad_monai.files import sha256
from aurad_monai.filtering.not_judged import Counts
from aurad_monai.io.datalist import save_channels, save_image


def write_case(folder: Path, case: Case, made_by: Provenance) -> dict[str, str]:
    """Write images/ID.png, anatomy/ID.nii.gz and pathology/ID.nii.gz.

    Args:
        folder: has, or will be given, the three folders.
        case: its masks are written as uint8 0/1; its image, where it has one, as 8-bit gray.
        made_by: goes into the text chunks of the image, and its setting `watermark`, if any, into the gray levels.

    Returns:
        Their names relative to `folder`, by key of the case.
    """
    files = {}
    if case.image is not None:
        files["image"] = f"images/{case.id}.png"
        picture = case.pixels
        if text := made_by.settings.get("watermark"):
            picture = embed(picture, text)
        save_image(folder / files["image"], picture, png_text(case, made_by))
    for key, channels in zip(("anatomy", "pathology"), case.masks, strict=True):
        files[key] = f"{key}/{case.id}.nii.gz"
        save_channels(folder / files[key], (np.asarray(channels) > 0).astype(np.uint8), case.spacing)
    return files


def manifest_line(case: Case, files: Mapping[str, str], folder: Path, place: str = "") -> dict[str, Any]:
    """What the manifest says of a case.

    Args:
        case: accepted or not.
        files: what `write_case` returned; empty where nothing was written.
        folder: where those files are now.
        place: where that folder will lie in the dataset, such as "shards/00007/"; the manifest names files from there.
    """
    return {
        **describe_case(case),
        "scores": {name: _number(score) for name, score in case.scores.items()},
        "files": {key: place + file for key, file in files.items()},
        "sha256": {key: sha256(folder / file) for key, file in files.items()},
    }


def describe_dataset(cases: Sequence[Case], made_by: Provenance, counts: Counts | None = None) -> dict[str, Any]:
    """Content of dataset.json: channel names in order, axes, size and mm a pixel, origin, licence and use.

    Args:
        cases: of the dataset, or some of them; size and spacing are stated where all of these agree.
        made_by: bundles, settings and version.
        counts: findings that were not judged, over all attempts; None counts them in `cases`.
    """
    silent = Counts.of(cases) if counts is None else counts
    sizes = {case.anatomy.shape[-2:] for case in cases if case.anatomy is not None}
    spacings = {case.spacing for case in cases}
    return {
        "anatomy_channels": list(vocabulary.ANATOMY_NAMES),
        "pathology_channels": list(vocabulary.FINDING_NAMES),
        "axes": ["x", "y", "z", "channel"],
        "spacing": spacings.pop() if len(spacings) == 1 else None,
        "size": list(sizes.pop()) if len(sizes) == 1 else None,
        "not_judged": silent.as_json(),
        **describe_use(),
        "version": made_by.version,
        "weights": made_by.weights,
        "settings": dict(made_by.settings),
    }


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON object for people to read."""
    path.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def _number(score: float) -> float | None:
    """JSON has no NaN: an expert that could not measure says null."""
    value = float(score)
    return value if math.isfinite(value) else None
