# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Prepare the default weights' training sets from the public collection: `python -m recipes.default_data STEP`.

Steps, in order: `lungs` (real lung masks for the anatomy expert), `anatomy` (pseudo anatomy of every adult radiograph
by that expert), `masks` (real outlines of findings, each paired with chests that can hold them), `severity_areas`,
`elongations`, `open_counts` and `finding_sets` (tables of what is usual among them), `demographics` (of the films'
patients), and `pairs` (images with known masks: normal, composed, boxed). `alike` lists those of a step that differ in
nothing but what they show.
"""

from __future__ import annotations

import fire

from recipes.data.alike import alike
from recipes.data.frequencies import demographics, elongations, finding_sets, open_counts, severity_areas
from recipes.data.masks import masks
from recipes.data.pairs import pairs
from recipes.data.prior import prior
from recipes.data.radiographs import anatomy, lungs

if __name__ == "__main__":
    fire.Fire(
        {
            "lungs": lungs,
            "anatomy": anatomy,
            "masks": masks,
            "severity_areas": severity_areas,
            "elongations": elongations,
            "open_counts": open_counts,
            "finding_sets": finding_sets,
            "demographics": demographics,
            "pairs": pairs,
            "prior": prior,
            "alike": alike,
        }
    )
