# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Strays are named with their reason, and unusual frontal films are kept.

In go measures of films that were looked at, and drawn frames; out come reasons and measures.
"""

import numpy as np
import pytest

from recipes.experts.strays import NO_LUNG, SIDEWAYS, TURNED, Look, look

FILMS = {
    "lateral": ((0.14, -0.19, 11.2, (0.06, 0.26), (0.31, 0.62, 0.55)), SIDEWAYS),
    "upside down": ((-0.66, 0.29, 10.2, (0.07, 0.05), (0.66, 0.68, 0.43)), TURNED),
    "a film on a film": ((0.31, 0.65, 12.0, (0.04, 0.05), (0.47, 0.48, 0.53)), NO_LUNG),
    "a chest far from the tube": ((0.51, 0.88, 9.4, (0.04, 0.05), (0.24, 0.25, 0.26)), ""),
    "a portable film with one white lung": ((0.15, -0.47, 8.6, (0.07, 0.23), (0.29, 0.61, 0.62)), ""),
}


@pytest.mark.parametrize("name", FILMS)
def test_a_film_is_named_by_what_is_wrong_with_it(name: str) -> None:
    (upright, symmetry, lonely, lungs, heights), reason = FILMS[name]
    seen = Look(*(np.array([value], np.float32) for value in (upright, symmetry, lonely, lungs, heights)))
    assert seen.reason(0) == reason


def test_a_turned_film_and_one_without_neighbors_are_measured_so() -> None:
    rng = np.random.default_rng(0)
    film = np.linspace(0, 255, 64, dtype=np.float32)[:, None] + np.zeros(64, np.float32)
    frames = np.stack([film + rng.normal(0, 5, film.shape) for _ in range(200)]).astype(np.float32)
    frames[3] = frames[3][::-1]
    features = rng.normal(0, 1, (200, 100)).astype(np.float32)
    features[5] += 20
    anatomy = np.zeros((200, 3, 64, 64), np.float32)
    anatomy[:, :2, 16:48, 16:24] = 1
    seen = look(frames, features, anatomy)
    assert int(seen.upright.argmin()) == 3 and seen.upright[3] < -0.5 and seen.upright[0] > 0.5
    assert int(seen.lonely.argmax()) == 5
    assert np.allclose(seen.lungs, 0.0625) and np.allclose(seen.heights[:, :2], 0.492, atol=0.01)
