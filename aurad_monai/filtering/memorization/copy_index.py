# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Memorization check (training-data replication): an index of training radiographs, searched by similarity.

Takes an image with its anatomy masks; gives the id of the most similar training radiograph and their correlation.
Step 1 finds candidates by perceptual descriptors: exhaustive search in a small index, an inverted file (faiss, Johnson
et al., IEEE TBD 2019) in a large one. Step 2 registers the best candidates to the image, by cross-correlation over all
shifts at several scales, and compares them again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file
from scipy import fft

from aurad_monai.bundles.inventory import COPY_INDEX
from aurad_monai.errors import InputError
from aurad_monai.filtering.memorization.perceptual_descriptor import (
    EDGE,
    OFFSETS,
    WHOLE,
    Descriptors,
    Offset,
    descriptors,
    fine_structure,
    flipped,
    lung_box,
)

CANDIDATES = 20
"""Training images that are registered to an image, those whose descriptors are nearest."""
REFINED = 3
"""Registered ones that are compared once more."""
SHIFTS: tuple[Offset, ...] = tuple((dx, dy, 1.0) for dy in (-0.035, 0.0, 0.035) for dx in (-0.035, 0.0, 0.035))
"""At which the whole frame is looked up: where the lungs of a moved copy are found elsewhere, this finds it."""
SCALES = (0.86, 0.91, 0.96, 1.0, 1.04, 1.09, 1.14)
EXACT = 200_000
"""Descriptors up to which all are compared; more need faiss."""
CELLS, PROBED = 1024, 4
"""Cells of the inverted file, and those searched for a descriptor."""


FILE = COPY_INDEX
"""In `models/` of a filter bundle, and of an image bundle that a site has trained."""


@dataclass(frozen=True)
class Match:
    """The training image an image is most like: its id and the correlation of the two, at most 1."""

    id: str
    similarity: float


