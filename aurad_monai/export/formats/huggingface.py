# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Hugging Face datasets: parquet files that hold the pictures, and a dataset card that says what they are."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from aurad_monai import vocabulary
from aurad_monai.case import Case
from aurad_monai.export.case_table import patient
from aurad_monai.export.formats.format import ExportRun
from aurad_monai.export.formats.instances import instances
from aurad_monai.files import sha256

SPLITS = {False: "train", True: "validation"}
ROWS_A_GROUP = 64

FEATURES = datasets.Features(
    {
        "id": datasets.Value("string"),
        "seed": datasets.Value("int64"),
        "prompt": datasets.Value("string"),
        "caption": datasets.Value("string"),
        "view": datasets.Value("string"),
        "sex": datasets.Value("string"),
        "age": datasets.Value("int32"),
        "spacing": datasets.Value("float32"),
        "image": datasets.Image(),
        "anatomy": datasets.List(datasets.Image()),
        "masks": datasets.List(
            {"finding": datasets.ClassLabel(names=list(vocabulary.FINDING_NAMES)), "mask": datasets.Image()}
        ),
        "objects": datasets.List(
            {
                "finding": datasets.ClassLabel(names=list(vocabulary.FINDING_NAMES)),
                "bbox": datasets.List(datasets.Value("int32"), length=4),
                "area": datasets.Value("int32"),
            }
        ),
        "scores": datasets.Value("string"),
        "not_judged": datasets.List(datasets.Value("string")),
    }
)


def write(run: ExportRun, folder: Path) -> None:
    """data/SPLIT-00000.parquet and README.md, a folder that `datasets.load_dataset` opens."""
    (folder / "data").mkdir()
    schema = FEATURES.arrow_schema
    counts = dict.fromkeys(SPLITS.values(), 0)
    writers = {name: pq.ParquetWriter(folder / "data" / f"{name}-00000.parquet", schema) for name in counts}
    waiting: dict[str, list[dict[str, Any]]] = {name: [] for name in counts}
    try:
        for case in run.cases("huggingface"):
            split = SPLITS[run.is_validation(case.id)]
            waiting[split].append(_row(case))
            counts[split] += 1
            if len(waiting[split]) == ROWS_A_GROUP:
                writers[split].write_table(pa.Table.from_pylist(waiting[split], schema))
                waiting[split] = []
        for split, rows in waiting.items():
            if rows:
                writers[split].write_table(pa.Table.from_pylist(rows, schema))
    finally:
        for writer in writers.values():
            writer.close()
    for split, count in counts.items():
        if not count:
            (folder / "data" / f"{split}-00000.parquet").unlink()
    (folder / "README.md").write_text(card(run, counts, _digest(folder)), encoding="utf-8")


def _digest(folder: Path) -> str:
    """A number of the content; it enters the key of the user's cache, which knows a local folder by its name alone."""
    digests = "".join(sha256(path) for path in sorted((folder / "data").glob("*.parquet")))
    return hashlib.sha256(digests.encode()).hexdigest()[:16]


def _row(case: Case) -> dict[str, Any]:
    anatomy, pathology = case.masks
    drawn = [(channel, mask) for channel, mask in enumerate(pathology) if mask.any()]
    return {
        "id": case.id,
        "seed": case.seed,
        "prompt": case.prompt,
        "caption": case.caption,
        **patient(case),
        "image": {"bytes": case.files["image"].read_bytes(), "path": f"{case.id}.png"},
        "anatomy": [_picture(mask) for mask in anatomy],
        "masks": [{"finding": channel, "mask": _picture(mask)} for channel, mask in drawn],
        "objects": [
            {"finding": item.channel, "bbox": list(item.box), "area": item.area} for item in instances(pathology)
        ],
        "scores": json.dumps(case.record["scores"]),
        "not_judged": list(case.not_judged),
    }


def _picture(mask: npt.NDArray[np.uint8]) -> dict[str, Any]:
    """A mask as PNG of 0 and 255."""
    stream = io.BytesIO()
    Image.fromarray(mask * np.uint8(255)).save(stream, "png")
    return {"bytes": stream.getvalue(), "path": None}


def card(run: ExportRun, counts: dict[str, int], digest: str) -> str:
    """The dataset card: what is in it, how it was made, what it is for, and what it is not for."""
    about = run.dataset
    findings = ", ".join(term.label for term in vocabulary.FINDINGS)
    weights = "\n".join(f"- `{name}`: {digest}" for name, digest in dict(about.get("weights") or {}).items())
    return (
        "".join(_header(counts, digest))
        + f"""
# Synthetic chest radiographs with the masks that explain them

{sum(counts.values())} chest radiographs with pathology and anatomy masks, **all synthetic**: made by aurad-monai
{about.get("version", "")} from clinical prompts, filtered by experts. No image shows a patient.

- Licence: {about.get("licence")}
- Intended use: {about.get("intended_use")}
- Not for: {about.get("not_for")}

## Fields

`image`; `masks` and `objects` (boxes as x, y, width, height) of {findings}; `anatomy`:
{", ".join(vocabulary.ANATOMY_NAMES)}; `prompt` and `seed`, from which the same weights make the same case;
`caption`: what the masks show; `view`, `sex`, `age` and `spacing` (mm a pixel), empty where not known;
`scores`: what the experts measured, as JSON; `not_judged`: findings of the case that the filter could not look for in
the image.

## Weights (sha256)

{weights or "not recorded"}
"""
    )


def _header(counts: dict[str, int], digest: str) -> Iterator[str]:
    """The YAML block of a dataset card."""
    yield "---\nlicense: cc-by-4.0\npretty_name: Synthetic chest radiographs with masks\n"
    yield "task_categories:\n- object-detection\n- image-segmentation\n- image-classification\n"
    yield f"dataset_info:\n  config_name: default\n  description: content {digest}\n"
    yield "tags:\n- synthetic\n- medical\n- chest-x-ray\nconfigs:\n- config_name: default\n  data_files:\n"
    for split, count in counts.items():
        if count:
            yield f"  - split: {split}\n    path: data/{split}-*.parquet\n"
    yield "---\n"
