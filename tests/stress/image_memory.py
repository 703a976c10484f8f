# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""How much memory does one radiograph take at 256, 512 and 1,024 pixels, sampled and decoded whole?

    python -m tests.stress.image_memory [--sizes 256,512,1024]

Every size runs in a process of its own: the image bundle is opened, a chest of two ellipses is painted in the default
number of steps, and the most memory the process held is read from the system. What the anatomy looks like does not
matter for memory, and neither do weights trained at another size.
"""

from __future__ import annotations

import multiprocessing
import time

import fire
import numpy as np

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.generation.pipeline import IMAGE_BUNDLE
from aurad_monai.request.conditions import ImageConditiond
from recipes.figures.painting import painted
from tests.stress.evaluation_memory import peak_gib


def chest(size: int) -> np.ndarray:
    """Two lungs and what lies between them, (3, size, size)."""
    down, across = np.mgrid[0:size, 0:size] / size
    spots = [(0.68, 0.15), (0.32, 0.15), (0.5, 0.1)]
    return np.stack([((across - x) / width) ** 2 + ((down - 0.5) / 0.3) ** 2 < 1 for x, width in spots]).astype(
        np.uint8
    )


def one(size: int) -> tuple[float, float, float]:
    """GiB with the bundle open, GiB at most, seconds of sampling and decoding."""
    bundle = open_bundle(bundles_root() / IMAGE_BUNDLE, size=size)
    bundle.get("network")
    before, start = peak_gib(), time.perf_counter()
    case = ImageConditiond()({"anatomy": chest(size), "pathology": np.zeros((13, size, size), dtype=np.uint8)})
    (image,) = painted(bundle, [case])
    assert image.shape == (1, 1, size, size)
    return before, peak_gib(), time.perf_counter() - start


def main(sizes: tuple[int, ...] = (256, 512, 1024)) -> None:
    """Print the table."""
    print("| pixels | bundle open, GiB | at most, GiB | seconds |\n| --- | --- | --- | --- |")
    for size in sizes:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            before, most, seconds = pool.apply(one, (size,))
        print(f"| {size} x {size} | {before:.2f} | {most:.2f} | {seconds:.1f} |", flush=True)


if __name__ == "__main__":
    fire.Fire(main)
