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
    assert sorted(path.name for path in folder.iterdir()) == [".aurad-export", "annotations", "cases.csv", "images"]
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


def _filled(polygon: np.ndarray, side: int) -> np.ndarray:
    """What ultralytics makes of a polygon: corners in pixels, cut to whole numbers, filled with their border.

    `polygon2mask` of its documentation: `cv2.fillPoly(mask, segments.astype(int32), color=1)`.
    """
    cv2 = pytest.importorskip("cv2")
    canvas = np.zeros((side, side), np.uint8)
    cv2.fillPoly(canvas, [(polygon * side).astype(np.int32)], color=1)
    return canvas.astype(bool)


@settings(max_examples=60, deadline=None)
@given(hnp.arrays(np.uint8, (16, 16), elements=st.sampled_from([0, 0, 1])))
def test_polygons_keep_every_part_as_ultralytics_fills_them(mask: np.ndarray) -> None:
    from scipy import ndimage

    from aurad_monai.export.formats.yolo import _polygon

    pathology = np.zeros((13, 16, 16), np.uint8)
    pathology[2] = mask
    for item in instances(pathology):
        corners = _polygon(item)
        assert len(corners) >= 3 and corners.min() >= 0 and corners.max() <= 16
        near = ndimage.binary_dilation(ndimage.binary_fill_holes(item.mask), np.ones((3, 3)))
        filled = _filled(corners / 16, 16)
        assert (ndimage.binary_dilation(filled, np.ones((3, 3))) >= item.mask).all()
        assert (near >= filled).all()


def test_parts_that_touch_at_a_corner_stay_in_the_polygon() -> None:
    from aurad_monai.export.formats.yolo import _polygon

    pathology = np.zeros((13, 32, 32), np.uint8)
    pathology[0, 4:12, 4:12] = pathology[0, 12:24, 12:24] = 1
    (item,) = instances(pathology)
    filled = _filled(_polygon(item) / 32, 32)
    assert filled[5:11, 5:11].all() and filled[13:23, 13:23].all()


def test_the_outline_is_the_outer_one_whatever_the_holes() -> None:
    from aurad_monai.export.formats.yolo import _polygon

    pathology = np.zeros((13, 40, 40), np.uint8)
    pathology[0, 2:38, 2:38] = 1
    pathology[0, 4:36, 4:36] = np.indices((32, 32)).sum(axis=0) % 2  # a border and a chessboard
    item = max(instances(pathology), key=lambda found: found.area)
    corners = _polygon(item)
    assert (corners.min(), corners.max()) == (2, 38)


def test_slicer_opens_a_segmentation(write: Write, cases: Cases) -> None:
    slicerio = pytest.importorskip("slicerio")
    folder = write("slicer")
    names = (*vocabulary.ANATOMY_NAMES, *vocabulary.FINDING_NAMES)
    for name, case in cases.items():
        read = slicerio.read_segmentation(str(folder / f"{name}.seg.nrrd"))
        again = dict.fromkeys(names, np.zeros(case.pixels.shape, np.uint8))
        for segment in read["segments"]:
            layer = read["voxels"][segment["layer"]] if read["voxels"].ndim == 4 else read["voxels"]
            again[segment["id"]] = (segment["labelValue"] == layer[..., 0].T).astype(np.uint8)
            assert segment["terminology"]["type"][2], segment
            assert len(segment["color"]) == 3
        np.testing.assert_array_equal(np.stack(list(again.values())), np.concatenate(case.masks))


def test_simpleitk_puts_every_volume_in_the_same_place(write: Write, cases: Cases) -> None:
    sitk = pytest.importorskip("SimpleITK")
    slicer, nifti = write("slicer"), write("nifti")
    for name, case in cases.items():
        mm = case.spacing or 1.0
        read = [sitk.ReadImage(str(path)) for path in (slicer / f"{name}.nrrd", nifti / name / "image.nii.gz")]
        segmentation = sitk.ReadImage(str(slicer / f"{name}.seg.nrrd"))
        height, width = case.pixels.shape
        for image in (*read, segmentation):
            left = np.subtract(image.TransformIndexToPhysicalPoint((width - 1, 0, 0)), image.GetOrigin())
            feet = np.subtract(image.TransformIndexToPhysicalPoint((0, height - 1, 0)), image.GetOrigin())
            np.testing.assert_allclose(left, [(width - 1) * mm, 0, 0], atol=1e-3)  # LPS: left is positive
            np.testing.assert_allclose(feet, [0, 0, -(height - 1) * mm], atol=1e-3)
        for image in read:
            np.testing.assert_array_equal(sitk.GetArrayFromImage(image)[0], case.pixels)


def test_a_warm_cache_of_datasets_gives_the_run_that_was_asked_for(
    write: Write, cases: Cases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datasets
    import pyarrow.parquet as pq

    from aurad_monai.export.formats import huggingface

    first = write("huggingface")
    second = tmp_path / "other" / first.name
    (second / "data").mkdir(parents=True)
    for path in (first / "data").iterdir():
        rows = pq.read_table(path)
        changed = rows.set_column(rows.schema.get_field_index("id"), "id", [[f"x{i}" for i in range(len(rows))]])
        pq.write_table(changed.cast(rows.schema), second / "data" / path.name)
    card = (first / "README.md").read_text()
    old, new = huggingface._digest(first), huggingface._digest(second)
    assert f"content {old}" in card and old != new
    (second / "README.md").write_text(card.replace(old, new))
    read = [datasets.load_dataset(str(place), cache_dir=str(tmp_path / "cache")) for place in (first, second)]
    ids = [{name for split in place.values() for name in split["id"]} for place in read]
    assert ids[0] == set(cases) and ids[1].isdisjoint(ids[0])


def test_every_export_has_a_table_of_its_cases(write: Write, cases: Cases, run: ExportRun, tmp_path: Path) -> None:
    from aurad_monai.export.formats.format import open_format
    from aurad_monai.export.formats.place import write_whole
    from aurad_monai.io.table import read_table

    for name in ("yolo", "safetensors", "nifti"):
        rows = read_table(write_whole(open_format(name), run, tmp_path / name) / "cases.csv", ("id", "view", "sex"))
        assert [row["id"] for row in rows] == list(cases)
        for row in rows:
            case = cases[row["id"]]
            said = (case.findings.view or "", case.findings.sex or "", case.findings.age, case.spacing)
            age = int(row["age"]) if row["age"] else None
            spacing = float(row["spacing_mm"]) if row["spacing_mm"] else None
            assert (row["view"], row["sex"], age, spacing) == said
            assert row["split"] == ("validation" if run.is_validation(row["id"]) else "train")
            assert (
                row["present"].split(";") == list(dict.fromkeys(f.name for f in case.findings.present))
                or not row["present"]
            )


def test_a_split_without_a_case_is_said(run: ExportRun) -> None:
    from dataclasses import replace

    assert "no validation case" in replace(run, validation=0.0).missing_split()
    assert "no training case" in replace(run, validation=1.0).missing_split()
