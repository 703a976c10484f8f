# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Draw findings into a sampled radiograph exactly where its masks lie, by the transforms that insert lesions.

Takes a decoded image with the condition it was sampled with; gives the same image with the named findings drawn over
what the network painted there. Outside their masks, but for a soft border, the image stays as it is.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from monai.config import KeysCollection
from monai.transforms import MapTransform
from scipy import ndimage

from aurad_monai import vocabulary
from aurad_monai.errors import InputError
from aurad_monai.lesions.chest_tissue import BoolArray, ChestTissue
from aurad_monai.lesions.compose_lesions import LESION_TRANSFORMS
from aurad_monai.lesions.lesion_transform import SMALLEST_AREA, LesionTransformd, as_array, like

STRUCTURES = len(vocabulary.ANATOMY_NAMES)
STREAM = 0x1E51075
"""Set beside the entropy of a case, so that texture of lesions and noise of the network are independent."""


class DrawLesionsd(MapTransform):
    """Draw findings where the masks of a case say, each by its own lesion transform.

    A case holds the image (1, H, W) in [0, 1], `condition` (3 + findings, H, W), which the image was sampled with, and
    `entropy`, integers that seed what is random in a lesion.

    Args:
        keys: of images.
        findings: those to draw, the ones that the network alone does not show; none leaves images as they are.

    Raises:
        InputError: a finding that no transform draws.
    """

    def __init__(self, keys: KeysCollection, findings: Sequence[str] = ()) -> None:
        super().__init__(keys)
        known = [kind.finding for kind in LESION_TRANSFORMS]
        for name in findings:
            if name not in known:
                raise InputError("findings", name, ", ".join(known), "see aurad_monai/lesions")
        self.transforms = [kind() for kind in LESION_TRANSFORMS if kind.finding in findings]

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        case = dict(data)
        planes = as_array(case["condition"]) > 0.5
        for key in self.key_iterator(case):
            image = np.clip(as_array(case[key])[0].astype(np.float32), 0, 1)
            tissue = ChestTissue(image, planes[:STRUCTURES])
            drawn = self._drawn(tissue, planes[STRUCTURES:], as_array(case["entropy"]).tolist())
            if drawn is not tissue:
                case[key] = like(drawn.image[None], case[key])
        return case

    def _drawn(self, tissue: ChestTissue, pathology: BoolArray, entropy: Sequence[int]) -> ChestTissue:
        """The chest with all findings that its masks hold and that are to be drawn."""
        if not tissue.lungs.any():
            return tissue
        for transform in self.transforms:
            place = vocabulary.channel(transform.finding)
            regions = regions_of(pathology[place], tissue.unit)
            if regions:
                words = np.random.SeedSequence([STREAM, place, *entropy]).generate_state(4)
                tissue = tissue.with_image(drawn_by(transform, tissue, regions, words))
        return tissue


def drawn_by(transform: LesionTransformd, tissue: ChestTissue, regions: Sequence[BoolArray], words: Any) -> Any:
    """The image (H, W) float32 in [0, 1] of a transform whose state is seeded by `words`."""
    transform.set_random_state(state=np.random.RandomState(words))
    return np.clip(np.nan_to_num(transform.draw(tissue, regions)), 0, 1).astype(np.float32)


def regions_of(mask: BoolArray, unit: float) -> list[BoolArray]:
    """Connected parts of a mask (H, W) that are large enough to be lesions."""
    labels, count = ndimage.label(mask)
    parts = [np.asarray(labels == number + 1) for number in range(count)]
    return [part for part in parts if part.sum() >= SMALLEST_AREA * unit**2]
