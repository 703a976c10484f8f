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

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.errors import InputError
from aurad_monai.evaluation import evaluate
from aurad_monai.evaluation.images.held_out import SCALE, WEIGHTS, held_out_evaluator
from aurad_monai.experts.findings_network import WholeImageNetwork

ROOT = bundles_root() / "cxr_expert_filter"


def test_its_weights_score_the_whole_image() -> None:
    image = np.linspace(0, 1, 256 * 256, dtype=np.float32).reshape(1, 1, 256, 256)
    expert = held_out_evaluator(ROOT)
    maps = expert(np.concatenate([image, image[..., ::-1].copy()]))
    assert np.ptp(maps, axis=(2, 3)).max() < 1e-6  # the same at every pixel
    assert expert.scores(maps).min() > 0 and expert.scores(maps).max() < 1
    assert not np.allclose(maps[0], maps[1])


def test_no_config_of_the_filter_names_its_weights_or_its_backbone() -> None:
    configs = [path for path in sorted((ROOT / "configs").glob("*.json")) if path.name != "metadata.json"]
    text = "".join(path.read_text(encoding="utf-8") for path in configs)
    assert "findings.pt" in text and WEIGHTS not in text and WholeImageNetwork.__name__ not in text
    used = json.loads((ROOT / "configs" / "inference.json").read_text(encoding="utf-8"))["findings_network_def"]
    assert SCALE not in (used["scale"], used["second"])


def test_shown_is_scored_by_it_and_by_nothing_of_the_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(evaluate, "measure", lambda cases, measures, *rest: measures[0])
    monkeypatch.setattr(evaluate, "shown_test", lambda cases, generator, expert, real: given.update(locals()) or [])
    bundle = open_bundle(ROOT)
    evaluate._shown(SimpleNamespace(device="cpu", cache=None), [], None, bundle)  # type: ignore[arg-type]
    assert isinstance(given["expert"].network, WholeImageNetwork)
    assert given["real"].findings_expert is given["expert"]


def test_a_bundle_without_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=WEIGHTS):
        held_out_evaluator(tmp_path)
