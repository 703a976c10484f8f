# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Which configs are ours: the lock of the shipped bundles, and a mark on every value that comes from a locked file.

Takes the content of a config; gives whether the lock knows it. The lock holds hashes of skeletons: numbers, switches,
nulls and a few texts may differ, since training, calibration and their users change them; every other text, every key
and every name of a class is the one we wrote.
"""

from __future__ import annotations

import functools
import hashlib
import json
from enum import Enum
from pathlib import Path
from typing import Any

LOCK = Path(__file__).with_name("lock.json")
FREE_TEXTS = frozenset(
    {
        "prompt",
        "dataset_dir",
        "thresholds_provenance",
        "unknown_findings",
        "precision_thresholds",
        "findings_power",
        "power",
    }
)
"""Top-level entries whose texts, or whose tables, may differ; they are judged as a stranger's are."""


class Origin(Enum):
    """Stands in the tree of origins for a value that comes from a locked config."""

    OURS = "ours"


OURS = Origin.OURS


def skeleton(content: Any) -> Any:
    """A config, as read from JSON, without what may differ between two copies of it."""
    if isinstance(content, dict):
        return {key: 0 if key in FREE_TEXTS else _form(value) for key, value in content.items()}
    return _form(content)


def _form(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _form(value) for key, value in content.items()}
    if isinstance(content, list):
        parts = [_form(value) for value in content]
        return 0 if all(part == 0 for part in parts) else parts
    return content if isinstance(content, str) else 0


def fingerprint(content: Any) -> str:
    """SHA-256 of the skeleton of a config."""
    text = json.dumps(skeleton(content), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


@functools.cache
def locked() -> dict[str, str]:
    """Fingerprint to the name of the config it belongs to."""
    return dict(json.loads(LOCK.read_text(encoding="utf-8")))


def is_ours(content: Any) -> bool:
    """Whether the lock knows a config."""
    return fingerprint(content) in locked()


def origins(content: Any, ours: bool) -> Any:
    """A tree of the same form whose leaves are `OURS` where the value is ours, and the value itself where it is not."""
    if isinstance(content, dict):
        return {key: _origins(value, ours and key not in FREE_TEXTS) for key, value in content.items()}
    return _origins(content, ours)


def _origins(content: Any, ours: bool) -> Any:
    if isinstance(content, dict):
        return {key: _origins(value, ours) for key, value in content.items()}
    if isinstance(content, list):
        return [_origins(value, ours) for value in content]
    return OURS if ours else content


def all_ours(origin: Any) -> bool:
    """Whether a part of a tree of origins comes from locked configs alone; nothing at all comes from nowhere."""
    if isinstance(origin, (dict, list)):
        parts = list(origin.values()) if isinstance(origin, dict) else origin
        return bool(parts) and all(all_ours(value) for value in parts)
    return origin is OURS
