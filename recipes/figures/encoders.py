# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What do the built-in encoders see? FD of validation radiographs, whole and spoiled in known ways, from training ones.

python -m recipes.figures.encoders --radiographs DATA/cxr

An encoder is of use where each spoiled set lies above the unspoiled one, its floor. Effective dimensions say how many
directions its features spread over (exponential of the entropy of their principal variances); 1 would be a collapse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import fire
import numpy as np
import numpy.typing as npt
import torch
from scipy import ndimage

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.case import Case
from aurad_monai.evaluation.evaluate import drawn
from aurad_monai.evaluation.images.encoder import BUILT_IN, open_encoder
from aurad_monai.evaluation.images.feature_distances import frechet_distance
from aurad_monai.evaluation.measure import measure
from aurad_monai.generation.pipeline import FILTER_BUNDLE
from aurad_monai.io.case_set import CaseSet, open_cases

Image = npt.NDArray[np.float32]
SPOILED: dict[str, Callable[[Image], Image]] = {
    "as they are": lambda image: image,
    "blurred, sigma 1": lambda image: ndimage.gaussian_filter(image, (0, 1, 1)),
    "noise of 0.03": lambda image: image + np.random.default_rng(0).normal(0, 0.03, image.shape).astype(np.float32),
    "mirrored": lambda image: image[..., ::-1].copy(),
    "upside down": lambda image: image[:, ::-1].copy(),
    "lower quarter dark": lambda image: np.where(np.arange(image.shape[1])[:, None] < 0.75 * image.shape[1], image, 0),
}


class Spoiled:
    """Cases whose image is changed."""

    def __init__(self, cases: CaseSet, change: Callable[[Image], Image]) -> None:
        self.cases, self.change = cases, change

    def __len__(self) -> int:
        return len(self.cases)

    def __getitem__(self, index: int) -> Case:
        case = self.cases[index]
        assert case.image is not None, case.fault
        return replace(case, image=self.change(case.image))


def dimensions(features: npt.NDArray[np.float32]) -> float:
    """Effective dimensions of features (N, F)."""
    shares = np.linalg.svd(features - features.mean(axis=0), compute_uv=False) ** 2
    shares = shares[shares > 0] / shares.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))


def main(radiographs: str, most: int = 400, threads: int = 2) -> None:
    """Look at every set once, print the table."""
    torch.set_num_threads(threads)
    judge = open_bundle(bundles_root() / FILTER_BUNDLE)
    encoders = [open_encoder(name, judge) for name in BUILT_IN]
    train = measure(drawn(open_cases(f"{radiographs}:training"), most, 0), encoders, "training")
    unseen = open_cases(f"{radiographs}:validation")
    print(f"| validation radiographs ({len(unseen)}) | " + " | ".join(f"FD, {name}" for name in BUILT_IN) + " |")
    print("|" + " --- |" * (len(BUILT_IN) + 1))
    for name, change in SPOILED.items():
        looked = measure(Spoiled(unseen, change), encoders, name)
        pairs = [(looked.values[f"features/{e}"], train.values[f"features/{e}"]) for e in BUILT_IN]
        cells = [f"{frechet_distance(one, other):.3f}" for one, other in pairs]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    spread = [f"{dimensions(train.values[f'features/{e.card.name}']):.1f} of {e.card.features}" for e in encoders]
    print(f"| effective dimensions | {' | '.join(spread)} |")


if __name__ == "__main__":
    fire.Fire(main)
