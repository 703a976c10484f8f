# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The picture of the README from a run: `python -m recipes.figures.readme_picture --run RUN`.

In: a run folder, such as that of `make demo`. Out: docs/images/readme.png, its first accepted radiographs with the
outlines of their masks below; chosen by order, not by looks.
"""

from __future__ import annotations

from pathlib import Path

import fire
import numpy as np
from PIL import Image

from aurad_monai.export.overview import ANATOMY_COLORS, PATHOLOGY_COLORS
from aurad_monai.files import whole_file
from aurad_monai.io.read_run import read_run
from aurad_monai.reporting import gray_picture, with_outlines

EDGE = 288
"""Of a radiograph in pixels."""


def main(run: str, output: str = "docs/images/readme.png", columns: int = 3) -> None:
    """Write the picture.

    Args:
        run: the run folder.
        output: the picture to be.
        columns: radiographs side by side.
    """
    cases = [case for case in read_run(Path(run)).cases if case.accepted][:columns]
    panels = []
    for case in cases:
        chest, pathology = case.masks
        plain = gray_picture(case.image)
        outlined = with_outlines(with_outlines(plain, chest, ANATOMY_COLORS), pathology, PATHOLOGY_COLORS)
        both = [Image.fromarray(np.rint(p).astype(np.uint8)).resize((EDGE, EDGE)) for p in (plain, outlined)]
        panels.append(np.vstack([np.asarray(panel) for panel in both]))
    with whole_file(Path(output)) as part:
        Image.fromarray(np.hstack(panels)).save(part, format="PNG", optimize=True)


if __name__ == "__main__":
    fire.Fire(main)
