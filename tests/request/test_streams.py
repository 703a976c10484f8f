# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Streams of random numbers: the same for the same arguments on any machine, and no two alike."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from aurad_monai.request.streams import Stream, entropy, generator

PACKAGE = Path(__file__).parents[2] / "aurad_monai"


def test_each_stream_seed_and_text_gives_numbers_of_its_own() -> None:
    made = [entropy(stream, seed, text) for stream in Stream for seed in (0, 1) for text in ("", "mass", "effusion")]
    assert len(set(made)) == len(made)
    draws = [float(generator(stream, 3, "mass").random()) for stream in Stream]
    assert len(set(draws)) == len(draws) and draws[0] == float(generator(Stream.MASK, 3, "mass").random())


def test_what_a_seed_means_never_changes() -> None:
    assert [(stream.name, int(stream)) for stream in Stream] == [
        ("MASK", 0),
        ("IMAGE", 1),
        ("ANATOMY", 2),
        ("DEMOGRAPHICS", 3),
        ("ATTRIBUTES", 4),
        ("FINDINGS", 5),
        ("PROMPTS", 8),
    ]
    assert entropy(Stream.IMAGE, 7) == (7, 1)
    assert entropy(Stream.MASK, 7, "mass") == (7, 0, 1082434347, 2612677450, 63991588, 3992094147)
    assert all(np.int64(number) == number for number in entropy(Stream.MASK, 2**63 - 1, "mass"))


def test_nothing_else_in_the_package_seeds_a_generator_of_a_case() -> None:
    """Metrics may draw as they like; what a case is made of comes from the streams alone."""
    seeded = re.compile(r"default_rng\(\s*[\[(]")
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if seeded.search(path.read_text(encoding="utf-8"))
    }
    assert not {name for name in found if not name.startswith("evaluation/")}
