# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Radiographs painted from the masks of prepared pairs: what the figures of the image bundle are measured on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from aurad_monai.diffusion.inferer import seeded_noise
from aurad_monai.io.datalist import read_datalist
from aurad_monai.io.load_case import LoadCased
from aurad_monai.request.conditions import ImageConditiond
from aurad_monai.request.streams import Stream

Images = npt.NDArray[np.float32]
Sampler = Callable[[Any, list[Any], torch.Tensor], torch.Tensor]
WITH_MASKS = ("normal", "composed")


def drawn_pairs(pairs: str, split: str, count: int, kinds: Sequence[str] = WITH_MASKS) -> list[Any]:
    """`count` cases of a split and of some kinds, drawn at random, as their datalist has them."""
    listed = {case["id"]: case for case in read_datalist(pairs, split) if case["kind"] in kinds}
    cases = list(listed.values())
    return [cases[i] for i in np.random.default_rng(0).permutation(len(cases))[:count]]


def loaded_pairs(pairs: str, split: str, count: int) -> list[Any]:
    """The same with image, anatomy and pathology."""
    return [LoadCased(["image", "anatomy", "pathology"])(case) for case in drawn_pairs(pairs, split, count)]


def stacked(cases: Sequence[Any]) -> dict[str, torch.Tensor]:
    """Condition and context of cases as a batch."""
    return {key: torch.stack([case[key] for case in cases]) for key in ("condition", "context")}


def by_us(bundle: Any, cases: Sequence[Any], noise: torch.Tensor) -> torch.Tensor:
    """What the bundle's inferer makes of noise."""
    made: torch.Tensor = bundle.get("inferer")(noise, bundle.get("network"), **stacked(cases))
    return made


def painted(
    bundle: Any, cases: Sequence[Any], batch: int = 8, sampler: Sampler = by_us, seed: int = 0
) -> Iterator[Images]:
    """Images (B, 1, H, W) in [0, 1] of loaded or conditioned cases; case i has the noise of `seed` + i."""
    for first in range(0, len(cases), batch):
        part = [case if "condition" in case else ImageConditiond()(case) for case in cases[first : first + batch]]
        seeds = range(seed + first, seed + first + len(part))
        noise = seeded_noise(seeds, bundle.get("latent_shape"), Stream.IMAGE)
        yield sampler(bundle, part, noise).clamp(0, 1).numpy()
