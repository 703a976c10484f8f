# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A folder of radiographs becomes a training set that training can read, whole, resumable, split by patient."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aurad_monai.cli.main import main
from aurad_monai.datasets import prepare as preparing
from aurad_monai.datasets.experts import Experts, Seen, Sure, read_sure
from aurad_monai.datasets.prepare import Settings, prepare
from aurad_monai.datasets.read_record import merge_labels
from aurad_monai.datasets.summary import said, summarize, write_report
from aurad_monai.errors import InputError
from aurad_monai.filtering.calibrate import same_patient
from aurad_monai.filtering.criteria.criterion import ExpertPredictions
from aurad_monai.filtering.criteria.frontal_radiograph import FrontalRadiograph
from aurad_monai.filtering.gate import Gate
from aurad_monai.io.datalist import load_channels, read_datalist
from aurad_monai.io.load_case import LoadCased
from aurad_monai.prompts.parse import parse
from aurad_monai.vocabulary import channel
from tests.conftest import ellipse_chest
from tests.datasets.sources import trees

SIZE = 64


class DrawnExperts(Experts):
    """Sees the same chest in every image, and an effusion at the base of its left lung."""

    def __init__(self, sure: float | None = None) -> None:
        known = {} if sure is None else {"effusion": Sure(sure, precision=0.8, prior=0.1)}
        super().__init__(Gate(None, [FrontalRadiograph()]), None, sure=known)  # type: ignore[arg-type]
        self.looked = 0

    def look(self, images: np.ndarray) -> list[Seen]:
        self.looked += len(images)
        anatomy = ellipse_chest(SIZE)
        maps = np.zeros((13, SIZE, SIZE), dtype=np.float32)
        maps[channel("effusion"), 44:52, 40:48] = 0.9
        seen = ExpertPredictions(anatomy, maps, maps.max(axis=(1, 2)))
        return [Seen(seen, seen)] * len(images)


def run(
    source: str, tmp_path: Path, tree: str = "", sure: float | None = None, **settings: Any
) -> tuple[list[dict[str, Any]], Path]:
    root, output = tmp_path / "root", tmp_path / "out"
    if not root.exists():
        getattr(trees, tree or source)(root)
    return prepare(Settings(source, str(root), SIZE, **settings), output, DrawnExperts(sure), batch_size=2), output


def test_a_case_has_what_training_needs(tmp_path: Path) -> None:
    lines, output = run("folder", tmp_path, "folder_with_metadata", val_share=0.0)
    first, second = read_datalist(str(output))
    assert (first["view"], first["sex"], first["age"]) == ("PA", "female", 60)
    assert "left" in first["prompt"] and "pleural effusion" in first["prompt"]
    assert parse(first["prompt"]).present[0].name == "effusion"
    loaded = LoadCased(("image", "anatomy", "pathology"))(first)
    assert [tuple(loaded[key].shape) for key in ("image", "anatomy", "pathology")] == [
        (1, SIZE, SIZE),
        (3, SIZE, SIZE),
        (13, SIZE, SIZE),
    ]
    assert first["masks"] == {"effusion": "expert"}
    assert not {"patient", "refused", "bytes", "section"} & set(first)
    assert all(line["bytes"] > 0 for line in lines) and "view" not in second


def test_without_labels_anatomy_alone_is_written(tmp_path: Path) -> None:
    trees.picture(tmp_path / "root" / "a.png")
    (line,), output = run("folder", tmp_path, sure=0.8)
    assert line["masks"] == {} and line["findings"] == [] and "pathology" not in line
    assert (output / line["anatomy"]).is_file() and not (output / "pathology").exists()
    assert "anatomy only" in " ".join(said(summarize([line])))


