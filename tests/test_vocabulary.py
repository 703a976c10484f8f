# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The vocabulary is the contract of mask channels and of names elsewhere: what must never drift."""

from __future__ import annotations

import subprocess
import sys

import pytest

from aurad_monai import vocabulary
from aurad_monai.data.tables import read_table
from aurad_monai.errors import InputError

CHEXPERT = {
    "Cardiomegaly", "Lung Lesion", "Consolidation", "Atelectasis", "Pneumothorax", "Pleural Effusion", "Pleural Other",
    "Fracture",
}  # fmt: skip
TORCHXRAYVISION = {
    "Atelectasis", "Consolidation", "Infiltration", "Pneumothorax", "Edema", "Emphysema", "Fibrosis", "Effusion",
    "Pneumonia", "Pleural_Thickening", "Cardiomegaly", "Nodule", "Mass", "Hernia", "Lung Lesion", "Fracture",
    "Lung Opacity", "Enlarged Cardiomediastinum",
}  # fmt: skip
"""`torchxrayvision.datasets.default_pathologies`, written out because importing it takes seconds and a torchvision."""

VINDR = {
    "Atelectasis", "Calcification", "Cardiomegaly", "Consolidation", "Emphysema", "Nodule/Mass", "Pulmonary fibrosis",
    "Pneumothorax", "Pleural thickening", "Pleural effusion", "Rib fracture",
}  # fmt: skip


def test_findings_are_in_channel_order() -> None:
    assert vocabulary.FINDING_NAMES == (
        "atelectasis",
        "calcification",
        "cardiomegaly",
        "consolidation",
        "diffuse_nodule",
        "effusion",
        "emphysema",
        "fibrosis",
        "fracture",
        "mass",
        "nodule",
        "pleural_thickening",
        "pneumothorax",
    )
    assert [vocabulary.channel(name) for name in vocabulary.FINDING_NAMES] == list(range(len(vocabulary.FINDINGS)))
    assert vocabulary.finding("effusion").label == "pleural effusion"


@pytest.mark.parametrize("name", ["pneumonia", "", "Effusion"])
def test_unknown_finding_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="pneumothorax"):
        vocabulary.channel(name)


def test_only_the_heart_has_no_side() -> None:
    assert [term.name for term in vocabulary.FINDINGS if not term.sided] == ["cardiomegaly"]
    free = {"calcification", "cardiomegaly", "fracture"}
    assert {term.name for term in vocabulary.FINDINGS if not term.lung_bound} == free
    assert {term.compartment for term in vocabulary.FINDINGS} <= set(vocabulary.COMPARTMENTS)


def test_aliases_belong_to_one_finding() -> None:
    """But for the two that name a pleura with both fluid and air."""
    words = [word for term in vocabulary.FINDINGS for word in {term.label, *term.aliases}]
    assert {word for word in words if words.count(word) > 1} == {"hydropneumothorax", "hemopneumothorax"}
    assert all(word == word.lower() and "-" not in word for word in words)


@pytest.mark.parametrize("dataset", vocabulary.DATASETS)
def test_dataset_names_go_there_and_back(dataset: str) -> None:
    for name in vocabulary.FINDING_NAMES:
        label = vocabulary.to_dataset(name, dataset)
        assert label is None or name in vocabulary.from_dataset(label, dataset)


def test_dataset_names_are_those_of_the_datasets() -> None:
    labels = {d: {vocabulary.to_dataset(n, d) for n in vocabulary.FINDING_NAMES} - {None} for d in vocabulary.DATASETS}
    assert len(labels["chestxdet"]) == 13
    assert labels["chexpert"] == CHEXPERT
    assert labels["vindr"] == VINDR
    assert labels["torchxrayvision"] < TORCHXRAYVISION
    assert labels["nih"] < TORCHXRAYVISION
    assert vocabulary.from_dataset("Nodule/Mass", "vindr") == ("mass", "nodule")
    assert vocabulary.from_dataset("Hernia", "nih") == ()
    with pytest.raises(InputError, match="chexpert"):
        vocabulary.to_dataset("mass", "mimic")


ENTRIES = read_table("findings.json")["findings"]
"""As shipped; each case below spoils the first."""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"color": [1, 2]}, "color of atelectasis"),
        ({"color": [255, 255, 255]}, "color of atelectasis"),
        ({"severity_areas": [0.3, 0.2, 0.4]}, "severity_areas of atelectasis"),
        ({"elongation": 0.5}, "elongation of atelectasis"),
        ({"elongation": "2"}, "elongation of atelectasis"),
        ({"elongation": 50}, "elongation of atelectasis"),
        ({"side_counts": []}, "side_counts of atelectasis"),
        ({"zone_counts": {"lateral": [1, 1, 1, 1]}}, "zone_counts of atelectasis"),
        ({"codes": {"nih": []}}, "codes of atelectasis"),
        ({"colour": [1, 2, 3]}, "keys of atelectasis.*colour"),
        ({"name": "mass"}, "name of mass"),
        ({"opaque": 1}, "sided of atelectasis"),
    ],
)
def test_an_entry_that_cannot_be_is_refused_in_one_line(change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        vocabulary.read_findings([{**ENTRIES[0], **change}, *ENTRIES[1:]])
    lacking = {key: value for key, value in ENTRIES[0].items() if key != "reach"}
    with pytest.raises(InputError, match="keys of atelectasis.*reach"):
        vocabulary.read_findings([lacking])


def test_codes_look_like_codes() -> None:
    radlex, snomed = (
        [term.codes[of][0] for term in vocabulary.FINDINGS if of in term.codes] for of in vocabulary.TERMINOLOGIES
    )
    assert all(code.startswith("RID") and code[3:].isdigit() for code in radlex)
    assert all(_verhoeff(code) for code in snomed)
    assert len(set(radlex)) == len(radlex) and len(set(snomed)) == len(snomed)


def _verhoeff(code: str) -> bool:
    """SNOMED CT identifiers end in a Verhoeff check digit, so that a mistyped code is caught."""
    multiply = [[_dihedral(a, b) for b in range(10)] for a in range(10)]
    permute = [list(range(10)), [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
    while len(permute) < 8:
        permute.append([permute[-1][value] for value in permute[1]])
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = multiply[check][permute[place % 8][int(digit)]]
    return check == 0


def _dihedral(a: int, b: int) -> int:
    turned = (a + b) % 5 if a < 5 else (a - b) % 5
    return turned + 5 * ((a < 5) != (b < 5))


def test_vocabulary_and_parser_do_not_import_torch() -> None:
    code = (
        "import sys, aurad_monai.vocabulary, aurad_monai.prompts.parse, aurad_monai.prompts.describe;"
        "print([name for name in ('torch', 'monai', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
