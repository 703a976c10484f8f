# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What the invisible watermark changes: gray levels, masks that experts predict; and after what it is still read.

    python -m recipes.figures.watermark [--num 8]

Takes the shipped bundles; prints three tables.
"""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

import fire
import numpy as np
from PIL import Image

from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.case import quantize
from aurad_monai.cli.values import WATERMARK
from aurad_monai.evaluation.images.resegmentation import overlap
from aurad_monai.experts.findings import FindingsExpert
from aurad_monai.export.watermark import embed, read
from aurad_monai.generation.pipeline import FILTER_BUNDLE, Pipeline

MIX = ("large left pleural effusion and cardiomegaly", "right consolidation", "large right pneumothorax", "normal")


def _carried(picture: Any) -> dict[str, Any]:
    """A marked picture after what pictures go through."""

    def jpeg(quality: int) -> Any:
        stream = io.BytesIO()
        Image.fromarray(picture).save(stream, "JPEG", quality=quality)
        return np.asarray(Image.open(stream))

    found = {"as written": picture, "JPEG 90": jpeg(90), "JPEG 75": jpeg(75)}
    for edge in (512, 384, 192, 128):
        found[f"rescaled to {edge}"] = np.asarray(Image.fromarray(picture).resize((edge, edge)))
    return found


def main(num: int = 8, steps: int | None = None) -> None:
    """What the invisible watermark changes: gray levels, masks that experts see; and after what it is still read.

    `num` radiographs of each prompt are generated, rejected or not. Their masks are seen again with and without it.
    """
    pipeline = Pipeline.from_bundles(device="cpu")
    findings_expert = FindingsExpert.from_bundle(bundles_root() / FILTER_BUNDLE)
    noise, marks, unmarked = [], Counter[str](), 0
    dice: dict[str, list[Any]] = {}
    for prompt in MIX:
        for case in pipeline(prompt, num, 7, num_inference_steps=steps, accept_all=True, progress=False).cases:
            plain = quantize(case.image)
            marked = embed(plain, WATERMARK)
            noise.append(np.mean((marked.astype(float) - plain) ** 2))
            marks.update({name: read(picture) == WATERMARK for name, picture in _carried(marked).items()})
            unmarked += read(plain) is not None
            both = np.stack([plain, marked])[:, None].astype(np.float32) / 255
            structures, maps = pipeline.anatomy_expert(both) > 0, findings_expert(both) >= 0.5
            for kind, seen, asked in (("anatomy", structures, case.anatomy), ("findings", maps, case.pathology)):
                for name, one, other in (
                    ("seen with and without", seen[1], seen[0]),
                    ("asked and seen without", seen[0], asked > 0),
                    ("asked and seen with", seen[1], asked > 0),
                ):
                    dice.setdefault(f"{kind}, {name}", []).append(overlap(one, other)[0])
    psnr = 10 * np.log10(255**2 / np.array(noise))
    print(f"{len(psnr)} radiographs: PSNR {psnr.mean():.1f} dB (least {psnr.min():.1f}); {unmarked} read without mark")
    print("| masks | mean Dice |\n| --- | --- |")
    for name, values in dice.items():
        print(f"| {name} | {np.nanmean(np.stack(values)):.4f} |")
    print("| picture | marks read |\n| --- | --- |")
    for name, count in marks.items():
        print(f"| {name} | {count} of {len(psnr)} |")


if __name__ == "__main__":
    fire.Fire(main)
