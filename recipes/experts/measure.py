# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""How well a findings expert sees on validation films: `python -m recipes.experts.measure --data D --bundle B`.

One row a finding: positives, AUROC of the score with a bootstrap interval by patient, and how often the peak of the
map lies inside a reader's mark. Written as CSV.
"""

from __future__ import annotations

import csv
from pathlib import Path

import fire
import numpy as np
import torch

from aurad_monai.bundles.bundle import load_weights
from aurad_monai.experts.findings import FindingsExpert
from recipes.data.alike import is_alike
from recipes.experts.films import FINDINGS, Film, Floats, raster, read_films
from recipes.experts.targets import interval, matrix

EDGE, BATCH = 256, 8
OPACITY = FINDINGS.index("consolidation")
WAYS = ("text-mined alone", "among films alike")
"""Columns beside those by the best source among all films; see `recipes.data.alike`."""


def measure(
    data: str,
    bundle: str = "bundles/cxr_expert_filter",
    output: str = "runs/experts/findings.csv",
    weights: str = "",
) -> None:
    """Measure an expert on every NIH film of validation.

    Args:
        data: folder of the public collection.
        bundle: the filter bundle, whose expert is measured.
        output: CSV to be.
        weights: a file of other weights to measure instead.
    """
    root = Path(data)
    films = [film for film in read_films(root) if film.validation and film.nih]
    expert = FindingsExpert.from_bundle(bundle)
    if weights:
        expert = FindingsExpert(load_weights(expert.network, weights), top_share=expert.top_share)
    scores, peaks = look(expert, films, root)
    write_table(films, scores, peaks, Path(output))


def look(expert: FindingsExpert, films: list[Film], root: Path) -> tuple[Floats, Floats]:
    """Scores (N, findings), and 1 or 0 where a map's peak is inside a mark or not, NaN where one of them is missing."""
    scores, peaks = [], np.full((len(films), len(FINDINGS)), np.nan, dtype=np.float32)
    for start in range(0, len(films), BATCH):
        part = films[start : start + BATCH]
        maps = expert(np.stack([film.frame(root, EDGE)[None] for film in part]).astype(np.float32) / 255)
        scores.append(expert.scores(maps))
        for index, film in enumerate(part, start):
            for channel in {FINDINGS.index(mark.finding) for mark in film.marks}:
                name, one = FINDINGS[channel], maps[index - start, channel]
                if one.max() - one.min() < 1e-6:  # it says nothing of places
                    continue
                inside = raster([mark for mark in film.marks if mark.finding == name], EDGE, detail=2)
                peaks[index, channel] = inside.flat[one.argmax()] > 0.5
    return np.concatenate(scores), peaks


def write_table(films: list[Film], scores: Floats, peaks: Floats, path: Path) -> None:
    """Figures of every finding, and of opacities RSNA's readers saw against films they called normal."""
    patients = [film.patient for film in films]
    everything, alike = np.full(len(films), True), np.array([is_alike(film.row) for film in films])
    rows = []
    for channel, name in enumerate(FINDINGS):
        row: list[object] = [name]
        for source, among in (("best", everything), ("text", everything), ("best", alike)):
            truth = np.where(among, matrix(films, source)[:, channel], np.nan).astype(np.float32)
            row += [
                int(np.nansum(truth)),
                *_cells(*interval(truth, scores[:, channel], patients)),
            ]
        hits = peaks[:, channel][np.isfinite(peaks[:, channel])]
        rows.append([*row, len(hits), round(float(hits.mean()), 2) if len(hits) else ""])
    reading = np.array([film.row["rsna_class"] for film in films])
    truth = np.where(np.isin(reading, ("Normal", "Lung Opacity")), reading == "Lung Opacity", np.nan)
    figures = interval(truth.astype(np.float32), scores[:, OPACITY], patients)
    empty = [""] * (len(rows[0]) - 2 - len(figures))
    rows.append(["RSNA opacity against normal", int(np.nansum(truth)), *_cells(*figures), *empty])
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = ["positives", "AUROC", "low", "high"]
    head = ["finding", *columns, *(f"{name} ({how})" for how in WAYS for name in columns), "marked", "peak inside"]
    with path.open("w", newline="", encoding="utf-8") as lines:
        csv.writer(lines).writerows([head, *rows])
    print(path.read_text(encoding="utf-8"))


def _cells(*figures: float) -> list[float | str]:
    """As the table has them; empty where there is no figure."""
    return [round(value, 3) if np.isfinite(value) else "" for value in figures]


if __name__ == "__main__":
    torch.manual_seed(0)
    fire.Fire(measure)
