# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The mean frontal film, by which a negative is known: 16 x 16 numbers, and how well they tell films from negatives.

In: manifest.csv of a folder of radiographs. Out: aurad_monai/data/mean_film.json, or with `--check` the figures alone.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from aurad_monai.data.tables import table_path
from aurad_monai.io.gray import NEGATIVE, likeness, planes

SIDE = 16


def thumbnails(folder: Path, split: str) -> npt.NDArray[np.float32]:
    """(films, 16, 16) of the images that manifest.csv lists for a split, train or val."""
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as stream:
        names = [row["image"] for row in csv.DictReader(stream) if row["split"] == split]
    small = [Image.open(folder / name).convert("F").resize((SIDE, SIDE), Image.Resampling.BOX) for name in names]
    return np.stack([np.asarray(picture, dtype=np.float32) / 255 for picture in small])


def mean_film(films: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """(16, 16): the mean of films without their slope and of length 1, itself of length 1."""
    flat, plane = films.reshape(len(films), -1).astype(np.float64), planes(SIDE)
    shape = flat - (flat @ plane) @ plane.T
    mean = (shape / np.linalg.norm(shape, axis=1, keepdims=True)).mean(axis=0)
    return np.asarray((mean / np.linalg.norm(mean)).reshape(SIDE, SIDE))


def main() -> None:
    """Write the table, and print how many films and negatives are taken for negatives."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--check", action="store_true", help="print the figures alone")
    given = parser.parse_args()
    if not given.check:
        films = thumbnails(given.folder, "train")
        rows = ",\n    ".join(json.dumps(row) for row in np.round(mean_film(films) * 1000).astype(int).tolist())
        about = f"Mean of {len(films):,} frontal radiographs (16 x 16, each without its slope and of length 1), times "
        head = json.dumps(about + "1000; python -m recipes.data.mean_film")
        table = f'{{\n  "about": {head},\n  "mean": [\n    {rows}\n  ]\n}}\n'
        table_path("mean_film.json").write_text(table, encoding="utf-8")
    for split in ("train", "val"):
        found = np.array([likeness(film) for film in thumbnails(given.folder, split)])
        taken, caught = int((found < NEGATIVE).sum()), int((-found < NEGATIVE).sum())
        print(f"{split}: {taken} of {len(found)} films taken for negatives, {caught} of as many negatives found")


if __name__ == "__main__":
    main()
