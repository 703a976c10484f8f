# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Does a finding change the radiograph where its mask is? The same chest and seed painted with and without the mask.

    python -m recipes.figures.counterfactual --pairs DIR --output runs/counterfactual.json [--count 40] [--bundle \
        BUNDLE]

DIR is what `python -m recipes.default_data pairs` wrote; its composed validation cases give patients, chests and
masks. Of a mask with several findings only the largest is painted. Cases painted already are kept in OUTPUT and not
painted again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import fire
import numpy as np
import torch
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.diffusion.inferer import seeded_noise
from aurad_monai.evaluation.images.counterfactual import change, counterfactual
from aurad_monai.evaluation.report_text import table
from aurad_monai.generation.pipeline import IMAGE_BUNDLE
from aurad_monai.io.datalist import load_channels, read_datalist
from aurad_monai.request.conditions import ImageConditiond
from aurad_monai.request.streams import Stream

LEAST_PAIRS = 5
"""A finding with fewer pairs counts among all, and has no rows of its own."""


def paint(bundle: Any, case: dict[str, Any], masks: list[np.ndarray], seed: int) -> np.ndarray:
    """Radiographs (N, 1, H, W) of one patient, chest and seed, one for each of the masks (findings, H, W)."""
    cases = [ImageConditiond()({**case, "pathology": mask}) for mask in masks]
    noise = seeded_noise([seed], bundle.get("latent_shape"), Stream.IMAGE).repeat(len(masks), 1, 1, 1)
    stacked = {key: torch.stack([case[key] for case in cases]) for key in ("condition", "context")}
    return bundle.get("inferer")(noise, bundle.get("network"), **stacked).clamp(0, 1).numpy()


def main(pairs: str, output: str, count: int = 40, bundle: str = "", threads: int = 1) -> None:
    """Paint pairs, measure, print the table."""
    torch.set_num_threads(threads)
    opened = open_bundle(bundle or bundles_root() / IMAGE_BUNDLE, device="$torch.device('cpu')")
    listed = [case for case in read_datalist(pairs, "validation") if case["kind"] == "composed"]
    path, found = Path(output), {}
    if path.is_file():
        stored = json.loads(path.read_text(encoding="utf-8"))
        found = stored["changes"] if stored["weights"] == opened.hashes else {}
    for number in tqdm(np.random.default_rng(0).permutation(len(listed))[:count].tolist(), desc="pairs"):
        case = listed[number]
        pathology, anatomy = (load_channels(Path(case[key])) for key in ("pathology", "anatomy"))
        if case["id"] in found or not pathology.any():
            continue
        channel = int(pathology.reshape(len(pathology), -1).sum(axis=1, dtype=np.int64).argmax())
        mask = np.zeros_like(pathology)
        mask[channel] = pathology[channel]
        images = paint(opened, {**case, "anatomy": anatomy}, [mask, np.zeros_like(mask)], number)
        found[case["id"]] = [vocabulary.FINDING_NAMES[channel], *change(images[0], images[1], mask[channel])]
        path.write_text(json.dumps({"weights": opened.hashes, "changes": found}, indent=1) + "\n", encoding="utf-8")
    changes: dict[str, list[tuple[float, float]]] = {"all": [(row[1], row[2]) for row in found.values()]}
    for finding, inside, outside in found.values():
        changes.setdefault(finding, []).append((inside, outside))
    changes = {name: rows for name, rows in changes.items() if name == "all" or len(rows) >= LEAST_PAIRS}
    print("\n".join(table(counterfactual(changes))))


if __name__ == "__main__":
    fire.Fire(main)
