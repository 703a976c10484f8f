# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Experts that look at the radiographs of a site: anatomy, findings, and the gate that asks whether it is a chest.

Takes a filter bundle, and names of published networks in its experts' place; gives what they see in a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.errors import InputError
from aurad_monai.experts.findings import FindingsExpert
from aurad_monai.experts.published_anatomy import PSPNetExpert
from aurad_monai.experts.xrayvision import XrayVisionExpert
from aurad_monai.filtering.criteria.criterion import ExpertPredictions
from aurad_monai.filtering.gate import Gate
from aurad_monai.vocabulary import FINDING_NAMES

BUILT_IN = "built_in"


@dataclass(frozen=True)
class Sure:
    """From which score on a finding that no label speaks of counts as seen.

    Args:
        threshold: least score of the image.
        precision: share of radiographs above it that have the finding, where they are as frequent as `prior`.
        prior: share of radiographs with the finding among those it was measured on.
    """

    threshold: float
    precision: float
    prior: float


@dataclass(frozen=True)
class Seen:
    """What is seen in a radiograph: by those who make its masks, and by the gate."""

    predictions: ExpertPredictions
    gate: ExpertPredictions


@dataclass(frozen=True)
class Experts:
    """Who looks at the radiographs.

    Args:
        gate: asks whether a radiograph is one of a chest; segments with the built-in anatomy expert.
        findings: says where each finding is.
        anatomy: segments lungs and cardiomediastinum in the place of the gate's expert.
        presence: says which findings are there, in the place of `findings` where it knows one.
        sure: findings that may be taken from the expert alone.
    """

    gate: Gate
    findings: FindingsExpert
    anatomy: Callable[[npt.NDArray[np.float32]], npt.NDArray[np.uint8]] | None = None
    presence: XrayVisionExpert | None = None
    sure: Mapping[str, Sure] = field(default_factory=dict)

    @classmethod
    def from_bundle(
        cls, bundle_root: str | Path, device: str = "cpu", anatomy: str = BUILT_IN, findings: str = BUILT_IN
    ) -> Experts:
        """The experts of a filter bundle, with those of torchxrayvision in their place where they are named.

        Raises:
            InputError: no such expert, or its weights are not in the user's cache.
        """
        import torch

        bundle = open_bundle(bundle_root, device=torch.device(device))
        return cls(
            bundle.get("filter").gate,
            bundle.get("findings_expert"),
            None if anatomy == BUILT_IN else _published_anatomy(anatomy, device),
            None if findings == BUILT_IN else XrayVisionExpert(findings, device=device),
            read_sure(bundle.parser.get("precision_thresholds", None) or {}),
        )

    def look(self, images: npt.NDArray[np.float32]) -> list[Seen]:
        """What they see in images (B, 1, H, W)."""
        gate = self.gate.see(images)
        anatomy = [item.anatomy for item in gate] if self.anatomy is None else self.anatomy(images)
        maps = self.findings(images)
        scores = self.findings.scores(maps)
        if self.presence:
            said = self.presence(images)
            scores = np.where(np.isnan(said), scores, said)
        seen = [ExpertPredictions(*item) for item in zip(anatomy, maps, scores, strict=True)]
        return [Seen(*both) for both in zip(seen, gate, strict=True)]


def read_sure(table: Mapping[str, Mapping[str, Any] | None]) -> dict[str, Sure]:
    """The entry `precision_thresholds` of a filter bundle, without the findings the expert is never sure of (null).

    Raises:
        InputError: it is not of this form.
    """
    try:
        return {name: Sure(**row) for name in FINDING_NAMES if (row := table.get(name)) is not None}
    except (TypeError, AttributeError) as error:
        allowed = "finding to threshold, precision and prior, or null"
        raise InputError("precision_thresholds", str(error)[:80], allowed, "restore the bundle") from error


def _published_anatomy(name: str, device: str) -> PSPNetExpert:
    if name != "pspnet":  # CXAS is for uses that are not commercial only, so it is no flag away
        raise InputError("anatomy_expert", name, f"{BUILT_IN}, pspnet", "see docs/reference/prepare.md")
    return PSPNetExpert(device=device)
