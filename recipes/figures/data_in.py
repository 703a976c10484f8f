# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What prepared data costs and how good its pseudo masks are: `python -m recipes.figures.data_in --cxr DIR --output
FILE`.

DIR is what `python -m recipes.default_data anatomy` wrote; with `--root ROOT`, the collection it came from, the two
radiographs with radiologists' outlines are compared too, and `--published` measures torchxrayvision's experts (with
random weights, since their cost does not depend on them). Agreement: a finding whose label is all that is
known is segmented by the findings expert, and compared with the radiologists' boxes of it: how often its most probable
pixel lies in a box, the share of the mask that does, and the overlap of both. Chance: the same for a pixel, or a mask
of the same size, anywhere in the compartment. Cost: CPU seconds of one thread, so that other work on the machine counts
little, and bytes on disk.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from aurad_monai.bundles import inventory
from aurad_monai.datasets.experts import Experts
from aurad_monai.datasets.pseudo_masks import compartment, expert_mask
from aurad_monai.datasets.refine_boxes import BOX_FINDINGS
from aurad_monai.experts.published_anatomy import PSPNetExpert
from aurad_monai.experts.xrayvision import XrayVisionExpert
from aurad_monai.experts.xrayvision_import import import_xrayvision
from aurad_monai.io.datalist import load_channels, load_image, save_channels, save_image
from aurad_monai.io.radiograph import read_radiograph
from aurad_monai.vocabulary import ANATOMY_NAMES, FINDING_NAMES, channel
from recipes import public_cxr

COUNT = 64


def boxed_cases(folder: Path) -> list[dict[str, Any]]:
    """Cases with radiologists' boxes, each with its section."""
    listed = json.loads((folder / "datalist.json").read_text(encoding="utf-8"))
    return [case | {"section": section} for section in listed for case in listed[section] if case["boxes"]]


def picture(folder: Path, case: dict[str, Any]) -> np.ndarray:
    """(1, H, W) float32 in [0, 1]."""
    return load_image(folder / case["image"])


def regions(case: dict[str, Any], size: int) -> dict[str, np.ndarray]:
    """Finding to the union of its boxes, (size, size) bool."""
    found: dict[str, np.ndarray] = {}
    for marked in case["boxes"]:
        name = BOX_FINDINGS.get(marked["label"]) or {"Atelectasis": "atelectasis", "Nodule": "nodule"}.get(
            marked["label"]
        )
        if name:
            x0, y0, x1, y1 = (round(edge * size) for edge in marked["box"])
            found.setdefault(name, np.zeros((size, size), dtype=bool))[y0:y1, x0:x1] = True
    return found


def compare(region: np.ndarray, probability: np.ndarray, name: str, anatomy: np.ndarray) -> dict[str, float]:
    """One finding of one radiograph: mask and peak against its boxes, and what chance would give."""
    place = compartment(name, anatomy)
    mask = expert_mask(name, probability, anatomy).astype(bool)
    peak = np.unravel_index(np.where(place, np.nan_to_num(probability), -1.0).argmax(), region.shape)
    chance = float((region & place).sum() / max(place.sum(), 1))
    inside, area = float((mask & region).sum()), float(mask.sum())
    expected = area * chance
    return {
        "hit": float(region[peak]),
        "hit_by_chance": chance,
        "found": float(area > 0),
        "inside": inside / area if area else float("nan"),
        "iou": inside / (area + region.sum() - inside),
        "iou_by_chance": expected / (area + region.sum() - expected),
    }


def agreement(folder: Path, experts: Experts) -> dict[str, dict[str, dict[str, float]]]:
    """Section to finding to the means of `compare`."""
    rows: dict[str, dict[str, list[dict[str, float]]]] = defaultdict(lambda: defaultdict(list))
    for case in boxed_cases(folder):
        image = picture(folder, case)
        maps, anatomy = experts.findings(image[None])[0], load_channels(folder / case["anatomy"])
        for name, region in regions(case, image.shape[-1]).items():
            row = compare(region, maps[channel(name)], name, anatomy)
            rows[case["section"]][name].append(row)
            rows[case["section"]]["all"].append(row)
    return {
        section: {
            name: {
                "boxes": float(len(found)),
                **{key: float(np.nanmean([row[key] for row in found])) for key in found[0]},
            }
            for name, found in sorted(by_name.items())
        }
        for section, by_name in rows.items()
    }


def cost(folder: Path, experts: Experts) -> dict[str, float]:
    """CPU seconds of one thread a radiograph by step, and bytes a case by file."""
    cases = boxed_cases(folder)[:COUNT]
    images = np.stack([picture(folder, case) for case in cases])
    spent: dict[str, float] = {}
    steps = {
        "decode": lambda: [read_radiograph(folder / case["image"]) for case in cases],
        "anatomy expert": lambda: [
            experts.gate.expert(images[start : start + 8]) for start in range(0, len(images), 8)
        ],
        "findings expert": lambda: [experts.findings(images[start : start + 8]) for start in range(0, len(images), 8)],
    }
    for name, step in steps.items():
        started = time.process_time()
        step()
        spent[f"CPU seconds, {name}"] = (time.process_time() - started) / len(cases)
    maps = experts.findings(images)
    with TemporaryDirectory() as name:
        out = Path(name)
        started = time.process_time()
        for index, case in enumerate(cases):
            anatomy = load_channels(folder / case["anatomy"])
            pathology = np.zeros((len(FINDING_NAMES), *images.shape[-2:]), dtype=np.uint8)
            for finding in regions(case, images.shape[-1]):
                pathology[channel(finding)] = expert_mask(finding, maps[index, channel(finding)], anatomy)
            save_image(out / f"{index}.png", np.rint(images[index, 0] * 255).astype(np.uint8))
            save_channels(out / f"{index}.anatomy.nii.gz", anatomy)
            save_channels(out / f"{index}.pathology.nii.gz", pathology)
        spent["CPU seconds, masks and writing"] = (time.process_time() - started) / len(cases)
        for kind, pattern in (("image", "*.png"), ("anatomy", "*.anatomy.nii.gz"), ("pathology", "*.pathology.nii.gz")):
            spent[f"bytes, {kind}"] = float(np.mean([path.stat().st_size for path in out.glob(pattern)]))
    return spent


def outlines(root: Path, experts: Experts, size: int = 256) -> dict[str, dict[str, float]]:
    """Id of each radiograph with outlines to `compare` for ground glass and consolidation, and Dice of anatomy.

    The outlined lung is the visible field, so the expert's lungs are compared without what lies behind the heart.
    """
    found = {}
    for row in public_cxr.manifest(root):
        if row["anatomy"] and row["pathology"]:
            image = public_cxr.radiograph(root, row, size)[None].astype(np.float32) / 255.0
            drawn, marked = (public_cxr.label_map(root, row[key], size) for key in ("anatomy", "pathology"))
            seen, maps = experts.gate.expert(image[None])[0], experts.findings(image[None])[0]
            region = (marked & 3) > 0  # bits 1 and 2: ground glass, consolidation
            figures = compare(region, maps[channel("consolidation")], "consolidation", seen)
            structures = (drawn == 1, drawn == 2, np.isin(drawn, (6, 7)))
            fields = (seen[0] > seen[2], seen[1] > seen[2], seen[2] > 0)
            for name, one, other in zip(ANATOMY_NAMES, structures, fields, strict=True):
                figures[f"dice_{name}"] = float(2 * (one & other).sum() / max(one.sum() + other.sum(), 1))
            found[row["id"]] = figures
    return found


def published_cost(folder: Path, count: int = 4) -> dict[str, float]:
    """CPU seconds of one thread a radiograph by torchxrayvision's experts, random weights in their official formats."""
    images = np.stack([picture(folder, case) for case in boxed_cases(folder)[:count]])
    library = import_xrayvision()
    spent = {}
    with TemporaryDirectory() as name:
        densenet, pspnet = Path(name) / "densenet.pt", Path(name) / "pspnet.pth"
        torch.save(library.models.DenseNet(weights=None, num_classes=18).eval(), densenet)
        torch.save(library.baseline_models.chestx_det.pspnet(14).state_dict(), pspnet)
        for label, expert in (
            ("densenet121-res224-all (224 x 224)", XrayVisionExpert("densenet121-res224-all", densenet)),
            ("pspnet (512 x 512)", PSPNetExpert(pspnet)),
        ):
            started = time.process_time()
            expert(images)
            spent[f"CPU seconds, {label}"] = (time.process_time() - started) / count
    return spent


def outlines_markdown(found: dict[str, dict[str, float]]) -> str:
    """A line a radiograph."""
    lines = [
        "| radiograph | peak in outline (chance) | mask inside | IoU (chance) | Dice left lung | right lung | middle |"
    ]
    lines.append("| --- | --- | --- | --- | --- | --- | --- |")
    for name, row in found.items():
        cells = [name, f"{row['hit']:.0f} ({row['hit_by_chance']:.2f})", f"{row['inside']:.2f}"]
        cells += [f"{row['iou']:.2f} ({row['iou_by_chance']:.2f})"]
        cells += [f"{row[f'dice_{structure}']:.2f}" for structure in ANATOMY_NAMES]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def markdown(agreed: dict[str, dict[str, dict[str, float]]], spent: dict[str, float]) -> str:
    """Both tables."""
    lines = ["| section | finding | cases | peak in a box (chance) | mask inside boxes | IoU (chance) |"]
    lines.append("| --- | --- | --- | --- | --- | --- |")
    for section, by_name in agreed.items():
        for name, row in by_name.items():
            cells = [section, name, f"{row['boxes']:.0f}", f"{row['hit']:.2f} ({row['hit_by_chance']:.2f})"]
            cells += [f"{row['inside']:.2f}", f"{row['iou']:.2f} ({row['iou_by_chance']:.2f})"]
            lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "| a radiograph | |", "| --- | --- |"]
    lines += [
        f"| {name} | {value:.4f} |" if value < 10 else f"| {name} | {value:.0f} |" for name, value in spent.items()
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cxr", type=Path, required=True)
    parser.add_argument("--root", type=Path, default=None)
    parser.add_argument("--published", action="store_true")
    parser.add_argument("--output", type=Path, default=Path("data_in.json"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    experts = Experts.from_bundle(inventory.bundles_root() / "cxr_expert_filter")
    drawn = outlines(options.root, experts) if options.root else {}
    print(outlines_markdown(drawn), flush=True)
    theirs = published_cost(options.cxr) if options.published else {}
    print(json.dumps(theirs, indent=2), flush=True)
    agreed, spent = agreement(options.cxr, experts), cost(options.cxr, experts) | theirs
    figures = {"agreement": agreed, "cost": spent, "outlines": drawn}
    options.output.write_text(json.dumps(figures, indent=2), encoding="utf-8")
    print(markdown(agreed, spent))


if __name__ == "__main__":
    main()
