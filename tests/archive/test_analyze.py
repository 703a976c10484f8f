# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad analyze` from files to an archive, and what it says of files it cannot use."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pydicom
import pytest

from aurad_monai import vocabulary
from aurad_monai.cli.main import main
from tests.bundles import tiny
from tests.orthanc import Archive, archive, ask

pytest.importorskip("highdicom")
from tests.archive.hospital import generated_picture, write_radiograph

__all__ = ["archive"]
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def analyzed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output for a folder with two images, a lateral one and a text."""
    folder = tmp_path_factory.mktemp("hospital")
    picture = generated_picture()
    write_radiograph(folder / "in" / "2.25.1001", picture)
    mirrored = {"PatientOrientation": ["R", "F"], "SOPInstanceUID": "2.25.1004", "ImagerPixelSpacing": None}
    write_radiograph(folder / "in" / "sub" / "b.IMA", picture[:, ::-1], **mirrored, AccessionNumber=None)
    write_radiograph(folder / "in" / "lateral", picture, ViewPosition="LL", SOPInstanceUID="2.25.1005")
    write_radiograph(folder / "in" / "drawn", SOPInstanceUID="2.25.1006")
    (folder / "in" / "notes.txt").write_text("mine")
    assert main(["analyze", str(folder / "in"), "--output", str(folder / "out")]) == 0
    return folder / "out"


def records(folder: Path) -> dict[str, dict[str, Any]]:
    lines = (folder / "analysis.jsonl").read_text().splitlines()
    return {record["file"]: record for record in map(json.loads, lines)}


def test_every_file_is_told_of(analyzed: Path) -> None:
    found = records(analyzed)
    assert {name for name, record in found.items() if "objects" in record} == {"2.25.1001", "b.IMA"}
    assert "LL" in found["lateral"]["refused"] and found["notes.txt"]["refused"]
    assert "no chest" in found["drawn"]["refused"]


def test_every_finding_is_coded_with_expert_and_power(analyzed: Path) -> None:
    with (tiny.ROOT / "docs/results/findings_expert_alike.csv").open() as stream:
        measured = {row["finding"]: row for row in csv.DictReader(stream)}
    said = {item["name"]: item for item in records(analyzed)["2.25.1001"]["observations"]}
    assert set(said) == set(vocabulary.FINDING_NAMES)
    for name, item in said.items():
        assert item["state"] in ("present", "absent", "indeterminate")
        assert (item["state"] == "indeterminate") == (item["threshold"] is None)
        if row := measured[name]["AUROC (among films alike)"]:
            power, cases = item["power"], int(measured[name]["positives (among films alike)"])
            assert power["auroc"] == round(float(row), 2) and power["cases"] == cases
        else:
            assert item["power"] is None


def test_objects_are_of_the_image_s_study(analyzed: Path) -> None:
    for name, instance in (("2.25.1001", "2.25.1001"), ("b.IMA", "2.25.1004")):
        objects = records(analyzed)[name]["objects"]
        assert {Path(path).stem for path in objects} >= {"report", "outlined"}
        for path in objects:
            dataset = pydicom.dcmread(analyzed / path)
            assert dataset.StudyInstanceUID == "2.25.1002" and instance in str(dataset)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["/no/such", "--output", "out"], "a DICOM file or a folder"),
        (["IN", "--output", "out", "--send", "ftp://x"], "dicom://AET@HOST:PORT"),
        (["IN", "--output", "out", "--send", "dicom://HOST"], "dicom://AET@HOST:PORT"),
        (["IN/notes.txt", "--output", "out"], "notes.txt"),
        (["IN"], "output"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    words: list[str], message: str, analyzed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"out": str(tmp_path / "out")}
    given = [places.get(word, word.replace("IN", str(analyzed.parent / "in"))) for word in words]
    assert main(["analyze", *given]) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert message in error and not (tmp_path / "out").exists()


@pytest.mark.orthanc
@pytest.mark.parametrize("kind", ["dicomweb", "dicom"])
def test_an_archive_takes_the_objects(kind: str, analyzed: Path, archive: Archive, tmp_path: Path) -> None:
    pytest.importorskip("dicomweb_client" if kind == "dicomweb" else "pynetdicom")
    if kind == "dicomweb" and not archive.dicomweb:
        pytest.skip("Orthanc has no DICOMweb plugin")
    from aurad_monai.archive.send import send

    web, dicom = f"http://127.0.0.1:{archive.http}/dicom-web", f"dicom://ORTHANC@127.0.0.1:{archive.dicom}"
    files = sorted(analyzed.glob("*/*.dcm"))
    image = write_radiograph(tmp_path / "image")
    sent = send(map(pydicom.dcmread, [image, *files]), web if kind == "dicomweb" else dicom)
    counted = ask(archive, "statistics")
    assert counted["CountInstances"] == sent == len(files) + 1 and counted["CountStudies"] == 1
    if archive.dicomweb:  # how a viewer finds them: QIDO-RS by study, WADO-RS metadata
        series = ask(archive, "dicom-web/studies/2.25.1002/series")
        assert {item["00080060"]["Value"][0] for item in series} >= {"DX", "SR", "OT"} | (
            {"SEG"} if len(files) > 4 else set()
        )


@pytest.mark.orthanc
def test_nobody_there_is_one_line(analyzed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = str(analyzed.parent / "in" / "2.25.1001")
    for number, address in enumerate(("http://127.0.0.1:9/dicom-web", "dicom://X@127.0.0.1:9")):
        assert main(["analyze", source, "--output", str(tmp_path / str(number)), "--send", address]) == 2
        assert "send" in capsys.readouterr().err
        assert (tmp_path / str(number) / "analysis.jsonl").is_file()  # what was found stays
