# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Figures of docs/results/datasets.md that need no killing: rounding of batches, speed, memory, exports.

    python -m recipes.cost.dataset_figures batches --num 32 --steps 1
    OMP_NUM_THREADS=1 python -m recipes.cost.dataset_figures scaling --num 64
    python -m recipes.cost.dataset_figures overhead --num 8
    python -m recipes.cost.dataset_figures watermark --num 8
    python -m recipes.cost.dataset_figures memory --cases 10000 --folder DIR
    python -m recipes.cost.dataset_figures coco --cases 50000 --folder DIR

`memory` and `coco` use the stub sampler, for the length of a run is what they measure.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import os
import shutil
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import fire

from aurad_monai.case import Case
from aurad_monai.generation.engines.engine import EngineOptions
from aurad_monai.generation.plan import Plan, Row
from aurad_monai.generation.synthesize import Order, synthesize
from tests.stress.stub import PROMPTS, Stub, open_stub

PROMPT = "large left pleural effusion and cardiomegaly"
SHARD = 4
MIX = (PROMPT, "right consolidation", "large right pneumothorax", "normal")


def resident_mib() -> float:
    """Memory of this process now."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return float("nan")


class Recorder:
    """The pipeline, which keeps noise, mask and image of every case it attempts, accepted or not: FOLDER/SEED.npz."""

    def __init__(self, folder: Path, steps: int) -> None:
        import torch

        from aurad_monai.generation.pipeline import Pipeline

        torch.set_num_threads(1)
        self.pipeline, self.folder, self.steps = Pipeline.from_bundles(device="cpu"), folder, steps

    def __call__(self, prompts: Sequence[str], seeds: Sequence[int], ids: Sequence[str]) -> Any:
        import numpy as np

        from aurad_monai.diffusion.sample import seeded_noise
        from aurad_monai.generation.settings import Settings
        from aurad_monai.request.streams import Stream, entropy

        one, models = self.pipeline, {Stream.MASK: self.pipeline.mask_model, Stream.IMAGE: self.pipeline.image_model}
        asked = [one.resolve(*each[:2], name=each[2]) for each in zip(prompts, seeds, ids, strict=True)]
        settings = Settings(self.steps, batch_size=len(seeds), accept_all=True, reject_repeats=False, progress=False)
        made = one.generate(asked, settings).cases
        for case in made:
            noise = [
                seeded_noise([entropy(stream, case.seed, case.seed_text)], model.latent_shape).numpy().ravel()
                for stream, model in models.items()
            ]
            np.savez(
                self.folder / f"{case.seed}.npz", noise=np.concatenate(noise), image=case.image, mask=case.pathology
            )
        return made


def batches(
    num: int = 32,
    steps: int = 1,
    sizes: Sequence[int] = (1, 2, 4, 8, 16),
    workers: Sequence[int] = (1, 2),
    folder: str = "/tmp/batches",
) -> None:
    """Noise, masks and images of the same cases in batches of each size by each number of workers, against the first.

    They are made by `aurad synthesize`'s own engine and worker; `num` is at least the largest batch times the workers,
    so that every worker has a full batch.
    """
    import numpy as np

    shard_size = max(sizes)
    if num < shard_size * max(workers):
        raise SystemExit(f"--num {num}: at least {shard_size * max(workers)}, a full batch for each worker")
    plan = Plan((Row(PROMPT, num, False, 7),), shard_size=shard_size)
    print("| workers | batch | noise sha256 | largest difference of an image | masks that differ |")
    print("| --- | --- | --- | --- | --- |")
    first: Any = None
    for count, size in itertools.product(workers, sizes):
        kept = Path(folder) / f"{count}-{size}"
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir(parents=True)
        opened, options = functools.partial(Recorder, kept, steps), EngineOptions(count)
        synthesize(Order(plan, kept / "run", opened, options=options, batch_size=size, progress=False))
        cases = [np.load(kept / f"{seed}.npz") for seed in range(7, 7 + num)]
        digest = hashlib.sha256(b"".join(case["noise"].tobytes() for case in cases)).hexdigest()[:12]
        images, masks = (np.stack([case[key] for case in cases]) for key in ("image", "mask"))
        first = first or (images, masks)
        change = float(np.abs(images - first[0]).max())
        differ = int((masks != first[1]).any(axis=(1, 2, 3)).sum())
        print(f"| {count} | {size} | {digest} | {change:.1e} | {differ} of {num} |", flush=True)


def open_together(here: Path, workers: int, steps: int | None) -> Any:
    """The pipeline on one thread, loaded and warm; given when all workers have theirs, each of which leaves a file."""
    from aurad_monai.generation.replica import open_pipeline

    sampler = open_pipeline(device="cpu", num_inference_steps=steps, threads=1)
    sampler([PROMPT], [0], ["warm"])
    (here / str(os.getpid())).touch()
    while len(list(here.iterdir())) < workers:
        time.sleep(0.01)
    return sampler


def attempts_an_hour(workers: int, num: int, steps: int | None, root: Path) -> float:
    """Rate from the moment the last worker is warm to the last shard."""
    shutil.rmtree(root, ignore_errors=True)
    (root / "here").mkdir(parents=True)
    order = Order(
        Plan(tuple(Row(prompt, num // len(MIX), False, 7) for prompt in MIX), shard_size=SHARD),
        root / "run",
        functools.partial(open_together, root / "here", workers, steps),
        options=EngineOptions(workers),
        progress=False,
    )
    synthesize(order)
    ready = max(path.stat().st_mtime for path in (root / "here").iterdir())
    end = max(path.stat().st_mtime for path in root.glob("run/shards/*/manifest.jsonl"))
    return 3600 * order.plan.total / (end - ready)


def scaling(num: int = 64, repeats: int = 3, steps: int | None = None, folder: str = "/tmp/scaling") -> None:
    """Attempts an hour of two workers of one thread against one of one thread, by turns; wants two idle cores.

    Loading is left out of both: a long run pays it once. What a worker waits for the other at the end is not.
    """
    if num < 2 * SHARD:
        raise SystemExit(f"--num {num}: at least {2 * SHARD}, a shard for each of two workers")
    print("| turn | 1 worker, attempts an hour | 2 workers, attempts an hour | ratio |\n| --- | --- | --- | --- |")
    ratios, rates = [], []
    for turn in range(1, repeats + 1):
        one, two = (attempts_an_hour(workers, num, steps, Path(folder)) for workers in (1, 2))
        ratios.append(two / one)
        rates.append(two)
        print(f"| {turn} | {one:.0f} | {two:.0f} | {two / one:.2f} |", flush=True)
    report = json.loads((Path(folder) / "run" / "report.json").read_text())
    rate, accepted = statistics.median(rates), report["accepted"] / report["attempts"]
    print(f"median ratio {statistics.median(ratios):.2f}; load average at the end {os.getloadavg()[0]:.1f}")
    hours = 1e6 / (rate * accepted) if accepted else float("inf")
    print(
        f"{report['accepted']} of {report['attempts']} accepted: {rate * accepted:.0f} accepted cases an hour of two "
        f"workers, {hours:.0f} hours for 1,000,000"
    )


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
    from aurad_monai.generation.replica import open_pipeline

    sampler = Timed(open_pipeline(device="cpu", num_inference_steps=steps))
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


def _carried(picture: Any) -> dict[str, Any]:
    """A marked picture after what pictures go through."""
    import io

    import numpy as np
    from PIL import Image

    def jpeg(quality: int) -> Any:
        stream = io.BytesIO()
        Image.fromarray(picture).save(stream, "JPEG", quality=quality)
        return np.asarray(Image.open(stream))

    found = {"as written": picture, "JPEG 90": jpeg(90), "JPEG 75": jpeg(75)}
    for edge in (512, 384, 192, 128):
        found[f"rescaled to {edge}"] = np.asarray(Image.fromarray(picture).resize((edge, edge)))
    return found


def watermark(num: int = 8, steps: int | None = None) -> None:
    """What the invisible watermark changes: gray levels, masks that experts see; and after what it is still read.

    `num` radiographs of each prompt are painted, rejected or not. Their masks are seen again with and without the mark.
    """
    from collections import Counter

    import numpy as np

    from aurad_monai.bundles.inventory import bundles_root
    from aurad_monai.case import quantize
    from aurad_monai.cli.values import WATERMARK
    from aurad_monai.evaluation.images.resegmentation import overlap
    from aurad_monai.experts.findings import FindingsExpert
    from aurad_monai.export.watermark import embed, read
    from aurad_monai.generation.pipeline import FILTER_BUNDLE, Pipeline

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


class Watched(Stub):
    """A stub that notes the memory of its process."""

    seen: list[tuple[int, float]] = []

    def __call__(self, prompts: Sequence[str], seeds: Sequence[int], ids: Sequence[str]) -> list[Case]:
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
    fire.Fire(
        {
            "batches": batches,
            "scaling": scaling,
            "overhead": overhead,
            "watermark": watermark,
            "memory": memory,
            "coco": coco,
        }
    )
