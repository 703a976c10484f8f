# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A set of radiographs generated from validation masks, nothing filtered, for `aurad evaluate` and patient_control.py.

    python -m recipes.figures.generated_set --pairs DIR --output OUT [--count 512] [--random_patients]
    aurad evaluate OUT:training --reference DATA/cxr:validation --train DATA/cxr:training --masks DIR

DIR is what `python -m recipes.default_data pairs` wrote. View, sex and age are those of the mask's patient, or with
`--random_patients` drawn anew, so that nothing but the request can tell them. Batches that OUT holds are kept.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import fire
import numpy as np
import torch
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.generation.pipeline import IMAGE_BUNDLE
from aurad_monai.io.datalist import save_image, write_datalist
from aurad_monai.io.load_case import LoadCased
from recipes.figures.sampled_pairs import generate_images, open_model, sampled_pairs

AGES = (25, 85)


def another_patient(case: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """The same masks for a patient drawn at random."""
    view, sex = str(rng.choice(vocabulary.VIEWS)), str(rng.choice(vocabulary.SEXES))
    return {**case, "view": view, "sex": sex, "age": int(rng.integers(*AGES))}


def main(
    pairs: str,
    output: str,
    count: int = 512,
    random_patients: bool = False,
    batch: int = 8,
    threads: int = 1,
) -> None:
    """Generate what is missing, then list it."""
    torch.set_num_threads(threads)
    model = open_model(IMAGE_BUNDLE)
    folder, rng = Path(output), np.random.default_rng(1)
    asked = sampled_pairs(pairs, "validation", count)
    if random_patients:
        asked = [another_patient(case, rng) for case in asked]
    files = [folder / "images" / f"{case['id']}.png" for case in asked]
    batches = math.ceil(len(asked) / batch)
    for first in tqdm(range(0, len(asked), batch), desc="generating", unit="batch", total=batches):
        if all(file.is_file() for file in files[first : first + batch]):
            continue
        cases = [LoadCased(["anatomy", "pathology"])(case) for case in asked[first : first + batch]]
        for images in generate_images(model, cases, batch, seed=first):
            for file, image in zip(files[first : first + batch], images, strict=True):
                save_image(file, np.rint(255 * image[0]).astype(np.uint8))
    listed = [{**case, "image": str(file.relative_to(folder))} for case, file in zip(asked, files, strict=True)]
    write_datalist(folder, listed, [])
    print(f"{len(listed)} radiographs generated, none rejected.")


if __name__ == "__main__":
    fire.Fire(main)
