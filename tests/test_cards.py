# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The cards say what they must, and what they say of the marks that the output carries is so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from aurad_monai.bundles import inventory
from aurad_monai.case import Case
from aurad_monai.export import overview
from aurad_monai.export.run_folder import RunRecord, write_run

ROOT = Path(__file__).parent.parent
CARD = (ROOT / "docs" / "reference" / "cards.md").read_text(encoding="utf-8")
MODELS = sorted((ROOT / "bundles").glob("*/docs/README.md"))


@pytest.fixture
def run(tmp_path: Path, make_case: Callable[..., Case]) -> Path:
    """A run with one accepted case."""
    record = RunRecord("aurad generate x", "x", 7, 1, bundles=inventory.describe_bundles())
    return Path(write_run(tmp_path / "run", [make_case("a")], record))


@pytest.mark.parametrize(
    "topic", ["Intended use", "Figures", "Failure gallery", "Subgroups", "Energy and time", "Article 50"]
)
def test_the_card_of_all_models_and_of_the_dataset(topic: str) -> None:
    assert topic in CARD


@pytest.mark.parametrize("page", MODELS, ids=lambda page: page.parent.parent.name)
def test_every_model_card(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for topic in ("Intended use", "data_license.txt", "Subgroups", "Failures", "Energy and time", "Article 50"):
        assert topic in text, topic


def test_the_marks_of_a_run(run: Path) -> None:
    (line,) = [json.loads(text) for text in (run / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {"image", "anatomy", "pathology"} <= line["sha256"].keys()
    dataset = json.loads((run / "dataset.json").read_text(encoding="utf-8"))
    assert dataset["synthetic"] is True and "CC BY" in dataset["licence"]
    with Image.open(run / line["files"]["image"]) as picture:
        text = dict(picture.text)  # type: ignore[attr-defined]
    assert text["Source"].startswith("synthetic") and json.loads(text["aurad"])["weights"]
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert record["prompt"] == "x" and record["seed"] == 7
    assert record["bundles"] and all(bundle["weights"] for bundle in record["bundles"])


def test_the_caption_of_an_overview(monkeypatch: pytest.MonkeyPatch, make_case: Callable[..., Case]) -> None:
    written: list[str] = []
    draw = overview.ImageDraw.ImageDraw.text

    def listen(self: object, place: object, text: str, *rest: object, **more: object) -> None:
        written.append(text)
        draw(self, place, text, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(overview.ImageDraw.ImageDraw, "text", listen)
    overview.draw_overview([make_case("a")], "x")
    assert any("synthetic" in text for text in written)
