# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad info --experts`: every expert with what it needs, and downloads on request alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aurad_monai.cli import main as cli
from aurad_monai.experts import catalogue, published_weights
from aurad_monai.experts.published_weights import PublishedWeights


def test_every_expert_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["info", "--experts", "--json"]) == 0
    experts = {item["name"]: item for item in json.loads(capsys.readouterr().out)["experts"]}
    assert set(experts) == {*catalogue.BUILT_IN, *published_weights.PUBLISHED}
    assert experts["cxas"]["license"] == "CC BY-NC-SA 4.0" and "noncommercial" in experts["cxas"]["get"]
    assert cli.main(["info", "--experts"]) == 0
    assert "to get it" in capsys.readouterr().out


def test_weights_in_the_cache_are_found(tmp_path: Path) -> None:
    item = published_weights.PUBLISHED["pspnet"]
    (tmp_path / item.file).write_bytes(b"x")
    listed = {entry["name"]: entry for entry in catalogue.describe_experts(cache=tmp_path)}
    assert listed["pspnet"]["weights"] == str(tmp_path / item.file) and listed["pspnet"]["get"] == ""
    assert listed["cxas"]["weights"] == ""


def test_a_download_is_checked_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "w.pt").write_bytes(b"w")
    toy = PublishedWeights("toy", (tmp_path / "w.pt").as_uri(), "MIT", "nothing")
    monkeypatch.setitem(published_weights.PUBLISHED, "toy", toy)
    monkeypatch.setattr(published_weights, "CACHE", tmp_path / "cache")
    assert cli.main(["info", "--experts", "--download", "toy", "--sha256", "0" * 64]) == 2
    assert cli.main(["info", "--experts", "--download", "toy"]) == 0
    assert "sha256" in capsys.readouterr().out and (tmp_path / "cache/w.pt").is_file()
    assert cli.main(["info", "--experts", "--download", "nobody"]) == 2


@pytest.mark.parametrize("words", [["--download", "pspnet"], ["--experts", "--sha256", "0" * 64]])
def test_flags_that_belong_together(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["info", *words]) == 2
    assert "together with" in capsys.readouterr().err
