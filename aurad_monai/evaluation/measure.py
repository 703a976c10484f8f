# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Per-case measurements of a set: experts and encoders run once over all images, in chunks, with a cache on disk.

Takes a set of cases and measures; gives arrays (N, ...) by name. Memory does not grow with the set.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from aurad_monai.case import Case
from aurad_monai.errors import InputError
from aurad_monai.files import whole_file
from aurad_monai.io.case_set import CaseSet

Arrays = dict[str, npt.NDArray[Any]]
CHUNK = 32
"""Cases in memory at once."""


@dataclass
class Batch:
    """Some cases with images, and what experts saw in them, so that each looks once.

    Args:
        cases: their images are not None.
    """

    cases: Sequence[Case]
    _predictions: dict[int, Any] = field(default_factory=dict)

    @property
    def images(self) -> npt.NDArray[np.float32]:
        """(B, 1, H, W) in [0, 1]."""
        return np.clip(np.stack([np.asarray(case.image, dtype=np.float32) for case in self.cases]), 0, 1)

    def predictions(self, expert: Callable[[npt.NDArray[np.float32]], Any]) -> Any:
        """What an expert says of the images, asked once."""
        if id(expert) not in self._predictions:
            self._predictions[id(expert)] = expert(self.images)
        return self._predictions[id(expert)]


class Measure(Protocol):
    """Something to be measured of every case.

    Attributes:
        identity: changes whenever the numbers could: names, weights, settings. What is cached is found by it.
    """

    identity: str

    def __call__(self, batch: Batch) -> Mapping[str, npt.NDArray[Any]]:
        """Arrays (B, ...) by name."""
        ...


@dataclass(frozen=True)
class Measured:
    """What is known of a set after one look.

    Args:
        ids: of the cases measured.
        values: arrays (N, ...) by name.
        digest: of all images, masks and prompts measured, in order.
        faults: why other cases could not be read, by id.
        indices: of the cases measured, in their set.
    """

    ids: tuple[str, ...]
    values: Arrays
    digest: str
    faults: Mapping[str, str]
    indices: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.ids)


def measure(
    cases: CaseSet, measures: Sequence[Measure], name: str, cache: Path | None = None, chunk: int = CHUNK
) -> Measured:
    """Apply measures to all readable cases of a set.

    Args:
        cases: read in order, `chunk` at a time.
        measures: with different names of arrays.
        name: of the set, for the bar.
        cache: folder where the numbers of each chunk and measure are kept under the hash of both; an interrupted
            evaluation goes on from there, and another one of the same images takes from there what it shares.
        chunk: cases in memory at once.

    Raises:
        InputError: no case can be read.
    """
    parts: list[Arrays] = []
    found: list[tuple[int, str]] = []
    faults: dict[str, str] = {}
    digest = hashlib.sha256()
    for first, read in _chunks(cases, name, chunk):
        usable = [(first + i, case) for i, case in enumerate(read) if case.image is not None]
        faults |= {case.id: case.fault or "it has no image" for case in read if case.image is None}
        if not usable:
            continue
        content = _digest([case for _, case in usable])
        digest.update(content.encode())
        batch, part = Batch([case for _, case in usable]), Arrays()
        for measured in measures:
            key = hashlib.sha256(f"{measured.identity} {content}".encode()).hexdigest()
            part |= _cached(None if cache is None else cache / f"{key}.npz", batch, measured)
        parts.append(part)
        found += [(index, case.id) for index, case in usable]
    if not parts:
        raise InputError("folder", name, "a set with images that can be read", next(iter(faults.values()), ""))
    values = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    return Measured(
        tuple(case for _, case in found), values, digest.hexdigest(), faults, tuple(index for index, _ in found)
    )


def _chunks(cases: CaseSet, name: str, size: int) -> Iterator[tuple[int, list[Case]]]:
    with tqdm(total=len(cases), desc=name, unit="case", mininterval=2) as bar:
        for first in range(0, len(cases), size):
            read = [cases[index] for index in range(first, min(first + size, len(cases)))]
            yield first, read
            bar.update(len(read))


def _cached(file: Path | None, batch: Batch, measured: Measure) -> Arrays:
    if file is not None and file.is_file():
        try:
            with np.load(file, allow_pickle=False) as stored:
                return dict(stored)
        except (OSError, ValueError, EOFError, KeyError):
            pass  # torn or not ours: measured anew
    values = {key: np.asarray(value) for key, value in measured(batch).items()}
    if file is not None:
        with whole_file(file) as partial:
            np.savez(partial, allow_pickle=False, **values)
    return values


def _digest(cases: Sequence[Case]) -> str:
    digest = hashlib.sha256()
    for case in cases:
        digest.update(repr((case.id, case.findings)).encode())
        for array in (case.image, case.anatomy, case.pathology):
            digest.update(
                b"none" if array is None else str(array.shape).encode() + np.ascontiguousarray(array).tobytes()
            )
    return digest.hexdigest()
