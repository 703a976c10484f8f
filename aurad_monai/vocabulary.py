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
AGES = range(18, 121)
"""Years that a prompt can ask for."""
RECORDED_AGES = range(121)
"""Years that a record may have."""
COMPARTMENTS = ("lung", "pleura", "heart", "bone", "any")
TERMINOLOGIES = ("radlex", "snomed")
TABLE = "findings.json"


@dataclass(frozen=True)
class FindingTerm:
    """One finding: an entry of `data/findings.json`.

    Phrases are lower-case words with hyphens turned into spaces.

    Args:
        name: identifier, as in `FINDING_NAMES`.
        label: the English words `describe` writes.
        aliases: singular synonyms; plurals are added. Words such as "the" and "is" count for nothing, and a side, zone
            or severity may stand inside. A name that two findings share means both, as hydropneumothorax does.
        aliases_of_severity: synonyms that say how severe it is, by severity: a collapsed lobe is a large atelectasis.
        loose_aliases: wider words that a prompt may use for it, which then is said; a report's are left open.
        elsewhere: words of places where it is not meant: a sentence with one of them does not mean it.
        here: words that say it is meant all the same.
        max_centimeters: diameter above which nobody calls it so.
        compartment: where it lives: lung (parenchyma), pleura, heart, bone, or any of them.
        sided: whether it can be left or right, and lie in a zone.
        acute: whether "no acute findings" declares it absent.
        extent: whether its severity reads better as mild and severe than as small and large.
        codes: its labels by data set, and its codes by terminology (RadLex, SNOMED CT); where a data set has several,
            the first is the closest. `nih_boxes` are the labels of the NIH and RSNA boxes.
        mesh: headings of Open-I's MeSH codes that mean it. Of the qualifiers of a heading, `needs` lists groups of
            which one each must be there, `without` those of which none may be.
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
        elongation: length by width of its outline, 1 to 5; that of the ellipse which stands for it where the mask
            network draws none.
    """

    name: str
    label: str
    aliases: tuple[str, ...]
    compartment: str
    sided: bool
    acute: bool
    extent: bool
    codes: Mapping[str, tuple[str, ...]] = field(hash=False)
    color: tuple[int, int, int]
    opaque: bool
    bright: bool
    rigid: bool
    reach: float
    insertion_order: int
    severity_areas: tuple[float, float, float]
    side_counts: tuple[int, ...]
    zone_counts: Mapping[str, tuple[int, ...]] = field(hash=False)
    mesh: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)
    aliases_of_severity: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    loose_aliases: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    here: tuple[str, ...] = ()
    max_centimeters: float = 40.0
    elongation: float = 1.0

    @property
    def lung_bound(self) -> bool:
        """Whether its mask lies within a lung's outline, pleural space included."""
        return self.compartment in ("lung", "pleura")

    def code(self, of: str) -> str | None:
        """Its first label in a data set or code in a terminology, or None."""
        return self.codes.get(of, (None,))[0]


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
    known = {item.name: item.default is MISSING and item.default_factory is MISSING for item in fields(FindingTerm)}
    lacking = [key for key, needed in known.items() if needed and key not in entry]
    _need(not lacking, name, "keys", sorted(entry), f"these too: {', '.join(lacking)}")
    _need(set(entry) <= set(known), name, "keys", sorted(set(entry) - set(known)), ", ".join(known))
    given = {key: _frozen(value) for key, value in entry.items()}
    codes = {key: (value,) if isinstance(value, str) else value for key, value in given["codes"].items()}
    term = FindingTerm(**{**given, "codes": codes})
    _check(term)
    return term


def _check(term: FindingTerm) -> None:
    zones = ("", *ZONES) if term.sided else ("",)
    areas, sides = term.severity_areas, len(LATERALITIES) if term.sided else 0
    counts = [len(row) == len(SEVERITIES) for row in term.zone_counts.values()]
    flags = (term.sided, term.acute, term.extent, term.opaque, term.bright, term.rigid)
    named = [bool(labels) and all(isinstance(label, str) for label in labels) for labels in term.codes.values()]
    rules = (
        ("codes", all(named), "one or more labels for each data set"),
        ("compartment", term.compartment in COMPARTMENTS, ", ".join(COMPARTMENTS)),
        ("sided", all(isinstance(flag, bool) for flag in flags), "true or false, as for the other flags"),
        ("color", len(term.color) == 3 and all(0 <= part <= 255 for part in term.color), "three numbers of 0 to 255"),
        ("severity_areas", len(areas) == 3 and 0 < areas[0] < areas[1] < areas[2] < 1, "three growing parts of 1"),
        ("elongation", _is_number(term.elongation) and 1 <= term.elongation <= 5, "a number of 1 to 5"),
        ("side_counts", len(term.side_counts) == sides, f"{sides} counts"),
        (
            "zone_counts",
            counts and all(counts) and set(term.zone_counts) <= set(zones),
            f"counts by {', '.join(zones)}",
        ),
    )
    for key, kept, allowed in rules:
        _need(bool(kept), term.name, key, getattr(term, key), allowed)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _need(kept: bool, name: str, key: str, value: object, allowed: str) -> None:
    if not kept:
        raise InputError(f"{TABLE}: {key} of {name}", value, allowed, f"mend {table_path(TABLE)}")


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _frozen(part) for key, part in value.items()}
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


_TABLE = read_table(TABLE)
FINDINGS: tuple[FindingTerm, ...] = read_findings(_TABLE["findings"])
DATASETS = tuple(dict.fromkeys(of for term in FINDINGS for of in term.codes if of not in TERMINOLOGIES))
"""Data sets whose labels the findings list."""
OPACITY: str = _TABLE["opacity"]["finding"]
"""The finding as which "some opacity" is read, the closest that there is."""
OPACITY_LABELS: dict[str, float | None] = _TABLE["opacity"]["labels"]
"""Labels that say some opacity is there, with the probability that radiologists see one; None where it is below half.

This is the one meaning of "some opacity". With such a label nobody knows whether `OPACITY` is there: labels of
findings leave it unknown, and only the expert's training takes the probability. "Pneumonia" has none: radiologists of
RSNA saw an opacity in 4 of 10 such images.
"""
BROAD_LABELS: tuple[str, ...] = tuple(_TABLE["broad_labels"])
"""Labels wider than the findings they cover: their absence says something of each, their presence of none."""

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
    """A dataset's closest label for a finding, or None where it has none.

    Args:
        name: one of `FINDING_NAMES`.
        dataset: one of `DATASETS`.

    Raises:
        InputError: if either is unknown.
    """
    return finding(name).code(_known_dataset(dataset))


def from_dataset(label: str, dataset: str) -> tuple[str, ...]:
    """The findings a dataset's label can mean: none for labels outside this vocabulary, several for "Nodule/Mass".

    Args:
        label: a label as the dataset spells it.
        dataset: one of `DATASETS`.

    Raises:
        InputError: if the dataset is unknown.
    """
    of = _known_dataset(dataset)
    return tuple(term.name for term in FINDINGS if label in term.codes.get(of, ()))


def _known_dataset(dataset: str) -> str:
    if dataset not in DATASETS:
        raise InputError("dataset", dataset, ", ".join(DATASETS))
    return dataset
