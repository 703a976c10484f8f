# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Memory and time of `aurad evaluate` on a large set: does it stream?

    python -m tests.stress.evaluation_memory --source DATA/pairs:validation:boxed,composed,normal \
        --reference DATA/cxr:validation --count 10000 --output runs/evaluation_memory

The set is not one of 10,000 chests: the images of the source, with their masks, are taken in turn, each time with
another contrast and other noise, and written to a temporary folder as files of 256 x 256, as anybody's set would lie
there. Its figures therefore mean nothing; how much memory and time they take does not depend on what is on an image.
Everything is measured and answered that `aurad evaluate` does by itself; nothing is cached.
"""

from __future__ import annotations

import json
import resource
import tempfile
import time
from pathlib import Path

import fire
import numpy as np
import torch
from tqdm import tqdm

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.evaluation.evaluate import Question, evaluate
from aurad_monai.generation.pipeline import FILTER_BUNDLE
from aurad_monai.io.case_set import CaseSet, open_cases
from aurad_monai.io.datalist import save_channels, save_image


def peak_gib() -> float:
    """The most memory this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def write_set(source: CaseSet, count: int, folder: Path) -> None:
    """So many images from the source in turn, each changed, masks by links to those of the first of its kind."""
    rng = np.random.default_rng(0)
    for index in tqdm(range(count), desc="writing", unit="case", mininterval=2):
        number = index % len(source)
        case = source[number]
        assert case.image is not None, case.fault
        changed = case.image[0] ** rng.uniform(0.7, 1.4) + rng.normal(0, 0.02, case.image[0].shape)
        save_image(folder / "images" / f"{index:06d}.png", np.rint(255 * changed.clip(0, 1)).astype(np.uint8))
        for kind, mask in (("anatomy", case.anatomy), ("pathology", case.pathology)):
            path = folder / kind / f"{index:06d}.nii.gz"
            if mask is not None and index == number:
                save_channels(path, mask)
            elif mask is not None:
                path.symlink_to(f"{number:06d}.nii.gz")


def main(source: str, reference: str, output: str, count: int = 10_000, threads: int = 2) -> None:
    """Write the set, evaluate it, print a table and leave it as OUTPUT.json."""
    torch.set_num_threads(threads)
    with tempfile.TemporaryDirectory() as folder:
        write_set(open_cases(source), count, Path(folder))
        before, start = peak_gib(), (time.time(), time.process_time())
        answer = evaluate(Question(folder, reference), open_bundle(bundles_root() / FILTER_BUNDLE))
        seconds, processor = time.time() - start[0], time.process_time() - start[1]
    found = {
        "images": answer.results.sets["made"].count,
        "figures": len(answer.results.figures),
        "peak_gib": round(peak_gib(), 2),
        "peak_gib_before": round(before, 2),
        "seconds": round(seconds),
        "processor_seconds": round(processor),
        "processor_seconds_an_image": round(processor / count, 3),
        "threads": threads,
    }
    path = Path(f"{output}.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print("| images | figures | peak memory, GiB | before, GiB | seconds | of a processor | an image | threads |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    print("| " + " | ".join(str(value) for value in found.values()) + " |")


if __name__ == "__main__":
    fire.Fire(main)
