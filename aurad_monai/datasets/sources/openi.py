# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Open-I (Indiana University) as a source: 3,955 reports with their findings coded by hand in MeSH.

ROOT holds the PNG files anywhere below it; reports are taken from NLMCXR_reports.tgz in ROOT, else from
torchxrayvision's wheel, and so are the views, which a projection of the images corrected.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree

from aurad_monai.datasets.sources import xray_vision
from aurad_monai.datasets.sources.record import Record, file_index, stem
from aurad_monai.errors import InputError

REPORTS = "NLMCXR_reports.tgz"
MESH = {
    "pulmonary atelectasis": "atelectasis",
    "volume loss": "atelectasis",
    "calcinosis": "calcification",
    "calcified granuloma": "calcification",
    "cardiomegaly": "cardiomegaly",
    "cardiac shadow": "cardiomegaly",
    "consolidation": "consolidation",
    "airspace disease": "consolidation",
    "pleural effusion": "effusion",
    "costophrenic angle": "effusion",
    "sulcus": "effusion",
    "pleura": "effusion",
    "hemothorax": "effusion",
    "emphysema": "emphysema",
    "pulmonary emphysema": "emphysema",
    "bullous emphysema": "emphysema",
    "blister": "emphysema",
    "pulmonary fibrosis": "fibrosis",
    "fibrosis": "fibrosis",
    "cicatrix": "fibrosis",
    "fractures, bone": "fracture",
    "mass": "mass",
    "nodule": "nodule",
    "opacity": "nodule",
    "density": "nodule",
    "thickening": "pleural_thickening",
    "pneumothorax": "pneumothorax",
}
"""Headings of MeSH majors that are findings, in the vocabulary's sense: a blunted angle is an effusion, lung scars are
fibrosis, a round opacity is a nodule, a calcified node is a calcification of the chest and a calcified aorta is not."""
BOTH = {"hydropneumothorax": ("effusion", "pneumothorax"), "hemopneumothorax": ("effusion", "pneumothorax")}
QUALIFIED = {
    "costophrenic angle": ("blunted",),
    "sulcus": ("blunted",),
    "pleura": ("blunted",),
    "cardiac shadow": ("enlarged",),
    "thickening": ("pleura",),
    "calcinosis": ("lung", "hilum", "mediastinum", "lymph nodes", "pleura"),
    "blister": ("lung",),
    "nodule": ("lung", "multiple", "scattered"),
    "opacity": ("round",),
    "density": ("round",),
    "mass": ("lung", "thorax", "mediastinum", "paratracheal", "hilum"),
}
"""Of these headings only those with one of the qualifiers."""
DISQUALIFIED = {
    "cardiac shadow": ("borderline",),
    "cardiomegaly": ("borderline",),
    "cicatrix": ("pleura",),
    "fractures, bone": ("thoracic vertebrae", "lumbar vertebrae", "cervical vertebrae", "spine", "humerus"),
}
MULTIPLE = ("multiple", "scattered", "diffuse")


def mesh_findings(majors: Iterable[str]) -> set[str]:
    """Findings that the MeSH majors of a report code, such as "Nodule/lung/upper lobe/right"."""
    found: set[str] = set()
    for major in majors:
        heading, *rest = (part.strip().lower() for part in major.split("/"))
        wanted, unwanted = QUALIFIED.get(heading), DISQUALIFIED.get(heading, ())
        found |= set(BOTH.get(heading, ()))
        found |= {"pleural_thickening"} if heading == "cicatrix" and "pleura" in rest else set()
        if heading in MESH and (wanted is None or set(wanted) & set(rest)) and not set(unwanted) & set(rest):
            name = MESH[heading]
            found.add("diffuse_nodule" if name == "nodule" and set(MULTIPLE) & set(rest) else name)
    return found


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
    files = {path.stem: path for path in file_index(root, (".png",)).values()}
    for uid, text, majors, images in read_reports(archive):
        for image in images:
            if image in files and views.get(image) == "PA":  # the others are lateral or of unknown view
                labels = dict.fromkeys(sorted(mesh_findings(majors)), True)
                yield Record(stem(image), files[image], uid, views.get(image), labels=labels, report=text)


def _views() -> dict[str, str]:
    """Image to PA or L, as torchxrayvision's authors derived them."""
    pandas_table = xray_vision.datasets().pd.read_csv(xray_vision.annotation_files() / "nlmcxr_tsne_pa.csv.gz")
    return dict(zip(pandas_table["imageid"], pandas_table["tsne-view"], strict=True))
