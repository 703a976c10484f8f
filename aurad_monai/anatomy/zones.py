# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Where a prompt's words lie in a given chest: side and zone to pixels, and pixels back to side and zone.

Zones are fractions of the height of a lung from its apex (0) to its base (1), in `ZONE_SPAN`; perihilar is the medial
part of the mid zone, costophrenic the lateral half of the basal zone.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.morphology import isotropic_dilation

from aurad_monai import vocabulary
from aurad_monai.anatomy.sizes import asked_quantile
from aurad_monai.prompts.finding import ClinicalFindings, Finding

BoolArray = npt.NDArray[np.bool_]

ZONE_SPAN: dict[str, tuple[float, float]] = {
    "apical": (0.0, 0.25),
    "upper": (0.0, 0.4),
    "mid": (0.4, 0.62),
    "perihilar": (0.35, 0.65),
    "lower": (0.62, 1.0),
    "basal": (0.75, 1.0),
    "costophrenic": (0.75, 1.0),
    "diffuse": (0.0, 1.0),
}
ZONES_WITHIN = {
    "upper": ("upper", "apical"),
    "mid": ("mid", "perihilar"),
    "lower": ("lower", "basal", "costophrenic"),
    "basal": ("basal", "costophrenic"),
}
"""Zones that lie within another: what is asked in the lower zone may lie in its basal part."""
LUNG_TOLERANCE = 0.02
"""Findings of the lung may reach this fraction of the frame beyond it: outlines are drawn by hand."""
OPEN_SIZE = -0.5
"""In the condition of bundle 1, a finding whose size is left open."""
PLEURAL_MARGIN = 0.03
"""Findings outside the lung proper (pleura, ribs) may lie this fraction of the frame beyond it."""


def lung_coordinates(lung: BoolArray, medial_on_left: bool) -> tuple[npt.NDArray[np.floating], ...]:
    """Height (0 apex, 1 base) and depth (0 medial, 1 lateral) of each pixel, by the bounding box of one lung (H, W)."""
    rows, columns = np.nonzero(lung)
    if not rows.size:
        return np.full(lung.shape, np.nan), np.full(lung.shape, np.nan)
    y, x = np.mgrid[: lung.shape[0], : lung.shape[1]]
    height = (y - rows.min()) / max(np.ptp(rows), 1)
    across = (x - columns.min()) / max(np.ptp(columns), 1)
    return height, across if medial_on_left else 1 - across


def side_lungs(anatomy: npt.NDArray[np.generic], laterality: str | None) -> list[tuple[BoolArray, bool]]:
    """The lungs of a side with whether medial is to the left of the picture; both when the side is open."""
    left, right = anatomy[0].astype(bool), anatomy[1].astype(bool)
    sides = ((left, True, "left"), (right, False, "right"))
    return [(lung, is_left) for lung, is_left, name in sides if laterality in (None, "bilateral", name)]


def zone_mask(anatomy: npt.NDArray[np.generic], laterality: str | None, zone: str | None) -> BoolArray:
    """Pixels of the lungs that a side and a zone name.

    Args:
        anatomy: (3, H, W), 0 or 1, in `vocabulary.ANATOMY_NAMES` order.
        laterality: left, right, bilateral, or None for either.
        zone: one of `vocabulary.ZONES`, or None for all.

    Returns:
        (H, W) bool.
    """
    region = np.zeros(anatomy.shape[-2:], dtype=bool)
    for lung, medial_on_left in side_lungs(anatomy, laterality):
        height, depth = lung_coordinates(lung, medial_on_left)
        start, end = ZONE_SPAN[zone or "diffuse"]
        part = lung & (height >= start) & (height <= end)
        if zone == "perihilar":
            part &= depth <= 0.6
        if zone == "costophrenic":
            part &= depth >= 0.5
        region |= part
    return region


def allowed_place(name: str, anatomy: npt.NDArray[np.generic]) -> BoolArray:
    """Where a finding can lie at all, whoever asks for it.

    Args:
        name: the finding.
        anatomy: (3, H, W), 0 or 1.

    Returns:
        (H, W) bool: the lungs and `LUNG_TOLERANCE` around them for what is bound to the lungs, else the whole frame.
    """
    if not vocabulary.finding(name).lung_bound:
        return np.ones(anatomy.shape[-2:], dtype=bool)
    lungs = (anatomy[0] > 0) | (anatomy[1] > 0)
    return np.asarray(isotropic_dilation(lungs, LUNG_TOLERANCE * anatomy.shape[-1]))


