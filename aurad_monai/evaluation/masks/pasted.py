# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Baseline for learned masks: for each requested finding a real training mask of it, chosen at random and pasted.

Takes requested findings with anatomy and real masks (findings, H, W); gives masks.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from aurad_monai import vocabulary
from aurad_monai.evaluation.masks.sampled_masks import SampledMask


def paste(
    requested: Sequence[SampledMask], source: Sequence[npt.NDArray[np.uint8]], seed: int = 0
) -> list[SampledMask]:
    """Masks for the same prompts and chests, pasted from real ones.

    Args:
        requested: whose findings and anatomy are taken.
        source: (findings, H, W) real training masks; each finding comes, where it was drawn, from one of them.
        seed: of the choice.
    """
    rng = np.random.default_rng(seed)
    having = [[m for m in source if m[channel].any()] for channel in range(len(vocabulary.FINDINGS))]
    pasted = []
    for mask in requested:
        pathology = np.zeros_like(mask.pathology)
        named = {vocabulary.channel(item.name) for item in mask.findings.present} if mask.findings else ()
        for channel in sorted(named):
            if having[channel]:
                pathology[channel] = having[channel][int(rng.integers(len(having[channel])))][channel]
        pasted.append(SampledMask(mask.findings, pathology, mask.anatomy))
    return pasted


def paste_freely(
    masks: Sequence[SampledMask], source: Sequence[npt.NDArray[np.uint8]], seed: int = 0
) -> list[SampledMask]:
    """Masks without a prompt: each finding appears as often as in `source`, whatever else is there, and is pasted."""
    rng = np.random.default_rng([seed, 1])
    rates = np.mean([[channel.any() for channel in mask] for mask in source], axis=0)
    having = [[m for m in source if m[channel].any()] for channel in range(len(vocabulary.FINDINGS))]
    pasted = []
    for mask in masks:
        pathology = np.zeros_like(mask.pathology)
        for channel in np.flatnonzero(rng.random(len(rates)) < rates):
            pathology[channel] = having[channel][int(rng.integers(len(having[channel])))][channel]
        pasted.append(SampledMask(None, pathology, mask.anatomy))
    return pasted
