# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Label tables in the style of CheXpert and NIH, read as their users read them."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from aurad_monai.case import Case
from aurad_monai.export.formats.chexpert import observation
from aurad_monai.prompts.parse import parse

Write = Callable[[str], Path]
Cases = dict[str, Case]


@pytest.mark.parametrize(
    ("prompt", "name", "value"),
    [
        ("left effusion", "Pleural Effusion", "1.0"),
        ("left effusion, no pneumothorax", "Pneumothorax", "0.0"),
        ("left effusion", "Pneumothorax", ""),
        ("no mass", "Lung Lesion", ""),
        ("no mass, no nodule", "Lung Lesion", "0.0"),
        ("mass, no nodule", "Lung Lesion", "1.0"),
        ("normal", "No Finding", "1.0"),
        ("no mass", "No Finding", ""),
        ("normal", "Fracture", "0.0"),
        ("mass", "Support Devices", ""),
        ("normal", "Pneumonia", ""),
    ],
)
def test_observations_say_present_absent_or_nothing(prompt: str, name: str, value: str) -> None:
    assert observation(parse(prompt), name) == value


def test_chexpert_table(write: Write, cases: Cases) -> None:
    folder = write("chexpert")
    table = pd.read_csv(folder / "train.csv")
    assert list(table["Case"]) == list(cases)
    assert all((folder / path).is_file() for path in table["Path"])
    first = table.iloc[0]
    assert (first["Sex"], first["Age"], first["AP/PA"]) == ("Female", 60, "AP")
    assert (first["Pleural Effusion"], first["Cardiomegaly"]) == (1, 1)
    assert table["No Finding"].sum() == 2


def test_nih_table(write: Write, cases: Cases) -> None:
    folder = write("nih")
    with (folder / "Data_Entry_2017.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["Image Index"] for row in rows] == [f"{name}.png" for name in cases]
    assert rows[0]["Finding Labels"] == "Cardiomegaly|Effusion" and rows[0]["Patient Gender"] == "F"
    assert {row["Finding Labels"] for row in rows} == {
        "Cardiomegaly|Effusion",
        "Pneumothorax",
        "Fracture",
        "No Finding",
    }
    assert len({row["Patient ID"] for row in rows}) == len(cases)
    assert all((folder / "images" / row["Image Index"]).is_file() for row in rows)


def test_torchxrayvision_reads_both(write: Write, cases: Cases) -> None:
    from aurad_monai.experts.xrayvision_import import import_xrayvision

    datasets = import_xrayvision().datasets
    folder = write("chexpert")
    chexpert = datasets.CheX_Dataset(str(folder), str(folder / "train.csv"), views=["PA", "AP"])
    assert len(chexpert) == len(cases)
    assert chexpert.labels[:, chexpert.pathologies.index("Effusion")][:2].tolist() == [1, 1]
    folder = write("nih")
    nih = datasets.NIH_Dataset(str(folder / "images"), str(folder / "Data_Entry_2017.csv"), views=["PA", "AP"])
    assert len(nih) == len(cases)
    assert nih.labels[:, nih.pathologies.index("Pneumothorax")].sum() == 2
