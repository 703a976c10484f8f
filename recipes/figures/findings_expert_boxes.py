# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The findings expert against radiologists' opacities and boxes on validation radiographs.

    python -m recipes.figures.findings_expert_boxes --pairs DATA/pairs --radiographs DATA/cxr --output OUT.json

Takes what `recipes.default_data` wrote; gives AUROC of opacity against normal and the share of boxes hit.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import fire
import numpy as np
from scipy import ndimage

from aurad_monai import vocabulary
from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.filtering.build_index import load_image
from aurad_monai.generation.pipeline import FILTER_BUNDLE
from aurad_monai.io.datalist import read_datalist
from aurad_monai.statistics import auroc, statistic_interval, wilson

OPACITY = vocabulary.channel("consolidation")


def findings_figures(expert: Any, pairs: str, radiographs: str) -> dict[str, Any]:
    """How well the findings expert tells radiologists' opacities from normal radiographs, and hits their boxes."""
    readings = {case["id"]: case for case in read_datalist(radiographs, "validation")}
    opacity, normal, other_normal, hits, boxes = [], [], [], 0, 0
    for case in read_datalist(pairs, "validation"):
        reading = readings.get(case["id"])
        if reading is None:
            continue
        maps = expert(load_image(case)[None])
        score = float(expert.scores(maps)[0, OPACITY])
        if reading["rsna_class"] == "Lung Opacity":
            opacity.append(score)
        elif reading["rsna_class"] == "Normal":
            normal.append(score)
        elif case.get("kind") == "normal":
            other_normal.append(score)
        for box in (item["box"] for item in reading["boxes"] if item["label"] != "Cardiomegaly"):
            boxes += 1
            hits += _hit(maps[0, OPACITY], box)
    _, low, high = statistic_interval(auroc, [np.array(opacity), np.array(normal)], 2000)
    return {
        "auroc_rsna_opacity_against_rsna_normal": round(auroc(opacity, normal), 4),
        "auroc_rsna_opacity_against_all_normal": round(auroc(opacity, normal + other_normal), 4),
        "interval": [round(low, 4), round(high, 4)],
        "opacity": len(opacity),
        "rsna_normal": len(normal),
        "all_normal": len(normal) + len(other_normal),
        "boxes": boxes,
        "boxes_hit": hits,
        "boxes_hit_interval": [round(end, 4) for end in wilson(hits, boxes)],
    }


def _hit(probability: np.ndarray, box: Sequence[float]) -> bool:
    """Is the center of the opacity that overlaps a box most inside the box?"""
    height, width = probability.shape
    labels, count = ndimage.label(probability > 0.5)
    if not count:
        return False
    x0, y0, x1, y1 = box
    inside = np.zeros(probability.shape, dtype=bool)
    inside[round(y0 * height) : round(y1 * height), round(x0 * width) : round(x1 * width)] = True
    overlaps = ndimage.sum_labels(inside, labels, range(1, count + 1))
    if overlaps.max() == 0:
        return False
    row, column = ndimage.center_of_mass(labels == int(overlaps.argmax()) + 1)
    return bool(y0 <= (row + 0.5) / height <= y1 and x0 <= (column + 0.5) / width <= x1)


def main(pairs: str, radiographs: str, output: str) -> None:
    """Measure, write and print."""
    expert = open_bundle(bundles_root() / FILTER_BUNDLE).get("findings_expert")
    found = findings_figures(expert, pairs, radiographs)
    Path(output).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print("| findings expert | value |\n| --- | --- |")
    for name, value in found.items():
        print(f"| {name.replace('_', ' ')} | {value} |")


if __name__ == "__main__":
    fire.Fire(main)
