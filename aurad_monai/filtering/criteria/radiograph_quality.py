# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Criterion: the image is as sharp as a radiograph, and no stranger to an expert that knows radiographs."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from aurad_monai.filtering.copies.radiograph_space import RadiographSpace
from aurad_monai.filtering.criteria.criterion import JudgedCase, Judgement, Sight, not_judged


def sharpness(image: npt.NDArray[np.floating[Any]]) -> float:
    """Share of an image's contrast that is finer than 1% of its edge, by standard deviations, in its picture.

    Args:
        image: (1, H, W); black border counts for nothing.
    """
    picture = np.asarray(image[0], dtype=np.float32)
    inside = ndimage.minimum_filter(picture > 0.02, 5)
    if inside.mean() < 0.05:
        return 0.0
    fine = picture - ndimage.gaussian_filter(picture, 0.01 * picture.shape[-1])
    return float(fine[inside].std() / max(picture[inside].std(), 1e-6))


class RadiographQuality:
    """Sharpness, and distance from radiographs in the features of the anatomy expert.

    Args:
        space: fitted to real radiographs; None leaves the distance unjudged.
        least_sharpness: see `sharpness`.
        most_sharpness: above it there is noise.
        most_distance: see `RadiographSpace.distance`; None leaves it unjudged.
    """

    name = "radiograph_quality"

    def __init__(
        self,
        space: RadiographSpace | None = None,
        least_sharpness: float = 0.0,
        most_sharpness: float = 1.0,
        most_distance: float | None = None,
    ) -> None:
        self.space = space
        self.least_sharpness, self.most_sharpness = least_sharpness, most_sharpness
        self.most_distance = most_distance

    def judge(self, case: JudgedCase, sight: Sight | None) -> list[Judgement]:
        """A judgement each of too little fine structure, too much of it, and of the distance."""
        if sight is None or case.image is None:
            return [not_judged(self.name, "the experts cannot look at this image")]
        found = sharpness(case.image)
        return [self._least(found), self._most(found), self._distance(sight)]

    def _least(self, found: float) -> Judgement:
        passed = found >= self.least_sharpness
        reason = f"the image is {'sharp' if passed else 'blurred'}: {found:.3f} of its contrast is fine"
        reason += f" (least {self.least_sharpness:.3f})"
        return Judgement(f"{self.name}.sharp", found, self.least_sharpness, passed, reason)

    def _most(self, found: float) -> Judgement:
        passed = found <= self.most_sharpness
        reason = f"the image is {'not ' if passed else ''}noisy: {found:.3f} of its contrast is fine"
        reason += f" (at most {self.most_sharpness:.3f})"
        return Judgement(f"{self.name}.quiet", found, self.most_sharpness, passed, reason)

    def _distance(self, sight: Sight) -> Judgement:
        criterion = f"{self.name}.distance"
        if self.space is None or self.most_distance is None or sight.features is None:
            return not_judged(criterion, "no features, no fitted space or no calibrated threshold")
        found = self.space.distance(sight.features)
        passed = found <= self.most_distance
        verb = "looks like" if passed else "is unlike"
        reason = f"the image {verb} the radiographs the expert knows: distance {found:.2f}"
        return Judgement(
            criterion, found, self.most_distance, passed, f"{reason} (at most {self.most_distance:.2f}, mean 1)"
        )
