# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Prepare the default weights' training sets from the public collection: `python -m recipes.default_data STEP`.

Steps, in order: `lungs` (real lung masks for the anatomy expert), `anatomy` (pseudo anatomy of every adult radiograph
by that expert), `masks` (real outlines of findings, each paired with chests that can hold them), `severity_areas`,
`open_counts` and `finding_sets` (tables of what is usual among them), and `pairs` (images with known masks: normal,
composed, boxed).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any

import fire
import numpy as np
import numpy.typing as npt
import torch
from skimage.morphology import convex_hull_image
from torch.nn import functional
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.anatomy.prior import AnatomyPrior, distance_maps
from aurad_monai.anatomy.zones import allowed_place
from aurad_monai.bundles.bundle import enter_hash
from aurad_monai.datasets.refine_boxes import refine_boxes
from aurad_monai.io.datalist import load_channels, load_image, read_datalist, save_channels, save_image, write_datalist
from aurad_monai.io.split import section_of_record
from aurad_monai.lesions.compose_lesions import ComposeLesionsd
from aurad_monai.lesions.lesion_shapes import LesionShapes
from recipes import public_cxr
from recipes.pairing import AnatomyPool, is_plausible, shrink

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
            cases[row["split"]].append(_case(row, ("image", "anatomy")) | {"population": row["population"]})
    adults = [case for case in cases["train"] if case["population"] == "adult"]
    write_datalist(folder, cases["train"] + 3 * adults, [c for c in cases["val"] if c["population"] == "adult"])


def _case(row: public_cxr.Row, keys: tuple[str, ...]) -> Case:
    folders = {"image": ("images", "png"), "anatomy": ("anatomy", "nii.gz"), "pathology": ("pathology", "nii.gz")}
    return {"id": row["id"]} | {key: f"{folders[key][0]}/{row['id']}.{folders[key][1]}" for key in keys}


def _patient(row: public_cxr.Row) -> Case:
    """View, sex and age as the vocabulary has them; unknown ones are left out."""
    patient: Case = {"view": "PA" if row["view"] == "PA" else "AP"}
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
        case = _case(row, ("image", "anatomy")) | _patient(row)
        case |= {"labels": row["labels"], "rsna_class": row["rsna_class"], "boxes": json.loads(row["boxes"] or "[]")}
        cases[row["split"]].append(case)
    write_datalist(folder, cases["train"], cases["val"])


def _record_masks(record: dict[str, Any], size: int) -> npt.NDArray[np.uint8]:
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
        pathology = _record_masks(record, size)
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
        framed = public_cxr.center_square_outlines(record)
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


def severity_areas(dataset_dir: str) -> None:
    """Print `severity_areas` of each finding the training masks have, for `aurad_monai/data/findings.json`."""
    from aurad_monai.anatomy.findings_from_masks import OTHER_SIDE, split_sides

    areas: dict[str, list[float]] = {name: [] for name in vocabulary.FINDING_NAMES}
    for pathology, chest in _training_masks(dataset_dir):
        both = int((chest[0] | chest[1]).sum())
        for channel, term in enumerate(vocabulary.FINDINGS):
            shape = pathology[channel].astype(bool)
            parts = split_sides(shape, chest) if term.sided else (shape,)
            least = max(1, OTHER_SIDE * shape.sum())
            areas[term.name] += [float(part.sum()) / both for part in parts if part.sum() >= least]
    found = {name: np.quantile(values, [0.15, 0.45, 0.8]).round(4).tolist() for name, values in areas.items() if values}
    print(json.dumps(found, indent=2))


