# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Training sets of radiographs with anatomy: outlined lungs for the anatomy expert, then that expert's own masks.

Takes the public collection; writes images, anatomy and datalist.json.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from aurad_monai.io.datalist import save_channels, save_image, write_datalist
from recipes import public_cxr

Case = dict[str, Any]


def lungs(root: str, output: str, size: int = 256) -> None:
    """Write every radiograph with real lung masks (adult and paediatric) as a training set of the anatomy expert."""
    folder, atlas = Path(output), public_cxr.mediastinum_atlas(Path(root))
    cases: dict[str, list[Case]] = {"train": [], "val": []}
    for row in tqdm(public_cxr.manifest(Path(root)), desc="lungs", mininterval=5):
        image = public_cxr.radiograph(Path(root), row, size)
        anatomy = public_cxr.lungs_and_mediastinum(Path(root), row, image, atlas)
        if anatomy is not None:
            save_image(folder / "images" / f"{row['id']}.png", image)
            save_channels(folder / "anatomy" / f"{row['id']}.nii.gz", np.asarray(anatomy))
            cases[row["split"]].append(case_files(row, ("image", "anatomy")) | {"population": row["population"]})
    adults = [case for case in cases["train"] if case["population"] == "adult"]
    write_datalist(folder, cases["train"] + 3 * adults, [c for c in cases["val"] if c["population"] == "adult"])


def case_files(row: public_cxr.Row, keys: tuple[str, ...]) -> Case:
    folders = {"image": ("images", "png"), "anatomy": ("anatomy", "nii.gz"), "pathology": ("pathology", "nii.gz")}
    return {"id": row["id"]} | {key: f"{folders[key][0]}/{row['id']}.{folders[key][1]}" for key in keys}


def _patient(row: public_cxr.Row) -> Case:
    """Pseudonym, view, sex and age as the vocabulary has them; unknown ones are left out."""
    patient: Case = {"patient": row["patient"], "view": "PA" if row["view"] == "PA" else "AP"}
    if row["sex"] in ("F", "M"):
        patient["sex"] = {"F": "female", "M": "male"}[row["sex"]]
    digits = "".join(c for c in row["age"] if c.isdigit())
    if digits and 0 < int(digits) <= 110:
        patient["age"] = int(digits)
    return patient


def anatomy(root: str, output: str, bundle: str = "bundles/cxr_expert_filter", size: int = 256) -> None:
    """Write every adult radiograph with the anatomy that the shipped expert sees in it."""
    from aurad_monai.experts.anatomy import AnatomyExpert

    expert, folder = AnatomyExpert.from_bundle(bundle), Path(output)
    cases: dict[str, list[Case]] = {"train": [], "val": []}
    for row in tqdm(public_cxr.manifest(Path(root)), desc="anatomy", mininterval=5):
        if row["population"] != "adult":
            continue
        image = public_cxr.radiograph(Path(root), row, size)
        seen = expert(image[None, None].astype(np.float32) / 255.0)[0]
        if min(seen[0].sum(), seen[1].sum()) < 0.02 * size * size:  # no lung found: nothing to condition on
            continue
        save_image(folder / "images" / f"{row['id']}.png", image)
        save_channels(folder / "anatomy" / f"{row['id']}.nii.gz", seen)
        case = case_files(row, ("image", "anatomy")) | _patient(row)
        case |= {"labels": row["labels"], "rsna_class": row["rsna_class"], "boxes": json.loads(row["boxes"] or "[]")}
        cases[row["split"]].append(case)
    write_datalist(folder, cases["train"], cases["val"])
