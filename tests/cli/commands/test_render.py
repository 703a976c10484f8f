# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad render SET`: every mask of a set becomes a case with its view, sex and age."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.cli import main as cli
from aurad_monai.io.datalist import load_channels, save_channels, save_image, write_datalist
from tests.conftest import ellipse_chest
from tests.filtering.planted import LEFT_BASE, masks

WEIGHTS = bundles_root() / "cxr_image_latent_diffusion" / "models" / "model.pt"


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """Two cases with masks and one without."""
    listed = []
    for name, shapes in (("one", {"effusion": LEFT_BASE}), ("two", {}), ("bare", {})):
        save_image(tmp_path / f"set/images/{name}.png", np.tile(np.arange(256, dtype=np.uint8), (256, 1)))
        case = {"id": name, "image": f"images/{name}.png", "view": "PA", "sex": "female", "age": 60}
        if name != "bare":
            save_channels(tmp_path / f"set/anatomy/{name}.nii.gz", ellipse_chest())
            save_channels(tmp_path / f"set/pathology/{name}.nii.gz", masks(**shapes))
            case |= {key: f"{key}/{name}.nii.gz" for key in ("anatomy", "pathology")}
        listed.append(case)
    write_datalist(tmp_path / "set", [], listed)
    return tmp_path / "set"


@pytest.mark.skipif(not WEIGHTS.is_file(), reason="the default weights are not here")
def test_every_mask_of_a_set_is_rendered(given: Path, tmp_path: Path) -> None:
    words = ["render", f"{given}:validation", "--steps", "1", "--size", "256", "--accept_all", "--device", "cpu"]
    assert cli.main([*words, "--output", str(tmp_path / "run")]) == 0
    lines = {line["id"]: line for line in map(json.loads, (tmp_path / "run/manifest.jsonl").read_text().splitlines())}
    names = json.loads((tmp_path / "run/names.json").read_text())  # ids of others stay in a file of their own
    own = {name: number for number, name in names.items()}
    assert set(lines) == {own["one"], own["two"]} == {"case_000000", "case_000001"}
    one = lines[own["one"]]
    assert "60-year-old woman" in one["prompt"] and "effusion" in one["prompt"]
    for path in (tmp_path / "run").rglob("*"):
        said = path.read_bytes() if path.is_file() and path.name not in ("names.json", "run.json") else b""
        assert b"set/" not in said and str(given).encode() not in said, path
    made = load_channels(tmp_path / "run" / one["files"]["pathology"])
    np.testing.assert_array_equal(made > 0, masks(effusion=LEFT_BASE) > 0)


def test_one_line_says_what_is_wrong(given: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = ["--output", str(tmp_path / "run")]
    for words, said in (
        (["render", str(given), "--prompt", "PA view"], "no prompt with a set"),
        (["render", str(tmp_path / "mask.nii.gz")], "--anatomy"),
        (["render", f"{given}:validation:boxed"], "kinds"),
    ):
        assert cli.main([*words, *output]) == 2
        error = capsys.readouterr().err
        assert said in error and not (tmp_path / "run").exists(), error
