# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The one split into training and validation, by patient.

Takes a patient and the share of patients for validation; gives the section, the same wherever the patient turns up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

VAL_SHARE = 0.15
"""Share of patients for validation where nobody says another."""
SECTIONS = ("training", "validation")
STATED = {"train": "training", "val": "validation", "training": "training", "validation": "validation"}
"""Sections by what a data set may call them."""


def section_of(patient: str, val_share: float = VAL_SHARE) -> str:
    """Training or validation, decided by the patient alone.

    A patient stays where they are when a collection grows, and in validation when its share does.
    """
    digest = hashlib.sha256(f"patient {patient}".encode()).digest()
    return SECTIONS[int.from_bytes(digest[:8], "big") / 2**64 < val_share]


def section_of_record(record: Mapping[str, Any], val_share: float = VAL_SHARE) -> str:
    """The section of a record: its `split` where the data set states one, else by its `patient`, else by its `id`."""
    stated = STATED.get(str(record.get("split", "")))
    return stated or section_of(str(record.get("patient") or record["id"]), val_share)
