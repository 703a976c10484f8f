# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Straight edges of masks: the share of an outline that runs exactly along rows or columns, as if cut with a ruler.

In: masks (H, W). Out: share of the boundary, from 0 to 1, in straight runs of at least 1/32 of the frame. Anatomy has
few such edges; a mask clipped by a rectangle or a zone has many.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from aurad_monai import vocabulary
from aurad_monai.evaluation.measure import Batch, Measured
from aurad_monai.evaluation.metric_result import MetricResult, mean_result

FAMILY = "mask_shapes"
RUN = 8 / 256
"""Least length of a straight run, as a fraction of the frame's edge (8 pixels at 256)."""


def straight_edge_share(mask: npt.NDArray[np.generic], run: float = RUN) -> float:
    """Share of the boundary between mask and background in exactly horizontal or vertical runs.

    Args:
        mask: (H, W), nonzero inside. Edges of the frame count as boundary.
        run: least length of a run, as a fraction of the frame's longer edge.

    Returns:
        0 for a mask without such a run, 1 for a rectangle, NaN for an empty mask.
    """
    inside = np.pad(np.asarray(mask) > 0, 1)
    least = max(round(run * max(mask.shape)), 2)
    lengths = np.concatenate([_runs(inside), _runs(inside.T)])
    return float(lengths[lengths >= least].sum() / lengths.sum()) if lengths.size else float("nan")


def _runs(inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.int_]:
    """Lengths of the maximal runs of boundary between each row and the next, by direction of the step."""
    found = []
    for step in (inside[1:] & ~inside[:-1], ~inside[1:] & inside[:-1]):
        ends = np.diff(np.pad(step, ((0, 0), (1, 1))).astype(np.int8), axis=1)
        found.append(np.flatnonzero(ends.ravel() < 0) - np.flatnonzero(ends.ravel() > 0))
    return np.concatenate(found)


class StraightEdges:
    """A measure: `straight_edges` (B, findings), NaN where a case has no mask of the finding."""

    identity = f"straight edges 1 {RUN}"

    def __call__(self, batch: Batch) -> Mapping[str, npt.NDArray[np.float64]]:
        return {"straight_edges": np.stack([_shares(case.pathology) for case in batch.cases])}


def _shares(pathology: npt.NDArray[np.generic] | None) -> npt.NDArray[np.float64]:
    if pathology is None:
        return np.full(len(vocabulary.FINDING_NAMES), np.nan)
    return np.array([straight_edge_share(mask) for mask in pathology])


def straight_edges(synthetic: Measured, real: Measured | None = None) -> list[MetricResult]:
    """A row a finding with masks, beside that of real masks."""
    rows = []
    for channel, name in enumerate(vocabulary.FINDING_NAMES):
        values = synthetic.values["straight_edges"][:, channel]
        beside = None if real is None else real.values["straight_edges"][:, channel]
        if np.isfinite(values).any():
            rows.append(mean_result(FAMILY, "straight edges, share of the outline", values, beside, name, "lower"))
    return rows
