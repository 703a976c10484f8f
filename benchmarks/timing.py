# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Speed side by side, as ratios: sampling beside MONAI and diffusers, the filter, workers, overhead, copy search.

    python -m benchmarks.timing masks [--batch 16]           sampling of masks beside MONAI's DDIM of 50 steps
    python -m benchmarks.timing images [--peer diffusers]    sampling of images beside MONAI (default) or diffusers
    python -m benchmarks.timing filter [--num 16]            the filter's share of an attempt
    python -m benchmarks.timing workers [--num 48]           attempts an hour of two workers and of one
    python -m benchmarks.timing rerender [--num 12]          an edit in the studio: from masks to radiograph and verdict
    python -m benchmarks.timing overhead [--num 8]           what a dataset costs beyond its sampler
    python -m benchmarks.timing copies [--count 1000000]     a look-up among so many training images

Takes the shipped bundles and no data: conditions are random, since speed does not depend on them. Gives a Markdown
table on standard output. Ratios are medians of turns that follow one another, so that other work counts little.
"""

from __future__ import annotations

import functools
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import fire
import numpy as np
import torch

from aurad_monai import vocabulary
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.diffusion.conditioning import pool_to_grid
from aurad_monai.diffusion.sample import DiffusionModel, sample
from aurad_monai.generation.engines.engine import EngineOptions
from aurad_monai.generation.pipeline import FILTER_BUNDLE, IMAGE_BUNDLE, MASK_BUNDLE, Pipeline
from aurad_monai.generation.plan import Plan, Row
from aurad_monai.generation.synthesize import Order, synthesize
from aurad_monai.prompts.context import FEATURES, TOKENS
from aurad_monai.studio.layers import packed, unpacked
from aurad_monai.studio.workbench import Workbench
from recipes.figures.sampled_pairs import open_model
from recipes.figures.sampling import beside_monai
from recipes.memory import GIB, peak_memory

PROMPT = "large left pleural effusion and cardiomegaly"
PROMPTS = ("normal", "right consolidation", "left pleural effusion", PROMPT, "multiple nodules and fibrosis")
STAGES = ("request", "mask", "mask_filter", "image", "image_filter")
FILTER_STAGES = ("mask_filter", "image_filter")
SHARD = 4
CONDITION_CHANNELS = len(vocabulary.ANATOMY_NAMES) + len(vocabulary.FINDING_NAMES)
Case = dict[str, torch.Tensor]
Table = Sequence[Sequence[object]]


def show(header: Sequence[str], rows: Table) -> None:
    """Print a Markdown table."""
    for row in (header, ["---"] * len(header), *rows):
        print("| " + " | ".join(map(str, row)) + " |", flush=True)


def seconds(call: Callable[[], Any]) -> float:
    """Of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def in_turn(calls: Mapping[str, Callable[[], Any]], repeats: int) -> dict[str, list[float]]:
    """Seconds of each call, called in turn so many times after one call that is not counted."""
    for call in calls.values():
        call()
    found: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            found[name].append(seconds(call))
    return found


def beside(calls: Mapping[str, Callable[[], Any]], repeats: int) -> list[list[object]]:
    """A row a call: median seconds, and how many times those of the first."""
    found = in_turn(calls, repeats)
    first = next(iter(found.values()))
    rows: list[list[object]] = []
    for name, values in found.items():
        ratios = [one / other for one, other in zip(values, first, strict=True)]
        rows.append([name, f"{statistics.median(values):.2f}", f"{statistics.median(ratios):.2f}"])
    return rows


def random_cases(model: DiffusionModel, batch: int) -> list[Case]:
    """Conditions and contexts of a model's shapes."""
    torch.manual_seed(0)
    condition = (torch.rand(batch, CONDITION_CHANNELS, model.image_size, model.image_size) > 0.9).float()
    return [{"condition": part, "context": torch.rand(TOKENS, FEATURES)} for part in condition]


def sampling_calls(models: Mapping[str, DiffusionModel], batch: int) -> dict[str, Callable[[], Any]]:
    """One call of `sample` for each model, with the same cases and noise."""
    cases = random_cases(next(iter(models.values())), batch)
    entropy = [(number, 0) for number in range(batch)]
    return {name: partial(sample, model, cases, entropy) for name, model in models.items()}


def masks(batch: int = 16, repeats: int = 3, threads: int = 2) -> None:
    """Seconds of a batch of masks by the bundle and by MONAI's DDIM inferer on the same weights."""
    torch.set_num_threads(threads)
    ours, theirs = beside_monai(open_model(MASK_BUNDLE)).values()
    calls = sampling_calls({"bundle": ours, "MONAI, DDIM-50": theirs}, batch)
    show((f"{batch} masks", "seconds", "times the bundle's"), beside(calls, repeats))


