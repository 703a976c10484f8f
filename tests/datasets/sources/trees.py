# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Small trees in the published form of each source: the folders, file names and columns a site has on disk."""

from __future__ import annotations

import csv
import gzip
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from tests.conftest import ellipse_chest
from tests.io.test_dicom_file import radiograph


def picture(path: Path, size: tuple[int, int] = (128, 128), seed: int = 0) -> Path:
    """A drawn chest as an 8-bit picture of (width, height)."""
    lungs = ellipse_chest(128)[:2].any(axis=0)
    noise = np.random.default_rng(seed).integers(0, 20, lungs.shape)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.where(lungs, 60 + noise, 180 - noise).astype(np.uint8)).resize(size).save(path)
    return path


def dicom(path: Path, **tags: object) -> Path:
    """A ramp as a DX image."""
    path.parent.mkdir(parents=True, exist_ok=True)
    radiograph(**tags).save_as(path, enforce_file_format=True)
    return path


def table(path: Path, header: str, *rows: Sequence[object]) -> Path:
    """A CSV, packed where its name says so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", newline="") if path.suffix == ".gz" else path.open("w", newline="") as stream:
        stream.write(header + "\n")
        csv.writer(stream).writerows(rows)
    return path


def nih(root: Path) -> None:
    picture(root / "images_001" / "images" / "00000001_000.png", (1024, 1024))
    picture(root / "images_002" / "images" / "00000002_000.png")
    header = "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
    header += "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]"
    table(
        root / "Data_Entry_2017_v2020.csv",
        header,
        ("00000001_000.png", "Effusion|Infiltration", 0, 1, 57, "M", "PA", 2682, 2749, 0.143, 0.143),
        ("00000002_000.png", "No Finding", 0, 2, 81, "F", "AP", 2500, 2048, 0.171, 0.171),
        ("00000003_000.png", "Mass", 0, 3, 70, "F", "AP", 2500, 2048, 0.171, 0.171),
    )
    boxed = ("00000001_000.png", "Infiltrate", 512.0, 256.0, 128.0, 64.0, "", "", "")
    other = ("00000001_000.png", "Nodule", 100.0, 200.0, 50.0, 40.0, "", "", "")
    table(root / "BBox_List_2017.csv", "Image Index,Finding Label,Bbox [x,y,w,h],,,", boxed, other)


def rsna(root: Path) -> None:
    first, second = "0004cfab-14fd-4e49-80ba-63a80b6bddd6", "00436515-870c-4b36-a041-de91049b9ab4"
    for name in (first, second):
        dicom(root / "stage_2_train_images" / f"{name}.dcm")
    rows = ((first, "", "", "", "", 0), (second, 264, 152, 213, 379, 1), (second, 562, 152, 256, 453, 1))
    table(root / "stage_2_train_labels.csv", "patientId,x,y,width,height,Target", *rows)


def siim(root: Path) -> None:
    for name in ("1.2.276.0.7230010.3.1.4.1", "1.2.276.0.7230010.3.1.4.2"):
        tags = {"PatientID": f"p-{name[-1]}", "PatientSex": "F", "PatientAge": "051Y"}
        dicom(root / "dicom-images-train" / "1.2.3" / "4.5" / f"{name}.dcm", **tags)
    code = f" {1024 * 10 + 20} 5 {1024 - 5} 5"  # rows 20 to 24 of columns 10 and 11
    rows = (("1.2.276.0.7230010.3.1.4.1", code), ("1.2.276.0.7230010.3.1.4.2", " -1"))
    table(root / "train-rle.csv", "ImageId, EncodedPixels", *rows)


def vindr(root: Path) -> None:
    for name in ("50a418190bc3fb1ef1633bf9678929b3", "9a5094b2563a1ef3ff50dc5c7ff71345"):
        dicom(root / "train" / f"{name}.dicom")
    name = "9a5094b2563a1ef3ff50dc5c7ff71345"
    rows = [
        ("50a418190bc3fb1ef1633bf9678929b3", "No finding", 14, f"R{reader}", "", "", "", "") for reader in (1, 2, 3)
    ]
    rows += [
        (name, "Pleural effusion", 10, "R8", 10, 20, 40, 60),
        (name, "Pleural effusion", 10, "R9", 12, 22, 44, 64),
        (name, "Cardiomegaly", 3, "R9", 30, 30, 60, 60),
        (name, "Nodule/Mass", 8, "R8", 5, 5, 9, 9),
    ]
    table(root / "train.csv", "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max", *rows)


def chexpert(root: Path) -> None:
    study = "train/patient00001/study1"
    picture(root / study / "view1_frontal.jpg")
    picture(root / study / "view2_lateral.jpg")
    picture(root / "valid" / "patient64541" / "study1" / "view1_frontal.jpg")
    header = "Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Enlarged Cardiomediastinum,Cardiomegaly,Lung Opacity,"
    header += "Lung Lesion,Edema,Consolidation,Pneumonia,Atelectasis,Pneumothorax,Pleural Effusion,Pleural Other,"
    header += "Fracture,Support Devices"
    labels = ("", "", "1.0", "1.0", "1.0", "", "0.0", "", "-1.0", "0.0", "1.0", "0.0", "", "")
    prefix = "CheXpert-v1.0-small/"
    frontal = (f"{prefix}{study}/view1_frontal.jpg", "Female", 68, "Frontal", "AP", *labels)
    lateral = (f"{prefix}{study}/view2_lateral.jpg", "Female", 68, "Lateral", "", *labels)
    table(root / "train.csv", header, frontal, lateral)
    normal = ("1.0", *[""] * 13)
    path = "CheXpert-v1.0/valid/patient64541/study1/view1_frontal.jpg"
    table(root / "valid.csv", header, (path, "Male", 73, "Frontal", "PA", *normal))


def mimic(root: Path) -> None:
    folder = root / "files" / "p10" / "p10000032"
    picture(folder / "s50414267" / "02aa804e-bde0afdd-112c0b34-7bc16630-4e384014.jpg")
    picture(folder / "s50414267" / "174413ec-4ec4c1f7-34ea26b7-c5f994f8-79ef1962.jpg")
    report = "FINAL REPORT\n EXAMINATION: CHEST (PA AND LAT)\n\n FINDINGS: \n There is a small left pleural effusion.\n"
    (folder / "s50414267.txt").write_text(report)
    header = "subject_id,study_id,Atelectasis,Cardiomegaly,Consolidation,Edema,Enlarged Cardiomediastinum,Fracture,"
    header += (
        "Lung Lesion,Lung Opacity,No Finding,Pleural Effusion,Pleural Other,Pneumonia,Pneumothorax,Support Devices"
    )
    labels = (10000032, 50414267, "", "0.0", "", "", "", "", "", "", "", "1.0", "", "", "-1.0", "")
    table(root / "mimic-cxr-2.0.0-chexpert.csv.gz", header, labels)
    header = "dicom_id,subject_id,study_id,PerformedProcedureStepDescription,ViewPosition,Rows,Columns,StudyDate"
    ids = ("02aa804e-bde0afdd-112c0b34-7bc16630-4e384014", "174413ec-4ec4c1f7-34ea26b7-c5f994f8-79ef1962")
    rows = [
        (id_, 10000032, 50414267, "CHEST", view, 3056, 2544, 21800506)
        for id_, view in zip(ids, ("PA", "LATERAL"), strict=True)
    ]
    table(root / "mimic-cxr-2.0.0-metadata.csv.gz", header, *rows)


def padchest(root: Path) -> None:
    names = ("20536686640136348236148679891455886468_k6ga29.png", "135803415504923515076821959678074435083_fzis7d.png")
    for name in names:
        picture(root / "0" / name)
    header = ",ImageID,ImageDir,StudyDate_DICOM,StudyID,PatientID,PatientBirth,PatientSex_DICOM,Projection,Labels"
    labels = "['pseudonodule', 'pleural effusion', 'infiltrates']"
    table(
        root / "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv.gz",
        header,
        (0, names[0], 0, 20140915, 1, 839860488694292331637988235681460987, 1930.0, "F", "PA", labels),
        (1, names[1], 0, 20150914, 2, 313572750430997347502932654319389875966, 1929.0, "M", "L", "['normal']"),
    )


def chestxdet(root: Path) -> None:
    picture(root / "train_data" / "36204.png", (1024, 1024))
    picture(root / "test_data" / "36205.png", (1024, 1024))
    polygon = [[100, 600], [300, 600], [300, 800], [100, 800]]
    row = {"file_name": "36204.png", "syms": ["Effusion"], "boxes": [[100, 600, 300, 800]], "polygons": [polygon]}
    (root / "ChestX_Det_train.json").write_text(json.dumps([row]))
    empty = {"file_name": "36205.png", "syms": [], "boxes": [], "polygons": []}
    (root / "ChestX_Det_test.json").write_text(json.dumps([empty]))


REPORT = """<?xml version="1.0" encoding="utf-8"?>
<eCitation><uId id="CXR10"/><MedlineCitation><Article><Abstract>
<AbstractText Label="FINDINGS">There is a small left pleural effusion. No pneumothorax.</AbstractText>
<AbstractText Label="IMPRESSION">Small effusion.</AbstractText>
</Abstract></Article></MedlineCitation>
<MeSH><major>Pleural Effusion/left/small</major><major>Thickening/pleura/apex</major></MeSH>
<parentImage id="CXR10_IM-0002-1001"/><parentImage id="CXR100_IM-0002-1001"/></eCitation>"""


def openi(root: Path) -> None:
    for name in ("CXR10_IM-0002-1001", "CXR100_IM-0002-1001"):
        picture(root / "images" / f"{name}.png")
    report = root / "ecgen-radiology" / "10.xml"
    report.parent.mkdir()
    report.write_text(REPORT)
    with tarfile.open(root / "NLMCXR_reports.tgz", "w:gz") as archive:
        archive.add(report, "ecgen-radiology/10.xml")


def folder(root: Path) -> None:
    for name in ("first.png", "ward/second.jpg"):
        picture(root / name, (160, 128))


def folder_with_metadata(root: Path) -> None:
    folder(root)
    header = "image,patient,view,sex,age,prompt,report"
    rows = (
        ("first.png", "a", "PA", "F", 60, "small left pleural effusion", ""),
        ("ward/second.jpg", "a", "", "", "", "", ""),
    )
    table(root / "metadata.csv", header, *rows)


def dicom_folder(root: Path) -> None:
    tags = {"PatientID": "P7", "PatientSex": "M", "PatientAge": "063Y", "PixelSpacing": [0.2, 0.1]}
    dicom(root / "study" / "IM0001", **tags, BurnedInAnnotation="YES")
    dicom(root / "study" / "IM0002.dcm", PatientID="P7", ViewPosition="LL")
    (root / "study" / "DICOMDIR.txt").write_text("not an image")
