# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Frequencies among training masks, for the tables of aurad_monai/data: sizes, sides, zones, sets of findings.

Takes the folder written by `masks`; prints the tables as JSON. Patients are counted in the collection itself.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from skimage.measure import label, regionprops

from aurad_monai import vocabulary
from aurad_monai.io.datalist import load_channels, read_datalist
from recipes.data.masks import MIN_PIXELS
from recipes.public_cxr import manifest


def severity_areas(dataset_dir: str) -> None:
    """Print `severity_areas` of each finding the training masks have, for `aurad_monai/data/findings.json`."""
    from aurad_monai.anatomy.findings_from_masks import OTHER_SIDE, split_sides

    areas: dict[str, list[float]] = {name: [] for name in vocabulary.FINDING_NAMES}
    for pathology, chest in _training_masks(dataset_dir):
        both = int((chest[0] | chest[1]).sum())
        for channel, term in enumerate(vocabulary.FINDINGS):
            shape = pathology[channel].astype(bool)
            parts = split_sides(shape, chest) if term.sided else (shape,)
            least = max(1, OTHER_SIDE * shape.sum())
            areas[term.name] += [float(part.sum()) / both for part in parts if part.sum() >= least]
    found = {name: np.quantile(values, [0.15, 0.45, 0.8]).round(4).tolist() for name, values in areas.items() if values}
    print(json.dumps(found, indent=2))


def elongations(dataset_dir: str) -> None:
    """Print `elongation` of each finding the training masks have in one part, for `aurad_monai/data/findings.json`.

    The median of length by width of the ellipse with the moments of the shape; of those in one part.
    """
    found: dict[str, list[float]] = {name: [] for name in vocabulary.FINDING_NAMES}
    for pathology, _ in _training_masks(dataset_dir):
        for name, shape in zip(vocabulary.FINDING_NAMES, pathology, strict=True):
            regions = regionprops(label(shape > 0)) if shape.any() else []
            if len(regions) == 1 and regions[0].area >= MIN_PIXELS:
                found[name].append(regions[0].axis_major_length / max(regions[0].axis_minor_length, 1.0))
    print(json.dumps({name: round(float(np.median(values)), 1) for name, values in found.items() if values}, indent=2))


def open_counts(dataset_dir: str) -> None:
    """Print `side_counts` and `zone_counts` of the training masks, for `aurad_monai/data/findings.json`."""
    from aurad_monai.anatomy.findings_from_masks import findings_from_masks

    sides = {term.name: dict.fromkeys(vocabulary.LATERALITIES, 0) for term in vocabulary.FINDINGS if term.sided}
    zones: dict[str, dict[str, dict[str, int]]] = {name: {} for name in vocabulary.FINDING_NAMES}
    for pathology, chest in _training_masks(dataset_dir):
        found: dict[str, str] = {}
        for item in findings_from_masks(pathology, chest).present:
            row = zones[item.name].setdefault(item.zone or "", dict.fromkeys(vocabulary.SEVERITIES, 0))
            row[str(item.severity)] += 1
            found[item.name] = "bilateral" if item.name in found else str(item.laterality)
        for name in found.keys() & sides.keys():
            sides[name][found[name]] += 1
    for name, rows in zones.items():
        counted = {zone: [*rows[zone].values()] for zone in ("", *vocabulary.ZONES) if zone in rows}
        print(json.dumps({name: {"side_counts": [*sides.get(name, {}).values()], "zone_counts": counted}}))


def finding_sets(dataset_dir: str) -> None:
    """Print how often which findings are together in training masks, for `aurad_monai/data/finding_sets.json`."""
    names = np.array(vocabulary.FINDING_NAMES)
    sets = Counter(" ".join(names[pathology.any((1, 2))]) for pathology, _ in _training_masks(dataset_dir))
    print(json.dumps(dict(sorted(sets.items(), key=lambda entry: (-entry[1], entry[0]))), indent=2))


def demographics(root: str) -> None:
    """Print view, sex and age of the adults' films that are trained on, for `aurad_monai/request/demographics.py`."""
    films = [row for row in manifest(Path(root)) if row["population"] == "adult" and row["split"] == "train"]
    anteroposterior = [row["view"].startswith("AP") for row in films if row["view"]]
    male = [row["sex"] == "M" for row in films if row["sex"]]
    ages = np.array([float(row["age"]) for row in films if row["age"]])
    found = {
        "AP": np.mean(anteroposterior),
        "MALE": np.mean(male),
        "AGE": [ages.mean(), ages.std()],
        "films": len(films),
    }
    print(json.dumps(found, default=float))


def _training_masks(dataset_dir: str) -> Iterator[tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]]:
    """Pathology and anatomy of every training mask, once each."""
    seen: set[str] = set()
    for case in read_datalist(dataset_dir):
        if case["id"] not in seen:
            seen.add(case["id"])
            yield load_channels(Path(case["pathology"])), load_channels(Path(case["anatomy"]))