def location_prior(findings: ClinicalFindings | None, anatomy: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
    """Draw a prompt into the chest: for each finding where it is asked for, and how large; the condition of bundle 1.

    Inside its side and zone a finding has the value 0.25 + 0.75 q, q being the quantile of its asked area among real
    ones (`anatomy/sizes.py`), or `OPEN_SIZE`; half of it where the side is left open, so that "either" is not "both".

    Args:
        findings: what is asked for; None means "not given".
        anatomy: (3, H, W), 0 or 1.

    Returns:
        (findings, H, W) float32, 0 where nothing is asked.
    """
    region = np.zeros((len(vocabulary.FINDING_NAMES), *anatomy.shape[-2:]), dtype=np.float32)
    margin = max(1, round(PLEURAL_MARGIN * anatomy.shape[-1]))
    for item in findings.present if findings else ():
        term = vocabulary.finding(item.name)
        where = zone_mask(anatomy, item.laterality, item.zone) if term.sided else anatomy[2].astype(bool)
        if not term.lung_bound:
            where = _grown(where, margin)
        quantile = asked_quantile(item)
        value = OPEN_SIZE if quantile is None else 0.25 + 0.75 * quantile
        channel = vocabulary.channel(item.name)
        region[channel][where] = value / 2 if term.sided and item.laterality is None else value
    return region


def _grown(region: BoolArray, steps: int) -> BoolArray:
    """A region (H, W) and its neighbors up, down, left and right, `steps` times; by distances, which is faster."""
    if not region.any():
        return region
    return np.asarray(ndimage.distance_transform_cdt(~region, "taxicab") <= steps)


def name_zone(shape: BoolArray, lung: BoolArray, medial_on_left: bool) -> str:
    """The zone that a shape (H, W) occupies in one lung, by its extent and its center of mass."""
    height, depth = lung_coordinates(lung, medial_on_left)
    inside = np.clip(height[shape], 0, 1)
    low, high = np.quantile(inside, [0.05, 0.95])
    center, across = float(inside.mean()), float(np.clip(depth[shape], 0, 1).mean())
    if high - low > 0.6:
        return "diffuse"
    if center >= 0.8:
        return "costophrenic" if across > 0.6 else "basal"
    if center < 0.18:
        return "apical"
    if center < 0.4:
        return "upper"
    if center < 0.62:
        return "perihilar" if across < 0.4 else "mid"
    return "lower"


def sides_of(item: Finding) -> tuple[str, ...]:
    """The sides that a finding names: left, right, both or none."""
    return ("left", "right") if item.laterality == "bilateral" else (item.laterality,) if item.laterality else ()


def zone_obeyed(requested: Finding, shown: Iterable[Finding]) -> bool | None:
    """Whether a finding lies in its requested zone, on one of its requested sides at least.

    Args:
        requested: with the zone that was asked for.
        shown: what masks show (`anatomy/findings_from_masks.py`), other findings among it.

    Returns:
        None where no zone was asked for, or nothing of it is shown on its side.
    """
    zones = [item.zone for item in on_its_side(requested, shown)]
    if not requested.zone or not zones:
        return None
    return not set(zones).isdisjoint(ZONES_WITHIN.get(requested.zone, (requested.zone,)))


def severity_obeyed(requested: Finding, shown: Iterable[Finding]) -> bool | None:
    """Whether a finding has its requested severity, on one of its requested sides at least; None as for the zone."""
    severities = [item.severity for item in on_its_side(requested, shown)]
    return None if not requested.severity or not severities else requested.severity in severities


def on_its_side(requested: Finding, shown: Iterable[Finding]) -> list[Finding]:
    """What is shown of a requested finding on its sides, or anywhere where it names none."""
    sides = set(sides_of(requested))
    return [item for item in shown if item.name == requested.name and (not sides or sides & set(sides_of(item)))]