@pytest.mark.parametrize(("sure", "masks"), [(0.8, {"effusion": "expert"}), (0.95, {})])
def test_findings_by_experts_are_those_they_are_sure_of(sure: float, masks: dict[str, str], tmp_path: Path) -> None:
    for index in range(8):
        trees.picture(tmp_path / "root" / f"{index}.png", seed=index)
    lines, output = run("folder", tmp_path, sure=sure, findings_by_experts=True)
    assert [line["masks"] for line in lines] == [masks] * 8
    assert all("pathology" in line and line["open"] == ["effusion"] for line in lines)
    counts = summarize(lines, DrawnExperts(sure).sure)
    row = counts["by_experts"]["effusion"]
    assert (row["radiographs"], row["share"], row["prior"]) == (8, float(bool(masks)), 0.1)
    words = "\n".join(said(counts))
    assert "prior 10.0%" in words and ("warning: pleural effusion" in words) == bool(masks) == row["far_above"]
    assert ("far above" in write_report(output, lines, counts).read_text()) == bool(masks)
    assert "by_experts" not in read_datalist(str(output))[0]


def test_a_table_of_thresholds_is_read_without_its_nulls() -> None:
    row = {"threshold": 0.7, "precision": 0.9, "prior": 0.1}
    assert read_sure({"effusion": row, "mass": None}) == {"effusion": Sure(0.7, 0.9, 0.1)}
    with pytest.raises(InputError, match="precision_thresholds"):
        read_sure({"effusion": {"threshold": 0.7}})


@pytest.mark.parametrize(
    ("tags", "name"),
    [
        ({"BodyPartExamined": "HAND"}, "body_part"),
        ({"SeriesDescription": "Thorax lateral", "ViewPosition": ""}, "view"),
        ({"PatientAge": "008Y"}, "age"),
    ],
)
def test_what_is_no_frontal_chest_of_an_adult_is_left_out_by_name(
    tags: dict[str, str], name: str, tmp_path: Path
) -> None:
    trees.dicom(tmp_path / "root" / "odd.dcm", **tags)
    trees.dicom(tmp_path / "root" / "good.dcm")
    lines, output = run("dicom", tmp_path)
    (odd,) = [line for line in lines if "refused" in line]
    assert (odd["id"], odd["objection"]) == ("odd", name)
    counts = summarize(lines)
    assert counts["left_out"] == {name: 1} and f"left out  1: {odd['refused']}" in said(counts)
    assert "| odd |" in write_report(output, lines, counts).read_text()
    (flagged,) = [line for line in run_again("dicom", tmp_path, gate="flag") if name in line["flags"]]
    assert name in flagged["flags"] and "refused" not in flagged


def run_again(source: str, tmp_path: Path, **settings: Any) -> list[dict[str, Any]]:
    asked = Settings(source, str(tmp_path / "root"), SIZE, **settings)
    return prepare(asked, tmp_path / "again", DrawnExperts())


def test_outlines_and_absent_labels(tmp_path: Path) -> None:
    lines, output = run("chestxdet", tmp_path)
    by_id = {line["id"]: line for line in lines}
    assert by_id["36204"]["masks"] == {"effusion": "outline"}
    assert by_id["36205"]["masks"] == {} and by_id["36205"]["prompt"] == "normal chest radiograph"
    drawn = load_channels(output / by_id["36204"]["pathology"])[channel("effusion")]
    assert np.argwhere(drawn).min(axis=0).tolist() == [37, 6]


def test_a_present_finding_without_a_mask_leaves_pathology_unknown(tmp_path: Path) -> None:
    (line,) = run("openi", tmp_path)[0]
    assert line["masks"]["pleural_thickening"] == "" and "pathology" not in line
    assert {item["name"] for item in line["findings"] if item["present"]} == {"effusion", "pleural_thickening"}