class CopyIndex:
    """Training radiographs, each as two descriptors: of its lungs and of the whole frame.

    Args:
        ids: of the training images.
        lungs: (N, LENGTH) descriptors of what lies around the lungs.
        frames: (N, LENGTH) descriptors of the whole frame.
        sets: hashes of the sets of images that were added one after another, where they are known.
    """

    def __init__(self, ids: Sequence[str], lungs: Descriptors, frames: Descriptors, sets: Sequence[str] = ()) -> None:
        if not len(ids) == len(lungs) == len(frames) or not len(ids):
            raise InputError(
                "copy_index", (len(ids), lungs.shape, frames.shape), "as many descriptors as ids, at least one"
            )
        self.ids, self.sets = list(ids), list(sets)
        self.lungs, self.frames = np.asarray(lungs, dtype=np.float32), np.asarray(frames, dtype=np.float32)
        self._cells: list[Any] | None = None

    @classmethod
    def from_file(cls, path: str | Path) -> CopyIndex:
        """Read what `save` wrote; InputError where it is not that."""
        try:
            with safe_open(path, framework="numpy") as stored:
                ids, sets = (json.loads(stored.metadata().get(key, "[]")) for key in ("ids", "sets"))
                return cls(ids, stored.get_tensor("lungs"), stored.get_tensor("frames"), sets)
        except (OSError, KeyError, ValueError, TypeError, SafetensorError) as error:
            raise InputError("copy_index", path, "a copy index (safetensors)", str(error)[:80]) from error

    def joined(self, other: CopyIndex) -> CopyIndex:
        """An index of the images of both."""
        lungs, frames = (np.concatenate(pair) for pair in ((self.lungs, other.lungs), (self.frames, other.frames)))
        return CopyIndex([*self.ids, *other.ids], lungs, frames, [*self.sets, *other.sets])

    def save(self, path: str | Path) -> None:
        """Write it in half precision: 1.4 KB a training image."""
        tensors = {"lungs": self.lungs.astype(np.float16), "frames": self.frames.astype(np.float16)}
        save_file(tensors, path, metadata={"ids": json.dumps(self.ids), "sets": json.dumps(self.sets)})

    def nearest(
        self, image: npt.NDArray[np.floating[Any]], anatomy: npt.NDArray[np.generic], exclude: Sequence[str] = ()
    ) -> Match:
        """The training image most like an image.

        Args:
            image: (1, H, W) in [0, 1].
            anatomy: (3, H, W), what the anatomy expert sees in it.
            exclude: ids that do not count, such as those of the same patient.
        """
        found = self._first_look(image, anatomy)
        found = {index: value for index, value in found.items() if self.ids[index] not in exclude}
        best = sorted(found, key=lambda index: -found[index])[:CANDIDATES]
        if not best:
            return Match("", 0.0)
        for index, offset, mirrored in self._registered(image, best):
            offsets = [(offset[0] + dx, offset[1] + dy, offset[2] * scale) for dx, dy, scale in _FINE_OFFSETS]
            tried = descriptors(image, WHOLE, offsets)
            similarity = float(((flipped(tried) if mirrored else tried) @ self.frames[index]).max())
            found[index] = max(found[index], similarity)
        most = max(best, key=lambda index: found[index])
        return Match(self.ids[most], found[most])

    def _first_look(self, image: npt.NDArray[np.floating[Any]], anatomy: npt.NDArray[np.generic]) -> dict[int, float]:
        """Similarity of the training images that come into question, by their index."""
        around = descriptors(image, lung_box(anatomy), OFFSETS)
        whole = descriptors(image, WHOLE, SHIFTS)
        queries = [np.concatenate([query, flipped(query)]) for query in (around, whole)]
        if len(self.ids) <= EXACT:
            similar = np.maximum((queries[0] @ self.lungs.T).max(axis=0), (queries[1] @ self.frames.T).max(axis=0))
            return dict(enumerate(similar.tolist()))
        found: dict[int, float] = {}
        for cells, query in zip(self._inverted_files(), queries, strict=True):
            similar, places = cells.search(query, CANDIDATES)
            for value, index in zip(similar.ravel().tolist(), places.ravel().tolist(), strict=True):
                if index >= 0:
                    found[index] = max(found.get(index, -1.0), value)
        return found

    def _inverted_files(self) -> list[Any]:
        """Built at the first search of a large index, kept after."""
        if self._cells is None:
            self._cells = [inverted_file(stored) for stored in (self.lungs, self.frames)]
        return self._cells

    def _registered(
        self, image: npt.NDArray[np.floating[Any]], candidates: Sequence[int]
    ) -> list[tuple[int, Offset, bool]]:
        """The candidates that fit best, each with the offset that lays the image on it, and whether it is mirrored."""
        tried = descriptors(image, WHOLE, [(0.0, 0.0, scale) for scale in SCALES])
        turned = fft.rfft2(fine_structure(np.concatenate([tried, flipped(tried)])))
        stored = np.conj(fft.rfft2(fine_structure(self.frames[list(candidates)])))
        fits = []
        for index, spectrum in zip(candidates, stored, strict=True):
            correlation = fft.irfft2(turned * spectrum, s=(EDGE, EDGE))
            place = np.unravel_index(int(correlation.argmax()), correlation.shape)
            variant, down, across = (int(value) for value in place)
            fits.append((float(correlation.max()), index, _offset(variant, down, across), variant >= len(SCALES)))
        return [fit[1:] for fit in sorted(fits, key=lambda fit: -fit[0])[:REFINED]]


_FINE_OFFSETS: tuple[Offset, ...] = (
    (0, 0, 1),
    *((dx, dy, scale) for dx in (-0.006, 0.006) for dy in (-0.006, 0.006) for scale in (0.985, 1.015)),
)


def _offset(variant: int, down: int, across: int) -> Offset:
    """From the place of a correlation's peak to the shift and scale of the cut-out that undoes it."""
    scale = SCALES[variant % len(SCALES)]
    dy, dx = ((value - EDGE if value > EDGE // 2 else value) / EDGE * scale for value in (down, across))
    return (-dx if variant >= len(SCALES) else dx), dy, scale


def inverted_file(stored: Descriptors) -> Any:
    """A faiss index over descriptors, a byte a number; the cells are learned from a part of them.

    Raises:
        InputError: faiss is not installed.
    """
    try:
        import faiss
    except ImportError as error:
        allowed = f"at most {EXACT} descriptors without faiss"
        raise InputError(
            "copy_index", f"{len(stored)} descriptors", allowed, "pip install aurad-monai[copies]"
        ) from error
    length = stored.shape[1]
    quantizer = faiss.IndexFlatIP(length)
    kind = faiss.ScalarQuantizer.QT_8bit
    cells = faiss.IndexIVFScalarQuantizer(quantizer, length, CELLS, kind, faiss.METRIC_INNER_PRODUCT)
    cells.train(stored[:: max(1, len(stored) // (40 * CELLS))])
    cells.add(stored)
    cells.nprobe = PROBED
    return cells
