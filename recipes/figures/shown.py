# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Is a requested finding visible? Pairs of one seed and chest with and without it, before the held-out evaluator.

    python -m recipes.figures.shown --pairs PAIRS --output docs/results/shown.csv [--sheet PNG] \
        [--real docs/results/held_out_evaluator.csv]

In: pairs of `recipes.figures.same_seed_pairs`, which the held-out evaluator of the filter bundle scores at their mask;
it takes no part in generation or filtering. Out: a row a finding: share of pairs in which the picture with the finding
scores higher (0.5 is chance), with its interval; the mean change of the logit; the same share between pictures without
it, at the same place of the next pair's chest (control); how well the evaluator tells readers' marks on films (real);
the share of attempts that are accepted, and of these the share that scores higher; and a sheet of pictures to look at.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import fire
import numpy as np
import torch
from PIL import Image
from scipy import ndimage
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.anatomy.lungs_box import same_place
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.evaluation.images.held_out import held_out_evaluator
from aurad_monai.evaluation.images.shown import logits
from aurad_monai.experts.marked_findings import MarkedFindings
from aurad_monai.files import whole_file
from aurad_monai.generation.pipeline import FILTER_BUNDLE
from aurad_monai.io.resize import image_at_most
from aurad_monai.statistics import wilson
from recipes.figures.same_seed_pairs import Pair, read_pairs

FRAME = 256
"""Edge at which pairs are scored."""
SHEET = 3
"""Pairs of a finding on the sheet."""
COLUMNS = (
    "finding",
    "pairs",
    "shown",
    "shown, low",
    "shown, high",
    "change of the logit",
    "control",
    "real, AUROC",
    "accepted",
    "shown, of accepted",
    "shown, of accepted, low",
    "shown, of accepted, high",
)


def row(name: str, pairs: Sequence[Pair], expert: MarkedFindings, real: str = "") -> list[str]:
    """A line of the table."""
    channel, more, control = vocabulary.channel(name), [], []
    for pair, following in zip(pairs, [*pairs[1:], pairs[0]], strict=True):
        images = np.stack([image_at_most(image, FRAME) for image in (pair.with_it, pair.without)])
        mask = pair.pathology[channel] > 0
        found = logits(expert, images, mask, channel)
        more.append(found[0] - found[1])
        place = same_place(mask, pair.anatomy, following.anatomy)
        if place.any():
            other = logits(expert, image_at_most(following.without, FRAME)[None], place, channel)
            control.append(found[1] - other[0])
    accepted = np.array([pair.accepted for pair in pairs])
    given = share(np.array(more)[accepted])[:3]
    seen = [*share(np.array(more)), share(np.array(control))[0], real]
    return [name, str(len(pairs)), *seen, f"{accepted.mean():.2f}", *given]


def real_figures(table: str) -> dict[str, str]:
    """AUROC of readers' marks by finding, of a table of `recipes.experts.marked measure`; none without a table."""
    if not table:
        return {}
    with Path(table).open(encoding="utf-8", newline="") as lines:
        return {line["finding"]: line["AUROC, as they are"] for line in csv.DictReader(lines)}


def share(more: np.ndarray) -> list[str]:
    """How often a logit rises, with its interval, and by how much; empty for a finding that was never learned."""
    more = more[np.isfinite(more)]
    if not len(more):
        return [""] * 4
    higher = int((more > 0).sum())
    return [f"{value:.2f}" for value in (higher / len(more), *wilson(higher, len(more)), float(more.mean()))]


def panel(pairs: Sequence[Pair], size: int = 144) -> np.ndarray:
    """Pairs side by side, each without the finding, with it, and with its outline, (size, N * size) uint8."""
    found = []
    for pair in pairs:
        without, with_it = (np.rint(image[0] * 255).astype(np.uint8) for image in (pair.without, pair.with_it))
        mask = pair.pathology.any(axis=0)
        outlined = np.where(mask & ~ndimage.binary_erosion(mask, iterations=2), 255, with_it).astype(np.uint8)
        found += [without, with_it, outlined]
    return np.hstack([np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.BOX)) for image in found])


def main(pairs: str, output: str, sheet: str = "", real: str = "", threads: int = 1) -> None:
    """Score the pairs of a folder, write the table and the sheet; `real` is the table of the held-out evaluator."""
    torch.set_num_threads(threads)
    on_films = real_figures(real)
    expert, rows, panels = held_out_evaluator(bundles_root() / FILTER_BUNDLE), [], []
    for name in tqdm(vocabulary.FINDING_NAMES, desc="findings"):
        found = list(read_pairs(pairs, name))
        if found:
            rows.append(row(name, found, expert, on_films.get(name, "")))
            panels.append(panel(found[:SHEET]))
    with whole_file(Path(output)) as part, part.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([COLUMNS, *rows])
    print(Path(output).read_text(encoding="utf-8"))
    if sheet:
        with whole_file(Path(sheet)) as part:
            Image.fromarray(np.vstack(panels)).save(part, format="PNG", optimize=True)


if __name__ == "__main__":
    fire.Fire(main)
