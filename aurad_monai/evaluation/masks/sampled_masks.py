# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A mask with its anatomy and the requested findings, as the mask metrics take it; sampled or real."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aurad_monai import vocabulary
from aurad_monai.prompts.finding import ClinicalFindings

MIN_PIXELS = 9
"""Specks smaller than this, in a mask of 256 x 256, are neither a finding drawn nor one left out."""


@dataclass(frozen=True, eq=False)
class SampledMask:
    """One mask to be judged.

    Args:
        findings: what was asked for; None means "not given".
        pathology: (findings, H, W), 0 or 1.
        anatomy: (3, H, W), 0 or 1, both lungs present.
    """

    findings: ClinicalFindings | None
    pathology: npt.NDArray[np.uint8]
    anatomy: npt.NDArray[np.uint8]

    def shape(self, name: str) -> npt.NDArray[np.bool_]:
        """The mask of one finding (H, W); empty where only specks are drawn."""
        sampled = self.pathology[vocabulary.channel(name)] > 0
        return sampled if sampled.sum() >= self._least else np.zeros_like(sampled)

    @property
    def names(self) -> tuple[str, ...]:
        """The findings that are drawn."""
        sampled = self.pathology.reshape(len(self.pathology), -1).sum(axis=1, dtype=np.int64) >= self._least
        return tuple(name for name, there in zip(vocabulary.FINDING_NAMES, sampled, strict=True) if there)

    @property
    def _least(self) -> float:
        """Pixels of a finding that is more than a speck."""
        return float(MIN_PIXELS * max(self.pathology.shape[-1] / 256, 1.0) ** 2)

    @property
    def lungs(self) -> npt.NDArray[np.bool_]:
        """Both lungs (H, W)."""
        return np.asarray((self.anatomy[0] > 0) | (self.anatomy[1] > 0))

    def lung_frame(self) -> tuple[float, float, float, float]:
        """Top, left, height and width of the box around both lungs, in pixels."""
        rows, columns = np.nonzero(self.lungs)
        top, left = float(rows.min()), float(columns.min())
        return top, left, float(rows.max() - top + 1), float(columns.max() - left + 1)
