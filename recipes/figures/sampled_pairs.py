# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Radiographs sampled from the masks of prepared pairs, on which the figures of the image bundle are measured.

Takes the folder of a datalist of pairs and the image model; gives images (B, 1, H, W), a batch at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.diffusion.sample import AS_CONFIGURED, DiffusionModel, SampleSettings, sample
from aurad_monai.io.datalist import read_datalist
from aurad_monai.io.load_case import LoadCased
from aurad_monai.request.conditions import ImageConditiond
from aurad_monai.request.streams import Stream, entropy

Images = npt.NDArray[np.float32]
WITH_MASKS = ("normal", "composed")
EDGE = 256
"""Of prepared radiographs and masks, in pixels."""


def open_model(name: str) -> DiffusionModel:
    """The shipped diffusion bundle of that name, on the CPU, at the edge of prepared data."""
    return DiffusionModel.from_bundle(open_bundle(bundles_root() / name, device="$torch.device('cpu')", size=EDGE))


def sampled_pairs(pairs: str, split: str, count: int, kinds: Sequence[str] = WITH_MASKS) -> list[Any]:
    """`count` random cases of a split and of some kinds, as their datalist has them."""
    listed = {case["id"]: case for case in read_datalist(pairs, split) if case["kind"] in kinds}
    cases = list(listed.values())
    return [cases[i] for i in np.random.default_rng(0).permutation(len(cases))[:count]]


def loaded_pairs(pairs: str, split: str, count: int) -> list[Any]:
    """The same with image, anatomy and pathology."""
    return [LoadCased(["image", "anatomy", "pathology"])(case) for case in sampled_pairs(pairs, split, count)]


def generate_images(
    model: DiffusionModel,
    cases: Sequence[Any],
    batch: int = 8,
    seed: int = 0,
    settings: SampleSettings = AS_CONFIGURED,
) -> Iterator[Images]:
    """Images (B, 1, H, W) in [0, 1] of loaded or conditioned cases; case i has the noise of `seed` + i."""
    for first in range(0, len(cases), batch):
        part = [case if "condition" in case else ImageConditiond()(case) for case in cases[first : first + batch]]
        numbers = [entropy(Stream.IMAGE, seed + first + index) for index in range(len(part))]
        yield np.stack(sample(model, part, numbers, settings))
