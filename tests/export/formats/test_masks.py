# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Formats that hold masks, read back by the reader that people use for each."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from aurad_monai import vocabulary
from aurad_monai.case import Case
from aurad_monai.export.formats.format import ExportRun
from aurad_monai.export.formats.instances import Instance, instances

Write = Callable[[str], Path]
Cases = dict[str, Case]
MASKS = hnp.arrays(np.uint8, (13, 9, 12), elements=st.integers(0, 1))


@settings(max_examples=50)
@given(MASKS)
def test_pieces_are_the_mask_again(pathology: np.ndarray) -> None:
    again = np.zeros_like(pathology)
    for item in instances(pathology):
        x, y, width, height = item.box
        rows, columns = np.nonzero(item.mask)
        assert (x, y, x + width - 1, y + height - 1) == (columns.min(), rows.min(), columns.max(), rows.max())
        assert not (again[item.channel] & item.mask).any()
        again[item.channel] |= item.mask
    assert np.array_equal(again, pathology)


def test_monai(write: Write, cases: Cases, run: ExportRun) -> None:
    from monai.data import load_decathlon_datalist

    folder = write("monai")
    parts = {name: load_decathlon_datalist(folder / "datalist.json", True, name) for name in ("training", "validation")}
    assert {item["id"] for item in parts["validation"]} == {name for name in cases if run.is_validation(name)}
    assert sum(map(len, parts.values())) == len(cases)
    for item in parts["training"]:
        case = cases[item["id"]]
        assert np.array_equal(np.asarray(Image.open(item["image"])), case.pixels)
        assert np.array_equal(np.asarray(nib.load(item["label"]).dataobj)[:, :, 0].transpose(2, 1, 0), case.pathology)


def test_nifti(write: Write, cases: Cases) -> None:
    folder = write("nifti")
    for name, case in cases.items():
        volumes = {key: np.asarray(nib.load(folder / name / f"{key}.nii.gz").dataobj) for key in case.files}
        assert np.array_equal(volumes["image"][..., 0].T, case.pixels)
        assert np.array_equal(volumes["anatomy"][:, :, 0].transpose(2, 1, 0), case.anatomy)
        assert np.array_equal(volumes["pathology"][:, :, 0].transpose(2, 1, 0), case.pathology)


def test_coco(write: Write, cases: Cases) -> None:
    coco_api = pytest.importorskip("pycocotools.coco")
    folder = write("coco")
    assert sorted(path.name for path in folder.iterdir()) == [".aurad-export", "annotations", "images"]
    coco = coco_api.COCO(str(folder / "annotations" / "instances.json"))
    assert [category["name"] for category in coco.loadCats(coco.getCatIds())] == list(vocabulary.FINDING_NAMES)
    assert len(coco.getImgIds()) == len(cases)
    for image in coco.loadImgs(coco.getImgIds()):
        case = cases[Path(image["file_name"]).stem]
        again = np.zeros_like(case.pathology)
        for annotation in coco.loadAnns(coco.getAnnIds(imgIds=image["id"])):
            mask = coco.annToMask(annotation)
            assert annotation["area"] == mask.sum()
            again[annotation["category_id"] - 1] |= mask
        assert np.array_equal(again, case.pathology)
        assert (folder / "images" / image["file_name"]).read_bytes() == case.files["image"].read_bytes()
    assert coco.dataset["info"]["synthetic"] is True


def test_yolo_boxes_are_exact_and_polygons_near(write: Write, cases: Cases, run: ExportRun) -> None:
    from skimage.draw import polygon2mask

    folder = write("yolo")
    for name, case in cases.items():
        split = "val" if run.is_validation(name) else "train"
        found = list(instances(case.pathology))
        assert (folder / "boxes" / "images" / split / f"{name}.png").is_file()
        lines = {
            kind: (folder / kind / "labels" / split / f"{name}.txt").read_text().splitlines()
            for kind in ("boxes", "polygons")
        }
        assert len(lines["boxes"]) == len(lines["polygons"]) == len(found)
        for item, box, polygon in zip(found, lines["boxes"], lines["polygons"], strict=True):
            channel, x, y, width, height = (float(word) * 48 for word in box.split())
            assert channel == item.channel * 48
            assert np.allclose((x - width / 2, y - height / 2, width, height), item.box, atol=1e-3)
            corners = np.array(polygon.split()[1:], dtype=float).reshape(-1, 2) * 48
            again = polygon2mask((48, 48), corners[:, ::-1] - 0.5)
            assert (again & item.mask).sum() / (again | item.mask).sum() > 0.8


