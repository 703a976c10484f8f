# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Configs with names of the last version open as before, with one line on standard error."""

from __future__ import annotations

import importlib
import json
import shutil
from pathlib import Path

import pytest

from aurad_monai.bundles import deprecated
from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.safety.lint import lint_bundle

FILTER = Path(__file__).parents[2] / "bundles" / "cxr_expert_filter"
OLD = {
    "aurad_monai.bundles.bundle import load_weights": "aurad_monai.bundles import load_weights",
    "aurad_monai.filtering.criteria.finding_detected.FindingDetected": "aurad_monai.filtering.finding_seen.FindingSeen",
    "aurad_monai.filtering.criteria.memorization.Memorization": "aurad_monai.filtering.near_copy.NearCopy",
    '"detection_thresholds"': '"seen_thresholds"',
    "@detection_thresholds": "@seen_thresholds",
    '"memorization"': '"near_copy"',
    "@thresholds#memorization": "@thresholds#near_copy",
    '"min_std"': '"least_deviation"',
    '"min_visible"': '"least_visible"',
}
"""Today's words and those of the last version."""


@pytest.fixture
def old_bundle(tmp_path: Path) -> Path:
    root = tmp_path / "cxr_expert_filter"
    shutil.copytree(FILTER, root)
    config = root / "configs" / "inference.json"
    text = config.read_text(encoding="utf-8")
    for new, old in OLD.items():
        assert new in text
        text = text.replace(new, old)
    config.write_text(text, encoding="utf-8")
    return root


def test_an_old_config_reads_as_todays(old_bundle: Path) -> None:
    old, new = (json.loads((root / "configs" / "inference.json").read_text()) for root in (old_bundle, FILTER))
    current = deprecated.current(old)[0]
    for content in (old, new, current):
        content.pop("power")  # a table by names of checks, younger than their old names
    assert old != new and current == new


def test_an_old_bundle_passes_the_linter_and_opens_with_a_note(
    old_bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lint_bundle(old_bundle) == []
    bundle = open_bundle(old_bundle, device="cpu", seen_thresholds={"effusion": -0.5})
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and "seen_thresholds" in lines[0] and "near_copy" in lines[0]
    names = {item.name: item for item in bundle.get("criteria")}
    assert names["finding_detected"].thresholds == {"effusion": -0.5} and "memorization" in names


def test_todays_bundles_use_no_old_name() -> None:
    for path in FILTER.parent.glob("*/configs/*.json"):
        content = json.loads(path.read_text(encoding="utf-8"))
        assert deprecated.current(content) == (content, ()), path


@pytest.mark.parametrize("name", deprecated.MODULES.values())
def test_every_new_name_exists(name: str) -> None:
    module, found = name, []
    while module:
        try:
            target = importlib.import_module(module)
            break
        except ImportError:
            module, _, attribute = module.rpartition(".")
            found.insert(0, attribute)
    for attribute in found:
        target = getattr(target, attribute)
    assert target is not None