def test_a_stopped_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, output = tmp_path / "root", tmp_path / "out"
    for index in range(5):
        trees.picture(root / f"{index}.png", seed=index)
    settings, experts = Settings("folder", str(root), SIZE), DrawnExperts()

    def stop(batch: Any, *arguments: Any, made: list[int] = []) -> Any:  # noqa: B006
        made.append(1)
        if len(made) == 2:
            raise KeyboardInterrupt
        return real(batch, *arguments)

    real = preparing._batch
    monkeypatch.setattr(preparing, "_batch", stop)
    with pytest.raises(KeyboardInterrupt):
        prepare(settings, output, experts, batch_size=2)
    monkeypatch.undo()
    assert experts.looked == 2 and not (output / "datalist.json").exists()
    with (output / "cases.jsonl").open("a") as stream:
        stream.write('{"id": "half a li')
    lines = prepare(settings, output, experts, batch_size=2)
    assert experts.looked == 5 and sorted(line["id"] for line in lines) == [f"00000{n}_001" for n in range(1, 6)]
    assert len((output / "cases.jsonl").read_text().splitlines()) == 5
    assert len(prepare(settings, output, experts)) == 5 and experts.looked == 5


def test_other_settings_and_other_folders_are_refused(tmp_path: Path) -> None:
    run("folder", tmp_path)
    with pytest.raises(InputError, match="val_share=0.1"):
        run("folder", tmp_path, val_share=0.2)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="empty"):
        prepare(Settings("folder", str(tmp_path / "root"), SIZE), tmp_path / "full", DrawnExperts())


def test_what_cannot_be_used_is_named_with_its_reason(tmp_path: Path) -> None:
    root = tmp_path / "root"
    trees.dicom_folder(root)
    trees.dicom(root / "frames.dcm", NumberOfFrames=2)
    (root / "broken.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\x08\0")
    lines, output = run("dicom", tmp_path, sure=0.8, findings_by_experts=True)
    refused = {line["id"]: line["refused"] for line in lines if "refused" in line}
    assert set(refused) == {"broken", "frames", "study_IM0002"}
    assert "view LL" in refused["study_IM0002"] and "2 frames" in refused["frames"]
    (used,) = [line for line in lines if "refused" not in line]
    assert "burned_in" in used["flags"] and used["spacing"] == 0.25  # 160 x 96 pixels of 0.1 mm become 64 x 64
    counts = summarize(lines)
    assert (counts["radiographs"], counts["used"]) == (4, 1)
    assert counts["refused"] == {"modality unknown": 1, "several frames": 1, "lateral": 1}
    report = write_report(output, lines).read_text()
    assert "refused: " in report and "several frames 1" in report and "passed over: no image 1" in report
    assert (output / "passed_over.csv").read_text().splitlines() == ["name,reason", "study/DICOMDIR.txt,no image"]
    assert "burned in" in report and (output / "contact_sheets" / "effusion.png").is_file()
    assert (output / "contact_sheets" / "flag_burned_in.png").is_file()


def test_a_section_without_a_case_is_said(tmp_path: Path) -> None:
    for share, section in ((0.0, "validation"), (0.9, "training")):
        trees.picture(tmp_path / "root" / "a.png")
        settings = Settings("folder", str(tmp_path / "root"), SIZE, share)
        lines = prepare(settings, tmp_path / section, DrawnExperts())
        assert f"no {section} case" in write_report(tmp_path / section, lines).read_text()


def test_two_at_once_are_told_so(tmp_path: Path) -> None:
    root, output = tmp_path / "root", tmp_path / "out"
    trees.picture(root / "a.png")
    settings = Settings("folder", str(root), SIZE)

    class Second(DrawnExperts):
        """Starts the same command while the first works."""

        def look(self, images: np.ndarray) -> list[ExpertPredictions]:
            with pytest.raises(InputError, match="no other run is writing"):
                prepare(settings, output, DrawnExperts())
            return super().look(images)

    assert len(prepare(settings, output, Second())) == 1
    assert len(prepare(settings, output, DrawnExperts())) == 1


