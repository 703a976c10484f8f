# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""How well the anatomy expert sees: `python -m recipes.experts.anatomy --data D --output CSV [--sheet PNG]`.

In goes the public collection, out come Dice of each lung on adults of validation with real masks, and how many of 200
NIH films have a lung that leaks: whose area, height, width, border, roughness or overlap with the other lung is larger
than any real lung's of a training patient, by more than a tenth. The sheet shows the films with the lungs outlined,
those that leak first, in red.
"""

from __future__ import annotations

import csv
from pathlib import Path

import fire
import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from skimage.morphology import convex_hull_image
from skimage.segmentation import find_boundaries
from tqdm import tqdm

from aurad_monai.experts.anatomy import AnatomyExpert
from aurad_monai.files import whole_file
from aurad_monai.statistics import mean_interval, wilson
from recipes import public_cxr

COLUMNS = ("figure", "cases", "value", "low", "high")
SIZE, FILMS, TILE, ACROSS, BORDER, MARGIN = 256, 200, 160, 10, 4, 1.1
MEASURES = ("area", "height", "width", "border", "roughness", "overlap", "level", "drop")
LUNGS = ("left lung", "right lung")
Mask = npt.NDArray[np.bool_]


def shape(lungs: Mask) -> npt.NDArray[np.float64]:
    """(2, measures) of masks (2, H, W), shares of the frame or of the lung.

    Area, height and width; what lies at the border of the frame; what its convex hull adds; what is the other's too;
    how far the middle and the lowest point of the two lungs are from one level.
    """
    if not lungs.any(axis=(1, 2)).all():
        return np.zeros((2, len(MEASURES)))
    found, inner = np.zeros((2, len(MEASURES))), np.zeros_like(lungs[0])
    inner[BORDER:-BORDER, BORDER:-BORDER] = True
    heights = [np.nonzero(lung)[0] for lung in lungs]
    level = abs(heights[0].mean() - heights[1].mean()) / len(inner)
    drop = abs(heights[0].max() - heights[1].max()) / len(inner)
    for row, lung in zip(found, lungs, strict=True):
        area, hull, shared = lung.sum(), convex_hull_image(lung).sum(), lungs.all(axis=0).sum()
        extents = [lung.any(axis=axis).mean() for axis in (1, 0)]
        row[:] = lung.mean(), *extents, (lung & ~inner).sum() / area, 1 - area / hull, shared / area, level, drop
    return found


def leaks(lungs: Mask, bounds: npt.NDArray[np.float64]) -> list[str]:
    """Which measures of either lung are beyond the bounds."""
    beyond = (shape(lungs) > bounds).any(axis=0)
    return [name for name, wrong in zip(MEASURES, beyond, strict=True) if wrong]


def dice(seen: Mask, truth: Mask) -> float:
    """Of two masks."""
    return float(2 * (seen & truth).sum() / (seen.sum() + truth.sum()))


def tile(image: npt.NDArray[np.uint8], lungs: Mask, leaking: bool) -> npt.NDArray[np.uint8]:
    """A film with its lungs outlined."""
    canvas = np.stack([image] * 3, axis=-1)
    for lung in lungs:
        canvas[find_boundaries(lung)] = (255, 40, 40) if leaking else (60, 220, 120)
    return np.asarray(Image.fromarray(canvas).resize((TILE, TILE), Image.Resampling.BOX))


def main(data: str, output: str, bundle: str = "bundles/cxr_expert_filter", sheet: str = "", threads: int = 1) -> None:
    """Measure, write the table and the sheet.

    Args:
        data: folder of the public collection.
        output: CSV to be.
        bundle: the filter bundle.
        sheet: PNG to be.
        threads: of torch.
    """
    torch.set_num_threads(threads)
    root, expert = Path(data), AnatomyExpert.from_bundle(bundle)
    rows = public_cxr.manifest(root)

    def seen(row: public_cxr.Row) -> tuple[npt.NDArray[np.uint8], Mask]:
        image = public_cxr.radiograph(root, row, SIZE)
        return image, expert(image[None, None].astype(np.float32) / 255)[0, :2] > 0

    def real(row: public_cxr.Row) -> Mask:
        labels = public_cxr.label_map(root, row["lungs"], SIZE)
        return np.stack([labels == 1, labels == 2])

    masked = [row for row in rows if row["lungs"]]
    known = np.stack(
        [
            shape(real(row))
            for row in tqdm(masked, desc="real lungs")
            if row["split"] == "train" and row["population"] == "adult"
        ]
    )
    bounds = MARGIN * known.max(axis=(0, 1))
    held = [row for row in masked if row["split"] == "val" and row["population"] == "adult"]
    scores = np.array([[dice(*pair) for pair in zip(seen(row)[1], real(row), strict=True)] for row in held])
    films = [row for row in rows if row["population"] == "adult" and row["source"].startswith("NIH")]
    films = [row for row in films if row["split"] == "val"]
    films = [films[k] for k in np.linspace(0, len(films) - 1, FILMS).astype(int)]
    found = [(row["id"], *seen(row)) for row in tqdm(films, desc="films")]
    wrong = {name: leaks(lungs, bounds) for name, _, lungs in found}
    leaking = sum(map(bool, wrong.values()))
    table: list[tuple[object, ...]] = [
        (f"Dice, {lung}", len(held), *(round(value, 3) for value in mean_interval(scores[:, k])))
        for k, lung in enumerate(LUNGS)
    ]
    share = leaking / len(films)
    table.append(
        ("films with a leak", len(films), *(round(value, 3) for value in (share, *wilson(leaking, len(films)))))
    )
    table += [
        (f"largest {name} allowed", len(known), round(bound, 3), "", "")
        for name, bound in zip(MEASURES, bounds, strict=True)
    ]
    with whole_file(Path(output)) as part, part.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([COLUMNS, *table])
    print(
        Path(output).read_text(encoding="utf-8"),
        *(f"{name}: {', '.join(why)}" for name, why in wrong.items() if why),
        sep="\n",
    )
    if sheet:
        tiles = [
            tile(image, lungs, bool(wrong[name])) for name, image, lungs in sorted(found, key=lambda f: not wrong[f[0]])
        ]
        with whole_file(Path(sheet)) as part:
            Image.fromarray(np.vstack([np.hstack(tiles[k : k + ACROSS]) for k in range(0, FILMS, ACROSS)])).save(
                part, "PNG"
            )


if __name__ == "__main__":
    fire.Fire(main)
