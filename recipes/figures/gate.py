# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What the gate lets in and what it objects to, by the picture alone.

    python -m recipes.figures.gate --data ROOT --output docs/results/gate.csv

In: the public collection. Out: a row a kind of picture: how many, how many are objected to with the 95% interval, and
by which check: adults of validation as they are, turned, inverted and mirrored, children, drawings of other body parts,
photographs, and pictures of other modalities that come with pydicom.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import fire
import numpy as np
import pydicom
import torch
from pydicom.data import get_testdata_file
from tqdm import tqdm

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.files import whole_file
from aurad_monai.filtering import corruptions
from aurad_monai.filtering.gate import Gate
from aurad_monai.filtering.other_body_parts import BODY_PARTS, Picture
from aurad_monai.filtering.self_test import PHOTOGRAPHS, photograph
from aurad_monai.io.frame import to_frame
from aurad_monai.io.radiograph import read_radiograph
from aurad_monai.statistics import wilson
from recipes.public_cxr import manifest

COLUMNS = ("picture", "expected", "cases", "objected to", "share", "low", "high", "by")
OTHERS = ("JPEG2000.dcm", "693_J2KI.dcm", "CT_small.dcm", "MR_small.dcm", "J2K_pixelrep_mismatch.dcm")
"""Nuclear medicine, CT and MR among pydicom's test files."""
EDGE = 256


def sets(root: Path, count: int) -> Iterator[tuple[str, str, list[Picture]]]:
    """Name, what is expected, and pictures of each kind."""
    rng, rows = np.random.default_rng(0), manifest(root)
    adults = [row for row in rows if row["population"] == "adult" and row["split"] == "val"]
    films = [read_radiograph(root / row["image"], EDGE) for row in tqdm(adults, desc="films")]
    some = films[:: max(len(films) // count, 1)]
    yield "adults of validation", "let in", films
    for name, change in (
        ("turned to the left", corruptions.rotated(1)),
        ("upside down", corruptions.rotated(2)),
        ("turned to the right", corruptions.rotated(3)),
        ("inverted", corruptions.inverted),
        ("mirrored", corruptions.mirrored),
    ):
        yield name, "objected to", [change(film, rng) for film in some]
    children = [row for row in rows if row["population"] != "adult"]
    young = children[:: max(len(children) // count, 1)]
    yield "children, by the picture alone", "objected to", [read_radiograph(root / row["image"], EDGE) for row in young]
    for part, draw in BODY_PARTS.items():
        yield f"drawing of {part}", "objected to", [draw(EDGE, rng) for _ in range(10)]
    yield "photographs", "objected to", [photograph(films[0], rng) for _ in range(2 * len(PHOTOGRAPHS))]
    yield "CT, MR and nuclear medicine", "objected to", [_other(name) for name in OTHERS]


def _other(name: str) -> Picture:
    """A test file of pydicom as a gray picture."""
    pixels = pydicom.dcmread(str(get_testdata_file(name))).pixel_array.astype(np.float32)
    low, high = np.percentile(pixels, (1, 99.5))
    return np.clip(to_frame(np.clip((pixels - low) / (high - low), 0, 1), EDGE), 0, 1).astype(np.float32)[None]


def objected(gate: Gate, pictures: Sequence[Picture]) -> Counter[str]:
    """How many pictures are objected to, by the name of the objection."""
    found: Counter[str] = Counter()
    for start in range(0, len(pictures), 8):
        part = pictures[start : start + 8]
        for picture, seen in zip(part, gate.see(np.stack(part)), strict=True):
            found.update(item.name for item in gate.objections(picture, seen))
    return found


def main(data: str, output: str, count: int = 40, bundle: str = "", threads: int = 1) -> None:
    """Look at every kind of picture and write the table."""
    torch.set_num_threads(threads)
    gate: Gate = open_bundle(Path(bundle) if bundle else bundles_root() / "cxr_expert_filter").get("filter").gate
    rows = []
    for name, expected, pictures in sets(Path(data), count):
        found = objected(gate, pictures)
        number, cases = sum(found.values()), len(pictures)
        figures = (round(value, 3) for value in (number / cases, *wilson(number, cases)))
        by = ", ".join(f"{check} {times}" for check, times in found.most_common())
        rows.append((name, expected, cases, number, *figures, by))
        print(*rows[-1], flush=True)
    with whole_file(Path(output)) as part, part.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([COLUMNS, *rows])


if __name__ == "__main__":
    fire.Fire(main)
