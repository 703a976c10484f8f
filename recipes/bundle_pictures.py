# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A picture of what each bundle makes, run on its own as a user of MONAI runs it, for the bundle's own folder.

    python -m recipes.bundle_pictures [--bundles bundles]

Takes the three bundles; writes `docs/output.png` of each: masks in their chests, radiographs, and the outlines that the
anatomy expert finds in these radiographs. Run it again when weights have changed.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from monai.bundle import ConfigWorkflow
from PIL import Image

from aurad_monai.export.overview import ANATOMY_COLORS, OPACITY, PATHOLOGY_COLORS
from aurad_monai.files import whole_file
from aurad_monai.io.datalist import load_channels
from aurad_monai.reporting import gray_picture, with_masks, with_outlines

CASES, EDGE = 4, 256
PROMPT = "small left pleural effusion and cardiomegaly"
MASK, IMAGE, EXPERTS = "cxr_mask_latent_diffusion", "cxr_image_latent_diffusion", "cxr_expert_filter"
Picture = npt.NDArray[np.floating[Any]]


def run(root: Path, **settings: Any) -> None:
    """A bundle's inference, as `python -m monai.bundle run` runs it, on the CPU."""
    configs = root / "configs"
    workflow = ConfigWorkflow(
        workflow_type="inference",
        config_file=str(configs / "inference.json"),
        meta_file=str(configs / "metadata.json"),
        logging_file=str(configs / "logging.conf"),
        bundle_root=str(root),
        device="cpu",
        **settings,
    )
    workflow.initialize()
    workflow.run()
    workflow.finalize()


def sheet(pictures: Sequence[Picture], path: Path) -> None:
    """Pictures (H, W, 3) in [0, 255] beside each other, as one PNG that appears whole."""
    line = np.concatenate(pictures, axis=1)
    with whole_file(path) as partial:
        Image.fromarray(np.rint(line).astype(np.uint8)).save(partial, optimize=True)


def pictures(bundles: Path) -> list[Path]:
    """Run the three bundles, each on what the one before made, and write their pictures; gives the files."""
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder)
        run(bundles / MASK, prompt=PROMPT, num=CASES, size=EDGE, output_dir=str(runs))
        run(bundles / IMAGE, dataset_dir=str(runs), size=EDGE, output_dir=str(runs))
        run(bundles / EXPERTS, dataset_dir=str(runs / "images"), output_dir=str(runs / "found"))
        cases = sorted(file.stem for file in (runs / "images").glob("*.png"))
        films = [gray_picture(np.asarray(Image.open(runs / "images" / f"{c}.png"))[None] / 255) for c in cases]
        found = [load_channels(runs / "found" / f"{case}.nii.gz") for case in cases]
        chests, masks = (
            [load_channels(runs / name / f"{case}.nii.gz") for case in cases] for name in ("anatomy", "pathology")
        )
    drawn = {
        MASK: [_in_chest(chest, mask) for chest, mask in zip(chests, masks, strict=True)],
        IMAGE: films,
        EXPERTS: [with_outlines(film, mask, ANATOMY_COLORS) for film, mask in zip(films, found, strict=True)],
    }
    files = [bundles / name / "docs" / "output.png" for name in drawn]
    for file, row in zip(files, drawn.values(), strict=True):
        sheet(row, file)
    return files


def _in_chest(chest: npt.NDArray[Any], mask: npt.NDArray[Any]) -> Picture:
    plain = np.zeros((*chest.shape[-2:], 3)) + 40.0
    return with_outlines(with_masks(plain, mask, PATHOLOGY_COLORS, 2 * OPACITY), chest, ANATOMY_COLORS)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--bundles", type=Path, default=Path("bundles"))
    for written in pictures(arguments.parse_args().bundles):
        print(written)
