# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What the upsampler makes of real films, and what the bundles make, at 64 to 512 pixels: two-sample tests.

    python -m recipes.figures.enlarged --part PARTS/films512 --output TABLE.csv [--generated RUNS/set512]

In: films that have 512 pixels of their own (`recipes.images.films`), and a set of 512 pixels. Out: AUROC of telling
each from validation films (`aurad_monai.evaluation.images.two_sample_test`): training films as they are, averaged down
to 256 pixels and enlarged again, encoded, decoded and enlarged, slightly blurred, and accepted cases of the set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import fire
import numpy as np
import torch
from tqdm import tqdm

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.diffusion.enlarge import image_at
from aurad_monai.evaluation.images.two_sample_test import (
    FAMILY,
    FEW,
    TrunkFeatures,
    blurred,
    c2st_auroc,
    reconstruction,
    sizes_of,
)
from aurad_monai.experts.efficientnet_lite import EfficientNetLite
from aurad_monai.generation.pipeline import FILTER_BUNDLE, IMAGE_BUNDLE
from aurad_monai.io.case_set import open_cases
from recipes.result_tables import save

FRAME, EDGE = 512, 256
"""Edges of films and of what the image network gives."""
COLUMNS = ["images", "count", "pixels", "AUROC", "AUROC, low", "AUROC, high"]
Images = np.ndarray
Change = Callable[[Images], Images]


def changes() -> dict[str, Change | None]:
    """What becomes of images (B, 1, 512, 512) in [0, 1]."""
    bundle = open_bundle(bundles_root() / IMAGE_BUNDLE, device="cpu")
    upsampler = bundle.get("upsampler").eval()

    @torch.inference_mode()
    def enlarged(images: Images) -> Images:
        return np.asarray(upsampler(image_at(torch.from_numpy(images), EDGE)).clamp(0, 1).numpy())

    return {
        "films as they are": None,
        "films, averaged down to 256 pixels and enlarged": enlarged,
        "films, encoded, decoded and enlarged": reconstruction(bundle.get("autoencoder"), upsampler, EDGE),
        "films, blurred by one pixel": partial(blurred, size=FRAME),
    }


def films(part: str, section: str, count: int) -> Iterator[Images]:
    """Batches (B, 1, 512, 512) in [0, 1] of films of a section that have so many pixels of their own."""
    known, images = np.load(Path(part) / "known.npz"), np.load(Path(part) / "images.npy", mmap_mode="r")
    rows = np.flatnonzero((known["split"] == section) & (known["native"] >= FRAME))
    rows = np.random.default_rng(0).permutation(rows)[:count]
    for start in range(0, len(rows), FEW):
        yield images[rows[start : start + FEW]][:, None].astype(np.float32) / np.float32(255)


def accepted(folder: str, count: int) -> Iterator[Images]:
    """Batches of the images of a set, brought to 512 pixels where they have others."""
    cases = open_cases(folder, size=FRAME)
    for index in np.random.default_rng(0).permutation(len(cases))[:count].tolist():
        image = cases[index].image
        if image is not None:
            yield image[None].astype(np.float32)


def described(
    trunk: EfficientNetLite, batches: Iterator[Images], words: str, change: Change | None = None
) -> dict[str, np.ndarray]:
    """Features of images by size."""
    measure = TrunkFeatures(trunk, "", change=change, sizes=sizes_of(FRAME))
    found = [measure.of(batch) for batch in tqdm(batches, desc=words, mininterval=10)]
    return {name: np.concatenate([part[name] for part in found]) for name in found[0]}


def main(part: str, output: str, generated: str = "", count: int = 200, threads: int = 1) -> None:
    """Measure and write the table.

    Args:
        part: films at 512 pixels.
        output: table to be.
        generated: a set of 512 pixels to be told as well.
        count: of images of either side, at most.
        threads: of torch.
    """
    torch.set_num_threads(threads)
    trunk = open_bundle(bundles_root() / FILTER_BUNDLE, device="cpu").get("findings_expert").network.backbone
    held = described(trunk, films(part, "val", count), "validation films")
    sets = {words: described(trunk, films(part, "train", count), words, change) for words, change in changes().items()}
    if generated:
        sets["accepted cases"] = described(trunk, accepted(generated, count), "accepted cases")
    rows = []
    for words, found in sets.items():
        for size in sizes_of(FRAME):
            name = f"{FAMILY}/{size}"
            value = c2st_auroc(found[name], held[name])
            rows.append([words, str(min(len(found[name]), len(held[name]))), str(size), *(f"{x:.3f}" for x in value)])
    save([COLUMNS, *rows], Path(output))
    print(Path(output).read_text(encoding="utf-8"))


if __name__ == "__main__":
    fire.Fire(main)
