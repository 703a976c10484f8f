# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Open-I (Indiana University): 3,955 reports with their findings coded by hand in MeSH.

ROOT holds the PNG files anywhere below it; reports are taken from NLMCXR_reports.tgz in ROOT, else from
torchxrayvision's wheel, and so are the views, which a projection of the images corrected.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from aurad_monai import vocabulary
from aurad_monai.datasets.sources import xray_vision
from aurad_monai.datasets.sources.record import Record, SourceFiles, pass_over, stem
from aurad_monai.errors import InputError

REPORTS = "NLMCXR_reports.tgz"


def mesh_findings(majors: Iterable[str]) -> set[str]:
    """Findings that the MeSH majors of a report code, such as "Nodule/lung/upper lobe/right"."""
    coded = [(heading, {*rest}) for heading, *rest in ([part.strip().lower() for part in m.split("/")] for m in majors)]
    return {term.name for term in vocabulary.FINDINGS if any(_means(term.mesh, *code) for code in coded)}


def _means(mesh: Mapping[str, Mapping[str, Any]], heading: str, qualifiers: set[str]) -> bool:
    """Whether a heading with its qualifiers is one of a finding's, in the sense of `FindingTerm.mesh`."""
    if heading not in mesh:
        return False
    rule = mesh[heading]
    fitting = all(qualifiers & set(group) for group in rule.get("needs", ()))
    return fitting and not qualifiers & set(rule.get("without", ()))


def read_reports(archive: Path) -> Iterator[tuple[str, str, list[str], list[str]]]:
    """Each report of the archive: its id, text with a heading a section, MeSH majors and images.

    Raises:
        InputError: the archive is not the published one.
    """
    try:
        with tarfile.open(archive, "r:gz") as files:
            for member in files:
                stream = files.extractfile(member) if member.name.endswith(".xml") else None
                if stream is not None:
                    yield _read_report(ElementTree.parse(stream).getroot())
    except (OSError, tarfile.TarError, ElementTree.ParseError, KeyError, AttributeError) as error:
        raise InputError("root", archive, f"the published {REPORTS} ({error})", "download it again") from error


def _read_report(root: ElementTree.Element) -> tuple[str, str, list[str], list[str]]:
    sections = [(node.get("Label", ""), node.text or "") for node in root.iter("AbstractText")]
    text = "\n".join(f"{label}: {content}" for label, content in sections if content.strip())
    majors = [node.text or "" for node in root.findall(".//MeSH/major")]
    images = [node.attrib["id"] for node in root.iter("parentImage")]
    uid = root.find("uId")
    return str(uid.attrib["id"]) if uid is not None else "", text, majors, images


def records(root: Path) -> Iterator[Record]:
    """One record for each frontal image that is there; MeSH says what is present, the report where and what is not."""
    archive = root / REPORTS if (root / REPORTS).is_file() else xray_vision.annotation_files() / REPORTS
    views = _views()
    files = SourceFiles(root, (".png",), stems=True)
    for uid, text, majors, images in read_reports(archive):
        for image in images:
            path = files.take(image)
            if path is not None and views.get(image) != "PA":
                pass_over(path.relative_to(root).as_posix(), "lateral or unknown view")
            elif path is not None:
                labels = dict.fromkeys(sorted(mesh_findings(majors)), True)
                yield Record(stem(image), path, uid, views.get(image), labels=labels, report=text)
    files.note_rest()


def _views() -> dict[str, str]:
    """Image to PA or L, as torchxrayvision's authors derived them."""
    pandas_table = xray_vision.datasets().pd.read_csv(xray_vision.annotation_files() / "nlmcxr_tsne_pa.csv.gz")
    return dict(zip(pandas_table["imageid"], pandas_table["tsne-view"], strict=True))