def test_marks_are_turned_with_their_radiograph(tmp_path: Path) -> None:
    from aurad_monai.datasets.marks import box
    from aurad_monai.datasets.read_record import ReadRecord
    from aurad_monai.datasets.sources.record import Record

    stored = np.full((80, 96), 0.3) + 0.2 * np.linspace(0, 1, 96)
    stored[10:30, 5:25] = 1.0
    pixels = np.round(stored * 4095).astype(np.uint16)
    marks = (box("nodule", 5, 10, 24, 29),)
    for name, tags in (
        ("plain", {}),
        ("turned", {"PatientOrientation": ["H", "R"]}),
        ("tall", {"PixelSpacing": [2, 1]}),
    ):
        trees.dicom(tmp_path / f"{name}.dcm", stored=pixels, **tags)
        read = ReadRecord(160)(Record(name, tmp_path / f"{name}.dcm", "p", marks=marks))
        assert not read.refused
        bright = read.image[0] > 0.8
        assert (read.drawn[0].mask != bright).sum() < 0.12 * bright.sum(), name


def test_workers_give_the_same(tmp_path: Path) -> None:
    root = tmp_path / "root"
    trees.folder(root)
    settings = Settings("folder", str(root), SIZE)
    alone = prepare(settings, tmp_path / "alone", DrawnExperts())
    together = prepare(settings, tmp_path / "together", DrawnExperts(), workers=2)
    for line in (*alone, *together):
        line.pop("timing")
    assert alone == together


