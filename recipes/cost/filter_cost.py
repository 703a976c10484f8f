# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What filtering costs of the time of a case: seconds by stage of the pipeline, and the filter's share of the whole.

    python -m recipes.cost.filter_cost [--num 16] [--threads 2] [--prompts "('normal',)"] [--output \
        runs/filter_cost.json]

Cases are attempted as `aurad generate` does: a mask that is rejected is never painted, so that a case of many rejected
masks costs less of both. Prompts are timed in turn, each after one case that is not counted; `--accept_all` paints and
judges every mask.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import fire
import torch

from aurad_monai.generation.pipeline import Pipeline

PROMPTS = (
    "normal",
    "right consolidation",
    "left pleural effusion",
    "small left pleural effusion and cardiomegaly",
    "multiple nodules and fibrosis",
)
FILTER = ("mask_filter", "image_filter")
STAGES = ("anatomy", "mask", "mask_filter", "image", "image_filter")
TARGET = 0.25


def measure(pipeline: Pipeline, prompt: str, num: int, accept_all: bool) -> dict[str, float]:
    """Seconds of each stage, and of all, for so many attempts of a prompt."""
    pipeline(prompt, num=1, seed=0, progress=False)
    start = time.perf_counter()
    run = pipeline(prompt, num=num, seed=7, accept_all=accept_all, progress=False)
    return {**{stage: run.timing.get(stage, 0.0) for stage in STAGES}, "all": time.perf_counter() - start}


def share(seconds: dict[str, float]) -> float:
    """Of the whole, what the filter takes."""
    return sum(seconds[stage] for stage in FILTER) / seconds["all"]


def main(
    num: int = 16,
    threads: int = 2,
    accept_all: bool = False,
    output: str = "",
    prompts: tuple[str, ...] = PROMPTS,
) -> None:
    """Time every prompt, print the table."""
    torch.set_num_threads(threads)
    pipeline = Pipeline.from_bundles(device="cpu")
    times = {prompt: measure(pipeline, prompt, num, accept_all) for prompt in prompts}
    total = {stage: sum(seconds[stage] for seconds in times.values()) for stage in (*STAGES, "all")}
    print("| prompt | " + " | ".join((*STAGES, "all")) + " | filter's share |")
    print("|" + " --- |" * (len(STAGES) + 3))
    for prompt, seconds in {**times, "all prompts": {stage: s / len(prompts) for stage, s in total.items()}}.items():
        cells = [f"{seconds[stage] / num:.3f}" for stage in (*STAGES, "all")]
        print(f"| {prompt} | {' | '.join(cells)} | {share(seconds):.1%} |")
    verdict = "met" if share(total) <= TARGET else "missed"
    print(f"\nSeconds an attempt, {num} of each prompt, {threads} threads. Target: at most {TARGET:.0%}, {verdict}.")
    if output:
        found = {"attempts": num, "threads": threads, "seconds": times, "filter_share": round(share(total), 4)}
        Path(output).parent.mkdir(parents=True, exist_ok=True)
        Path(output).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    fire.Fire(main)
