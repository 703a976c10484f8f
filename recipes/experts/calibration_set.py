# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Real films with readers' marks as a training set for `aurad calibrate`: `python -m recipes.experts.calibration_set`.

In goes the public collection, out comes a folder with datalist.json, images and pathology: every film with outlines,
every film read as normal, and so many with boxes. Boxed films may show more than is boxed and say so (kind "boxed").
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fire
import numpy as np
import numpy.typing as npt

from aurad_monai.io.datalist import save_channels, save_image, write_datalist
from recipes.data.alike import is_alike
from recipes.experts.films import FINDINGS, Film, in_part, raster, read_films
from recipes.experts.train_findings import STOP_SHARE
from recipes.images.films import unpack

EDGE = 256
Masks = npt.NDArray[np.uint8]


def write(
    data: str,
    output: str,
    boxed: int = 200,
    held_out: bool = False,
    share: float = STOP_SHARE,
    part: str = "",
    alike: bool = False,
) -> None:
    """Write the set.

    Args:
        data: folder of the public collection.
        output: the folder to be.
        boxed: films with nothing but boxes, a section.
        held_out: of training only the patients the findings expert did not learn from, and of them also films that text
            mining calls free of findings, so that thresholds of absent findings come from films it has not seen.
        share: of the training patients that are held out.
        part: films at 256 pixels (`recipes.images.films`), whose masks of boxes hold the opacity in them as those that
            users prepare do; without it, boxes are boxes.
        alike: only films that differ in nothing but what they show (`recipes.data.alike`).
    """
    films, sections, drawn = read_films(Path(data)), {}, _drawn(Path(part)) if part else {}
    films = [film for film in films if not part or film.id in drawn]
    if alike:
        films = [film for film in films if is_alike(film.row)]
    if held_out:
        films = [film for film in films if film.validation or in_part(film.patient, "early stop", share)]
    for section, validation in (("training", False), ("validation", True)):
        chosen = _chosen([film for film in films if film.validation == validation], boxed, held_out and not validation)
        sections[section] = [_case(film, kind, Path(data), Path(output), drawn.get(film.id)) for film, kind in chosen]
    write_datalist(Path(output), sections["training"], sections["validation"])


def _chosen(films: list[Film], boxed: int, text: bool = False) -> Iterator[tuple[Film, str | None]]:
    """Films whose marks or normality readers have given, or `text` too, with the kind of the case."""
    for film in films:
        if film.row["chestxdet_id"]:
            yield film, None
        elif film.row["rsna_class"] == "Normal" or (text and film.row["labels"] == "No Finding" and not film.marks):
            yield film, "normal"
        elif film.marks and boxed > 0:
            boxed -= 1
            yield film, "boxed"


def _drawn(part: Path) -> dict[str, Masks]:
    """Masks (findings, 256, 256) of films by id, those that are given."""
    known, bits = dict(np.load(part / "known.npz")), np.load(part / "masks.npy", mmap_mode="r")
    rows = np.flatnonzero(known["split"] != "out")
    return {str(known["id"][row]): unpack(bits[row])[1] * known["given"][row][:, None, None] for row in rows}


def _rastered(film: Film) -> Masks:
    """Masks (findings, 256, 256) of the marks as they are."""
    masks = np.zeros((len(FINDINGS), EDGE, EDGE), np.uint8)
    for name in {mark.finding for mark in film.marks}:
        found = [mark for mark in film.marks if mark.finding == name]
        masks[FINDINGS.index(name)] = raster(found, EDGE, detail=2) >= 0.5
    return masks


def _case(film: Film, kind: str | None, root: Path, output: Path, drawn: Masks | None = None) -> dict[str, Any]:
    names = {"image": f"images/{film.id}.png", "pathology": f"pathology/{film.id}.nii.gz"}
    save_image(output / names["image"], film.frame(root, EDGE))
    save_channels(output / names["pathology"], _rastered(film) if drawn is None else drawn)
    return {"id": film.id, **names, **({"kind": kind} if kind else {})}


if __name__ == "__main__":
    fire.Fire(write)
