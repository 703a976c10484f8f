# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""From a radiologist's box to a mask: the opaque part of the lung inside the box, as pseudo label for bundle 2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from aurad_monai import vocabulary

BOX_FINDINGS = {label: term.name for term in vocabulary.FINDINGS for label in term.codes.get("nih_boxes", ())}
"""Findings by the labels of the NIH and RSNA boxes; the opacities they mark are read as consolidation, the closest."""

MIN_SHARE = 0.25
"""A refined opacity that fills less of lung and box than this is not trusted; the whole of lung and box is taken."""


def refine_boxes(
    image: npt.NDArray[np.floating], anatomy: npt.NDArray[np.generic], boxes: Sequence[Mapping[str, Any]]
) -> npt.NDArray[np.uint8]:
    """Masks of boxed findings.

    Args:
        image: (H, W) in [0, 1].
        anatomy: (3, H, W), 0 or 1.
        boxes: `label` and `box` [x0, y0, x1, y1] in 0..1 of the frame; unknown labels are left out.

    Returns:
        (findings, H, W) uint8.
    """
    height, width = image.shape
    inside = []
    for marked in boxes:
        x0, y0, x1, y1 = marked["box"]
        region = np.zeros((height, width), dtype=bool)
        region[round(y0 * height) : round(y1 * height), round(x0 * width) : round(x1 * width)] = True
        inside.append((BOX_FINDINGS.get(marked["label"]), region))
    return refine_regions(image, anatomy, inside)


def refine_regions(
    image: npt.NDArray[np.floating],
    anatomy: npt.NDArray[np.generic],
    regions: Sequence[tuple[str | None, npt.NDArray[np.bool_]]],
) -> npt.NDArray[np.uint8]:
    """Masks of findings that are known to lie somewhere within regions (H, W); a finding None is only kept apart.

    Cardiomegaly is the heart within its region, a finding of lung or pleura the lung within it, an opacity the bright
    part of that; a finding that may lie anywhere is the region itself.

    Returns:
        (findings, H, W) uint8.
    """
    masks = np.zeros((len(vocabulary.FINDING_NAMES), *image.shape), dtype=np.uint8)
    lungs = (anatomy[0] > 0) | (anatomy[1] > 0)
    smooth = ndimage.gaussian_filter(image, 2.0 * image.shape[0] / 256)
    clear = lungs & ~np.any([region for _, region in regions], axis=0)
    places = {"heart": anatomy[2] > 0, "bone": np.ones_like(lungs), "any": np.ones_like(lungs)}
    for name, region in regions:
        if name is not None and region.any():
            within = region & places.get(vocabulary.finding(name).compartment, lungs)
            shape = _bright_part(smooth, within, clear) if vocabulary.finding(name).bright else within
            masks[vocabulary.channel(name)] |= shape.astype(np.uint8)
    return masks


def _bright_part(
    smooth: npt.NDArray[np.floating], region: npt.NDArray[np.bool_], clear: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Pixels of a region nearer to its own brightness than to that of clear lung."""
    if not region.any() or not clear.any():
        return region
    threshold = (np.median(smooth[clear]) + np.quantile(smooth[region], 0.8)) / 2
    bright = ndimage.binary_opening(region & (smooth > threshold), iterations=2)
    return np.asarray(bright if bright.sum() >= MIN_SHARE * region.sum() else region)
