# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What an export needs to know of a finished case; whoever made it, the pipeline or a test, is of no concern here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from aurad_monai.prompts.finding import ClinicalFindings


class ExportableCase(Protocol):
    """A case at the end of its way.

    Attributes:
        id: stem of the case's files, unique in a run.
        seed: integer from which the case's noise came.
        prompt: the user's text.
        findings: what the prompt asked for: the case's labels.
        image: (1, H, W) float32 in [0, 1], or None where no image was sampled.
        anatomy: (3, H, W) uint8 0/1 in the order of `ANATOMY_NAMES`.
        pathology: (findings, H, W) uint8 0/1 in the order of `FINDING_NAMES`.
        accepted: the verdict.
        reasons: why it was rejected; empty where accepted.
        scores: what the experts measured, by name.
    """

    @property
    def id(self) -> str: ...
    @property
    def seed(self) -> int: ...
    @property
    def prompt(self) -> str: ...
    @property
    def findings(self) -> ClinicalFindings: ...
    @property
    def image(self) -> npt.NDArray[np.floating[Any]] | None: ...
    @property
    def anatomy(self) -> npt.NDArray[np.uint8]: ...
    @property
    def pathology(self) -> npt.NDArray[np.uint8]: ...
    @property
    def accepted(self) -> bool: ...
    @property
    def reasons(self) -> Sequence[str]: ...
    @property
    def scores(self) -> Mapping[str, float]: ...
