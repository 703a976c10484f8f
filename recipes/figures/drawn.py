# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What drawing a finding over the network's image changes: pairs of one seed, without it, by the network, and drawn.

    python -m recipes.figures.drawn --output docs/results/drawn.csv [--findings pneumothorax,mass] [--sheets DIR]

In: the default bundles. Out: a row a finding and way, with how often and how much more the findings expert sees it and
the change outside over inside of the mask; DIR gets a sheet a finding: without, network, drawn, mask.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import fire
import numpy as np
import torch
from PIL import Image
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.case import Case
from aurad_monai.diffusion.draw_lesions import STRUCTURES, DrawLesionsd
from aurad_monai.diffusion.sample import sample
from aurad_monai.evaluation.images.counterfactual import change
from aurad_monai.evaluation.images.held_out import held_out_evaluator
from aurad_monai.evaluation.images.shown import logits
from aurad_monai.files import whole_file
from aurad_monai.generation.pipeline import FILTER_BUNDLE, Pipeline
from aurad_monai.generation.settings import Settings
from aurad_monai.request.conditions import ImageConditiond
from aurad_monai.request.streams import Stream, entropy, generator
from recipes.figures.shown import share

COLUMNS = ("finding", "drawn by", "pairs", "shown", "shown, low", "shown, high", "change of the logit",
           "change outside over inside")  # fmt: skip
NETWORK, BOTH = "network", "network and transform"
SHOWN = 6
Images = dict[str, np.ndarray]


def images_of(pipeline: Pipeline, request: Case, drawn: Case, name: str) -> tuple[Images, np.ndarray]:
    """Images (1, H, W) without the finding, by the network and drawn, all finished as the bundle does; and the mask."""
    channel, seed = vocabulary.channel(name), request.seed
    prior, size = pipeline.anatomy_prior, pipeline.image_size
    chest, (anatomy, pathology) = prior.sample(generator(Stream.ANATOMY, seed, request.seed_text), size), drawn.masks
    only = np.zeros_like(pathology)
    only[channel] = pathology[channel]
    who: dict[Any, Any] = {key: getattr(drawn.resolved, key) for key in ("view", "sex", "age")}
    pairs = ((chest, 0 * only), (anatomy, only))
    cases = [ImageConditiond()(who | {"anatomy": part, "pathology": mask}) for part, mask in pairs]
    plain = replace(pipeline.image_model, postprocessing=dict)
    without, shown = sample(plain, cases, [entropy(Stream.IMAGE, seed, "")] * 2)
    case = {**cases[1], "pred": torch.from_numpy(shown), "entropy": [seed, 1]}
    made = {"without": without, NETWORK: shown, BOTH: DrawLesionsd("pred", [name])(case)["pred"]}
    finish = pipeline.image_model.postprocessing
    condition = cases[1]["condition"].clone()
    condition[STRUCTURES:] = 0  # nothing more is drawn; the chest is known, so that markers are removed
    bare = {"condition": condition, "entropy": [seed]}
    return {key: np.asarray(finish({**bare, "pred": torch.as_tensor(x)})["pred"]) for key, x in made.items()}, only[
        channel
    ]


def main(output: str, findings: str = "pneumothorax,mass", pairs: int = 12, sheets: str = "", threads: int = 1) -> None:
    """Make and score the pairs, write the table and the sheets."""
    torch.set_num_threads(threads)
    pipeline, expert, rows = Pipeline.from_bundles(device="cpu"), held_out_evaluator(bundles_root() / FILTER_BUNDLE), []
    for name in findings.split(",") if isinstance(findings, str) else findings:
        requests = [pipeline.resolve(f"large {vocabulary.finding(name).label}", seed) for seed in range(pairs)]
        cases = pipeline.generate(requests, Settings(progress=False, masks_only=True)).cases
        found = [images_of(pipeline, *both, name) for both in zip(tqdm(requests, desc=name), cases, strict=True)]
        channel = vocabulary.channel(name)
        scored = [logits(expert, np.stack(list(made.values())), mask > 0, channel) for made, mask in found]
        scores = dict(zip(found[0][0], np.array(scored).T, strict=True))
        for way in (NETWORK, BOTH):
            more = scores[way] - scores["without"]
            changes = np.nanmean([change(made[way], made["without"], mask) for made, mask in found], axis=0)
            rows.append([name, way, str(pairs), *share(more), f"{changes[1] / changes[0]:.2f}"])
            print(*rows[-1], flush=True)
        if sheets:
            columns = [np.vstack([*(x[0] for x in made.values()), mask > 0]) for made, mask in found[:SHOWN]]
            with whole_file(Path(sheets) / f"{name}.png") as part:
                Image.fromarray((255 * np.hstack(columns)).astype(np.uint8)).save(part, format="PNG")
    with whole_file(Path(output)) as part, part.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([COLUMNS, *rows])


if __name__ == "__main__":
    fire.Fire(main)
