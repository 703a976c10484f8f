# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad filter`: a folder becomes verdicts, and what cannot be used is refused before anything is loaded."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.cli import main as cli
from aurad_monai.io.datalist import save_channels, save_image
from tests.conftest import ellipse_chest
from tests.datasets.sources import trees
from tests.lesions.synthetic_chest import radiograph

WEIGHTS = bundles_root() / "cxr_expert_filter" / "models" / "model.pt"


@pytest.mark.skipif(not WEIGHTS.is_file(), reason="the expert filter's weights are not here")
def test_a_folder_becomes_verdicts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_image(tmp_path / "in/images/chest.png", (radiograph()[0] * 255).astype(np.uint8))
    save_image(tmp_path / "in/images/noise.png", np.random.default_rng(0).integers(0, 255, (256, 256), np.uint8))
    save_channels(tmp_path / "in/anatomy/noise.nii.gz", ellipse_chest())
    (tmp_path / "in/images/torn.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert cli.main(["filter", str(tmp_path / "in"), "--output", str(tmp_path / "out")]) == 0
    assert "of 3" in capsys.readouterr().out
    lines = {line["id"]: line for line in map(json.loads, (tmp_path / "out/manifest.jsonl").read_text().splitlines())}
    assert not lines["noise"]["accepted"] and not lines["torn"]["accepted"]
    assert "readable_file" in {item["criterion"] for item in lines["torn"]["results"]}
    assert (tmp_path / "out/report.html").is_file() and (tmp_path / "out/run.json").is_file()


@pytest.mark.skipif(not WEIGHTS.is_file(), reason="the expert filter's weights are not here")
def test_what_cannot_be_judged_is_said_and_a_strict_filter_rejects_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_image(tmp_path / "in/images/chest.png", (radiograph()[0] * 255).astype(np.uint8))
    trees.dicom(tmp_path / "in/images/hand.dcm", BodyPartExamined="HAND")
    (tmp_path / "in/prompts.csv").write_text("id,prompt\nchest,rib fracture\n")
    reports = {}
    for name, flags in (("plain", []), ("strict", ["--strict"])):
        output = tmp_path / name
        assert cli.main(["filter", str(tmp_path / "in"), "--output", str(output), *flags]) == 0
        assert "not judged  rib fracture, in 1 case, " in capsys.readouterr().out
        lines = map(json.loads, (output / "manifest.jsonl").read_text().splitlines())
        reports[name] = {line["id"]: line for line in lines}
        assert "fracture" in json.loads((output / "run.json").read_text())["not_judged"]
        assert "<h2>Not judged</h2>" in (output / "report.html").read_text()
    assert reports["plain"]["chest"]["not_judged"] == ["fracture"]
    assert any(reason.startswith("rib fracture cannot be judged") for reason in reports["strict"]["chest"]["reasons"])
    assert "its tag BodyPartExamined says hand, not chest" in reports["plain"]["hand"]["reasons"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--output", "out"], "folder"),
        (["in"], "output"),
        (["missing", "--output", "out"], "existing folder"),
        (["in", "--output", "out", "--batch_size", "0"], "batch_size"),
        (["in", "--output", "out", "--bundle_dirr", "x"], "did you mean --bundle_dir"),
    ],
)
def test_what_cannot_be_used_is_refused(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    assert cli.main(["filter", *words]) == 2
    assert said in capsys.readouterr().err and not (tmp_path / "out").exists()
