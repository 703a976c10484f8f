# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The findings as the networks see them: a few tokens of plain one-hot features, for cross-attention to embed.

Columns of a token, side by side and never shared:

    finding token   name | absent 1 | laterality 3 | zone 8 | severity 4, a column each
    patient token   given 1 | view 2 | sex 2 | age / 100 | age known
"""

from __future__ import annotations

import torch

from aurad_monai import vocabulary
from aurad_monai.errors import InputError
from aurad_monai.prompts.finding import MAX_FINDINGS, ClinicalFindings, Finding

TOKENS = MAX_FINDINGS + 1
"""The finding tokens, then the patient token."""


def _columns() -> dict[str, int]:
    widths = {
        "name": len(vocabulary.FINDING_NAMES),
        "absent": 1,
        "laterality": len(vocabulary.LATERALITIES),
        "zone": len(vocabulary.ZONES),
        "severity": len(vocabulary.SEVERITIES),
        "given": 1,
        "view": len(vocabulary.VIEWS),
        "sex": len(vocabulary.SEXES),
        "age": 1,
        "age_known": 1,
    }
    starts, start = {}, 0
    for group, width in widths.items():
        starts[group] = start
        start += width
    return {**starts, "end": start}


COLUMNS = _columns()
"""First column of each group of features, and `end`."""

FEATURES = COLUMNS["end"]


def encode_context(findings: ClinicalFindings | None) -> torch.Tensor:
    """Findings as tokens; present findings come first, absent ones fill what room is left.

    Args:
        findings: what the prompt asks for; None means "not given", the condition that guidance drops to.

    Returns:
        (TOKENS, FEATURES) float32. All zeros for None; a row of zeros is a token not given.

    Raises:
        InputError: if more present findings are asked for than there are tokens.
    """
    context = torch.zeros(TOKENS, FEATURES)
    if findings is None:
        return context
    room = TOKENS - 1
    if len(findings.present) > room:
        raise InputError("findings", f"{len(findings.present)} findings", f"at most {room} in one prompt")
    for row, item in enumerate((*findings.present, *findings.absent)[:room]):
        _write_finding(context[row], item)
    _write_patient(context[-1], findings)
    return context


def _write_finding(row: torch.Tensor, item: Finding) -> None:
    _one_hot(row, "name", item.name, vocabulary.FINDING_NAMES)
    _one_hot(row, "laterality", item.laterality, vocabulary.LATERALITIES)
    _one_hot(row, "zone", item.zone, vocabulary.ZONES)
    _one_hot(row, "severity", item.severity, vocabulary.SEVERITIES)
    row[COLUMNS["absent"]] = float(not item.present)


def _write_patient(row: torch.Tensor, findings: ClinicalFindings) -> None:
    row[COLUMNS["given"]] = 1.0
    _one_hot(row, "view", findings.view, vocabulary.VIEWS)
    _one_hot(row, "sex", findings.sex, vocabulary.SEXES)
    if findings.age is not None:
        row[COLUMNS["age"]] = findings.age / 100
        row[COLUMNS["age_known"]] = 1.0


def _one_hot(row: torch.Tensor, group: str, value: str | None, values: tuple[str, ...]) -> None:
    if value is not None:
        row[COLUMNS[group] + values.index(value)] = 1.0
