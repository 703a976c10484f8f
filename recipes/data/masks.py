# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Training set of the mask network: radiologists' outlines, each in chests that can hold them.

Takes the public collection and the anatomy written by `radiographs.anatomy`; writes masks and datalist.json.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from skimage.morphology import convex_hull_image
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.anatomy.zones import allowed_place
from aurad_monai.io.datalist import load_channels, save_channels, write_datalist
from aurad_monai.io.split import section_of_record
from recipes import public_cxr
from recipes.pairing import AnatomyPool, is_plausible, shrink

Case = dict[str, Any]


def record_masks(record: dict[str, Any], size: int) -> npt.NDArray[np.uint8]:
    """(findings, size, size) of a ChestX-Det record."""
    masks = np.zeros((len(vocabulary.FINDING_NAMES), size, size), dtype=np.uint8)
    for channel, term in enumerate(vocabulary.FINDINGS):
        masks[channel] = public_cxr.outlined(record, _labels_of(term.name), size)
    return masks


def _labels_of(name: str) -> tuple[str, ...]:
    label = vocabulary.to_dataset(name, "chestxdet")
    return (label,) if label else ()


MIN_PIXELS = 9
"""What clipping leaves of a finding below this size, in a frame of 256 x 256, is not a finding."""


def _clipped(pathology: npt.NDArray[np.uint8], chest: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Masks without what reaches beyond where a finding can lie in this chest."""
    allowed = np.stack([allowed_place(name, chest) for name in vocabulary.FINDING_NAMES])
    kept = pathology * allowed
    gone = (kept.sum(axis=(1, 2)) < MIN_PIXELS) & (pathology.sum(axis=(1, 2)) >= MIN_PIXELS)
    kept[gone] = 0
    return np.asarray(kept, dtype=np.uint8)


def masks(
    root: str, anatomies: str, output: str, size: int = 256, chests: int = 3, least_fit: float = 0.7, seed: int = 0
) -> None:
    """Write radiologists' outlines as masks, each in chests that can hold it.

    ChestX-Det records have no anatomy and get the `chests` best of the anatomies of their own split, to which
    lung-bound findings are clipped; the adults with outlines of both anatomy and pathology keep their own chest.

    Args:
        root: the public collection.
        anatomies: the folder that step `anatomy` wrote.
        output: where masks and datalist go.
        size: edge in pixels.
        chests: how many anatomies a record is paired with.
        least_fit: records that no chest holds this well are dropped (see `AnatomyPool.fit`).
        seed: of the choice of chests for records without findings.
    """
    rng, folder = np.random.default_rng(seed), Path(output)
    listed = json.loads((Path(anatomies) / "datalist.json").read_text(encoding="utf-8"))
    cases: dict[str, list[Case]] = {"training": [], "validation": []}
    pools, files = {}, {}
    for section in cases:
        files[section] = [Path(anatomies).resolve() / case["anatomy"] for case in listed[section]]
        pools[section] = AnatomyPool(np.stack([shrink(load_channels(file)) for file in files[section]]))
    dropped, fits = 0, []
    for record in tqdm(list(public_cxr.records(Path(root), "chestxdet")), desc="masks", mininterval=5):
        section = section_of_record(record)
        pathology = record_masks(record, size)
        scores = pools[section].fit(shrink(pathology))
        order = np.argsort(-scores + 1e-6 * rng.random(len(scores)))[:chests]
        if scores[order[0]] < least_fit:
            dropped += 1
            continue
        for number, index in enumerate(order[scores[order] >= least_fit]):
            name, anatomy_file = f"{record['id']}_{number}", files[section][index]
            chest = load_channels(anatomy_file)
            if not is_plausible(chest):
                continue
            fits.append(float(scores[index]))
            save_channels(folder / "pathology" / f"{name}.nii.gz", _clipped(pathology, chest))
            cases[section].append(
                {
                    "id": name,
                    "record": record["id"],
                    "pathology": f"pathology/{name}.nii.gz",
                    "anatomy": str(anatomy_file),
                    "fit": round(float(scores[index]), 3),
                }
            )
    own = _outlined_chests(Path(root), folder, size)
    for section in cases:
        cases[section] += own[section]
    write_datalist(folder, cases["training"], cases["validation"])
    print(f"dropped {dropped} records; mean fit {np.mean(fits):.3f}, 5th percentile {np.quantile(fits, 0.05):.3f}")
    print({section: len(found) for section, found in cases.items()}, {section: len(own[section]) for section in own})


def _outlined_chests(root: Path, folder: Path, size: int) -> dict[str, list[Case]]:
    """Write the adults whose anatomy and pathology were both outlined; ground glass counts as consolidation."""
    cases: dict[str, list[Case]] = {"training": [], "validation": []}
    for record in public_cxr.records(root, "covid_outlines"):
        framed = public_cxr.framed_outlines(record)
        chest = np.stack([public_cxr.outlined(framed, (name,), size) for name in vocabulary.ANATOMY_NAMES])
        if not chest.reshape(3, -1).any(axis=1).all():
            continue
        pathology = np.zeros((len(vocabulary.FINDING_NAMES), size, size), dtype=np.uint8)
        found = public_cxr.outlined(framed, ("ground_glass", "consolidation"), size)
        pathology[vocabulary.channel("consolidation")] = found
        anatomy = chest.astype(np.uint8)
        for side in (0, 1):  # the outlined lung is the visible field; here the part behind the heart belongs to it
            anatomy[side] |= convex_hull_image(chest[side]) & chest[2]
        name = f"outlined_{record['id']}"
        save_channels(folder / "pathology" / f"{name}.nii.gz", _clipped(pathology, anatomy))
        save_channels(folder / "anatomy" / f"{name}.nii.gz", anatomy)
        files = {"pathology": f"pathology/{name}.nii.gz", "anatomy": f"anatomy/{name}.nii.gz"}
        cases[section_of_record(record)].append({"id": name, "record": record["id"], **files, "fit": 1.0})
    return cases
