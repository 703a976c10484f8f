# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Take the pattern of 8 x 8 pixels off that sampled radiographs have in the mean and films have not.

    python -m recipes.images.mean_block SET --films DATA/cxr:training [--count 500] [--bundle DIR]

In: radiographs of the image bundle (a run, or what else `open_cases` understands) and films. Out: the offset of the
bundle's autoencoder, the mean of its blocks, less what the mean block of the samples has more than that of the films;
networks stay as they are. A sampler whose latents are wrong by a hundredth of their deviation in the mean leaves such
a pattern; the autoencoder alone does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import fire
import numpy as np
import numpy.typing as npt
import torch
from scipy.ndimage import uniform_filter

from aurad_monai.bundles.bundle import enter_hash, open_bundle
from aurad_monai.evaluation.images.grid import grid_peak
from aurad_monai.files import whole_file
from aurad_monai.io.case_set import open_cases
from aurad_monai.weights import read_state

EDGE, BLOCK, BORDER = 256, 8, 2
"""Of the images; of the pattern; and blocks at each border that are left out."""
Floats = npt.NDArray[np.floating[Any]]


def mean_block(images: Floats) -> Floats:
    """What repeats every block in the mean of images (N, H, W), without what is smooth: (BLOCK, BLOCK), mean 0."""
    mean = np.mean(images, axis=0, dtype=np.float64)
    rest = (mean - uniform_filter(mean, BLOCK, mode="nearest"))[BORDER * BLOCK : -BORDER * BLOCK]
    rest = rest[:, BORDER * BLOCK : -BORDER * BLOCK]
    rows, columns = (edge // BLOCK for edge in rest.shape)
    block = rest.reshape(rows, BLOCK, columns, BLOCK).mean(axis=(0, 2))
    return np.asarray(block - block.mean())


def corrected(offset: torch.Tensor, samples: Floats, films: Floats, scale: float) -> torch.Tensor:
    """The offset (BLOCK * BLOCK,) of an autoencoder whose samples shall have the mean block of films.

    Args:
        offset: as it is.
        samples: (N, H, W) as users get them, with intensities divided by `scale`.
        films: (M, H, W).
        scale: range of intensities that postprocessing makes 1.
    """
    excess = mean_block(samples) - mean_block(films)
    return offset.float() - scale * torch.from_numpy(excess).float().flatten()


def _images(name: str, count: int) -> Floats:
    cases = open_cases(name, "training", EDGE)
    chosen: Iterable[int] = np.sort(np.random.default_rng(0).permutation(len(cases))[:count])
    return np.stack([case.image[0] for case in (cases[int(i)] for i in chosen) if case.image is not None])


def main(folder: str, films: str, count: int = 500, bundle: str = "bundles/cxr_image_latent_diffusion") -> None:
    """Compare so many of both, move the offset and print how far.

    Args:
        folder: the generated set.
        films: real ones.
        count: of each.
        bundle: whose autoencoder is changed.
    """
    weights = Path(bundle) / "models/autoencoder.pt"
    scaler = open_bundle(bundle, device="cpu").get("postprocessing").transforms[-1].scaler
    samples, real = _images(folder, count), _images(films, count)
    peaks = [float(grid_peak(images[:, None], BLOCK).mean()) for images in (samples, real)]
    state = dict(read_state(weights))
    moved = corrected(state["offset"], samples, real, scaler.a_max - scaler.a_min)
    print(f"grid of samples {peaks[0]:.3f}, films {peaks[1]:.3f}; offset moved {(moved - state['offset']).abs().max()}")
    with whole_file(weights) as partial:
        torch.save({**state, "offset": moved}, partial)  # in float32: half precision is as coarse as the pattern
    enter_hash(weights)


if __name__ == "__main__":
    fire.Fire(main)
