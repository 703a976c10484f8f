# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""COCO instances: images/ID.png and annotations/instances.json with run-length masks, as pycocotools reads them.

https://cocodataset.org/#format-data
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from aurad_monai import vocabulary
from aurad_monai.case import Case
from aurad_monai.export.case_table import patient
from aurad_monai.export.formats.format import ExportRun, copy
from aurad_monai.export.formats.instances import Instance, instances


def write(run: ExportRun, folder: Path) -> None:
    """One annotation a connected piece of a finding; category i + 1 is channel i of the mask."""
    images, annotations = folder / "images.part", folder / "annotations.part"
    count = 0
    with images.open("w", encoding="utf-8") as image_stream, annotations.open("w", encoding="utf-8") as stream:
        for number, case in enumerate(run.cases("coco"), start=1):
            copy(case.files["image"], folder / "images" / f"{case.id}.png")
            image_stream.write("," * (number > 1) + json.dumps(_image(case, number)))
            for item in instances(case.masks[1]):
                count += 1
                stream.write("," * (count > 1) + json.dumps(_annotation(item, count, number)))
    _join(folder / "annotations" / "instances.json", _head(run.dataset), images, annotations)


def _image(case: Case, number: int) -> dict[str, Any]:
    height, width = case.pixels.shape
    return {
        "id": number,
        "file_name": f"{case.id}.png",
        "width": width,
        "height": height,
        "license": 1,
        "prompt": case.prompt,
        "caption": case.caption,
        "seed": case.seed,
        **patient(case),
    }


def _annotation(item: Instance, number: int, image: int) -> dict[str, Any]:
    encoded = coco_mask.encode(np.asfortranarray(item.mask, dtype=np.uint8))
    return {
        "id": number,
        "image_id": image,
        "category_id": item.channel + 1,
        "segmentation": {"size": [int(n) for n in encoded["size"]], "counts": encoded["counts"].decode("ascii")},
        "area": item.area,
        "bbox": [int(number) for number in item.box],
        "iscrowd": 0,
    }


def _head(dataset: Mapping[str, Any]) -> dict[str, Any]:
    names = enumerate(vocabulary.FINDINGS, start=1)
    return {
        "info": {"description": "synthetic chest radiographs by aurad-monai", **_told(dataset)},
        "licenses": [{"id": 1, "name": str(dataset.get("licence")), "url": ""}],
        "categories": [{"id": i, "name": term.name, "supercategory": term.compartment} for i, term in names],
    }


def _told(dataset: Mapping[str, Any]) -> dict[str, Any]:
    return {key: dataset[key] for key in ("synthetic", "version", "intended_use", "not_for") if key in dataset}


def _join(path: Path, head: Mapping[str, Any], images: Path, annotations: Path) -> None:
    """One JSON object of the head and two long lists, which are never in memory."""
    path.parent.mkdir()
    with path.open("w", encoding="utf-8") as stream:
        stream.write(json.dumps(head)[:-1])
        for name, part in (("images", images), ("annotations", annotations)):
            stream.write(f', "{name}": [')
            for block in _blocks(part):
                stream.write(block)
            stream.write("]")
            part.unlink()
        stream.write("}\n")


def _blocks(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as stream:
        while block := stream.read(1 << 20):
            yield block
