# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Perceptual descriptors of the images that one run has kept so far, to find near duplicates among them.

In: descriptors with ids, one at a time. Out: the nearest of them to another descriptor.
"""

from __future__ import annotations

import numpy as np

from aurad_monai.filtering.memorization.perceptual_descriptor import LENGTH, Descriptors, flipped

FIRST_ROOM = 64


class KeptImages:
    """Descriptors in one array that doubles when it is full, so that adding one costs the same in any run."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._descriptors: Descriptors = np.empty((FIRST_ROOM, LENGTH), dtype=np.float32)

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, name: str, descriptor: Descriptors) -> None:
        """Remember the descriptor (1, LENGTH) of a kept image."""
        if len(self._ids) == len(self._descriptors):
            self._descriptors = np.concatenate([self._descriptors, np.empty_like(self._descriptors)])
        self._descriptors[len(self._ids)] = descriptor[0]
        self._ids.append(name)

    def nearest(self, descriptor: Descriptors) -> tuple[float, str]:
        """Highest correlation with a kept image, mirrored or not, and its id; 0 and no id where none is kept."""
        if not self._ids:
            return 0.0, ""
        similar = self._descriptors[: len(self._ids)] @ np.concatenate([descriptor, flipped(descriptor)]).T
        best = int(similar.max(axis=1).argmax())
        return float(similar[best].max()), self._ids[best]
