# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What tells films of the collection apart although it is no finding: their size, and the years they come from.

    python -m recipes.data.confounds --root ROOT --output docs/results/confounds.csv

In: the public collection. Out: a row a comparison: cross-validated AUROC, with its interval, of logistic regression on
frozen ImageNet features (those that utility learners see with) between two groups of films, one film a patient; 0.5 is
not told apart. Two halves of one group are the control.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import fire
import numpy as np
import torch
from tqdm import tqdm

from aurad_monai.bundles.bundle import Bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.evaluation.images.two_sample_test import INPUT, Features, TrunkFeatures, c2st_auroc
from aurad_monai.files import whole_file
from aurad_monai.generation.pipeline import FILTER_BUNDLE
from recipes import public_cxr
from recipes.data.alike import is_alike, is_large, is_unread

COLUMNS = ("films", "against", "of each", "AUROC", "low", "high")
BATCH = 16
Choice = Callable[[public_cxr.Row], bool]


def no_finding(row: public_cxr.Row) -> bool:
    """An adult's film of the archive that the findings come from, labelled so."""
    return row["source"].startswith("NIH") and row["labels"] == "No Finding"


def read_as_normal(row: public_cxr.Row) -> bool:
    """By a radiologist, of full size."""
    return row["source"].startswith("NIH") and row["rsna_class"] == "Normal" and is_large(row)


def has(label: str) -> Choice:
    """Films with a label."""
    return lambda row: label in row["labels"].split("|")


COMPARISONS: tuple[tuple[str, Choice, str, Choice], ...] = (
    (
        "no finding, 300 pixels",
        lambda r: no_finding(r) and not is_large(r),
        "512",
        lambda r: no_finding(r) and is_large(r),
    ),
    ("no finding, unread, 512 pixels", lambda r: is_unread(r) and is_large(r), "read as normal", read_as_normal),
    ("nodule, all films", has("Nodule"), "no nodule", lambda r: not has("Nodule")(r)),
    (
        "nodule, films alike",
        lambda r: has("Nodule")(r) and is_alike(r),
        "no nodule",
        lambda r: not has("Nodule")(r) and is_alike(r),
    ),
)


def features_of(root: Path, rows: Sequence[public_cxr.Row], seen: TrunkFeatures) -> Features:
    """(N, F) of films."""
    found = []
    for start in tqdm(range(0, len(rows), BATCH), desc="films"):
        images = np.stack([public_cxr.radiograph(root, row, INPUT)[None] for row in rows[start : start + BATCH]])
        found.append(seen.of(images.astype(np.float32) / 255)[f"{seen.name}/{INPUT}"])
    return np.concatenate(found)


def compared(rows: Sequence[public_cxr.Row], features: Features) -> Iterator[list[str]]:
    """Lines of the table; the last is the control."""

    def values(choice: Choice) -> Features:
        return features[[choice(row) for row in rows]]

    def line(first: str, one: Features, second: str, other: Features) -> list[str]:
        return [first, second, str(min(len(one), len(other))), *(f"{value:.2f}" for value in c2st_auroc(one, other))]

    for first, one, second, other in COMPARISONS:
        yield line(first, values(one), second, values(other))
    control = values(no_finding)
    yield line("no finding, every second film", control[::2], "the others", control[1::2])


def main(root: str, output: str, threads: int = 1) -> None:
    """Write the table."""
    torch.set_num_threads(threads)
    rows = list(
        {row["patient"]: row for row in public_cxr.manifest(Path(root)) if row["population"] == "adult"}.values()
    )
    trunk = Bundle(bundles_root() / FILTER_BUNDLE).get("marked_expert").network.backbone
    features = features_of(Path(root), rows, TrunkFeatures(trunk, "", sizes=(INPUT,)))
    with whole_file(Path(output)) as part, part.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([COLUMNS, *compared(rows, features)])
    print(Path(output).read_text(encoding="utf-8"))


if __name__ == "__main__":
    fire.Fire(main)
