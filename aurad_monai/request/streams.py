# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Named streams of random numbers: each choice about a case has its own, so that none disturbs another.

In: stream, seed of the case and, where the prompt matters, its text. Out: entropy, or a NumPy generator of it.
"""

from __future__ import annotations

import hashlib
from enum import IntEnum

import numpy as np

WORDS = 4
"""Words of 32 bits that a text adds to the entropy of a stream."""


class Stream(IntEnum):
    """What is sampled for a case; the numbers are part of what a seed means and stay as they are."""

    MASK = 0
    """Noise of the pathology mask: of seed and prompt."""
    IMAGE = 1
    """Noise of the radiograph: of seed and prompt, of the seed alone where masks are given."""
    ANATOMY = 2
    """Lungs and cardiomediastinum: of seed and prompt."""
    DEMOGRAPHICS = 3
    """View, sex and age: of the seed and the names of the findings."""
    ATTRIBUTES = 4
    """Side, zone and size of each finding: of the seed and the names of the findings."""
    FINDINGS = 5
    """Which findings occur together, where the prompt names none: of the seed."""
    PROMPTS = 8
    """Prompts of a plan that gives a distribution: of the seed of the plan."""


def entropy(stream: Stream, seed: int, text: str = "") -> tuple[int, ...]:
    """Integers for `numpy.random.default_rng`: seed, stream and the first words of the SHA-256 of a text, if any."""
    if not text:
        return seed, int(stream)
    digest = hashlib.sha256(text.encode()).digest()
    words = (int.from_bytes(digest[4 * i : 4 * i + 4], "big") for i in range(WORDS))
    return seed, int(stream), *words


def generator(stream: Stream, seed: int, text: str = "") -> np.random.Generator:
    """The generator of a stream."""
    return np.random.default_rng(entropy(stream, seed, text))
