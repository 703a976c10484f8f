# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What the latents of masks keep at 256 and at 512 pixels, by finding: Dice after encoding and decoding.

    python -m recipes.figures.mask_codec --root ROOT --output docs/results/mask_codec.csv [--count 485]

Takes validation outlines of ChestX-Det and the autoencoder of the mask bundle; gives a table. Outlines are drawn at
512 pixels; their areas at 256, encoded and decoded, are enlarged as the bundle does and cut at 0.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import fire
import numpy as np
import torch
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.diffusion.enlarge import image_at, logits_at
from aurad_monai.filtering.criteria.anatomy_agreement import dice
from aurad_monai.generation.pipeline import MASK_BUNDLE
from aurad_monai.io.split import section_of_record
from recipes import public_cxr
from recipes.data.masks import record_masks

SIZES = (256, 512)


@torch.inference_mode()
def main(root: str, output: str = "", count: int = 0, threads: int = 1) -> None:
    """Print the table of the first `count` validation records, 0 for all, and write it to `output` if given."""
    torch.set_num_threads(threads)
    codec = open_bundle(bundles_root() / MASK_BUNDLE, device="cpu").get("autoencoder").eval()
    known = [r for r in public_cxr.records(Path(root), "chestxdet") if section_of_record(r) == "validation"]
    found: dict[tuple[str, int], list[float]] = defaultdict(list)
    for record in tqdm(known[: count or None], mininterval=5):
        fine = torch.from_numpy(record_masks(record, SIZES[-1])).float()[None]
        areas = image_at(fine, SIZES[0])
        logits = codec.decode(codec.encode(areas))
        truth = {SIZES[0]: (areas >= 0.5).numpy()[0], SIZES[-1]: fine.numpy()[0]}
        for size in SIZES:
            made = (logits_at(logits, size) > 0).numpy()[0]
            for name, one, other in zip(vocabulary.FINDING_NAMES, made, truth[size], strict=True):
                if other.any():
                    found[name, size].append(dice(one, other))
    rows = [
        [
            vocabulary.finding(name).label,
            *(f"{np.mean(found[name, size]):.3f}" for size in SIZES),
            len(found[name, 512]),
        ]
        for name in vocabulary.FINDING_NAMES
        if found[name, SIZES[-1]]
    ]
    header = ["finding", *(f"Dice, {size} pixels" for size in SIZES), "cases"]
    for row in (header, *rows):
        print(*row, sep=",")
    if output:
        with Path(output).open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream, lineterminator="\n").writerows([header, *rows])


if __name__ == "__main__":
    fire.Fire(main)
