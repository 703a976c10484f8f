# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Reconstruction metrics of an autoencoder, by finding where they are per channel.

Takes a finished evaluator; gives a summary, printed and written as JSON.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from ignite.engine import Engine

from aurad_monai.vocabulary import FINDING_NAMES


def summarize(engine: Engine) -> dict[str, Any]:
    """Mean of every metric of a finished evaluator, and of those with a value a finding the mean and number of cases.

    Args:
        engine: its `state.metric_details` are (cases, channels); NaN where a finding is not there.
    """
    summary: dict[str, Any] = {name: round(float(value), 4) for name, value in engine.state.metrics.items()}
    for name, details in getattr(engine.state, "metric_details", {}).items():
        values = torch.as_tensor(details)
        if values.ndim == 2 and values.shape[1] == len(FINDING_NAMES):
            summary[f"{name}_by_finding"] = {
                finding: {"mean": round(float(column.nanmean()), 4), "cases": int((~column.isnan()).sum())}
                for finding, column in zip(FINDING_NAMES, values.T, strict=True)
                if not column.isnan().all()
            }
    return summary


def report(engine: Engine, path: str) -> None:
    """Print the summary of a finished evaluator and write it to `path` as JSON."""
    text = json.dumps(summarize(engine), indent=2)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text + "\n", encoding="utf-8")
    print(text)
