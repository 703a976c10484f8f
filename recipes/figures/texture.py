# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Does the findings expert see findings, or the texture of films? Validation films as they are and with less texture.

    python -m recipes.figures.texture --part PARTS/films256 --output TABLE.csv [--pairs RUNS/pairs]

In: a part of `recipes.images.films`, and pairs of `recipes.figures.same_seed_pairs`. Out: a row a finding and change:
mean logit of films that readers call without any finding, of films with it, and the AUROC between them; and the same of
the pairs, generated without and with the finding. A shift of both means that thresholds fitted to films do not fit
images of another texture; a lower AUROC, or a difference smaller than in films, that the finding itself is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import fire
import numpy as np
import torch
from scipy import ndimage
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.evaluation.images.two_sample_test import reconstruction
from aurad_monai.experts.findings import FindingsExpert
from aurad_monai.generation.pipeline import FILTER_BUNDLE, IMAGE_BUNDLE
from aurad_monai.io.resize import image_at_most
from aurad_monai.statistics import auroc
from recipes.figures.same_seed_pairs import read_pairs
from recipes.figures.shown import FRAME
from recipes.result_tables import save

FINDINGS = ("effusion", "consolidation", "cardiomegaly", "atelectasis", "nodule", "mass", "pneumothorax")
COLUMNS = ["finding", "films", "normal films", "films with it", "mean logit, normal", "mean logit, with it", "AUROC"]
GENERATED = "generated, without and with it at one seed"
LEAST = 8
"""Films with a finding that are needed."""
Change = Callable[[np.ndarray], np.ndarray]


def changes() -> dict[str, Change]:
    """What is done to images (B, 1, H, W) in [0, 1]."""
    bundle = open_bundle(bundles_root() / IMAGE_BUNDLE, device="cpu")
    codec = bundle.get("autoencoder")
    return {
        "as they are": lambda images: images,
        "encoded and decoded": reconstruction(codec),
        "encoded, decoded and enlarged": reconstruction(codec, bundle.get("upsampler")),
        "blurred, SD 1.5 pixels": lambda images: ndimage.gaussian_filter(images, (0, 0, 1.5, 1.5)),
        "three quarters of the contrast": lambda images: (
            np.float32(0.6) + np.float32(0.75) * (images - np.float32(0.6))
        ),
    }


def logits(expert: FindingsExpert, images: list[np.ndarray]) -> np.ndarray:
    """(N, findings) of images (1, H, W) in [0, 1], averaged down to the size of the films that experts learned from."""
    scores = np.concatenate([expert.scores(expert(image_at_most(image, FRAME)[None])) for image in images])
    return np.asarray(np.log(scores) - np.log1p(-scores))


def row_of(name: str, words: str, low: np.ndarray, high: np.ndarray) -> list[str]:
    """A line of the table, of logits without and with a finding."""
    figures = (f"{value:.2f}" for value in (low.mean(), high.mean(), auroc(high, low)))
    return [name, words, str(len(low)), str(len(high)), *figures]


def main(part: str, output: str, pairs: str = "", most: int = 60, threads: int = 1) -> None:
    """Score, at most `most` films with and without each finding, and write the table."""
    torch.set_num_threads(threads)
    known = np.load(Path(part) / "known.npz")
    images = np.load(Path(part) / "images.npy", mmap_mode="r")
    val, present = known["split"] == "val", known["present"] > 0
    normal = np.flatnonzero(val & (known["kind"] == "normal"))[:most]
    expert, rows = FindingsExpert.from_bundle(bundles_root() / FILTER_BUNDLE), []
    with_it = {name: np.flatnonzero(val & present[:, vocabulary.channel(name)])[:most] for name in FINDINGS}
    chosen = np.unique(np.concatenate([normal, *with_it.values()]))
    for words, change in changes().items():
        found = {
            int(row): logits(expert, [change(images[row][None, None].astype(np.float32) / 255)[0]])[0]
            for row in tqdm(chosen, desc=words)
        }
        for name, positive in with_it.items():
            if len(positive) < LEAST:
                continue
            channel = vocabulary.channel(name)
            low, high = (np.array([found[int(row)][channel] for row in group]) for group in (normal, positive))
            rows.append(row_of(name, words, low, high))
    for name in FINDINGS if pairs else ():
        shown = list(read_pairs(pairs, name))
        low, high = (
            logits(expert, [getattr(pair, side) for pair in shown])[:, vocabulary.channel(name)]
            for side in ("without", "with_it")
        )
        rows.append(row_of(name, GENERATED, low, high))
    save([COLUMNS, *sorted(rows)], Path(output))


if __name__ == "__main__":
    fire.Fire(main)
