# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""How many files a new finding, export format or dataset source costs: each is added to a copy of the package and used.

A change is a map from files of the package to their new text; the count of its entries is the cost.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aurad_monai.export.run_folder import RunRecord, write_run

ROOT = Path(__file__).parent.parent
EDEMA: dict[str, Any] = {
    "name": "pulmonary_edema",
    "label": "pulmonary edema",
    "aliases": ["interstitial edema"],
    "compartment": "lung",
    "sided": True,
    "acute": True,
    "extent": True,
    "codes": {"chestxdet": "Edema", "nih": "Edema", "chexpert": "Edema"},
    "color": [10, 90, 60],
    "opaque": True,
    "bright": True,
    "rigid": False,
    "reach": 0.0,
    "insertion_order": 20,
    "severity_areas": [0.1, 0.2, 0.4],
    "side_counts": [1, 1, 8],
    "zone_counts": {"perihilar": [1, 3, 3, 1], "diffuse": [0, 0, 2, 4]},
}
LESION = '''"""Insert pulmonary edema: a haze."""

from collections.abc import Sequence

from aurad_monai.lesions.chest_tissue import BoolArray, ChestTissue, smoothed
from aurad_monai.lesions.lesion_transform import Composed, LesionTransformd, filled_with, union


class AddPulmonaryEdemad(LesionTransformd):
    """Even haze."""

    finding = "pulmonary_edema"

    def compose(self, tissue: ChestTissue, regions: Sequence[BoolArray]) -> Composed:
        region = union(regions)
        return Composed(filled_with(tissue, 0.5 * smoothed(region, 2.0), 0.9, 0.9, self.R), region)
'''
FORMAT = '''"""Names of the cases, one a line."""


def write(run, folder):
    (folder / "names.txt").write_text("\\n".join(case.id for case in run.cases("names")))
'''
SOURCE = '''"""A hospital's own export: PNG files called PATIENT_NUMBER.png."""

from aurad_monai.datasets.sources.record import Record, stem


def records(root):
    for path in sorted(root.glob("*.png")):
        yield Record(stem(path.stem), path, patient=path.stem.split("_")[0])
'''
USE_FINDING = """
import numpy as np
from aurad_monai import vocabulary
from aurad_monai.anatomy.findings_from_masks import findings_from_masks
from aurad_monai.anatomy.sizes import quantile_of, severity_of
from aurad_monai.datasets.presence import presence
from aurad_monai.datasets.refine_boxes import refine_regions
from aurad_monai.datasets.sources.record import label_findings
from aurad_monai.export.formats.chexpert import observation
from aurad_monai.lesions.compose_lesions import ComposeLesionsd
from aurad_monai.lesions.lesion_shapes import LesionRecord, LesionShape, LesionShapes
from aurad_monai.prompts.context import FEATURES, encode_context
from aurad_monai.prompts.describe import describe
from aurad_monai.prompts.parse import parse
from aurad_monai.request.conditions import ImageConditiond
from tests.lesions.synthetic_chest import ellipse_chest, radiograph

name, count = "pulmonary_edema", len(vocabulary.FINDINGS)
asked = parse("moderate bilateral interstitial edema, no mass")
assert [item.name for item in asked.present] == [name, name] or [item.name for item in asked.present] == [name]
assert parse(describe(asked)) == asked and "moderate" in describe(asked)
assert encode_context(asked).shape[-1] == FEATURES
assert severity_of(name, 0.15) == "small" and quantile_of(name, 0.2) > 0.4
assert label_findings({"Edema": 1}, "nih")[name] and presence({"labels": "Edema"})[vocabulary.channel(name)] > 0.5
assert observation(asked, "Edema") == "1.0" and observation(asked, "Lung Lesion") == ""
turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
shape = LesionShape(name, np.stack([0.3 + 0.1 * np.cos(turn), 0.5 + 0.12 * np.sin(turn)], axis=-1))
compose = ComposeLesionsd(LesionShapes([LesionRecord("one", (shape,))]), balance=1.0)
compose.set_random_state(3)
case = compose({"image": radiograph(), "anatomy": ellipse_chest()})
assert case["pathology"].shape[0] == count and case["pathology"][vocabulary.channel(name)].any()
found = findings_from_masks(case["pathology"], case["anatomy"]).present
assert [item.name for item in found] == [name]
condition = ImageConditiond()(case | {"view": "PA", "sex": "male", "age": 50})["condition"]
assert condition.shape[0] == len(vocabulary.ANATOMY_NAMES) + count
boxed = refine_regions(case["image"][0], case["anatomy"], [(name, case["pathology"][-1] > 0)])
assert boxed[vocabulary.channel(name)].any()
"""
USE_SOURCE = """
import sys
from aurad_monai.datasets.sources import records
assert [(r.id, r.patient) for r in records("hospital", sys.argv[1])] == [("p1_0", "p1"), ("p1_1", "p1"), ("p2_0", "p2")]
"""


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A folder with a copy of the package."""
    shutil.copytree(ROOT / "aurad_monai", tmp_path / "copy/aurad_monai", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "copy"


def grow(copied: Path, change: dict[str, str]) -> int:
    """Write a change into the copy; gives the number of files."""
    for file, text in change.items():
        (copied / "aurad_monai" / file).write_text(text, encoding="utf-8")
    return len(change)


def use(copied: Path, *words: str) -> str:
    """What Python says with the copy as the package."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(copied), str(ROOT)])}
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, env=environment, cwd=copied)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_a_finding_costs_at_most_three_files(copied: Path) -> None:
    table = json.loads((ROOT / "aurad_monai/data/findings.json").read_text(encoding="utf-8"))
    table["findings"].append(EDEMA)
    change = {"data/findings.json": json.dumps(table), "lesions/pulmonary_edema.py": LESION}
    assert grow(copied, change) <= 3
    use(copied, "-c", USE_FINDING)


def test_an_export_format_costs_at_most_two_files(copied: Path, make_case: Callable[..., Any], tmp_path: Path) -> None:
    assert grow(copied, {"export/formats/names.py": FORMAT}) <= 2
    write_run(tmp_path / "run", [make_case("a-0"), make_case("a-1")], RunRecord("aurad generate x", "x", 7, 2))
    aurad = ("-m", "aurad_monai.cli.main", "export")
    assert "names" in use(copied, *aurad, "--help") and "Names of the cases" in use(copied, *aurad, "--help")
    use(copied, *aurad, str(tmp_path / "run"), "--format", "names", "--output", str(tmp_path / "out"))
    assert (tmp_path / "out/names/names.txt").read_text() == "a-0\na-1"


def test_a_dataset_source_costs_at_most_two_files(copied: Path, tmp_path: Path) -> None:
    assert grow(copied, {"datasets/sources/hospital.py": SOURCE}) <= 2
    for name in ("p1_0", "p1_1", "p2_0"):
        (tmp_path / f"{name}.png").touch()
    assert "A hospital's own export" in use(copied, "-m", "aurad_monai.cli.main", "prepare", "--help")
    use(copied, "-c", USE_SOURCE, str(tmp_path))
