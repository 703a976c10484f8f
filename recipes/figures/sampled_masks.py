# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What users get, beside training radiographs: by this, weights and sharpening of the image bundle are chosen.

    python -m recipes.figures.sampled_masks --radiographs DATA/cxr --output OUT.json [--weights NAME=FILE,NAME=FILE]

DATA/cxr is what `python -m recipes.default_data anatomy` wrote; of it only training radiographs are read. Prompts
become masks once; each weight file generates the same ones from the same noise, each amount of the unsharp mask is
put on the same images. FD by encoder, AUROC of a classifier between generated and real, and cases that the experts
accept.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import fire
import numpy as np
import torch

from aurad_monai.bundles.bundle import load_weights, open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.case import Case
from aurad_monai.diffusion.image_postprocessing import UnsharpMaskd
from aurad_monai.diffusion.sample import DiffusionModel
from aurad_monai.evaluation.images.encoder import BUILT_IN, open_encoder
from aurad_monai.evaluation.images.feature_distances import frechet_distance
from aurad_monai.evaluation.images.two_sample_test import TrunkFeatures, c2st_auroc
from aurad_monai.generation.pipeline import FILTER_BUNDLE, IMAGE_BUNDLE, Pipeline
from aurad_monai.io.datalist import read_datalist
from aurad_monai.io.load_case import LoadCased
from recipes.figures.sampled_pairs import generate_images

PROMPTS = {
    "normal": 6,
    "right consolidation": 3,
    "left consolidation": 3,
    "left pleural effusion": 2,
    "right pleural effusion": 2,
}
"""Prompt to its parts of the whole."""


def drawn(pipeline: Pipeline, count: int, seed: int = 5000) -> list[Case]:
    """Cases with masks, whatever the filter says of them, without images."""
    part, cases = count / sum(PROMPTS.values()), list[Case]()
    for number, (prompt, share) in enumerate(PROMPTS.items()):
        wanted = max(1, round(part * share))
        cases += pipeline(prompt, num=wanted, seed=seed + 1000 * number, masks_only=True, progress=False).cases
    return cases


def main(
    radiographs: str,
    output: str,
    weights: str | tuple[str, ...] = "",
    amounts: float | tuple[float, ...] = (0, 0.5, 0.75, 1),
    count: int = 128,
    real: int = 320,
    sigma: float = 0.9,
    threads: int = 2,
) -> None:
    """Measure every weight file, the shipped one first, at every amount; write figures as JSON and print them."""
    torch.set_num_threads(threads)
    pipeline, judge = Pipeline.from_bundles(), open_bundle(bundles_root() / FILTER_BUNDLE)
    encoders = {name: open_encoder(name, judge) for name in BUILT_IN}
    listed = read_datalist(radiographs, "training")
    chosen = [listed[i] for i in np.random.default_rng(0).permutation(len(listed))[:real]]
    pictures = np.stack([np.asarray(LoadCased("image")({"image": case["image"]})["image"]) for case in chosen])
    trunk = TrunkFeatures(judge.get("findings_expert").network.backbone, judge.hashes["findings.pt"])
    known = trunk.of(pictures)
    goal = {name: np.asarray(encoder.encode(pictures)) for name, encoder in encoders.items()}
    cases, bundle = drawn(pipeline, count), open_bundle(bundles_root() / IMAGE_BUNDLE, device="$torch.device('cpu')")
    asked = [
        {"anatomy": case.anatomy, "pathology": case.pathology}
        | {name: getattr(case.resolved, name) for name in ("view", "sex", "age")}
        for case in cases
    ]
    model = replace(DiffusionModel.from_bundle(bundle), postprocessing=dict)  # decoded images as they are
    entries = weights.split(",") if isinstance(weights, str) else weights
    files = dict(entry.split("=", 1) for entry in entries if entry)
    shipped = {"shipped": str(bundles_root() / IMAGE_BUNDLE / "models" / "model.pt")}
    figures: dict[str, Any] = {"masks": len(asked), "real": len(pictures), "sigma": sigma}
    for name, file in (shipped | files).items():
        load_weights(model.network, file)
        plain = torch.from_numpy(np.concatenate(list(generate_images(model, asked))))
        for amount in np.atleast_1d(amounts).tolist():
            sharpen = UnsharpMaskd("pred", sigma, amount)
            made = np.stack([sharpen({"pred": image})["pred"].clamp(0, 1).numpy() for image in plain])
            row: dict[str, Any] = {
                f"FD, {key}": frechet_distance(goal[key], np.asarray(encoder.encode(made)))
                for key, encoder in encoders.items()
            }
            seen = trunk.of(made)
            row |= {f"C2ST AUROC, {size}": c2st_auroc(seen[size], known[size])[0] for size in known}
            row["accepted"] = accepted(cases, made)
            figures[f"{name}, amount {amount}"] = row
            print(name, amount, json.dumps(row), flush=True)
            Path(output).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def accepted(cases: list[Case], images: Any) -> int:
    """How many of the cases the experts accept with these images; those of another amount are no duplicates."""
    judges = open_bundle(bundles_root() / FILTER_BUNDLE).get("filter")
    complete = [replace(case, image=image) for case, image in zip(cases, images, strict=True)]
    return sum(all(item.passed for item in found) for found in judges.evaluate(complete))


if __name__ == "__main__":
    fire.Fire(main)
