# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Augmented views of every film through the frozen part of the backbone: `python -m recipes.experts.views --data D`.

View 0 is the film as the filter sees it, at 256 pixels; the others are turned, scaled, shifted, of another tone and
sharpness, and every second one is mirrored. Features at strides 8 and 16 are kept in half precision with the marks
that moved along, so that training the rest of the network costs a tenth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import fire
import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional
from tqdm import tqdm

from aurad_monai.experts.efficientnet_lite import EfficientNetLite
from recipes.experts.films import FINDINGS, HELD_OUT, Film, Floats, Mark, in_part, raster, read_films
from recipes.experts.pretrained import pretrained

FRAME, SEEN, STRIDE, BATCH = 320, 256, 8, 16
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class View:
    """One cached view of some films.

    Args:
        rows: film index to row of the features, -1 where the film is not in this view.
        fine: (N, C, S, S) of stride 8.
        coarse: (N, C, S / 2, S / 2) of stride 16.
        marks: "film:finding" to (S, S) uint8, 255 where a mark covers the cell.
    """

    rows: npt.NDArray[np.int64]
    fine: npt.NDArray[np.float16]
    coarse: npt.NDArray[np.float16]
    marks: dict[str, npt.NDArray[np.uint8]]

    @classmethod
    def load(cls, folder: Path, films: int) -> View:
        """Read what `make` wrote; features stay on disk until they are asked for."""
        index = np.load(folder / "films.npy")
        rows = np.full(films, -1)
        rows[index] = np.arange(len(index))
        fine, coarse = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("fine", "coarse"))
        return cls(rows, fine, coarse, dict(np.load(folder / "marks.npz")))


def make(
    data: str,
    work: str = "runs/experts",
    scale: str = "lite1",
    size: int = 288,
    views: int = 2,
    share: float = 1.0,
    limit: int = 0,
) -> None:
    """Cache so many views of all adults; validation films only as they are.

    Args:
        data: folder of the public collection.
        work: folder for the views.
        scale: of the EfficientNet-Lite.
        size: edge in pixels the network works at.
        views: how many.
        share: of the training patients; an evaluator may learn from a part of them alone.
        limit: so many films, to try it out; 0 is all.
    """
    films = read_films(Path(data), limit)
    backbone = pretrained(scale)
    for number in range(views):
        folder = Path(work) / f"view_{number}"
        folder.mkdir(parents=True, exist_ok=True)
        known = [film.validation or in_part(film.patient, HELD_OUT, share) for film in films]
        chosen = [index for index, film in enumerate(films) if known[index] and (number == 0 or not film.validation)]
        rng, marks = np.random.default_rng(1000 * number), {}
        features: list[list[npt.NDArray[np.float16]]] = [[], []]
        for batch in _batches(chosen):
            images = []
            for index in batch:
                image, moved = _view(films[index], Path(data), rng, number, size)
                images.append(image)
                marks |= {f"{index}:{finding}": mask for finding, mask in moved.items()}
            for kept, output in zip(features, frozen(backbone, torch.stack(images)), strict=True):
                kept.append(output.numpy().astype(np.float16))
        np.save(folder / "films.npy", np.array(chosen))
        for name, kept in zip(("fine", "coarse"), features, strict=True):
            np.save(folder / f"{name}.npy", np.concatenate(kept))
        np.savez(folder / "marks.npz", **marks)


@torch.inference_mode()
def frozen(backbone: EfficientNetLite, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Features of strides 8 and 16: stages 0 to 2, and 3 and 4 after them."""
    features = backbone.stem((images * 255 - 127) / 128)
    for stage in backbone.stages[:3]:
        features = stage(features)
    return features, backbone.stages[4](backbone.stages[3](features))


def _batches(indices: list[int]) -> Iterator[list[int]]:
    for start in tqdm(range(0, len(indices), BATCH), mininterval=10):
        yield indices[start : start + BATCH]


def _view(
    film: Film, root: Path, rng: np.random.Generator, number: int, size: int
) -> tuple[torch.Tensor, dict[int, npt.NDArray[np.uint8]]]:
    image = torch.from_numpy(film.frame(root, FRAME).astype(np.float32) / 255)[None, None]
    if number == 0:
        image = functional.interpolate(image, (SEEN, SEEN), mode="bilinear", antialias=True)
        image, matrix = functional.interpolate(image, (size, size), mode="bilinear"), np.eye(2, 3)
    else:
        matrix = _affine(rng, mirrored=number % 2 == 0)
        grid = functional.affine_grid(torch.from_numpy(matrix).float()[None], [1, 1, size, size], align_corners=False)
        image = _tone(functional.grid_sample(image, grid, align_corners=False), rng)
    marks = _moved(film, matrix)
    masks = {channel: raster(marks[channel], size // STRIDE) for channel in marks}
    return image[0], {channel: np.rint(mask * 255).astype(np.uint8) for channel, mask in masks.items()}


def _affine(rng: np.random.Generator, mirrored: bool) -> Matrix:
    """From coordinates of the view, -1 to 1, to coordinates of the film."""
    angle, zoom = np.deg2rad(rng.normal(0, 4)), np.exp(rng.normal(0, 0.07))
    stretch = zoom * np.exp(rng.normal(0, 0.04))
    if rng.random() < 0.3:
        zoom, stretch = zoom * 0.9, stretch * 0.9
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * [[zoom, stretch]]
    turn[:, 0] *= -1 if mirrored else 1
    return np.concatenate([turn, rng.normal(0, 0.05, (2, 1))], 1)


def _moved(film: Film, matrix: Matrix) -> dict[int, list[Mark]]:
    """The marks of each finding in the view."""
    back = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]
    found: dict[int, list[Mark]] = {}
    for mark in film.marks:
        points = ((np.array(mark.polygon) * 2 - 1) @ back[:, :2].T + back[:, 2] + 1) / 2
        moved = Mark(mark.finding, tuple((float(x), float(y)) for x, y in points), mark.box)
        found.setdefault(FINDINGS.index(mark.finding), []).append(moved)
    return found


def _tone(image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Gamma, contrast, brightness; a lower resolution and noise for half of the films each."""
    image = image.clamp(0, 1) ** float(np.exp(rng.normal(0, 0.25)))
    image = (image - 0.5) * float(np.exp(rng.normal(0, 0.15))) + 0.5 + float(rng.normal(0, 0.06))
    edge = image.shape[-1]
    if rng.random() < 0.5:
        low = int(rng.integers(160, 257))
        image = functional.interpolate(image, (low, low), mode="bilinear", antialias=True)
        image = functional.interpolate(image, (edge, edge), mode="bilinear")
    if rng.random() < 0.5:
        noise: Floats = rng.standard_normal(image.shape).astype(np.float32)
        image = image + float(rng.uniform(0, 0.03)) * torch.from_numpy(noise)
    return image.clamp(0, 1)


if __name__ == "__main__":
    fire.Fire(make)
