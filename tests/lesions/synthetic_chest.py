# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A schematic chest with ribs, vessels and grain, and outlines of every finding, to test lesion composition on."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from aurad_monai.lesions.lesion_shapes import LesionRecord, LesionShape, LesionShapes
from aurad_monai.lesions.lesion_transform import LesionTransformd
from aurad_monai.vocabulary import FINDING_NAMES, channel
from tests.conftest import ellipse_chest

PLACES = {
    "atelectasis": (0.3, 0.66, 0.1, 0.05),
    "calcification": (0.32, 0.4, 0.015, 0.015),
    "cardiomegaly": (0.52, 0.62, 0.22, 0.13),
    "consolidation": (0.3, 0.5, 0.09, 0.12),
    "diffuse_nodule": (0.7, 0.45, 0.12, 0.22),
    "effusion": (0.72, 0.7, 0.13, 0.1),
    "emphysema": (0.3, 0.45, 0.12, 0.25),
    "fibrosis": (0.7, 0.35, 0.08, 0.1),
    "fracture": (0.25, 0.4, 0.05, 0.04),
    "mass": (0.7, 0.45, 0.07, 0.07),
    "nodule": (0.3, 0.45, 0.03, 0.03),
    "pleural_thickening": (0.82, 0.5, 0.03, 0.15),
    "pneumothorax": (0.2, 0.32, 0.06, 0.15),
}
"""x, y, half width and half height of an elliptic outline, in parts of the frame"""


def outline(finding: str) -> LesionShape:
    """The elliptic outline of a finding."""
    x, y, width, height = PLACES[finding]
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    return LesionShape(finding, np.stack([x + width * np.cos(angle), y + height * np.sin(angle)], axis=-1))


def library() -> LesionShapes:
    """One radiograph for each finding, and one with three findings."""
    single = [LesionRecord(f"one_{name}", (outline(name),)) for name in FINDING_NAMES]
    several = LesionRecord("three", tuple(outline(name) for name in ("consolidation", "effusion", "cardiomegaly")))
    return LesionShapes([*single, several])


def radiograph(size: int = 256) -> npt.NDArray[np.float32]:
    """Grey of a schematic chest, (1, size, size) in [0, 1]: dark lungs with ribs, vessels and grain, bright heart."""
    generator = np.random.default_rng(5)
    left, right, heart = ellipse_chest(size) > 0
    rows, columns = np.mgrid[:size, :size] / size
    image = np.where(left | right, 0.3, 0.72)
    image = np.where(heart, 0.78, image)
    image = ndimage.gaussian_filter(image, 0.006 * size)
    image = image + 0.04 * np.sin(2 * np.pi * (rows + 0.3 * np.abs(columns - 0.5)) / 0.09)
    vessels = ndimage.gaussian_filter(generator.standard_normal((size, size)), 1.2)
    image = image + 0.025 * vessels / vessels.std() + 0.008 * generator.standard_normal((size, size))
    return np.clip(image, 0, 1).astype(np.float32)[None]


def case(size: int = 256) -> dict[str, npt.NDArray[np.generic]]:
    """A case without lesions."""
    pathology = np.zeros((len(FINDING_NAMES), size, size), dtype=np.uint8)
    return {"image": radiograph(size), "anatomy": ellipse_chest(size), "pathology": pathology}


def inserted(kind: type[LesionTransformd], seed: int = 3, **arguments: Any) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """A case before and after one lesion transform."""
    transform = kind(library(), mirror_prob=0.0, **arguments)
    transform.set_random_state(seed)
    before = case()
    return before, transform(before)


def mask_of(data: dict[Any, Any], finding: str) -> npt.NDArray[np.bool_]:
    """The mask of a finding, (H, W)."""
    return np.asarray(data["pathology"][channel(finding)] > 0)
