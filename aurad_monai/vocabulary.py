# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The words a case is made of, before anything is read or sampled: findings, anatomy, sides, zones, severities, views.

The 13 findings are those of ChestX-Det (https://github.com/Deepwise-AILab/ChestX-Det-Dataset) in the order of the
pathology mask's channels. Names used by other datasets and terminologies hang on each finding; where a dataset has no
name of the same meaning, or a code is not certain, there is None. This file imports neither torch nor MONAI, so that
`aurad info` can print it at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from aurad_monai.errors import InputError

ANATOMY_NAMES = ("left_lung", "right_lung", "cardiomediastinum")
LATERALITIES = ("left", "right", "bilateral")
ZONES = ("upper", "mid", "lower", "apical", "basal", "perihilar", "costophrenic", "diffuse")
SEVERITIES = ("trace", "small", "moderate", "large")
VIEWS = ("PA", "AP")
SEXES = ("female", "male")
AGES = range(121)
COMPARTMENTS = ("lung", "pleura", "heart", "bone", "any")
DATASETS = ("chestxdet", "torchxrayvision", "chexpert", "nih", "vindr")


@dataclass(frozen=True)
class FindingTerm:
    """One finding, the words for it, and its names elsewhere.

    Args:
        name: identifier, as in `FINDING_NAMES`.
        label: the English words `describe` writes.
        aliases: singular synonyms a prompt may use; the parser adds plurals.
        compartment: where it lives: lung (parenchyma), pleura, heart, bone, or any of them.
        sided: whether it can be left or right, and lie in a zone.
        acute: whether "no acute findings" declares it absent.
        chestxdet: its ChestX-Det category.
        torchxrayvision: its entry in `torchxrayvision.datasets.default_pathologies`.
        chexpert: the CheXpert observation that covers it.
        nih: its ChestX-ray14 label.
        vindr: the VinDr-CXR label that covers it.
        radlex: RadLex identifier.
        snomed: SNOMED CT concept identifier.
    """

    name: str
    label: str
    aliases: tuple[str, ...]
    compartment: str
    chestxdet: str
    sided: bool = True
    acute: bool = False
    torchxrayvision: str | None = None
    chexpert: str | None = None
    nih: str | None = None
    vindr: str | None = None
    radlex: str | None = None
    snomed: str | None = None

    @property
    def lung_bound(self) -> bool:
        """Whether its mask lies within a lung's outline, pleural space included."""
        return self.compartment in ("lung", "pleura")


FINDINGS: tuple[FindingTerm, ...] = (
    FindingTerm(
        name="atelectasis",
        label="atelectasis",
        aliases=(
            "atelectases",
            "atelectatic change",
            "atelectatic opacity",
            "linear atelectasis",
            "plate like atelectasis",
            "platelike atelectasis",
            "subsegmental atelectasis",
            "discoid atelectasis",
            "volume loss",
            "lung collapse",
            "collapsed lung",
            "lobar collapse",
            "collapse",
        ),
        compartment="lung",
        acute=True,
        chestxdet="Atelectasis",
        torchxrayvision="Atelectasis",
        chexpert="Atelectasis",
        nih="Atelectasis",
        vindr="Atelectasis",
        radlex="RID28493",
        snomed="46621007",
    ),
    FindingTerm(
        name="calcification",
        label="calcification",
        aliases=(
            "calcified granuloma",
            "calcified lesion",
            "calcified focus",
            "calcified foci",
            "calcific density",
            "pulmonary calcification",
            "lung calcification",
        ),
        compartment="any",
        chestxdet="Calcification",
        vindr="Calcification",
        radlex="RID5196",
    ),
    FindingTerm(
        name="cardiomegaly",
        label="cardiomegaly",
        aliases=(
            "enlarged heart",
            "big heart",
            "enlarged cardiac silhouette",
            "enlarged heart size",
            "enlarged cardiac size",
            "cardiac enlargement",
            "heart enlargement",
            "heart is enlarged",
            "cardiac silhouette is enlarged",
            "heart size is enlarged",
            "enlargement of the heart",
            "enlargement of the cardiac silhouette",
            "increased cardiothoracic ratio",
            "increased heart size",
        ),
        compartment="heart",
        sided=False,
        chestxdet="Cardiomegaly",
        torchxrayvision="Cardiomegaly",
        chexpert="Cardiomegaly",
        nih="Cardiomegaly",
        vindr="Cardiomegaly",
        snomed="8186001",
    ),
    FindingTerm(
        name="consolidation",
        label="consolidation",
        aliases=(
            "airspace opacity",
            "air space opacity",
            "airspace disease",
            "air space disease",
            "airspace consolidation",
            "air space consolidation",
            "alveolar opacity",
            "lung consolidation",
            "pulmonary consolidation",
            "lobar consolidation",
            "consolidative opacity",
            "consolidated lung",
            "opacification",
        ),
        compartment="lung",
        acute=True,
        chestxdet="Consolidation",
        torchxrayvision="Consolidation",
        chexpert="Consolidation",
        nih="Consolidation",
        vindr="Consolidation",
        radlex="RID43255",
        snomed="95436008",
    ),
    FindingTerm(
        name="diffuse_nodule",
        label="diffuse nodules",
        aliases=(
            "diffuse nodule",
            "diffuse lung nodule",
            "diffuse pulmonary nodule",
            "diffuse nodular opacity",
            "diffuse nodular pattern",
            "diffuse micronodule",
            "miliary nodule",
            "miliary pattern",
            "miliary opacity",
            "multiple nodules",
            "multiple lung nodules",
            "multiple pulmonary nodules",
            "innumerable nodules",
            "numerous nodules",
            "micronodule",
            "micronodular pattern",
        ),
        compartment="lung",
        chestxdet="Diffuse Nodule",
    ),
    FindingTerm(
        name="effusion",
        label="pleural effusion",
        aliases=(
            "effusion",
            "pleural fluid",
            "pleural fluid collection",
            "fluid in the pleural space",
            "hydrothorax",
            "hydrothoraces",
            "blunted costophrenic angle",
            "blunting of the costophrenic angle",
            "costophrenic angle blunting",
        ),
        compartment="pleura",
        acute=True,
        chestxdet="Effusion",
        torchxrayvision="Effusion",
        chexpert="Pleural Effusion",
        nih="Effusion",
        vindr="Pleural effusion",
        radlex="RID34539",
        snomed="60046008",
    ),
    FindingTerm(
        name="emphysema",
        label="emphysema",
        aliases=(
            "emphysematous change",
            "emphysematous lung",
            "pulmonary emphysema",
            "lung emphysema",
            "bullous emphysema",
            "bullous change",
            "centrilobular emphysema",
        ),
        compartment="lung",
        chestxdet="Emphysema",
        torchxrayvision="Emphysema",
        nih="Emphysema",
        vindr="Emphysema",
        radlex="RID4799",
        snomed="87433001",
    ),
    FindingTerm(
        name="fibrosis",
        label="fibrosis",
        aliases=(
            "pulmonary fibrosis",
            "lung fibrosis",
            "fibrotic change",
            "fibrotic scarring",
            "fibrotic scar",
            "fibrotic band",
            "lung scarring",
            "pulmonary scarring",
            "parenchymal scarring",
            "scarring",
        ),
        compartment="lung",
        chestxdet="Fibrosis",
        torchxrayvision="Fibrosis",
        nih="Fibrosis",
        vindr="Pulmonary fibrosis",
        snomed="51615001",
    ),
    FindingTerm(
        name="fracture",
        label="rib fracture",
        aliases=(
            "fracture",
            "fractured rib",
            "broken rib",
            "rib break",
            "clavicle fracture",
            "clavicular fracture",
            "fractured clavicle",
            "bone fracture",
            "osseous fracture",
        ),
        compartment="bone",
        acute=True,
        chestxdet="Fracture",
        torchxrayvision="Fracture",
        chexpert="Fracture",
        vindr="Rib fracture",
        radlex="RID4650",
        snomed="125605004",
    ),
    FindingTerm(
        name="mass",
        label="mass",
        aliases=("lung mass", "pulmonary mass", "mass lesion", "mass like opacity", "masslike opacity"),
        compartment="lung",
        chestxdet="Mass",
        torchxrayvision="Mass",
        chexpert="Lung Lesion",
        nih="Mass",
        vindr="Nodule/Mass",
        radlex="RID3874",
        snomed="309529002",
    ),
    FindingTerm(
        name="nodule",
        label="nodule",
        aliases=(
            "lung nodule",
            "pulmonary nodule",
            "solitary nodule",
            "solitary pulmonary nodule",
            "nodular opacity",
            "nodular density",
            "nodular lesion",
            "coin lesion",
        ),
        compartment="lung",
        chestxdet="Nodule",
        torchxrayvision="Nodule",
        chexpert="Lung Lesion",
        nih="Nodule",
        vindr="Nodule/Mass",
        radlex="RID50149",
        snomed="427359005",
    ),
    FindingTerm(
        name="pleural_thickening",
        label="pleural thickening",
        aliases=(
            "thickened pleura",
            "thickening of the pleura",
            "pleural thickness",
            "pleural scarring",
            "pleural cap",
            "thickened pleural line",
        ),
        compartment="pleura",
        chestxdet="Pleural Thickening",
        torchxrayvision="Pleural_Thickening",
        chexpert="Pleural Other",
        nih="Pleural_Thickening",
        vindr="Pleural thickening",
    ),
    FindingTerm(
        name="pneumothorax",
        label="pneumothorax",
        aliases=(
            "pneumothoraces",
            "pneumothoraxes",
            "ptx",
            "pleural air",
            "air in the pleural space",
        ),
        compartment="pleura",
        acute=True,
        chestxdet="Pneumothorax",
        torchxrayvision="Pneumothorax",
        chexpert="Pneumothorax",
        nih="Pneumothorax",
        vindr="Pneumothorax",
        radlex="RID5352",
        snomed="36118008",
    ),
)

FINDING_NAMES: tuple[str, ...] = tuple(term.name for term in FINDINGS)


def finding(name: str) -> FindingTerm:
    """The record of one finding.

    Raises:
        InputError: if `name` is not one of `FINDING_NAMES`.
    """
    return FINDINGS[channel(name)]


def channel(name: str) -> int:
    """The pathology mask channel of a finding, 0 to 12.

    Raises:
        InputError: if `name` is not one of `FINDING_NAMES`.
    """
    if name not in FINDING_NAMES:
        raise InputError("finding", name, ", ".join(FINDING_NAMES))
    return FINDING_NAMES.index(name)


def to_dataset(name: str, dataset: str) -> str | None:
    """What a dataset calls a finding, or None where it has no such label.

    Args:
        name: one of `FINDING_NAMES`.
        dataset: one of `DATASETS`.

    Raises:
        InputError: if either is unknown.
    """
    label: str | None = getattr(finding(name), _known_dataset(dataset))
    return label


def from_dataset(label: str, dataset: str) -> tuple[str, ...]:
    """The findings a dataset's label can mean: none for labels outside this vocabulary, several for "Nodule/Mass".

    Args:
        label: a label as the dataset spells it.
        dataset: one of `DATASETS`.

    Raises:
        InputError: if the dataset is unknown.
    """
    field = _known_dataset(dataset)
    return tuple(term.name for term in FINDINGS if getattr(term, field) == label)


def _known_dataset(dataset: str) -> str:
    if dataset not in DATASETS:
        raise InputError("dataset", dataset, ", ".join(DATASETS))
    return dataset
