# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Memory of `aurad prepare` by number of radiographs: `python -m tests.stress.prepare_memory --output DIR`.

Everything runs as it does for a site, but for the experts, which are drawn chests that cost nothing: decoding, masks,
findings, files and bookkeeping of one small picture listed many times, in a frame of 64 x 64. What grows with their
number is bookkeeping alone, whose size does not depend on that of the pictures; batches in memory do not grow.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from aurad_monai.datasets.prepare import Experts, Settings, prepare
from aurad_monai.filtering.criteria.criterion import ExpertPredictions
from aurad_monai.vocabulary import channel

EDGE = 64
READINGS = 10


class Drawn(Experts):
    """Sees the same chest with an effusion in every image, and reads how much memory the process has."""

    def __init__(self, every: int) -> None:
        self.seen, self.every, self.readings = 0, every, list[tuple[int, float]]()
        rows, columns = np.mgrid[:EDGE, :EDGE]
        lungs = [np.hypot((columns - x) / 12, (rows - 32) / 22) < 1 for x in (46, 18)]
        self.chest = np.stack([*lungs, abs(columns - 32) < 7]).astype(np.uint8)
        self.maps = np.zeros((13, EDGE, EDGE), dtype=np.float32)
        self.maps[channel("effusion"), 44:52, 40:50] = 0.9

    def look(self, images: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> list[ExpertPredictions]:
        if self.seen // self.every != (self.seen + len(images)) // self.every:
            self.readings.append((self.seen + len(images), resident()))
        self.seen += len(images)
        return [ExpertPredictions(self.chest, self.maps, self.maps.max(axis=(1, 2)))] * len(images)


def resident() -> float:
    """MiB this process holds now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def site(folder: Path, count: int) -> Path:
    """A picture and a table that lists it under many names, by links."""
    folder.mkdir(parents=True)
    ramp = np.add.outer(np.arange(EDGE), np.arange(EDGE)) * 255 // (2 * EDGE)
    Image.fromarray(ramp.astype(np.uint8)).save(folder / "one.png")
    with (folder / "metadata.csv").open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(["image", "patient", "view", "sex", "age"])
        for index in range(count):
            (folder / f"r{index:06d}.png").symlink_to("one.png")
            table.writerow([f"r{index:06d}.png", f"p{index // 2}", "PA", "F", 60])
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--radiographs", type=int, default=100_000)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    experts = Drawn(max(1, options.radiographs // READINGS))
    root = site(options.output / "site", options.radiographs)
    lines = prepare(Settings("folder", str(root), EDGE), options.output / "prepared", experts)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    (first, low), (last, high) = experts.readings[0], experts.readings[-1]
    summary = {
        "radiographs": len(lines),
        "used": sum("refused" not in line for line in lines),
        "MiB_by_radiographs": {str(count): round(value, 1) for count, value in experts.readings},
        "peak_MiB": round(peak, 1),
        "KiB_a_radiograph": round(1024 * (high - low) / max(last - first, 1), 2),
    }
    shutil.rmtree(options.output)
    print(json.dumps(summary, indent=2))


if __name__ == "__main__":
    main()
