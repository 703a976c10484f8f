# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A picture of what the experts reject, for the model cards: the first rejected cases of one prompt and why.

python benchmarks/failure_gallery.py --output docs/images/failures.png
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import fire

from aurad_monai.export.overview import draw_overview
from aurad_monai.pipeline import Pipeline

PROMPT = "small left pleural effusion and cardiomegaly"


def main(output: str, prompt: str = PROMPT, num: int = 16, seed: int = 7, most: int = 6) -> None:
    """Attempt `num` cases and draw those that were rejected, each with the criteria that rejected it."""
    cases = Pipeline.from_bundles()(prompt, num=num, seed=seed, accept_all=True).cases
    rejected = [case for case in cases if not case.accepted and case.image is not None][:most]
    note = "rejected: " + "; ".join(f"{case.id[-2:]} {', '.join(case.rejected_by)}" for case in rejected)
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    draw_overview([replace(case, accepted=True) for case in rejected], prompt, note).save(output)
    print(note)


if __name__ == "__main__":
    fire.Fire(main)
