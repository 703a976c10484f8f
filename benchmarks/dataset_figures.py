# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Figures of docs/results/datasets.md that need no killing: rounding between batches, overhead, memory, exports.

    python benchmarks/dataset_figures.py batches --num 16 --steps 2
    python benchmarks/dataset_figures.py overhead --num 8
    python benchmarks/dataset_figures.py memory --cases 10000 --folder DIR
    python benchmarks/dataset_figures.py coco --cases 50000 --folder DIR

`memory` and `coco` use the stub sampler, for the length of a run is what they measure.
"""

from __future__ import annotations

import functools
import hashlib
import json
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import fire

sys.path.insert(0, str(Path(__file__).parent.parent))

from aurad_monai.synthesis.plan import Plan, Row
from aurad_monai.synthesis.synthesize import Order, synthesize
from benchmarks.chaos.stub import PROMPTS, Stub, StubCase, open_stub

PROMPT = "large left pleural effusion and cardiomegaly"


def resident_mib() -> float:
    """Memory of this process now."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return float("nan")


def batches(num: int = 16, steps: int = 2, sizes: Sequence[int] = (1, 2, 4, 8, 16)) -> None:
    """Noise, masks and images of the same cases in batches of each size, against one by one."""
    import numpy as np

    from aurad_monai.diffusion.inferer import seeded_noise
    from aurad_monai.pipeline import Pipeline

    pipeline = Pipeline.from_bundles(device="cpu")
    print("| batch | noise sha256 | largest difference of an image | masks that differ |\n| --- | --- | --- | --- |")
    first: Any = None
    for size in sizes:
        run = pipeline(PROMPT, num, 7, steps=steps, batch_size=size, accept_all=True, progress=False)
        digest = hashlib.sha256()
        shape = pipeline.image_sampler.latent_shape
        for start in range(0, num, size):
            for noise in seeded_noise(range(7 + start, 7 + min(start + size, num)), shape, 1):
                digest.update(noise.numpy().tobytes())
        images = np.stack([case.image for case in run.cases if case.image is not None])
        masks = np.stack([case.pathology for case in run.cases])
        first = first or (images, masks)
        change = float(np.abs(images - first[0]).max())
        differ = int((masks != first[1]).any(axis=(1, 2, 3)).sum())
        print(f"| {size} | {digest.hexdigest()[:12]} | {change:.1e} | {differ} of {num} |", flush=True)


class Timed:
    """A sampler whose CPU seconds are counted."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.seconds = inner, 0.0

    def __call__(self, prompts: Sequence[str], seeds: Sequence[int], ids: Sequence[str]) -> Any:
        start = time.process_time()
        made = self.inner(prompts, seeds, ids)
        self.seconds += time.process_time() - start
        return made


def overhead(num: int = 8, folder: str = "/tmp/overhead", steps: int | None = None) -> None:
    """CPU seconds of a whole synthesis with the real pipeline, beyond those of its sampler."""
    from aurad_monai.synthesis.sampler import open_pipeline

    sampler = Timed(open_pipeline(device="cpu", steps=steps))
    sampler.inner([PROMPT], [0], ["warm"])
    shutil.rmtree(folder, ignore_errors=True)
    start = time.process_time()
    plan = Plan((Row(PROMPT, num, False, 7),))
    report = synthesize(Order(plan, folder, lambda: sampler, progress=False)).report or {}
    total = time.process_time() - start
    print(
        f"{num} attempts, {report['accepted']} accepted: {sampler.seconds:.1f} s of CPU in the sampler, "
        f"{total - sampler.seconds:.2f} s beyond it: {100 * (total / sampler.seconds - 1):.1f}%"
    )


class Watched(Stub):
    """A stub that notes the memory of its process."""

    seen: list[tuple[int, float]] = []

    def __call__(self, prompts: Sequence[str], seeds: Sequence[int], ids: Sequence[str]) -> list[StubCase]:
        case = int(ids[0].split("_")[1])
        if case // 1000 >= len(self.seen):
            self.seen.append((case, resident_mib()))
        return super().__call__(prompts, seeds, ids)


def _rows(cases: int) -> tuple[Row, ...]:
    return tuple(Row(prompt, -(-cases // len(PROMPTS)), True, 10**6 * i) for i, prompt in enumerate(PROMPTS))


def memory(cases: int = 10_000, folder: str = "/tmp/memory") -> None:
    """Resident memory while a long dataset grows."""
    shutil.rmtree(folder, ignore_errors=True)
    start = time.process_time()
    order = Order(Plan(_rows(cases)), folder, functools.partial(Watched, 16, 0.5), progress=False)
    report = synthesize(order).report or {"accepted": "stopped; not all"}
    print("| at case | MiB |\n| --- | --- |\n" + "\n".join(f"| {case} | {mib:.1f} |" for case, mib in Watched.seen))
    print(
        f"{(report or {})['accepted']} cases, {time.process_time() - start:.0f} s of CPU, end {resident_mib():.1f} MiB"
    )


def coco(cases: int = 50_000, folder: str = "/tmp/coco", distinct: int = 600) -> None:
    """Peak memory of exporting many accepted cases to COCO.

    `distinct` cases are really made; the manifest then names each of them again and again under other ids, so that the
    export reads, checks, encodes and writes `cases` cases.
    """
    import resource

    from aurad_monai.export.formats.format import open_export, open_format
    from aurad_monai.export.formats.place import write_whole

    root = Path(folder)
    shutil.rmtree(root, ignore_errors=True)
    synthesize(Order(Plan(_rows(distinct)), root / "run", functools.partial(open_stub, 64, 0.9), progress=False))
    manifest = root / "run" / "manifest.jsonl"
    lines = [line for line in map(json.loads, manifest.read_text().splitlines()) if line["accepted"]]
    with manifest.open("w") as stream:
        for number in range(cases):
            stream.write(json.dumps({**lines[number % len(lines)], "id": f"again_{number:06d}"}) + "\n")
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, time.process_time()
    place = write_whole(open_format("coco"), open_export(root / "run"), root / "exported")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = (place / "annotations" / "instances.json").stat().st_size / 2**20
    print(
        f"{cases} cases to COCO: peak {peak:.0f} MiB of memory (before {before:.0f}), instances.json {size:.0f} MiB, "
        f"{time.process_time() - start:.0f} s of CPU"
    )


if __name__ == "__main__":
    fire.Fire({"batches": batches, "overhead": overhead, "memory": memory, "coco": coco})
