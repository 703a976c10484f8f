# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings of one call of the pipeline: how its cases are sampled, in batches of what size, and how far they go.

In: numbers, checked at once. Out: a frozen object; no call leaves anything behind for the next.
"""

from __future__ import annotations

from dataclasses import dataclass

from aurad_monai.errors import InputError

DEFAULT_QUALITY = "default"


@dataclass(frozen=True)
class Settings:
    """How cases are generated.

    Args:
        num_inference_steps: network evaluations of each sampler; None as the quality says.
        guidance_scale: of classifier-free guidance; None as the quality says.
        quality: default or fast: steps and guidance as the bundles' configs have them.
        batch_size: cases sampled at once; changes speed, not cases.
        accept_all: generate images of rejected masks too.
        masks_only: stop after the mask and its checks.
        reject_repeats: reject an image that is a near duplicate of one accepted before it in the same call; False
            makes every case depend on itself alone.
        strict: reject a case with a finding that the filter cannot judge in its image.
        progress: show a bar.

    Raises:
        InputError: a number is out of range.
    """

    num_inference_steps: int | None = None
    guidance_scale: float | None = None
    quality: str = DEFAULT_QUALITY
    batch_size: int = 4
    accept_all: bool = False
    masks_only: bool = False
    reject_repeats: bool = True
    strict: bool = False
    progress: bool = True

    def __post_init__(self) -> None:
        for name, value in (("batch_size", self.batch_size), ("num_inference_steps", self.num_inference_steps)):
            if value is not None and value < 1:
                raise InputError(name, value, "at least 1")
        if self.strict and self.masks_only:
            raise InputError("strict", "masks only", "radiographs, in which findings can be judged", "leave one out")
