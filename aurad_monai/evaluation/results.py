# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Results of an evaluation: metrics, sets, encoders and record, as results.json; comparison of two evaluations.

Takes metrics or a results.json; gives JSON, or the pairs of rows that both evaluations have.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from aurad_monai.errors import InputError
from aurad_monai.evaluation.images.encoder import EncoderCard
from aurad_monai.evaluation.metric_result import MetricResult
from aurad_monai.files import read_json

PROTOCOL = 2
"""Counts up when a metric, its default or its floor changes, so that figures of two reports can be told apart."""
FILES = ("results.json", "report.md", "report.html")
_OLD_KEYS = {"question": "family", "made": "synthetic"}
_OLD_FAMILIES = {
    "adherence": "mask_adherence",
    "control": "attribute_adherence",
    "authenticity": "two_sample_test",
}
"""Names of format 1 and today's."""
NEXT_STEP = "give a folder that aurad evaluate wrote"


@dataclass(frozen=True)
class EvaluatedSet:
    """A set of cases, for the record.

    Args:
        name: as given.
        count: cases measured.
        digest: sha256 of their content, in order.
        faults: how many could not be read.
    """

    name: str
    count: int
    digest: str
    faults: int = 0


@dataclass(frozen=True)
class Results:
    """One evaluation.

    Args:
        sets: by role: synthetic, reference, and train and masks (real cases with masks) where given.
        encoders: whose features the distances are of.
        metrics: all rows.
        spectra: mean log10 power by frequency, by role.
        record: command, versions, bundles.
        warnings: what a reader must know first.
        unanswered: tests that were requested and could not be run, each with the reason.
        protocol: version of the metrics and their defaults; 0 where a file states none.
    """

    sets: Mapping[str, EvaluatedSet]
    encoders: Sequence[EncoderCard]
    metrics: Sequence[MetricResult]
    spectra: Mapping[str, Sequence[float]] = field(default_factory=dict)
    record: Mapping[str, Any] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    unanswered: Mapping[str, str] = field(default_factory=dict)
    protocol: int = PROTOCOL

    def as_json(self) -> str:
        """The content of results.json."""
        content = {
            "format": 2,
            "protocol": self.protocol,
            **self.record,
            "sets": {role: asdict(part) for role, part in self.sets.items()},
            "encoders": [asdict(card) for card in self.encoders],
            "warnings": list(self.warnings),
            "unanswered": dict(self.unanswered),
            "metrics": [metric.as_json() for metric in self.metrics],
            "spectra": self.spectra,
        }
        return json.dumps(content, indent=1, allow_nan=False) + "\n"

    @classmethod
    def read(cls, path: str | Path) -> Results:
        """Read results.json, or the folder it lies in; InputError where it is not that."""
        file = Path(path) / FILES[0] if Path(path).is_dir() else Path(path)
        try:
            content = _current(read_json(file))
            return cls(
                {role: EvaluatedSet(**part) for role, part in content["sets"].items()},
                tuple(EncoderCard(**card) for card in content["encoders"]),
                tuple(MetricResult.from_json(item) for item in content["metrics"]),
                content.get("spectra", {}),
                {key: content[key] for key in ("command", "versions", "bundles") if key in content},
                tuple(content.get("warnings", ())),
                dict(content.get("unanswered", {})),
                int(content.get("protocol", 0)),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InputError("compare", file, "a results.json of aurad evaluate", NEXT_STEP) from error


def _current(content: Any) -> Any:
    """Content of a results.json; that of format 1, read for one version, with today's names."""
    if content.get("format", 1) != 1 or "figures" not in content:
        return content
    metrics = [{_OLD_KEYS.get(key, key): value for key, value in item.items()} for item in content["figures"]]
    for item in metrics:
        item["family"] = _OLD_FAMILIES.get(item["family"], item["family"])
    sets = {_OLD_KEYS.get(role, role): part for role, part in content["sets"].items()}
    return {**content, "metrics": metrics, "sets": sets}


def compare(first: Results, second: Results) -> list[tuple[MetricResult, MetricResult]]:
    """Rows that both have.

    Raises:
        InputError: their encoders (name, weights, preprocessing) or their reference images differ, so that their
            distances cannot be compared.
    """
    cards = [{card.name: card for card in results.encoders} for results in (first, second)]
    if cards[0] != cards[1]:
        names = [", ".join(f"{c.name} {c.weights_sha256[:12]}".strip() for c in part.values()) for part in cards]
        raise InputError("compare", f"encoders {names[0]} and {names[1]}", "the same encoders with the same weights")
    digests = [results.sets["reference"].digest for results in (first, second) if "reference" in results.sets]
    if len(set(digests)) != 1 or len(digests) != 2:
        raise InputError("compare", "results of different reference images", "the same reference", "evaluate one again")
    rows = {(metric.family, metric.name, metric.group): metric for metric in second.metrics}
    keys = [(metric, (metric.family, metric.name, metric.group)) for metric in first.metrics]
    return [(metric, rows[key]) for metric, key in keys if key in rows]


def format_interval(value: Sequence[float]) -> str:
    """A number with its interval, for a table."""
    if not math.isfinite(value[0]):
        return "-"
    digits = 4 if abs(value[0]) < 0.1 else 3 if abs(value[0]) < 100 else 1
    if not math.isfinite(value[1]):
        return f"{value[0]:.{digits}f}"
    return f"{value[0]:.{digits}f} ({value[1]:.{digits}f} to {value[2]:.{digits}f})"
