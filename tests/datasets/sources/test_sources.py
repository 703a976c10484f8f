# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Every source is read from the form it is published in, and says what it knows in the vocabulary's words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aurad_monai.datasets.sources import records
from aurad_monai.datasets.sources.openi import mesh_findings
from aurad_monai.datasets.sources.padchest import findings_of
from aurad_monai.datasets.sources.record import Record, known_age, known_sex, known_view, label_findings, passed_over
from aurad_monai.errors import InputError
from aurad_monai.vocabulary import FINDING_NAMES
from tests.datasets.sources import trees


def read(source: str, root: Path, tree: str = "") -> list[Record]:
    getattr(trees, tree or source)(root)
    return list(records(source, root))


def test_nih(tmp_path: Path) -> None:
    first, second = read("nih", tmp_path)
    assert (first.id, first.patient, first.view, first.sex, first.age) == ("00000001_000", "1", "PA", "male", 57)
    assert first.labels["effusion"] and first.labels["nodule"] and not first.labels["mass"]
    assert [mark.name for mark in first.marks] == ["consolidation", "nodule"]
    drawn = first.marks[0].draw((1024, 1024), 256)
    assert np.argwhere(drawn).min(axis=0).tolist() == [64, 128]
    assert 16 * 32 <= drawn.sum() <= 17 * 33
    assert set(second.labels.values()) == {False}


def test_nih_opacities_leave_consolidation_unknown() -> None:
    assert "consolidation" not in label_findings({"Infiltration": 1, "Consolidation": 0, "Mass": 0})
    assert label_findings({"Infiltration": 0, "Consolidation": 0}) == {"consolidation": False}


def test_rsna(tmp_path: Path) -> None:
    first, second = read("rsna", tmp_path)
    assert first.labels == {"consolidation": False} and not first.marks
    assert second.labels == {"consolidation": True} and len(second.marks) == 2
    assert (first.view, first.sex, first.age) == ("PA", "female", 51)  # from the headers in torchxrayvision's wheel


def test_siim(tmp_path: Path) -> None:
    first, second = read("siim", tmp_path)
    assert (first.patient, first.sex, first.age, first.labels) == ("p-1", "female", 51, {"pneumothorax": True})
    assert second.labels == {"pneumothorax": False} and not second.marks
    rows, columns = np.nonzero(first.marks[0].decode())  # type: ignore[attr-defined]
    assert (set(rows), set(columns)) == ({20, 21, 22, 23, 24}, {10, 11})


def test_vindr_counts_readers(tmp_path: Path) -> None:
    first, second = read("vindr", tmp_path)
    assert not any(first.labels.values()) and "nodule" in first.labels
    assert second.labels["effusion"] and [mark.name for mark in second.marks] == ["effusion", "effusion"]
    assert "cardiomegaly" not in second.labels  # one reader of three
    assert "nodule" not in second.labels and "mass" not in second.labels  # one label for both
    assert second.marks[0].draw((80, 96), 96)[8 + 20 : 8 + 60, 10:40].all()  # padded by 8 rows


def test_chexpert(tmp_path: Path) -> None:
    first, second = read("chexpert", tmp_path)
    assert (first.id, first.patient, first.view) == ("patient00001_study1_view1_frontal", "00001", "AP")
    assert (first.sex, first.age) == ("female", 68)
    assert first.labels["cardiomegaly"] and first.labels["effusion"] and not first.labels["pneumothorax"]
    assert "atelectasis" not in first.labels  # uncertain
    assert "mass" not in first.labels and "consolidation" not in first.labels  # lung lesion, lung opacity
    assert second.id == "patient64541_study1_view1_frontal"
    assert second.labels["mass"] is False


def test_mimic(tmp_path: Path) -> None:
    (only,) = read("mimic", tmp_path)
    assert (only.patient, only.view) == ("10000032", "PA")
    assert only.labels == {"cardiomegaly": False, "effusion": True}
    assert "left pleural effusion" in Path(only.report).read_text()


def test_padchest(tmp_path: Path) -> None:
    (only,) = read("padchest", tmp_path)
    assert (only.view, only.sex, only.age) == ("PA", "female", 84)
    assert only.labels["effusion"] and not only.labels["nodule"] and "consolidation" not in only.labels
    assert findings_of("['exclude']") == findings_of("nan") == {}


