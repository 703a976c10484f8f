# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What `aurad info` says of the filter: what each check has shown, and whether it judges.

Takes a filter bundle's folder; gives plain data, and lines for the eye.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aurad_monai.filtering.criteria.criterion import NOT_JUDGED
from aurad_monai.filtering.power import PowerTable


def describe_power(folder: str | Path) -> dict[str, Any]:
    """What `aurad info` says of a filter bundle: of every check, what it has shown, whether it judges, and why not."""
    table = PowerTable.of_bundle(folder)
    if table is None:
        return {}
    described: dict[str, Any] = {}
    for check, sets in table.measured.items():
        shown = {place: None if shares is None else asdict(shares) for place, shares in sets.items()}
        why = table.lacking(check)
        described[check] = {**shown, "judges": not why, "why": why}
    return described


def power_lines(described: Mapping[str, Any]) -> list[str]:
    """The same for the eye: a line a check, with sensitivity and specificity in each set."""
    if not described:
        return []
    head = f"  {'check':<38}{'':<13}{'real: rejects wrong, keeps right':<34}generated"
    return ["filter: what each check rejects of wrong cases and keeps of right ones", head] + [
        f"  {check:<38}{'judges' if row['judges'] else NOT_JUDGED:<13}{_cell(row['real']):<34}{_cell(row['generated'])}"
        for check, row in described.items()
    ]


def _cell(shares: Mapping[str, Any] | None) -> str:
    if shares is None:
        return "not measured"
    return f"{shares['sensitivity']:.2f} of {shares['wrong']}, {shares['specificity']:.2f} of {shares['right']}"
