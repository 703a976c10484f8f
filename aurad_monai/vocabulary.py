# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Names of findings, anatomy, sides, zones, severities and views, and all that is specific to one finding.

Reads `data/findings.json`, one entry a finding in the order of the pathology mask's channels, and gives `FINDINGS`.

The shipped findings are those of ChestX-Det (https://github.com/Deepwise-AILab/ChestX-Det-Dataset). Where a dataset
has no label of the same meaning, or a code is not certain, an entry leaves it out. This file imports neither torch nor
MONAI, so that `aurad info` can print it at once. To add a finding see docs/how_to/add_a_finding.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from aurad_monai.data.tables import read_table, table_path
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
CODES = (*DATASETS, "radlex", "snomed")
TABLE = "findings.json"


@dataclass(frozen=True)
class FindingTerm:
    """One finding: an entry of `data/findings.json`, whose key `codes` holds the names elsewhere.

    Args:
        name: identifier, as in `FINDING_NAMES`.
        label: the English words `describe` writes.
        aliases: singular synonyms a prompt may use; the parser adds plurals.
        compartment: where it lives: lung (parenchyma), pleura, heart, bone, or any of them.
        sided: whether it can be left or right, and lie in a zone.
        acute: whether "no acute findings" declares it absent.
        box_labels: labels of the NIH and RSNA boxes that mark it.
        color: red, green and blue, 0 to 255, in which pictures show it.
        opaque: whether a lung beneath it is as bright as what surrounds the lung.
        bright: whether its mask within a box is the bright part of the lung there.
        rigid: whether its outline keeps its form when it is fitted into another chest.
        reach: how far from the lungs it may lie, in pixels of a 256-pixel image.
        insertion_order: its turn when several lesions are inserted: what moves tissue comes first, what hides comes
            after what it hides.
        severity_areas: the areas, as a fraction of both lungs, where trace ends, small ends and moderate ends.
        side_counts: how often it is on the left, on the right and on both sides in training masks; empty where it has
            no side.
        zone_counts: how often it lies in each zone ("" where it has none), by severity from trace to large.
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
    sided: bool
    acute: bool
    box_labels: tuple[str, ...]
    color: tuple[int, int, int]
    opaque: bool
    bright: bool
    rigid: bool
    reach: float
    insertion_order: int
    severity_areas: tuple[float, float, float]
    side_counts: tuple[int, ...]
    zone_counts: Mapping[str, tuple[int, ...]] = field(hash=False)
    chestxdet: str | None = None
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


def read_findings(entries: Sequence[Mapping[str, Any]]) -> tuple[FindingTerm, ...]:
    """Findings of the entries of `data/findings.json`.

    Raises:
        InputError: an entry lacks a key, has one that is not known, or a value that cannot be; the first such.
    """
    terms = tuple(_read_entry(entry) for entry in entries)
    for key in ("name", "label", "color", "insertion_order"):
        values = [getattr(term, key) for term in terms]
        for term, value in zip(terms, values, strict=True):
            _need(values.count(value) == 1, term.name, key, value, "a value that no other finding has")
    return terms


def _read_entry(entry: Mapping[str, Any]) -> FindingTerm:
    name = str(entry.get("name", "an entry without name"))
    flat = {key: value for key, value in entry.items() if key != "codes"}
    codes = entry.get("codes", {})
    needed = {item.name for item in fields(FindingTerm) if item.default is MISSING}
    _need(set(flat) == needed, name, "its keys", sorted(set(flat) ^ needed), "all of " + ", ".join(sorted(needed)))
    _need(set(codes) <= set(CODES), name, "codes", sorted(codes), ", ".join(CODES))
    term = FindingTerm(**{key: _frozen(value) for key, value in flat.items()}, **codes)
    _check(term)
    return term


def _check(term: FindingTerm) -> None:
    zones = ("", *ZONES) if term.sided else ("",)
    areas, sides = term.severity_areas, len(LATERALITIES) if term.sided else 0
    counts = [len(row) == len(SEVERITIES) for row in term.zone_counts.values()]
    flags = (term.sided, term.acute, term.opaque, term.bright, term.rigid)
    rules = (
        ("compartment", term.compartment in COMPARTMENTS, ", ".join(COMPARTMENTS)),
        ("sided", all(isinstance(flag, bool) for flag in flags), "true or false, as for the other flags"),
        ("color", len(term.color) == 3 and all(0 <= part <= 255 for part in term.color), "three numbers of 0 to 255"),
        ("severity_areas", len(areas) == 3 and 0 < areas[0] < areas[1] < areas[2] < 1, "three growing parts of 1"),
        ("side_counts", len(term.side_counts) == sides, f"{sides} counts"),
        (
            "zone_counts",
            counts and all(counts) and set(term.zone_counts) <= set(zones),
            f"counts by {', '.join(zones)}",
        ),
    )
    for key, kept, allowed in rules:
        _need(bool(kept), term.name, key, getattr(term, key), allowed)


def _need(kept: bool, name: str, key: str, value: object, allowed: str) -> None:
    if not kept:
        raise InputError(f"{TABLE}: {key} of {name}", value, allowed, f"mend {table_path(TABLE)}")


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _frozen(part) for key, part in value.items()}
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


FINDINGS: tuple[FindingTerm, ...] = read_findings(read_table(TABLE)["findings"])

FINDING_NAMES: tuple[str, ...] = tuple(term.name for term in FINDINGS)


def finding(name: str) -> FindingTerm:
    """The record of one finding.

    Raises:
        InputError: if `name` is not one of `FINDING_NAMES`.
    """
    return FINDINGS[channel(name)]


def channel(name: str) -> int:
    """The pathology mask channel of a finding, from 0.

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
