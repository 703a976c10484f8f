# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad evaluate`: a set becomes a report, two reports stand side by side, what cannot be used is refused at once."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.cli import main as cli
from aurad_monai.io.datalist import save_channels, save_image
from tests.conftest import ellipse_chest
from tests.filtering.planted import LEFT_BASE, masks
from tests.lesions.synthetic_chest import radiograph

WEIGHTS = bundles_root() / "cxr_expert_filter" / "models" / "model.pt"


@pytest.mark.skipif(not WEIGHTS.is_file(), reason="the expert filter's weights are not here")
def test_a_set_becomes_a_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for folder, count in (("in", 2), ("real", 3)):
        for number in range(count):
            image = np.clip(radiograph()[0] + rng.normal(0, 0.02, (256, 256)), 0, 1)
            save_image(Path(folder, "images", f"{number}.png"), (255 * image).astype(np.uint8))
    save_channels(Path("in/anatomy/0.nii.gz"), ellipse_chest())
    save_channels(Path("in/pathology/0.nii.gz"), masks(effusion=LEFT_BASE))
    words = ["evaluate", "in", "--reference", "real", "--encoders", "anatomy,cosine"]
    words += ["--anatomy_expert", str(WEIGHTS)]
    assert cli.main([*words, "--output", "out"]) == 0
    content = json.loads(Path("out/results.json").read_text())
    assert content["sets"]["synthetic"]["count"] == 2 and [card["name"] for card in content["encoders"]] == [
        "anatomy",
        "cosine",
    ]
    families = {"fidelity", "mask_adherence", "attribute_adherence", "mask_shapes"}
    assert {metric["family"] for metric in content["metrics"]} == families
    assert "Fidelity" in Path("out/report.md").read_text() and Path("out/report.html").stat().st_size > 5000
    assert cli.main([*words, "--output", "out"]) == 2  # it is there already
    listed = [{"id": f"{number}", "image": f"images/{number}.png"} for number in range(2)]
    Path("in/datalist.json").write_text(json.dumps({"training": listed}))  # the section of a set that is evaluated
    assert cli.main(["evaluate", "in", "--reference", "real", "--encoders", "cosine", "--output", "listed"]) == 0
    assert cli.main(["evaluate", "out", "--compare", "out"]) == 0
    content["encoders"][0]["weights_sha256"] = "0" * 64
    Path("other.json").write_text(json.dumps(content))
    assert cli.main(["evaluate", "out", "--compare", "other.json"]) == 2


@pytest.mark.skipif(not WEIGHTS.is_file(), reason="the expert filter's weights are not here")
def test_pictures_of_others_without_masks_are_answered_as_far_as_they_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    for folder, count in (("theirs", 2), ("real", 3), ("train", 8)):
        for number in range(count):
            image = np.clip(radiograph()[0] + rng.normal(0, 0.05, (256, 256)), 0, 1)
            save_image(Path(folder, f"{folder}{number}.png"), (255 * image).astype(np.uint8))
    bundle = str(bundles_root() / "cxr_image_latent_diffusion")
    words = ["evaluate", "theirs", "--reference", "real", "--train", "train", "--encoders", "cosine", "--by", "sex"]
    words += ["--certificate", bundle, "--counterfactual", bundle, "--shown", bundle, "--output", "out"]
    Path("patients.csv").write_text("id,patient\ntrain0,a\ntrain1,a\n")
    assert cli.main([*words, "--patients", "patients.csv"]) == 0
    content = json.loads(Path("out/results.json").read_text())
    assert set(content["unanswered"]) == {
        "own film under its own masks, training above unseen, AUROC",
        "own film is the nearest of all",
        "adherence",
        "subgroups",
        "counterfactual",
        "shown",
    }
    names = {metric["name"] for metric in content["metrics"] if metric["family"] == "privacy"}
    assert {"planted copies found", "planted copies re-identified", "membership inference by loss, AUROC"} <= names
    certificate = json.loads(Path("out/certificate.json").read_text())
    assert not certificate["passed"] and len(certificate["not_run"]) == 2
    assert all("films with masks" in item["why"] for item in certificate["not_run"])
    said = capsys.readouterr().out
    assert "not answered: shown: " in said and "- not answered: adherence: no case" in Path("out/report.md").read_text()
    assert cli.main([*words[:-1], "again", "--patients", "patients.csv", "--verify", "out"]) == 0
    assert "the certificates agree" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--reference", "in", "--output", "out"], "folder"),
        (["in", "--output", "out"], "reference"),
        (["in", "--reference", "in"], "output"),
        (["in", "--reference", "missing", "--output", "out"], "existing folder"),
        (["in", "--reference", "in", "--output", "out", "--privacy"], "--train"),
        (["in", "--reference", "in", "--output", "out", "--encoders", "a,a"], "different names"),
        (["in", "--reference", "in", "--output", "out", "--demographics"], "--train"),
        (["in", "--reference", "in", "--output", "out", "--by", "height"], "view, sex, age"),
        (["in", "--compare", "in"], "results.json"),
    ],
)
def test_what_cannot_be_used_is_refused(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    save_image(Path("in/a.png"), np.zeros((64, 64), np.uint8))
    assert cli.main(["evaluate", *words]) == 2
    assert said in capsys.readouterr().err and not Path("out").exists()
