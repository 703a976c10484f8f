# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""How findings look at their masks: how dense, how plain their outline is and how textured, beside films.

    python -m recipes.figures.appearance --generated RUNS/set --films DATA/pairs:training:outlined,boxed \
        --output docs/results/appearance.csv [--others DATA/pairs:validation:outlined,DATA/pairs:training:composed]

In: cases with images, anatomy and masks, as `aurad evaluate` takes them. Out: a row a finding and set with the median
and quartiles of six figures, and how well all six together tell the set from the films (cross-validated AUROC, 0.5
where they do not). Gray is counted from the lung outside of all masks, 0, to the heart, 1.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import fire
import numpy as np
import numpy.typing as npt
from scipy import ndimage
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.case import Case
from aurad_monai.evaluation.images.two_sample_test import c2st_auroc
from aurad_monai.io.case_set import CaseSet, open_cases
from aurad_monai.io.resize import case_at
from recipes.result_tables import save

EDGE = 256
"""At which pictures are looked at, in pixels."""
BORDER = 3
"""Pixels on either side of an outline."""
BANDS = ((0.0, 1.5), (1.5, 4.0), (4.0, 10.0))
"""Of texture: differences of low-passes, in pixels."""
SMALLEST, LEAST_LUNG, LEAST_HEART = 30, 400, 200
"""Pixels of a mask, of lung without a finding and of the heart below which a case says nothing."""
FEW, MOST = 10, 600
"""Cases below which nothing is said of a finding, and cases of a set that are looked at."""
FIGURES = ("opacity", "contrast", "unevenness", "fine texture", "texture", "coarse texture")
Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def figures_of(image: Array, anatomy: Mask, mask: Mask, every: Mask) -> Array | None:
    """The six figures of a finding in an image.

    Args:
        image: (H, W) in [0, 1].
        anatomy: (3, H, W).
        mask: (H, W), of the finding.
        every: (H, W), of all findings.

    Returns:
        (6,): opacity, the mean under the mask; contrast, the mean of a border inside of the outline less that of one
        outside of it; unevenness, the deviation under the mask; and the deviation of three bands of texture under the
        mask as a multiple of that in the rest of the lungs. None where there is too little of mask, lung or heart.
    """
    lungs, heart = anatomy[:2].any(axis=0), anatomy[2]
    free = ndimage.binary_erosion(lungs & ~heart & ~every, iterations=BORDER)
    inside = mask & lungs if (mask & lungs).sum() > SMALLEST else mask
    outer = ndimage.binary_dilation(mask, iterations=BORDER) & ~mask & lungs
    if mask.sum() < SMALLEST or free.sum() < LEAST_LUNG or heart.sum() < LEAST_HEART or not outer.any():
        return None
    open_heart = heart & ~every
    soft = image[open_heart if open_heart.sum() > LEAST_HEART // 2 else heart].mean()
    air = image[free].mean()
    span = max(float(soft - air), 0.05)
    inner = mask & ~ndimage.binary_erosion(mask, iterations=BORDER)
    smooth = {sigma: ndimage.gaussian_filter(image, sigma) if sigma else image for band in BANDS for sigma in band}
    textures = [smooth[fine] - smooth[coarse] for fine, coarse in BANDS]
    return np.array(
        [
            (image[inside].mean() - air) / span,
            (image[inner].mean() - image[outer].mean()) / span,
            image[inside].std() / span,
            *(band[inside].std() / max(float(band[free].std()), 1e-3) for band in textures),
        ]
    )


def looks(case: Case) -> dict[str, Array]:
    """The six figures of each finding of a case that has them."""
    if case.image is None or case.pathology is None or case.anatomy is None or not case.pathology.any():
        return {}
    small, found = case_at(case, EDGE), {}
    image, anatomy, pathology = (np.asarray(part) for part in (small.image, small.anatomy, small.pathology))
    image, anatomy, pathology = image[0].astype(np.float64), anatomy > 0, pathology > 0
    for channel in np.flatnonzero(pathology.any(axis=(1, 2))).tolist():
        figures = figures_of(image, anatomy, pathology[channel], pathology.any(axis=0))
        if figures is not None:
            found[vocabulary.FINDING_NAMES[channel]] = figures
    return found


def measured(cases: CaseSet, name: str, most: int = MOST) -> dict[str, Array]:
    """(N, 6) figures by finding of a set, of so many of its cases, drawn at random."""
    rows = defaultdict(list)
    for number in tqdm(np.random.default_rng(0).permutation(len(cases))[:most].tolist(), desc=name, mininterval=2):
        for finding, figures in looks(cases[number]).items():
            rows[finding].append(figures)
    return {finding: np.stack(found) for finding, found in rows.items()}


def row(finding: str, name: str, figures: Array, films: Array) -> list[str]:
    """A line of the table: median and quartiles of each figure, and the AUROC by which films are told from the set."""
    quartiles = np.quantile(figures, [0.5, 0.25, 0.75], axis=0).T
    told = ranged(c2st_auroc(*(np.hstack([part, part**2]) for part in (figures, films))))
    return [finding, name, str(len(figures)), *map(ranged, quartiles), told]


def ranged(values: Sequence[float]) -> str:
    """A figure and the two between which it lies."""
    middle, low, high = values
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def main(generated: str, films: str, output: str, others: str | Sequence[str] = ()) -> None:
    """Measure the sets and write the table; `others` are further sets, told from the films too."""
    further = others.split(",") if isinstance(others, str) and others else list(others)
    real = measured(open_cases(films, "training"), "films")
    halves = {name: (rows[::2], rows[1::2]) for name, rows in real.items()}
    sets = {"generated": measured(open_cases(generated, "training"), "generated")}
    sets |= {name.rpartition("/")[2]: measured(open_cases(name, "training"), name) for name in further}
    rows = []
    for finding in [name for name in vocabulary.FINDING_NAMES if len(real.get(name, ())) >= FEW]:
        rows.append(row(finding, "films", halves[finding][0], halves[finding][1]))
        for name, found in sets.items():
            if len(found.get(finding, ())) >= FEW:
                rows.append(row(finding, name, found[finding], real[finding]))
    save([["finding", "set", "cases", *FIGURES, "told from films"], *rows], Path(output))
    print(Path(output).read_text(encoding="utf-8"))


if __name__ == "__main__":
    fire.Fire(main)