def test_a_generated_run_is_a_source(tmp_path: Path) -> None:
    root = tmp_path / "root"
    trees.picture(root / "images" / "case_0.png", (SIZE, SIZE))
    from aurad_monai.files import sha256
    from aurad_monai.io.datalist import save_channels

    pathology = np.zeros((13, SIZE, SIZE), np.uint8)
    pathology[channel("mass"), 30:36, 15:22] = 1
    save_channels(root / "anatomy" / "case_0.nii.gz", ellipse_chest(SIZE))
    save_channels(root / "pathology" / "case_0.nii.gz", pathology)
    files = {"image": "images/case_0.png", "anatomy": "anatomy/case_0.nii.gz", "pathology": "pathology/case_0.nii.gz"}
    findings = {"findings": [{"name": "mass", "present": True}], "view": "AP", "sex": None, "age": 50}
    known: dict[str, object] = {"seed": 0, "reasons": [], "scores": {}, "findings": findings, "prompt": "mass"}
    hashes = {key: sha256(root / file) for key, file in files.items()}
    line = known | {"id": "case_0", "accepted": True, "files": files, "sha256": hashes}
    rejected = line | {"id": "case_1", "accepted": False, "files": {}, "sha256": {}}
    (root / "manifest.jsonl").write_text(json.dumps(line) + "\n" + json.dumps(rejected) + "\n")
    (made,), output = run("synthetic", tmp_path)
    assert made["masks"]["mass"] == "outline" and made["view"] == "AP" and made["age"] == 50
    assert (load_channels(output / made["pathology"])[channel("mass")] == pathology[channel("mass")]).all()
    assert (load_channels(output / made["anatomy"]) == ellipse_chest(SIZE)).all()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["prepare"], "source"),
        (["prepare", "nihh", "--root", ".", "--output", "x"], "chestxdet"),
        (["prepare", "nih", "--output", "x"], "root"),
        (["prepare", "nih", "--root", "/no/such", "--output", "x"], "existing folder"),
        (["prepare", "nih", "--root", ".", "--output", "x", "--size", "100"], "multiple of 8"),
        (["prepare", "nih", "--root", ".", "--output", "x", "--val_share", "2"], "0 to 0.9"),
    ],
)
def test_command_line(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert message in capsys.readouterr().err


def test_a_report_and_labels_together(tmp_path: Path) -> None:
    (line,) = run("mimic", tmp_path)[0]
    stated = {item["name"]: item for item in line["findings"]}
    assert stated["effusion"]["present"] and stated["effusion"]["laterality"] == "left"
    assert stated["cardiomegaly"]["present"] is False


def test_labels_and_text_that_contradict_each_other_say_nothing() -> None:
    stated = parse("effusion; no mass")
    assert merge_labels({"effusion": False, "nodule": False}, stated, ()) == {"mass": False, "nodule": False}
    assert merge_labels({"effusion": True}, parse("no mass"), ("effusion",)) == {"effusion": True, "mass": False}
    assert merge_labels({"nodule": False}, parse("no mass"), ("nodule",)) == {"mass": False}


def test_names_of_files_go_into_names_json_and_nowhere_else(tmp_path: Path) -> None:
    root, output = tmp_path / "root", tmp_path / "out"
    for index, name in enumerate(("Mueller_Hans_1951", "Meyer_Eva_4711")):
        trees.picture(root / f"{name}.png", seed=index)
    settings = Settings("folder", str(root), SIZE, val_share=0.0)
    lines = prepare(settings, output, DrawnExperts())
    write_report(output, lines)
    films = {"Meyer_Eva_4711": "000001_001", "Mueller_Hans_1951": "000002_001"}
    assert json.loads((output / "names.json").read_text())["films"] == films
    written = [path for path in output.rglob("*") if path.is_file() and path.name != "names.json"]
    for word in ("Mueller", "Meyer", "1951", "4711"):
        assert not any(word in path.name or word.encode() in path.read_bytes() for path in written)


def test_ids_stay_when_radiographs_are_added(tmp_path: Path) -> None:
    root, output = tmp_path / "root", tmp_path / "out"
    trees.picture(root / "m.png", seed=1)
    settings, experts = Settings("folder", str(root), SIZE), DrawnExperts()
    prepare(settings, output, experts)
    for name in ("a", "z"):
        trees.picture(root / f"{name}.png", seed=ord(name))
    lines = prepare(settings, output, experts)
    assert [line["id"] for line in lines] == ["000001_001", "000002_001", "000003_001"] and experts.looked == 3
    films = {"m": "000001_001", "a": "000002_001", "z": "000003_001"}
    assert json.loads((output / "names.json").read_text())["films"] == films


def test_films_of_a_patient_share_its_number(tmp_path: Path) -> None:
    root = tmp_path / "root"
    rows = ["image,patient", "a.png,Hans", "b.png,Eva", "c.png,Hans"]
    for name in "abc":
        trees.picture(root / f"{name}.png", seed=ord(name))
    (root / "metadata.csv").write_text("\n".join(rows) + "\n")
    ids = [line["id"] for line in run("folder", tmp_path)[0]]
    assert ids == ["000001_001", "000002_001", "000001_002"]
    assert same_patient(ids[0], ids) == [ids[0], ids[2]]


def test_a_folder_of_an_earlier_version_goes_on_with_its_ids(tmp_path: Path) -> None:
    root, output = tmp_path / "root", tmp_path / "out"
    trees.picture(root / "m.png", seed=1)
    settings, experts = Settings("folder", str(root), SIZE), DrawnExperts()
    (line,) = prepare(settings, output, experts)
    (output / "names.json").unlink()
    (output / "cases.jsonl").write_text(json.dumps({**line, "id": "m"}) + "\n")
    trees.picture(root / "n.png", seed=2)
    assert [one["id"] for one in prepare(settings, output, experts)] == ["m", "n"] and experts.looked == 2


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"patients": {}, "films": {"a": 7}}', '{"patients": {"a": "../x"}, "films": {}}', "[" * 100_000],
)
@pytest.mark.parametrize("name", ["names.json", "prepare.json"])
def test_a_damaged_folder_is_named(tmp_path: Path, name: str, content: str) -> None:
    trees.picture(tmp_path / "root" / "m.png")
    _, output = run("folder", tmp_path)
    (output / name).write_text(content)
    with pytest.raises(InputError, match="output"):
        run("folder", tmp_path)


def test_collections_that_are_published_keep_their_ids(tmp_path: Path) -> None:
    lines, output = run("chestxdet", tmp_path)
    assert {line["id"] for line in lines} == {"36204", "36205"} and not (output / "names.json").exists()
