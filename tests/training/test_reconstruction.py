# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Metrics of an autoencoder by finding: means over the cases that show it, and how many there were."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from ignite.engine import Engine

from aurad_monai.training.reconstruction import report, summarize
from aurad_monai.vocabulary import FINDING_NAMES


def _finished() -> Engine:
    engine = Engine(lambda engine, batch: None)
    dice = torch.full((3, len(FINDING_NAMES)), float("nan"))
    dice[:2, FINDING_NAMES.index("effusion")] = torch.tensor([0.5, 0.75])
    engine.state.metrics = {"val_dice": 0.625}
    engine.state.metric_details = {"val_dice": dice, "val_psnr": torch.ones(3, 1)}
    return engine


def test_findings_without_cases_are_left_out() -> None:
    summary = summarize(_finished())
    assert summary == {"val_dice": 0.625, "val_dice_by_finding": {"effusion": {"mean": 0.625, "cases": 2}}}


def test_report_is_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "reconstruction.json"
    report(_finished(), str(path))
    assert json.loads(path.read_text(encoding="utf-8"))["val_dice"] == 0.625
