# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The findings of a prepared radiograph: of its masks where they are known, of labels and text where they are not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from aurad_monai.anatomy.findings_from_masks import findings_from_masks
from aurad_monai.datasets.pseudo_masks import PseudoMasks
from aurad_monai.datasets.read_record import Decoded
from aurad_monai.prompts.context import TOKENS
from aurad_monai.prompts.finding import ClinicalFindings, Finding, declare_absent


def case_findings(decoded: Decoded, made: PseudoMasks, anatomy: npt.NDArray[np.uint8]) -> ClinicalFindings:
    """What a prompt for this radiograph would ask for.

    Side, zone and severity are those of the masks, so that prompt and masks agree; a finding without a mask keeps what
    the text says of it. Findings that labels or text declare absent, and that have no mask, are declared absent.
    """
    shown = findings_from_masks(made.pathology, anatomy).present
    masked = {item.name for item in shown}
    unseen = [name for name, origin in made.origin.items() if not origin and name not in masked]
    stated = [item for item in decoded.stated.present if item.name in unseen]
    bare = [Finding(name) for name in unseen if name not in {item.name for item in stated}]
    absent = [name for name, present in decoded.labels.items() if not present and name not in masked]
    present = (*shown, *stated, *bare)[: TOKENS - 1]
    known = decoded.record
    stated_patient = decoded.stated
    return ClinicalFindings(
        (*present, *declare_absent(absent)),
        view=known.view or stated_patient.view,
        sex=known.sex or stated_patient.sex,
        age=known.age if known.age is not None else stated_patient.age,
    )
