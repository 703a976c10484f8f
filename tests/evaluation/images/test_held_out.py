# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The held-out evaluator scores what `aurad evaluate --shown` samples, and no config lets the filter use it."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from aurad_monai import vocabulary
from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.errors import InputError
from aurad_monai.evaluation import evaluate
from aurad_monai.evaluation.images.held_out import SCALE, WEIGHTS, held_out_evaluator
from aurad_monai.experts.efficientnet_lite import EfficientNetLite

ROOT = bundles_root() / "cxr_expert_filter"


def test_it_scores_marked_places_alone() -> None:
    rng = np.random.default_rng(0)
    images = rng.random((2, 1, 128, 128), dtype=np.float32)
    marks = np.zeros((2, len(vocabulary.FINDING_NAMES), 128, 128), np.uint8)
    consolidation, effusion = (vocabulary.channel(name) for name in ("consolidation", "effusion"))
    marks[0, consolidation, 40:80, 20:60] = marks[1, effusion, 80:110, 70:110] = 1
    logits = held_out_evaluator(ROOT)(images, marks)
    assert np.isfinite(logits).sum() == 2
    assert np.isfinite(logits[0, consolidation]) and np.isfinite(logits[1, effusion])


def test_no_config_of_the_filter_names_its_weights_or_its_backbone() -> None:
    configs = [path for path in sorted((ROOT / "configs").glob("*.json")) if path.name != "metadata.json"]
    text = "".join(path.read_text(encoding="utf-8") for path in configs)
    assert "findings.pt" in text and WEIGHTS not in text
    used = json.loads((ROOT / "configs" / "inference.json").read_text(encoding="utf-8"))["findings_network_def"]
    assert SCALE not in (used["scale"], used["second"])


def test_shown_is_scored_by_it_and_by_nothing_of_the_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    monkeypatch.setattr(evaluate, "shown_test", lambda cases, generator, expert: given.append(expert) or [])
    bundle = open_bundle(ROOT)
    evaluate._shown(SimpleNamespace(device="cpu"), [], None, bundle)  # type: ignore[arg-type]
    assert given[0].network.backbone.channels == EfficientNetLite(SCALE).channels
    assert bundle.parser["marked_network_def"]["scale"] != SCALE


def test_a_bundle_without_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=WEIGHTS):
        held_out_evaluator(tmp_path)