def images(peer: str = "monai", batch: int = 8, repeats: int = 3, threads: int = 2) -> None:
    """Seconds of a batch of images by the bundle and by a peer: monai, on the same weights, or diffusers."""
    torch.set_num_threads(threads)
    model = open_model(IMAGE_BUNDLE)
    other = diffusers_model(model) if peer == "diffusers" else beside_monai(model)["monai"]
    show(
        (f"{batch} images", "seconds", "times the bundle's"),
        beside(sampling_calls({"bundle": model, peer: other}, batch), repeats),
    )
    print(f"peak memory of the process {peak_memory() / GIB:.2f} GiB")


def diffusers_model(model: DiffusionModel) -> DiffusionModel:
    """A diffusers UNet of as many parameters under its multistep solver, as many steps, and the bundle's decoder."""
    from aurad_monai.experts.xrayvision_import import import_torchvision

    import_torchvision()  # diffusers imports it
    from diffusers import DPMSolverMultistepScheduler, UNet2DConditionModel

    network = UNet2DConditionModel(
        sample_size=model.latent_shape[-1],
        in_channels=model.latent_shape[0] + CONDITION_CHANNELS,
        out_channels=model.latent_shape[0],
        down_block_types=("DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
        block_out_channels=(64, 128, 192),
        layers_per_block=1,
        cross_attention_dim=FEATURES,
        attention_head_dim=6,
    ).eval()

    def multistep(network: Any, noise: torch.Tensor, condition: torch.Tensor, context: torch.Tensor, *_: Any) -> Any:
        solver = DPMSolverMultistepScheduler(use_flow_sigmas=True, prediction_type="flow_prediction")
        solver.set_timesteps(model.sampler.num_inference_steps)
        planes, state = pool_to_grid(condition, noise.shape), noise
        for now in solver.timesteps:
            made = network(torch.cat([state, planes], 1), now, encoder_hidden_states=context).sample
            state = solver.step(made, now, state).prev_sample
        return state

    return replace(model, network=network, sampler=multistep)  # type: ignore[arg-type]


def filter(num: int = 16, threads: int = 2, prompts: Sequence[str] = PROMPTS) -> None:
    """Seconds of each stage of an attempt by prompt, and the filter's share of all."""
    torch.set_num_threads(threads)
    pipeline, rows = Pipeline.from_bundles(device="cpu"), []
    for prompt in prompts:
        pipeline(prompt, num=1, seed=0, progress=False)
        start = time.perf_counter()
        timing = pipeline(prompt, num=num, seed=7, progress=False).timing
        whole = time.perf_counter() - start
        share = sum(timing.get(stage, 0.0) for stage in FILTER_STAGES) / whole
        cells = [f"{timing.get(stage, 0.0) / num:.3f}" for stage in STAGES]
        rows.append([prompt, *cells, f"{whole / num:.3f}", f"{share:.1%}"])
    show(("prompt", *STAGES, "all", "filter's share"), rows)


def rerender(num: int = 12, threads: int = 2) -> None:
    """Radiograph and verdict of the masks of a page, each time with one finding moved, as after an edit.

    Processor seconds say what a quiet machine would take at least, where others use this one too.
    """
    torch.set_num_threads(threads)
    with tempfile.TemporaryDirectory() as folder:
        bench = Workbench(Pipeline.from_bundles(device="cpu"), Path(folder))
        page = {**bench.sample({"prompt": PROMPT, "seed": 7}), "seed": 7}
        bench.render(page)
        spent: list[tuple[float, float]] = []
        channels = len(vocabulary.FINDING_NAMES)
        for number in range(num):
            masks = unpacked("pathology", page["pathology"], channels, bench.pipeline.image_size)
            edited = {**page, "pathology": packed(np.roll(masks, number, axis=-1))}
            busy = time.process_time()
            spent.append((seconds(partial(bench.render, edited)), time.process_time() - busy))
    walls, cores = (sorted(column) for column in zip(*spent, strict=True))
    rows = [
        ["seconds", f"{statistics.median(walls):.2f}", f"{walls[0]:.2f}", f"{walls[-1]:.2f}"],
        ["processor seconds", f"{statistics.median(cores):.2f}", f"{cores[0]:.2f}", f"{cores[-1]:.2f}"],
    ]
    show([f"re-render, {threads} threads", "median", "least", "most"], rows)


def open_together(here: Path, workers: int) -> Any:
    """A warm pipeline of one thread, given when all workers have theirs; each leaves a file."""
    import os

    from aurad_monai.generation.replica import open_pipeline

    sampler = open_pipeline(device="cpu", threads=1)
    sampler([PROMPT], [0], ["warm"])
    (here / str(os.getpid())).touch()
    while len(list(here.iterdir())) < workers:
        time.sleep(0.01)
    return sampler


def attempts_an_hour(workers: int, num: int, root: Path) -> float:
    """Rate from the moment the last worker is warm to the last shard."""
    (root / "here").mkdir(parents=True)
    plan = Plan(tuple(Row(prompt, num // len(PROMPTS), False, 7) for prompt in PROMPTS), shard_size=SHARD)
    opened = functools.partial(open_together, root / "here", workers)
    synthesize(Order(plan, root / "run", opened, options=EngineOptions(workers), progress=False))
    ready = max(path.stat().st_mtime for path in (root / "here").iterdir())
    end = max(path.stat().st_mtime for path in root.glob("run/shards/*/manifest.jsonl"))
    return 3600 * plan.total / (end - ready)


def workers(num: int = 48, repeats: int = 3) -> None:
    """Attempts an hour of two workers of one thread and of one, by turns; loading is left out of both."""
    rows = []
    for turn in range(1, repeats + 1):
        with tempfile.TemporaryDirectory() as folder:
            one, two = (attempts_an_hour(count, num, Path(folder) / str(count)) for count in (1, 2))
        rows.append([turn, f"{one:.0f}", f"{two:.0f}", f"{two / one:.2f}"])
    show(("turn", "1 worker", "2 workers", "ratio"), rows)


class Timed:
    """A sampler whose CPU seconds are counted."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.seconds = inner, 0.0

    def __call__(self, prompts: Sequence[str], seeds: Sequence[int], ids: Sequence[str]) -> Any:
        start = time.process_time()
        made = self.inner(prompts, seeds, ids)
        self.seconds += time.process_time() - start
        return made


def overhead(num: int = 8) -> None:
    """CPU seconds of a whole synthesis with the shipped weights, and those beyond its sampler."""
    from aurad_monai.generation.replica import open_pipeline

    sampler = Timed(open_pipeline(device="cpu"))
    sampler.inner([PROMPT], [0], ["warm"])
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        plan = Plan((Row(PROMPT, num, False, 7),))
        synthesize(Order(plan, Path(folder) / "run", lambda: sampler, progress=False))
        total = time.process_time() - start
    beyond = total - sampler.seconds
    row = [num, f"{sampler.seconds:.1f}", f"{beyond:.2f}", f"{beyond / sampler.seconds:.1%}"]
    show(("attempts", "CPU seconds of the sampler", "beyond it", "share"), [row])


def copies(count: int = 1_000_000, look_ups: int = 50, threads: int = 2) -> None:
    """Milliseconds to find the nearest training image among so many: the shipped ones and made-up descriptors."""
    import faiss

    from aurad_monai.filtering.memorization.copy_index import CopyIndex

    faiss.omp_set_num_threads(threads)
    rng = np.random.default_rng(0)
    shipped = CopyIndex.from_file(bundles_root() / FILTER_BUNDLE / "models/copy_index.safetensors")
    more = max(0, count - len(shipped.ids))
    known = [np.concatenate([part, made_up(part, more, rng)]) for part in (shipped.lungs, shipped.frames)]
    index, chest = CopyIndex([*shipped.ids, *map(str, range(more))], *known), np.ones((3, 256, 256), dtype=np.uint8)
    queries = rng.random((look_ups + 1, 1, 256, 256), dtype=np.float32)
    index.nearest(queries[0], chest)  # builds its cells
    found = [(seconds(lambda image=image: index.nearest(image, chest))) for image in queries[1:]]
    show(("training images", "milliseconds a look-up"), [[count, f"{1000 * statistics.median(found):.0f}"]])


def made_up(descriptors: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """So many descriptors, of the mean and covariance of the given ones."""
    values, vectors = np.linalg.eigh(np.cov(descriptors, rowvar=False))
    spread = (vectors * np.sqrt(np.maximum(values, 0))).T.astype(np.float32)
    drawn = rng.standard_normal((count, descriptors.shape[1]), dtype=np.float32) @ spread + descriptors.mean(axis=0)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))


if __name__ == "__main__":
    fire.Fire(
        {
            "masks": masks,
            "images": images,
            "filter": filter,
            "workers": workers,
            "rerender": rerender,
            "overhead": overhead,
            "copies": copies,
        }
    )