def open_counts(dataset_dir: str) -> None:
    """Print `side_counts` and `zone_counts` of the training masks, for `aurad_monai/data/findings.json`."""
    from aurad_monai.anatomy.findings_from_masks import findings_from_masks

    sides = {term.name: dict.fromkeys(vocabulary.LATERALITIES, 0) for term in vocabulary.FINDINGS if term.sided}
    zones: dict[str, dict[str, dict[str, int]]] = {name: {} for name in vocabulary.FINDING_NAMES}
    for pathology, chest in _training_masks(dataset_dir):
        found: dict[str, str] = {}
        for item in findings_from_masks(pathology, chest).present:
            row = zones[item.name].setdefault(item.zone or "", dict.fromkeys(vocabulary.SEVERITIES, 0))
            row[str(item.severity)] += 1
            found[item.name] = "bilateral" if item.name in found else str(item.laterality)
        for name in found.keys() & sides.keys():
            sides[name][found[name]] += 1
    for name, rows in zones.items():
        counted = {zone: [*rows[zone].values()] for zone in ("", *vocabulary.ZONES) if zone in rows}
        print(json.dumps({name: {"side_counts": [*sides.get(name, {}).values()], "zone_counts": counted}}))


def finding_sets(dataset_dir: str) -> None:
    """Print how often which findings are together in training masks, for `aurad_monai/data/finding_sets.json`."""
    names = np.array(vocabulary.FINDING_NAMES)
    sets = Counter(" ".join(names[pathology.any((1, 2))]) for pathology, _ in _training_masks(dataset_dir))
    print(json.dumps(dict(sorted(sets.items(), key=lambda entry: (-entry[1], entry[0]))), indent=2))


def _training_masks(dataset_dir: str) -> Iterator[tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]]:
    """Pathology and anatomy of every training mask, once each."""
    seen: set[str] = set()
    for case in read_datalist(dataset_dir):
        if case["id"] not in seen:
            seen.add(case["id"])
            yield load_channels(Path(case["pathology"])), load_channels(Path(case["anatomy"]))


WEIGHTS = {"normal": 2, "boxed": 4, "unknown": 4}
"""How often a training case of a kind is listed; each listing is augmented anew."""


def _is_normal(case: Case) -> bool:
    return case["rsna_class"] == "Normal" or (case["labels"] == "No Finding" and not case["boxes"])


def _arrays(folder: Path, case: Case) -> dict[Hashable, Any]:
    return {"image": load_image(folder / case["image"]), "anatomy": load_channels(folder / case["anatomy"])}


def _reduced(arrays: Mapping[Hashable, Any], size: int) -> dict[Hashable, Any]:
    """A case of (C, H, W) arrays brought to (C, size, size) by area; half of a pixel decides about a mask."""
    if not size or arrays["image"].shape[-1] == size:
        return dict(arrays)
    tensors = {key: torch.as_tensor(np.asarray(value, dtype=np.float32))[None] for key, value in arrays.items()}
    small = {key: functional.interpolate(value, (size, size), mode="area")[0] for key, value in tensors.items()}
    return {key: value.numpy() if key == "image" else (value.numpy() >= 0.5) for key, value in small.items()}


def _write_pair(folder: Path, name: str, arrays: Mapping[Hashable, Any], patient: Case) -> Case:
    """Write image, anatomy and pathology, where known, of one training case; returns its line of the datalist."""
    row = {"id": name}
    save_image(folder / "images" / f"{name}.png", np.rint(arrays["image"][0] * 255).astype(np.uint8))
    masks = tuple(key for key in ("anatomy", "pathology") if key in arrays)
    for key in masks:
        save_channels(folder / key / f"{name}.nii.gz", np.asarray(arrays[key]).astype(np.uint8))
    return _case(row, ("image", *masks)) | patient


