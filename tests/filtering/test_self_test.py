# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad filter --self_test`: faults are planted in real cases, and the table says how many the filter rejects."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.case import Case
from aurad_monai.cli import main as cli
from aurad_monai.filtering.self_test import IMAGE_FAULTS, another_prompt, complete, masks_of_others
from aurad_monai.io.datalist import save_channels, save_image, write_datalist
from aurad_monai.prompts.finding import ClinicalFindings
from tests.conftest import ellipse_chest
from tests.filtering.planted import LEFT_BASE, masks
from tests.lesions.synthetic_chest import radiograph

WEIGHTS = bundles_root() / "cxr_expert_filter" / "models" / "model.pt"


def case(name: str, **shapes: tuple[slice, slice]) -> Case:
    image = np.zeros((1, 256, 256), np.float32)
    patient = ClinicalFindings((), "PA")
    return Case(name, resolved=patient, anatomy=ellipse_chest(), pathology=masks(**shapes), image=image)


def test_a_case_without_a_prompt_is_described_by_its_masks() -> None:
    effusion, normal = complete(case("a", effusion=LEFT_BASE)), complete(case("b"))
    assert [item.name for item in effusion.findings.present] == ["effusion"] and "effusion" in effusion.prompt
    assert normal.findings.present == () and normal.findings.findings and normal.findings.view == "PA"


def test_faults_of_prompts_and_masks_are_faults() -> None:
    cases = [complete(case("a", effusion=LEFT_BASE)), complete(case("b", mass=LEFT_BASE)), complete(case("c"))]
    rng = np.random.default_rng(0)
    for one in cases[:2]:
        asked = {item.name for item in another_prompt(one, rng).requested.present}
        assert len(asked) == 1 and not asked & {item.name for item in one.requested.present}
    swapped = list(masks_of_others(cases))
    assert [one.id for one in swapped] == ["a", "b"]  # a normal prompt fits every mask that is empty or not asked for
    assert swapped[0].pathology is cases[1].pathology and swapped[0].requested == cases[0].requested


@pytest.mark.skipif(not WEIGHTS.is_file(), reason="the expert filter's weights are not here")
def test_the_table_counts_what_is_rejected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_image(tmp_path / "images/0.png", np.rint(255 * radiograph()[0]).astype(np.uint8))
    for key, mask in (("anatomy", ellipse_chest()), ("pathology", masks(effusion=LEFT_BASE))):
        save_channels(tmp_path / key / "0.nii.gz", mask)
    files = {"image": "images/0.png", "anatomy": "anatomy/0.nii.gz", "pathology": "pathology/0.nii.gz"}
    write_datalist(tmp_path, [{"id": "0", **files}], [{"id": "0", **files}])
    words = ["filter", str(tmp_path), "--self_test", "--train", f"{tmp_path}:training", "--max_cases", "1"]
    assert cli.main([*words, "--output", str(tmp_path / "out")]) == 0
    content = json.loads((tmp_path / "out/self_test.json").read_text())
    rows = {row["fault"]: row for row in content["rows"]}
    assert set(IMAGE_FAULTS) | {"unchanged", "another prompt", "copy, exact"} <= set(rows)
    for fault in ("blank", "noise", "photograph", "inverted", "another prompt"):
        assert rows[fault]["count"] == rows[fault]["cases"] == 1, fault
    assert rows["unchanged"]["expected"] == "kept" and rows["blank"]["criteria"]
    assert "| blank | rejected | 1 | 1.00 (0.21 to 1.00) |" in (tmp_path / "out/self_test.md").read_text()
    assert "| blank |" in capsys.readouterr().out


def test_training_images_are_for_the_self_test_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["filter", str(tmp_path), "--train", "x", "--output", str(tmp_path / "out")]) == 2
    assert "--self_test" in capsys.readouterr().err
