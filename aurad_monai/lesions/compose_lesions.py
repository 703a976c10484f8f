# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Lesion insertion: blends several findings into a normal radiograph, sampled by their co-occurrence in patients.

Takes an image and its anatomy; gives the image with lesions and the exact pathology mask (findings, H, W).
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
from monai.config import KeysCollection
from monai.transforms import MapTransform, RandomizableTransform

from aurad_monai import lesions, vocabulary
from aurad_monai.errors import InputError
from aurad_monai.lesions.lesion_shapes import LesionRecord, LesionShapes
from aurad_monai.lesions.lesion_transform import DEFAULT_KEYS, LesionTransformd, apply, read_case, write_case
from aurad_monai.vocabulary import FINDING_NAMES


def _lesion_transforms() -> tuple[type[LesionTransformd], ...]:
    """The lesion transforms of all modules of this folder, in the `insertion_order` of their findings."""
    modules = [info.name for info in pkgutil.iter_modules(lesions.__path__, f"{lesions.__name__}.")]
    found = {
        kind
        for module in modules
        if module != __name__
        for kind in vars(importlib.import_module(module)).values()
        if isinstance(kind, type) and issubclass(kind, LesionTransformd) and "finding" in vars(kind)
    }
    return tuple(sorted(found, key=lambda kind: vocabulary.finding(kind.finding).insertion_order))


LESION_TRANSFORMS = _lesion_transforms()
"""One a finding, in the order in which they are applied; a new module of this folder is found by itself."""


class ComposeLesionsd(RandomizableTransform, MapTransform):
    """Compose the findings of one outlined radiograph, with its own shapes, into a normal one.

    Args:
        shapes: library of outlined radiographs.
        keys: image (1, H, W) in [0, 1], anatomy (3, H, W), pathology (findings, H, W) or absent; in this order.
        most: the largest number of findings; a radiograph with more loses some at random.
        balance: how often the radiograph is chosen through a finding drawn evenly, so that rare findings occur;
            0 follows the library's own frequencies.
        findings: draw only these.
        prob: probability that a case gets any lesion.
        mirror_prob: probability that the shapes of a case change sides.

    Raises:
        InputError: an unknown finding, or one the library does not hold.
    """

    def __init__(
        self,
        shapes: LesionShapes,
        keys: KeysCollection = DEFAULT_KEYS,
        most: int = 4,
        balance: float = 0.5,
        findings: tuple[str, ...] | None = None,
        prob: float = 1.0,
        mirror_prob: float = 0.3,
    ) -> None:
        RandomizableTransform.__init__(self, prob)
        MapTransform.__init__(self, keys)
        self.shapes, self.most, self.balance, self.mirror_prob = shapes, most, balance, mirror_prob
        held = tuple(name for name in FINDING_NAMES if any(name in record.findings for record in shapes.records))
        self.findings = tuple(findings) if findings else held
        for name in self.findings:
            if name not in held:
                raise InputError("findings", name, ", ".join(held))
        self.transforms = {kind.finding: kind(shapes, keys) for kind in LESION_TRANSFORMS}

    def set_random_state(self, seed: int | None = None, state: np.random.RandomState | None = None) -> ComposeLesionsd:
        """Seed this transform and every lesion transform in it."""
        super().set_random_state(seed, state)
        for transform in self.transforms.values():
            transform.set_random_state(seed=int(self.R.randint(2**31)))
        return self

    def draw_record(self) -> tuple[LesionRecord, tuple[str, ...]]:
        """A radiograph of the library and the findings to take from it."""
        wanted = self.findings[self.R.randint(len(self.findings))]
        candidates = self.shapes.with_finding(wanted) if self.R.rand() < self.balance else self.shapes.records
        record = candidates[self.R.randint(len(candidates))]
        present = [name for name in record.findings if name in self.findings]
        chosen = {present[index] for index in self.R.permutation(len(present))[: self.most]}
        if candidates is not self.shapes.records and wanted not in chosen:
            chosen = {wanted, *sorted(chosen)[1:]}
        return record, tuple(kind.finding for kind in LESION_TRANSFORMS if kind.finding in chosen)

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Compose one case; draws again, a few times, when nothing of a radiograph fits this chest."""
        self.randomize(None)
        tissue, pathology = read_case(data, self.keys)
        before = pathology
        for _ in range(5 if self._do_transform else 0):
            record, names = self.draw_record()
            mirror = bool(self.R.rand() < self.mirror_prob)
            for name in names:
                transform = self.transforms[name]
                regions = transform.fit(tissue, record.of(name), mirror)
                if regions:
                    tissue, pathology = apply(transform, tissue, regions, pathology)
            if pathology is not before:
                break
        return write_case(data, self.keys, tissue, pathology)
