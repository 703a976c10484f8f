# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""One patient, one section: by what the data set states, else by the patient, the same for everybody who asks."""

from __future__ import annotations

import json
from pathlib import Path

from aurad_monai.export.formats.format import ExportRun
from aurad_monai.io.read_run import OpenRun
from aurad_monai.io.split import section_of, section_of_record
from aurad_monai.lesions.lesion_shapes import LesionShapes

SQUARE = [[0.1, 0.1], [0.2, 0.1], [0.2, 0.2]]


def test_a_share_of_patients_validates_and_stays_when_the_share_grows() -> None:
    sections = [section_of(f"p{index}", 0.2) for index in range(2000)]
    assert 0.17 < sections.count("validation") / 2000 < 0.23
    assert section_of("p7", 0.2) == sections[7]
    grown = [section_of(f"p{index}", 0.3) for index in range(2000)]
    assert all(new == "validation" for old, new in zip(sections, grown, strict=True) if old == "validation")
    assert [index for index in range(12) if sections[index] == "validation"] == FIRST


FIRST = [1, 7, 9, 10]
"""So that a change of the split is noticed: a patient who moves from training to validation has been learned."""


def test_a_stated_split_comes_first_then_the_patient_then_the_id() -> None:
    assert section_of_record({"id": "a", "split": "val"}, 0.0) == "validation"
    assert section_of_record({"id": "a", "split": "train"}, 1.0) == "training"
    for share in (0.0, 0.5, 1.0):
        assert section_of_record({"id": "a", "patient": "p7", "split": ""}, share) == section_of("p7", share)
        assert section_of_record({"id": "p7"}, share) == section_of("p7", share)


def test_outlines_and_exports_split_as_everything_else(tmp_path: Path) -> None:
    label = [{"label": "Effusion", "polygon": SQUARE}]
    rows = [{"id": f"r{index}", "patient": f"p{index // 2}", "objects": label} for index in range(80)]
    (tmp_path / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    validation = {record.id for record in LesionShapes.from_jsonl(tmp_path / "rows.jsonl", "validation").records}
    assert validation == {row["id"] for row in rows if section_of(str(row["patient"])) == "validation"}
    run = ExportRun(OpenRun(tmp_path, {}, {}), 0.3)
    assert all(run.is_validation(f"c{i}") == (section_of(f"c{i}", 0.3) == "validation") for i in range(50))
