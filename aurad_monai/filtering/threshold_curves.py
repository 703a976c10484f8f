# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Plot of a calibration: by criterion, the share of real radiographs that each possible threshold would reject.

Takes the scores and the chosen thresholds; writes one PNG with a panel a criterion.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from aurad_monai.errors import InputError
from aurad_monai.filtering.calibrate import BOUNDS


def rejected_share(scores: Sequence[float], bound: str) -> tuple[list[float], list[float]]:
    """Thresholds, and the share of scores that each rejects."""
    ordered = np.sort(np.asarray(scores, dtype=float))
    below = np.arange(len(ordered)) / len(ordered)
    above = 1 - (np.arange(len(ordered)) + 1) / len(ordered)
    return ordered.tolist(), (below if bound == "min" else above).tolist()


def draw_curves(scores: Mapping[str, Sequence[float]], chosen: Mapping[str, float], rate: float, path: Path) -> None:
    """Write a PNG with a panel for each criterion.

    Raises:
        InputError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InputError("matplotlib", "not installed", "matplotlib", "pip install aurad-monai[figures]") from error
    names = [name for name in scores if scores[name]]
    columns = min(len(names), 4)
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(3.4 * columns, 2.7 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for panel, name in zip(panels, names, strict=False):
        panel.step(*rejected_share(scores[name], BOUNDS[name]), where="post", color="#2a78d6")
        panel.axvline(chosen[name], color="#c0392b", linewidth=1)
        panel.axhline(rate, color="#888888", linewidth=0.8, linestyle=":")
        panel.set_title(
            f"{name.replace('_', ' ')} ({BOUNDS[name]} {chosen[name]:.3f}, n = {len(scores[name])})", fontsize=8
        )
        panel.set_ylabel("real rejected", fontsize=8)
        panel.tick_params(labelsize=7)
    for panel in panels[len(names) :]:
        panel.set_axis_off()
    figure.savefig(path, dpi=110)