def test_chestxdet(tmp_path: Path) -> None:
    first, second = read("chestxdet", tmp_path)
    assert set(first.labels) == set(FINDING_NAMES) and [n for n, there in first.labels.items() if there] == ["effusion"]
    assert 49**2 < first.marks[0].draw((1024, 1024), 256).sum() < 53**2 and not first.marks[0].boxed
    assert not second.marks


def test_openi(tmp_path: Path) -> None:
    found = read("openi", tmp_path)
    assert [(record.id, record.patient, record.view) for record in found] == [("CXR100_IM-0002-1001", "CXR10", "PA")]
    assert found[0].labels == {"effusion": True, "pleural_thickening": True}
    assert "FINDINGS: There is a small left pleural effusion" in str(found[0].report)


def test_mesh_majors() -> None:
    coded = ["Nodule/lung/multiple", "Calcinosis/aorta", "Costophrenic Angle/left/blunted", "Cicatrix/lung/base"]
    assert mesh_findings(coded) == {"diffuse_nodule", "effusion", "fibrosis"}


def test_folder(tmp_path: Path) -> None:
    first, second = read("folder", tmp_path)
    assert (first.id, second.id) == ("first", "ward_second")
    assert first.patient != second.patient


def test_folder_with_metadata(tmp_path: Path) -> None:
    first, second = read("folder", tmp_path, "folder_with_metadata")
    assert first.patient == second.patient == "a"
    assert (first.view, first.sex, first.age, first.prompt) == ("PA", "female", 60, "small left pleural effusion")
    assert (second.view, second.sex, second.age) == (None, None, None)


def test_dicom_folder(tmp_path: Path) -> None:
    first, second = read("dicom", tmp_path, "dicom_folder")
    assert (first.id, first.patient, first.view, first.sex, first.age) == ("study_IM0001", "P7", "PA", "male", 63)
    assert (second.id, second.view) == ("study_IM0002", None)


@pytest.mark.parametrize("source", ["mimic", "chestxdet", "synthetic", "rsna"])
def test_an_empty_folder_gives_an_input_error_or_nothing(tmp_path: Path, source: str) -> None:
    try:
        assert list(records(source, tmp_path)) == []
    except InputError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("nih", "Data_Entry_2017_v2020.csv"),
        ("chexpert", "train.csv"),
        ("vindr", "train.csv"),
        ("siim", "train-rle.csv"),
    ],
)
def test_a_table_of_another_form_is_one_error(tmp_path: Path, source: str, name: str) -> None:
    getattr(trees, source)(tmp_path)
    (tmp_path / name).write_text("a,b\n1,2\n")
    with pytest.raises(InputError) as caught:
        list(records(source, tmp_path))
    assert "\n" not in str(caught.value)


def test_unknown_source_and_root(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="chexpert"):
        records("cexpert", tmp_path)
    with pytest.raises(InputError, match="existing folder"):
        records("nih", tmp_path / "none")


@pytest.mark.parametrize(
    ("text", "age"),
    [("063Y", 63), (57, 57), ("81.0", 81), ("006M", 0), ("30 m", 2), (0, None), ("", None), (400, None)],
)
def test_ages(text: object, age: int | None) -> None:
    assert known_age(text) == age


def _folder(root: Path, text: bytes, *names: str) -> None:
    for name in names:
        trees.picture(root / name)
    (root / "metadata.csv").write_bytes(text)


def _read(root: Path) -> tuple[list[Record], list[tuple[str, str]]]:
    with passed_over() as notes:
        found = list(records("folder", root))
    return found, [(item.name, item.reason) for item in notes]


@pytest.mark.parametrize(
    "text",
    [
        "image,patient,age\na.png,Müller,63\n".encode("utf-8-sig"),
        "image;patient;age\r\na.png;Müller;63\r\n".encode("cp1252"),
        "Image ;Patient;AGE\ra.png;Müller;63\r".encode("latin-1"),
        "image\tpatient\tage\na.png\tMüller\t63\n".encode("utf-16"),
        'sep=;\nimage;patient;age\n"a.png";"Müller";" 63 "\n\n;;\n'.encode(),
        "image,patient,age,,\n.\\A.PNG,Müller,063Y,,\n".encode(),
        "image,patient,age\na,Müller,63.0\n".encode(),
    ],
)
def test_tables_of_every_spreadsheet(tmp_path: Path, text: bytes) -> None:
    _folder(tmp_path, text, "a.png")
    (record,), notes = _read(tmp_path)
    assert (record.id, record.patient, record.age, notes) == ("a", "Müller", 63, [])


