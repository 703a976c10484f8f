# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The two-sample test finds planted faults at the sizes where they show, and nothing where nothing is planted."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import ndimage

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.case import Case
from aurad_monai.evaluation.images import two_sample_test as module
from aurad_monai.evaluation.images.two_sample_test import (
    BLURRED,
    CODEC,
    FAMILY,
    NO_LETTERS,
    Features,
    PlainFeatures,
    TrunkFeatures,
    blurred,
    c2st_auroc,
    full_sizes,
    reconstruction,
    reduced,
    sizes_of,
    two_sample_test,
)
from aurad_monai.evaluation.measure import Batch, Measured

COUNT, EDGE = 40, 64
SIZES = (16, 32, EDGE)
"""A quarter of the sizes that users get, for speed."""


def pictures(count: int, seed: int) -> np.ndarray:
    """Two dark ellipses on gray with fine grain, all a little different, (count, 1, 64, 64)."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[-1:1:64j, -1:1:64j]
    made = []
    for _ in range(count):
        wide, high, shade = rng.uniform(0.25, 0.35), rng.uniform(0.5, 0.7), rng.uniform(0.25, 0.4)
        lungs = ((np.abs(columns) - 0.45) / wide) ** 2 + (rows / high) ** 2 < 1
        grain = ndimage.gaussian_filter(rng.standard_normal((EDGE, EDGE)), 0.6)
        made.append(0.65 - shade * lungs + 0.1 * grain)
    return np.clip(made, 0, 1).astype(np.float32)[:, None]


def measured(values: dict[str, Features]) -> Measured:
    """A set of these features."""
    count = len(next(iter(values.values())))
    return Measured(tuple(map(str, range(count))), values, "", {}, tuple(range(count)))


@pytest.fixture(scope="module")
def trunk() -> Iterator[TrunkFeatures]:
    bundle = open_bundle(bundles_root() / "cxr_expert_filter")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SIZES", SIZES)
        patch.setattr(module, "INPUT", EDGE)
        yield TrunkFeatures(bundle.get("findings_expert").network.backbone, "", sizes=SIZES)


@pytest.fixture(scope="module")
def real(trunk: TrunkFeatures) -> tuple[Measured, Measured]:
    """Held-out pictures, and others with their blurred copies."""
    held, other = pictures(COUNT, 0), pictures(COUNT, 1)
    fault = replace_name(trunk.of(blurred(other)), BLURRED)
    return measured(trunk.of(held)), measured({**trunk.of(other), **fault})


def replace_name(values: dict[str, Features], name: str) -> dict[str, Features]:
    """Features under another name."""
    return {key.replace(FAMILY, name): value for key, value in values.items()}


def by_size(rows: list) -> dict[int, float]:  # type: ignore[type-arg]
    """AUROC of the set by size."""
    return {size: next(r.value[0] for r in rows if r.group == "this set" and f" {size} " in r.name) for size in SIZES}


def test_features_tell_what_is_shifted_and_nothing_else() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.standard_normal((2, 120, 40))
    assert c2st_auroc(first, second)[0] < 0.65
    value, low, high = c2st_auroc(first, second + 1)
    assert low > 0.9 and low <= value <= high <= 1


def test_alike_sets_are_not_told_and_planted_faults_are(trunk: TrunkFeatures, real: tuple[Measured, Measured]) -> None:
    same = two_sample_test(measured(trunk.of(pictures(COUNT, 2))), *real)
    assert max(by_size(same).values()) < 0.8 and same[-1].value[0] > 0.95
    assert all(row.real[0] < 0.8 for row in same[:-1])
    coarse = pictures(COUNT, 3)
    coarse[:, :, 16:32, 20:36] += 0.3  # an error that a thumbnail shows
    found = by_size(two_sample_test(measured(trunk.of(coarse.clip(0, 1))), *real))
    assert min(found.values()) > 0.95
    assert by_size(two_sample_test(measured(trunk.of(blurred(pictures(COUNT, 4)))), *real))[EDGE] > 0.95


def test_a_blind_test_gives_no_verdict_and_few_images_none(
    trunk: TrunkFeatures, real: tuple[Measured, Measured]
) -> None:
    held, other = real
    blind = replace(other, values={**other.values, f"{BLURRED}/{EDGE}": other.values[f"{FAMILY}/{EDGE}"]})
    rows = two_sample_test(held, held, blind)
    assert math.isnan(rows[0].value[0]) and "void" in rows[0].note
    few = measured({key: value[:5] for key, value in held.values.items()})
    (row,) = two_sample_test(few, held, other)
    assert math.isnan(row.value[0]) and "needs" in row.note


def test_without_training_images_halves_of_the_reference_stand_beside(real: tuple[Measured, Measured]) -> None:
    held, other = real
    joined = {key: np.concatenate([other.values[key], other.values[key]]) for key in other.values}
    rows = two_sample_test(held, measured(joined))
    assert [row.count for row in rows] == [COUNT] * len(rows) and rows[-1].group == "slightly blurred real"


def test_a_codec_stands_beside_the_set(trunk: TrunkFeatures, real: tuple[Measured, Measured]) -> None:
    class Flat:
        """A codec that keeps the mean of an image."""

        latent_channels, factor = 1, EDGE

        def encode(self, data: torch.Tensor) -> torch.Tensor:
            return data.mean((2, 3), keepdim=True)

        def decode(self, latents: torch.Tensor) -> torch.Tensor:
            return latents.expand(-1, -1, EDGE, EDGE)

        def eval(self) -> Flat:
            return self

        def to(self, device: object) -> Flat:
            return self

    held, other = real
    seen = replace_name(trunk.of(reconstruction(Flat())(pictures(COUNT, 1))), CODEC)
    rows = two_sample_test(held, held, replace(other, values={**other.values, **seen}))
    codec = [row for row in rows if row.group.startswith("codec")]
    assert len(codec) == len(SIZES) and min(row.value[0] for row in codec) > 0.95


def test_letters_that_films_have_and_the_set_has_not_are_not_held_against_its_chests(trunk: TrunkFeatures) -> None:
    def films(seed: int) -> np.ndarray:
        images = pictures(COUNT, seed)
        images[:, :, 3:6, 56:60] = 1  # a marker
        return images

    def lungs(images: np.ndarray) -> np.ndarray:
        """Both ellipses, as an expert would see them."""
        found = np.zeros((len(images), 3, EDGE, EDGE), np.uint8)
        found[:, :2, 16:48, 8:56] = 1
        return found

    plain = PlainFeatures(trunk.trunk, lungs, "", SIZES)
    sets = []
    for seed in (0, 1):
        images = films(seed)
        seen = plain(Batch([Case(str(i), image=image) for i, image in enumerate(images)]))
        fault = replace_name(trunk.of(blurred(images)), BLURRED)
        sets.append(measured({**trunk.of(images), **seen, **fault}))
    rows = two_sample_test(measured(trunk.of(pictures(COUNT, 2))), *sets)
    found = {who: [r.value[0] for r in rows if r.group == who] for who in {row.group for row in rows}}
    assert min(found["this set"]) > 0.9 and min(found[NO_LETTERS]) > 0.9
    among = [row for row in rows if row.group == f"this set, among {NO_LETTERS}"]
    assert len(among) == len(SIZES) and max(row.real[0] for row in among) < 0.8
    assert max(row.value[0] for row in among[:2]) < 0.9  # at full size the places are too smooth


def test_all_sets_are_reduced_in_the_same_way() -> None:
    image = torch.rand(1, 1, 128, 128)
    small = torch.nn.functional.avg_pool2d(image, 2)
    assert torch.allclose(reduced(image, 32), reduced(small, 32), atol=1e-5)


def test_a_size_above_the_input_has_a_power_of_its_own(trunk: TrunkFeatures, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "INPUT", 32)
    assert full_sizes(SIZES) == (32, EDGE) and sizes_of(512) == (*SIZES, 512) and sizes_of(EDGE) == SIZES
    held, other, blind = trunk.of(pictures(COUNT, 0)), trunk.of(pictures(COUNT, 1)), trunk.of(pictures(COUNT, 5))
    faults = {f"{BLURRED}/{n}": trunk.of(blurred(pictures(COUNT, 1), n))[f"{FAMILY}/{n}"] for n in (32, EDGE)}
    rows = two_sample_test(measured(blind), measured(held), measured(other | faults))
    assert [row.value[0] > 0.95 for row in rows[-2:]] == [True, True] and all(row.value[0] < 0.8 for row in rows[:-2])
    unseen = {f"{BLURRED}/32": faults[f"{BLURRED}/32"], f"{BLURRED}/{EDGE}": other[f"{FAMILY}/{EDGE}"]}
    rows = two_sample_test(measured(blind), measured(held), measured(other | unseen))
    assert [math.isnan(row.value[0]) for row in rows[:3]] == [False, False, True] and "void" in rows[2].note


def test_a_codec_sees_its_own_frame_and_is_enlarged() -> None:
    class Mean:
        """A codec that keeps everything of 32 x 32 pixels and refuses others."""

        latent_channels, factor = 1, 1

        def encode(self, data: torch.Tensor) -> torch.Tensor:
            assert data.shape[-1] == 32
            return data

        def decode(self, latents: torch.Tensor) -> torch.Tensor:
            return latents

        def eval(self) -> Mean:
            return self

        def to(self, device: object) -> Mean:
            return self

    images = pictures(9, 0)
    small = images.reshape(9, 1, 32, 2, 32, 2).mean((3, 5))
    upsampler = torch.nn.Upsample(scale_factor=2)
    made = reconstruction(Mean(), upsampler, 32)(images)
    np.testing.assert_allclose(made, np.kron(small, np.ones((1, 1, 2, 2))), atol=1e-6)
    np.testing.assert_allclose(reconstruction(Mean(), upsampler, 32)(small.astype(np.float32)), small, atol=1e-6)
