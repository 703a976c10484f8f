# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""How much of a radiograph so many numbers a block can keep: principal components alone, and with the shipped decoder.

    python benchmarks/latent_spaces.py --radiographs DIR

The folder is the one that step `anatomy` of `python -m aurad_monai.default_data` wrote. Bases are fitted to its
training section and measured on its validation section.
"""

from __future__ import annotations

import fire
import torch
from monai.metrics import PSNRMetric, SSIMMetric

from aurad_monai.bundles import open_bundle
from aurad_monai.data.datalist import read_datalist
from aurad_monai.diffusion.latents import ImageLatentSpace, LatentSpace
from aurad_monai.inventory import bundles_root
from aurad_monai.pipeline import IMAGE_BUNDLE
from aurad_monai.transforms.load_case import LoadCased


def _images(radiographs: str, section: str) -> list[torch.Tensor]:
    load = LoadCased(["image"])
    return [torch.as_tensor(load(case)["image"])[None] for case in read_datalist(radiographs, section)]


def _row(name: str, space: LatentSpace, images: list[torch.Tensor], network: bool) -> str:
    ssim, psnr = SSIMMetric(spatial_dims=2), PSNRMetric(max_val=1.0)
    for image in images:
        latents = space.encode(image)
        raw = latents * space.latent_std[:, None, None] + space.latent_mean[:, None, None]
        again = (space.decode(latents) if network else space.invert(raw)).clamp(0, 1)
        ssim(again, image)
        psnr(again, image)
    return f"| {name} | {ssim.aggregate().item():.3f} | {psnr.aggregate().item():.1f} |"


@torch.inference_mode()
def main(radiographs: str) -> None:
    """Print the table."""
    train, validation = (_images(radiographs, section) for section in ("training", "validation"))
    print("| numbers a block of 8 x 8 pixels | SSIM | PSNR in dB |\n| --- | --- | --- |")
    for count in (4, 8, 12, 16):
        space = ImageLatentSpace(1, count).eval().fit([{"image": image} for image in train], "image", most=800_000)
        print(_row(f"{count} principal components", space, validation, network=False))
    shipped = open_bundle(bundles_root() / IMAGE_BUNDLE).get("latent_space")
    print(
        _row(
            f"{shipped.latent_channels} principal components and the shipped decoder", shipped, validation, network=True
        )
    )


if __name__ == "__main__":
    fire.Fire(main)
