# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""How much of a radiograph so many numbers a block keep, and what a network evaluation on such a grid costs.

    python -m recipes.figures.latent_spaces --radiographs DIR

The folder is the one that step `anatomy` of `python -m recipes.default_data` wrote. Principal components of
blocks are fitted to its training section and measured on its validation section, alone and with the shipped decoder.
The cost is that of the shipped network with as many channels on the grid of the blocks, relative to the shipped grid.
"""

from __future__ import annotations

import time
from typing import Any

import fire
import torch
from monai.metrics import PSNRMetric, SSIMMetric

from aurad_monai.bundles.bundle import Bundle, open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.diffusion.autoencoder import SHUFFLE, BlockAutoencoder, ImageAutoencoder
from aurad_monai.generation.pipeline import IMAGE_BUNDLE
from aurad_monai.io.datalist import read_datalist
from aurad_monai.io.load_case import LoadCased
from aurad_monai.prompts.context import FEATURES, TOKENS
from aurad_monai.vocabulary import ANATOMY_NAMES, FINDING_NAMES

SPACES = ((4, 4), (8, 4), (8, 8), (8, 12), (8, 16), (16, 64))
"""Edge of a block in pixels, numbers kept of it."""
SHIPPED = (8, 16)
CONDITION = len(ANATOMY_NAMES) + len(FINDING_NAMES)
SIZE = 256


def _images(radiographs: str, section: str) -> list[torch.Tensor]:
    load = LoadCased(["image"])
    return [torch.as_tensor(load(case)["image"])[None] for case in read_datalist(radiographs, section)]


def _quality(space: BlockAutoencoder, images: list[torch.Tensor], network: bool) -> str:
    ssim, psnr = SSIMMetric(spatial_dims=2), PSNRMetric(max_val=1.0)
    for image in images:
        latents = space.encode(image)
        raw = latents * space.latent_std[:, None, None] + space.latent_mean[:, None, None]
        again = (space.decode(latents) if network else space.invert(raw)).clamp(0, 1)
        ssim(again, image)
        psnr(again, image)
    return f"{ssim.aggregate().item():.3f} | {psnr.aggregate().item():.1f}"


def _seconds(bundle: Bundle, edge: int, count: int, repeats: int = 5) -> float:
    """Of one evaluation of four images, the least of some."""
    definition: dict[str, Any] = dict(bundle.parser["network_def"])
    definition |= {"in_channels": count + CONDITION, "out_channels": count}
    bundle.parser["network_def"] = definition
    network = bundle.parser.get_parsed_content("network_def", lazy=False).eval()
    batch = torch.zeros(4, count + CONDITION, SIZE // edge, SIZE // edge)
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        network(batch, timesteps=torch.zeros(4), context=torch.zeros(4, TOKENS, FEATURES))
        seconds.append(time.perf_counter() - start)
    return min(seconds)


@torch.inference_mode()
def main(radiographs: str, threads: int = 1) -> None:
    """Print the table."""
    torch.set_num_threads(threads)
    bundle = open_bundle(bundles_root() / IMAGE_BUNDLE)
    shipped = bundle.get("autoencoder")
    costs = {space: _seconds(bundle, *space) for space in SPACES}
    train, validation = (_images(radiographs, section) for section in ("training", "validation"))
    print("| block | numbers kept | grid at 256 x 256 | SSIM | PSNR in dB | cost of an evaluation |")
    print("| --- | --- | --- | --- | --- | --- |")
    for edge, count in SPACES:
        unused = [64] * (edge // SHUFFLE).bit_length()  # widths of a decoder that is not asked
        space = ImageAutoencoder(1, count, unused, factor=edge).eval()
        space.fit([{"image": image} for image in train], "image", max_blocks=800_000)
        row, grid = f"| {edge} x {edge} | {count}", f"{SIZE // edge} x {SIZE // edge}"
        cost = f"{costs[edge, count] / costs[SHIPPED]:.2f}"
        print(f"{row} | {grid} | {_quality(space, validation, network=False)} | {cost} |", flush=True)
        if (edge, count) == SHIPPED:
            print(
                f"{row}, with the shipped decoder | {grid} | {_quality(shipped, validation, network=True)} | {cost} |"
            )


if __name__ == "__main__":
    fire.Fire(main)
