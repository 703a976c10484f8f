# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Experts for marked places: which places are looked at, and a head that learns what tells right from wrong ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from aurad_monai.experts.marked_findings import MarkedHead, MarkedNetwork
from recipes.experts.films import FINDINGS
from recipes.experts.marked import LEAST, OTHERS, Marked, Place, fitted, power_unseen, read_head, thresholds, unseen
from recipes.images.networks import STRUCTURES

MASS, SIZE = FINDINGS.index("mass"), 256


@pytest.fixture
def part(tmp_path: Path) -> Path:
    """Four films: 0 and 1 have a marked mass, 2 and 3 none; the lungs of 3 lie lower. 4 has no lungs."""
    masks = np.zeros((5, SIZE, SIZE), np.uint16)
    for film, top in enumerate((40, 40, 40, 80)):
        masks[film, top : top + 100, 40:100] |= 1
        masks[film, top : top + 100, 140:200] |= 2
    masks[:2, 60:80, 50:70] |= 1 << (STRUCTURES + MASS)
    present = np.zeros((5, len(FINDINGS)), np.uint8)
    present[:2, MASS] = 1
    np.save(tmp_path / "masks.npy", masks)
    for name in ("images", "extras"):
        np.save(tmp_path / f"{name}.npy", np.zeros((5, SIZE, SIZE), np.uint8))
    words = {
        "id": np.array([f"nih_{name}" for name in "abcde"]),
        "split": np.repeat("train", 5),
        "kind": np.repeat("boxes", 5),
    }
    known = {"native": np.repeat(512, 5), "given": present, "present": present, "context": np.zeros((5, 16, 36))}
    np.savez(tmp_path / "known.npz", **words, **known)
    return tmp_path


def test_marks_are_looked_at_on_their_films_and_on_others_without_the_finding(part: Path) -> None:
    films = Marked(str(part), "train")
    places = films.places([0, 1], np.random.default_rng(0))
    assert {place for place in places if place.right} == {Place(f, v, MASS, f) for f in (0, 1) for v in (0, 1)}
    wrong = [place for place in places if not place.right]
    assert {place.film for place in wrong} == {2, 3} and len(wrong) == 2 * min(OTHERS, 2)


@pytest.mark.parametrize(("key", "value"), [("id", "hann_c"), ("native", 300), ("kind", "no finding")])
def test_wrong_places_are_on_films_like_those_with_marks(key: str, value: object, part: Path) -> None:
    known = dict(np.load(part / "known.npz"))
    known[key] = known[key].astype(object)
    known[key][2] = value
    np.savez(part / "known.npz", **{**known, key: known[key].astype(str if key != "native" else int)})
    places = Marked(str(part), "train").places([0], np.random.default_rng(0))
    assert {place.film for place in places if not place.right} == {3}


def test_power_is_of_heads_and_thresholds_that_knew_neither_film_nor_mark() -> None:
    places = [Place(film, 0, MASS, film) for film in range(100)]
    places += [Place(film, 0, MASS, film + 100) for film in range(100)] + [Place(0, 1, MASS, 0)]
    logits = np.arange(201, dtype=np.float32) / 100
    logits[100:200] -= 1.5  # wrong ones: half of them are below the right ones
    ((name, wrong, rejected, right, kept),) = power_unseen(logits, places, 0.1)
    assert (name, wrong, right) == ("mass", 100, 100)
    assert 55 <= rejected <= 65 and 88 <= kept <= 92
    none = np.full(201, np.nan, np.float32)
    assert power_unseen(none, places, 0.1) == []


def test_a_place_moves_along_with_the_lungs(part: Path) -> None:
    films = Marked(str(part), "train")
    own, same, lower = (films.mask(Place(film, 0, MASS, 0)) for film in (0, 2, 3))
    assert np.array_equal(own, same) and np.array_equal(lower, np.roll(own, 40, axis=0))


def test_only_chosen_patients_teach(part: Path) -> None:
    films = Marked(str(part), "train", frozenset({"nih_a", "nih_c", "nih_d"}))
    assert {place.mark for place in films.places([0], np.random.default_rng(0))} == {0}


def test_thresholds_are_of_places_that_no_head_saw_and_none_of_rare_findings() -> None:
    rng, width = np.random.default_rng(0), MarkedHead("lite0").mean.numel()
    places = [Place(film, 0, MASS, film) for film in range(60)] + [
        Place(film, 0, MASS, film + 60) for film in range(60)
    ]
    places += [Place(film, 0, MASS - 1, film) for film in range(LEAST + 1)]  # too few are left in three folds of four
    features = rng.standard_normal((len(places), width)).astype(np.float32)
    features[:60, :200] += 1.5
    logits = unseen(features, places, "lite0")
    assert np.isfinite(logits[:60]).all() and np.isnan(logits[120:]).all()
    found = thresholds(logits, places, 0.1)
    chosen = found.pop("mass")
    assert chosen is not None and 0 < (logits[:60] < chosen).mean() <= 0.1
    assert set(found.values()) == {None}


def test_a_head_learns_what_tells_right_places_and_leaves_rare_findings(tmp_path: Path) -> None:
    rng, width = np.random.default_rng(0), MarkedHead("lite0").mean.numel()
    places = [Place(film, 0, MASS, film) for film in range(3 * LEAST)]
    places += [Place(film + 1, 0, MASS, film) for film in range(3 * LEAST)] + [Place(1, 0, MASS - 1, 1)]
    features = rng.standard_normal((len(places), width)).astype(np.float32)
    features[[place.right for place in places], :200] += 1.5
    head = fitted(features, places, "lite0")
    logits = head(torch.from_numpy(features)).detach().numpy()
    right = np.array([place.right for place in places])[:-1]
    assert logits[:-1, MASS][right].min() > logits[:-1, MASS][~right].max()
    assert head.known.sum() == 1 and not logits[:, MASS - 1].any()
    network = MarkedNetwork("lite0")
    network.head.load_state_dict(head.state_dict())
    torch.save(network.state_dict(), tmp_path / "marked.pt")
    again = read_head(str(tmp_path / "marked.pt"), "lite0")
    assert torch.equal(again.linear.weight, head.linear.weight)