def test_yolo_as_supervision_reads_it(write: Write, cases: Cases) -> None:
    supervision = pytest.importorskip("supervision", exc_type=ImportError)
    folder = write("yolo") / "boxes"
    found = 0
    for split in ("train", "val"):
        read = supervision.DetectionDataset.from_yolo(
            str(folder / "images" / split), str(folder / "labels" / split), str(folder / "data.yaml")
        )
        assert read.classes == list(vocabulary.FINDING_NAMES)
        for path, _, detections in read:
            boxes = [item.box for item in instances(cases[Path(path).stem].pathology)]
            assert np.allclose(detections.xyxy[:, :2], np.reshape(boxes, (-1, 4))[:, :2], atol=1e-2)
            found += 1
    assert found == len(cases)


def test_a_polygon_of_one_pixel_has_an_area() -> None:
    from aurad_monai.export.formats.yolo import _polygon

    mask = np.zeros((8, 8), bool)
    mask[0, 7] = True
    corners = _polygon(Instance(0, mask, (7, 0, 1, 1)))
    assert len(corners) >= 3 and corners.min() >= 0 and corners.max() <= 8


def test_safetensors(write: Write, cases: Cases) -> None:
    from safetensors import safe_open

    (path,) = write("safetensors").glob("*.safetensors")
    with safe_open(path, "numpy") as file:
        assert json.loads(file.metadata()["pathology_channels"]) == list(vocabulary.FINDING_NAMES)
        assert len(list(file.keys())) == 2 * len(cases)
        for name, case in cases.items():
            assert np.array_equal(file.get_tensor(f"{name}.pathology"), case.pathology)
            assert np.array_equal(file.get_tensor(f"{name}.anatomy"), case.anatomy)


def test_webdataset(write: Write, cases: Cases) -> None:
    webdataset = pytest.importorskip("webdataset")
    folder = write("webdataset")
    samples = list(webdataset.WebDataset(str(folder / "shard-000000.tar"), shardshuffle=False).decode("l8"))
    assert [sample["__key__"] for sample in samples] == list(cases)
    for sample in samples:
        case = cases[sample["__key__"]]
        assert np.array_equal(sample["png"], case.pixels)
        assert np.array_equal(sample["masks.npz"]["pathology"], case.pathology)
        assert sample["json"]["seed"] == case.seed


def test_huggingface(write: Write, cases: Cases, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    folder = write("huggingface")
    loaded = datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))
    assert set(loaded) == {"train", "validation"}
    rows = [row for split in loaded.values() for row in split]
    assert {row["id"] for row in rows} == set(cases)
    for row in rows:
        case = cases[row["id"]]
        assert np.array_equal(np.asarray(row["image"]), case.pixels)
        again = np.zeros_like(case.pathology)
        for item in row["masks"]:
            again[item["finding"]] = np.asarray(item["mask"]) // 255
        assert np.array_equal(again, case.pathology)
        assert [item["bbox"] for item in row["objects"]] == [list(item.box) for item in instances(case.pathology)]
    card = datasets.utils.file_utils.Path(folder / "README.md").read_text()
    assert "synthetic" in card and "Not for" in card and "toy/models/model.pt" in card


def test_croissant(write: Write, cases: Cases) -> None:
    mlcroissant = pytest.importorskip("mlcroissant")
    folder = write("croissant")
    dataset = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    assert not dataset.metadata.issues.errors, dataset.metadata.issues.report()
    rows = {row["cases/case"].decode(): row for row in dataset.records("cases")}
    assert set(rows) == set(cases)
    for name, case in cases.items():
        assert int(rows[name]["cases/seed"]) == case.seed
        present = {item.name for item in case.findings.present}
        assert {n for n in vocabulary.FINDING_NAMES if rows[name][f"cases/{n}"] == b"present"} == present
    images = {Path(row["radiographs/file"].decode()).stem: row for row in dataset.records("radiographs")}
    for name, case in cases.items():
        assert np.array_equal(np.asarray(images[name]["radiographs/image"].convert("L")), case.pixels)