def test_rows_and_files_without_a_partner_are_named(tmp_path: Path) -> None:
    text = "image,view,sex,age\na.png,PA,F,60\nmissing.png,PA,F,60\n,PA,F,60\n"
    text += "side.png,LL,M,3\na.png,PA,F,60\nb.png,XX,?,old\n"
    _folder(tmp_path, text.encode(), "a.png", "b.png", "c.png", "side.png")
    (tmp_path / "notes.txt").write_text("mine")
    found, notes = _read(tmp_path)
    assert [record.id for record in found] == ["a", "b"]
    assert notes == [
        ("notes.txt", "no image"),
        ("metadata.csv, line 3: missing.png", "row without an image"),
        ("metadata.csv, line 4", "row that names no image"),
        ("metadata.csv, line 5: side.png", "lateral"),
        ("metadata.csv, line 6: a.png", "row twice"),
        ("metadata.csv, line 7, view 'XX'", "cell not understood"),
        ("metadata.csv, line 7, age 'old'", "cell not understood"),
        ("c.png", "image without a row"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("image,report\na.png,small effusion, left\n", "line 2, with 3 cells"),
        ("image,age\na.png,60\na.png,61\n", r"line 3: a.png.*line 2 names it"),
        ("picture,age\na.png,60\n", "the column image"),
        ("image,age,age\na.png,60,61\n", "two columns age"),
        ('image,report\na.png,"never closed\n', "line 2"),
        ("", "the column image"),
    ],
)
def test_tables_that_cannot_be_read_name_the_line(tmp_path: Path, text: str, said: str) -> None:
    _folder(tmp_path, text.encode(), "a.png")
    with pytest.raises(InputError, match=said):
        _read(tmp_path)


def test_names_in_other_scripts_stay_apart(tmp_path: Path) -> None:
    names = ["病人一.png", "病人二.png", "пациент.png", "a b.png", "a_b.png", "é.png"]
    for name in names:
        trees.picture(tmp_path / name)
    found, _ = _read(tmp_path) if (tmp_path / "metadata.csv").exists() else (list(records("folder", tmp_path)), [])
    assert len({record.id for record in found}) == len(names)
    assert all(record.id.isascii() for record in found)
    (tmp_path / "metadata.csv").write_text("image,patient\ne\u0301.png,P1\n", encoding="utf-8")  # as macOS writes é
    (record,), _ = _read(tmp_path)
    assert record.patient == "P1"


def test_dicom_is_known_by_its_content(tmp_path: Path) -> None:
    names = ["1.2.840.113619.2.1", "1.2.840.113619.2.2", "IM0001.IMA", "study/IM0002"]
    for name in names:
        trees.dicom(tmp_path / name)
    (tmp_path / "study" / "DICOMDIR").write_bytes((tmp_path / names[0]).read_bytes())
    (tmp_path / "Thumbs.db").write_bytes(b"\xd0\xcf")
    trees.picture(tmp_path / "scan.png")
    with passed_over() as notes:
        found = list(records("dicom", tmp_path))
    assert [record.id for record in found] == ["1.2.840.113619.2.1", "1.2.840.113619.2.2", "IM0001", "study_IM0002"]
    assert sorted((item.name, item.reason) for item in notes) == [
        ("Thumbs.db", "no image"),
        ("scan.png", "png file"),
        ("study/DICOMDIR", "directory of files"),
    ]


def test_published_sets_name_what_has_no_partner(tmp_path: Path) -> None:
    trees.nih(tmp_path)
    trees.picture(tmp_path / "images_003" / "00000009_000.png")
    trees.picture(tmp_path / "again" / "00000002_000.png")
    with passed_over() as notes:
        assert len(list(records("nih", tmp_path))) == 2
    assert sorted((item.name, item.reason) for item in notes) == [
        ("00000003_000.png", "row without an image"),
        ("images_002/images/00000002_000.png", "copy of another file"),
        ("images_003/00000009_000.png", "image without a row"),
    ]
    trees.picture(tmp_path / "again" / "00000002_000.png", seed=5)
    with pytest.raises(InputError, match="one file of a name"):
        list(records("nih", tmp_path))


def test_words_of_another_language_are_not_guessed() -> None:
    assert [known_sex(text) for text in ("F", "female ", "Mujer", "Frau", "missing", "M")] == [
        "female",
        "female",
        None,
        None,
        None,
        "male",
    ]
    assert [known_view(text) for text in ("pa", "AP Supine", "PA_erect", "Pano", "Apical")] == [
        "PA",
        "AP",
        "PA",
        None,
        None,
    ]