def pairs(
    root: str,
    radiographs: str,
    output: str,
    copies: int = 8,
    seed: int = 0,
    sections: tuple[str, ...] = ("training", "validation"),
    size: int = 0,
) -> None:
    """Write what bundle 2 and the findings expert learn from: images whose anatomy and pathology are both known.

    Normal radiographs with an empty mask, `copies` compositions of each with real lesion shapes, radiographs with
    radiologists' boxes refined to the opacity in them, and the rest with pathology left unknown.

    Args:
        root: the public collection.
        radiographs: the folder that step `anatomy` wrote.
        output: where pairs and datalist go.
        copies: compositions of each normal radiograph.
        seed: of the compositions.
        sections: which to write; one left out stays as an earlier call left it.
        size: edge of what is written in pixels, by default that of `radiographs`. Half of it is best: interpolation
            blurs what a lesion displaces, and the blur is gone once the film is reduced.
    """
    folder = Path(output)
    listed = json.loads((Path(radiographs) / "datalist.json").read_text(encoding="utf-8"))
    earlier = folder / "datalist.json"
    cases = {"training": [], "validation": []} | (json.loads(earlier.read_text()) if earlier.is_file() else {})
    for section in sections:
        shapes = LesionShapes.from_jsonl(Path(root) / "annotations" / "chestxdet.jsonl", section)
        compose = ComposeLesionsd(shapes).set_random_state(seed=seed)
        cases[section] = []
        for case in tqdm(listed[section], desc=f"pairs, {section}", mininterval=5):
            cases[section] += _pairs_of(case, Path(radiographs), folder, compose, copies, size)
        kinds = [case["kind"] for case in cases[section]]
        if section == "training":  # so that real pathology weighs more against composed lesions
            cases[section] = [case for case in cases[section] for _ in range(WEIGHTS.get(case["kind"], 1))]
        print(section, {kind: kinds.count(kind) for kind in ("normal", "composed", "boxed", "unknown")})
    write_datalist(folder, cases["training"], cases["validation"])


def _pairs_of(case: Case, source: Path, folder: Path, compose: ComposeLesionsd, copies: int, size: int) -> list[Case]:
    """Write the pairs of one radiograph; returns their lines of the datalist."""
    arrays, name = _arrays(source, case), case["id"]
    patient: Case = {key: case[key] for key in ("view", "sex", "age") if key in case}
    empty = np.zeros((len(vocabulary.FINDING_NAMES), *arrays["image"].shape[-2:]), dtype=np.uint8)
    if _is_normal(case):
        plain = _reduced(arrays | {"pathology": empty}, size)
        kept = [_write_pair(folder, name, plain, patient | {"kind": "normal"})]
        for copy in range(copies):
            made = _reduced(compose(arrays | {"pathology": empty}), size)
            kept.append(_write_pair(folder, f"{name}_c{copy}", made, patient | {"kind": "composed"}))
        return kept
    if case["boxes"]:
        arrays = _reduced(arrays, size)
        marked = refine_boxes(arrays["image"][0], arrays["anatomy"], case["boxes"])
        return [_write_pair(folder, name, arrays | {"pathology": marked}, patient | {"kind": "boxed"})]
    if size and arrays["image"].shape[-1] != size:
        return [_write_pair(folder, name, _reduced(arrays, size), patient | {"kind": "unknown"})]
    known = {key: str((source / case[key]).resolve()) for key in ("image", "anatomy")}
    return [{"id": name, **known, **patient, "kind": "unknown"}]


def prior(anatomies: str, weights: str = "bundles/cxr_mask_latent_diffusion/models/anatomy_prior.safetensors") -> None:
    """Fit the anatomy prior to the training chests that step `anatomy` wrote."""
    listed = read_datalist(anatomies)
    maps = np.stack([distance_maps(load_channels(Path(case["anatomy"]))) for case in listed])
    AnatomyPrior.fit(maps).save(weights)
    enter_hash(Path(weights))


if __name__ == "__main__":
    fire.Fire(
        {
            "lungs": lungs,
            "anatomy": anatomy,
            "masks": masks,
            "severity_areas": severity_areas,
            "open_counts": open_counts,
            "finding_sets": finding_sets,
            "pairs": pairs,
            "prior": prior,
        }
    )
