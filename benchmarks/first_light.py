# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Measure the figures of docs/results.md on validation data that no network was trained on.

    python benchmarks/first_light.py --lungs DIR --radiographs DIR --masks DIR --output docs/first_light.json

The three folders are those that `python -m aurad_monai.default_data` wrote in its steps lungs, anatomy and masks.
"""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fire
import numpy as np
import torch
from monai.metrics import DiceMetric, PSNRMetric, SSIMMetric

from aurad_monai import vocabulary
from aurad_monai.bundles import open_bundle
from aurad_monai.data.datalist import load_channels, read_datalist
from aurad_monai.evaluation.adherence import mean_interval, structure_dice
from aurad_monai.evaluation.control import Control
from aurad_monai.inventory import bundles_root
from aurad_monai.pipeline import FILTER_BUNDLE, IMAGE_BUNDLE, MASK_BUNDLE, Pipeline
from aurad_monai.prompts.describe import describe
from aurad_monai.transforms.findings_from_masks import findings_from_masks
from aurad_monai.transforms.load_case import LoadCased

Figures = dict[str, Any]
CONTROL = {
    "present": "share of asked findings that are drawn",
    "unasked_absent": "share of unasked findings that are not drawn",
    "side": "share on the asked side",
    "zone": "share in the asked zone",
    "severity_error": "mean error of severity in levels of four",
}


def _interval(values: Any) -> dict[str, float]:
    mean, low, high = mean_interval(np.asarray(values))
    return {"mean": round(mean, 4), "low": round(low, 4), "high": round(high, 4)}


def anatomy_expert(lungs: str) -> Figures:
    """Dice of the anatomy expert against real lung masks of unseen adults."""
    expert = open_bundle(bundles_root() / FILTER_BUNDLE).get("anatomy_expert")
    cases = [LoadCased(["image", "anatomy"])(case) for case in read_datalist(lungs, "validation")]
    images, anatomy = (np.stack([np.asarray(case[key]) for case in cases]) for key in ("image", "anatomy"))
    dice = structure_dice(images, anatomy, expert)
    return {"cases": len(cases)} | {n: _interval(dice[:, i]) for i, n in enumerate(vocabulary.ANATOMY_NAMES)}


@torch.inference_mode()
def image_autoencoder(radiographs: str) -> Figures:
    """SSIM and PSNR of reconstructed validation radiographs."""
    space = open_bundle(bundles_root() / IMAGE_BUNDLE).get("latent_space")
    ssim, psnr, count = SSIMMetric(spatial_dims=2), PSNRMetric(max_val=1.0), 0
    for case in read_datalist(radiographs, "validation"):
        image = torch.as_tensor(LoadCased(["image"])(case)["image"])[None]
        again = space.decode(space.encode(image)).clamp(0, 1)
        ssim(again, image)
        psnr(again, image)
        count += 1
    return {
        "cases": count,
        "ssim": _interval(ssim.get_buffer().flatten().numpy()),
        "psnr_db": _interval(psnr.get_buffer().flatten().numpy()),
    }


@torch.inference_mode()
def mask_autoencoder(masks: str) -> Figures:
    """Dice of reconstructed validation masks, for each finding where it occurs."""
    space = open_bundle(bundles_root() / MASK_BUNDLE).get("latent_space")
    metric = DiceMetric(ignore_empty=True, reduction="none")
    files = sorted({case["pathology"] for case in read_datalist(masks, "validation")})
    for file in files:
        mask = torch.from_numpy(load_channels(Path(file)))[None].float()
        metric((space.decode(space.encode(mask)) > 0).float(), mask)
    dice = metric.get_buffer().numpy()
    found = {name: _interval(dice[:, i]) for i, name in enumerate(vocabulary.FINDING_NAMES)}
    return {"cases": len(files), "all": _interval(dice), "findings": found}


def generation(masks: str, count: int, seed: int) -> Figures:
    """Lung adherence, acceptance and time of cases asked with validation prompts in validation chests."""
    pipeline = Pipeline.from_bundles(device="cpu")
    listed = read_datalist(masks, "validation")
    chosen = [listed[i] for i in np.random.default_rng(seed).choice(len(listed), count, replace=False)]
    cases, seconds = [], []
    for number, case in enumerate(chosen):
        anatomy = load_channels(Path(case["anatomy"]))
        shown = findings_from_masks(load_channels(Path(case["pathology"])), anatomy)
        prompt = describe(shown) if shown.findings else "normal chest radiograph"
        start = time.perf_counter()
        run = pipeline(prompt, num=1, seed=seed + number, anatomy=anatomy, accept_all=True, progress=False)
        seconds.append(time.perf_counter() - start)
        cases += run.cases
    images = np.stack([case.image for case in cases if case.image is not None])
    dice = structure_dice(images, np.stack([case.anatomy for case in cases]), pipeline.anatomy_expert)
    control = Control()
    for case in cases:
        control.add(case.findings, case.pathology, case.anatomy)
    reasons: dict[str, int] = {}
    for case in cases:
        for name in set(case.rejected_by):
            reasons[name] = reasons.get(name, 0) + 1
    figures = {"cases": count, "threads": torch.get_num_threads(), "seed": seed}
    figures |= {f"adherence_{name}": _interval(dice[:, i]) for i, name in enumerate(vocabulary.ANATOMY_NAMES)}
    figures |= {f"control_{name}": _interval(getattr(control, name)) for name in CONTROL}
    figures["adherence_lungs_5th_percentile"] = round(float(np.quantile(dice[:, :2].mean(axis=1), 0.05)), 4)
    figures["accepted"] = _interval([case.accepted for case in cases])
    figures["seconds_a_case_one_by_one"] = round(float(np.median(seconds)), 3)
    figures["rejections"] = reasons
    return figures


def throughput(num: int, prompt: str = "small left pleural effusion and cardiomegaly", seed: int = 7) -> Figures:
    """Seconds a case of the demo's prompt in batches of four, by stage."""
    pipeline = Pipeline.from_bundles(device="cpu")
    pipeline(prompt, num=1, seed=0, progress=False)
    start = time.perf_counter()
    run = pipeline(prompt, num=num, seed=seed, accept_all=True, progress=False)
    total = time.perf_counter() - start
    return {
        "prompt": prompt,
        "cases": num,
        "seconds_a_case": round(total / num, 3),
        "seconds_by_stage": {stage: round(value / num, 3) for stage, value in run.timing.items()},
        "acceptance_rate": run.acceptance_rate,
    }


def _cell(figure: dict[str, float]) -> str:
    return f"{figure['mean']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def markdown(figures: Figures) -> str:
    """The tables of docs/results.md."""
    expert, image, mask = (figures[name] for name in ("anatomy_expert", "image_autoencoder", "mask_autoencoder"))
    made, speed = figures["generation"], figures["throughput"]
    lines = ["| figure | value (95% interval) | n |", "| --- | --- | --- |"]
    for name in vocabulary.ANATOMY_NAMES:
        against = "pseudo label" if name == "cardiomediastinum" else "real mask"
        lines.append(
            f"| anatomy expert, Dice of {name} against {against} | {_cell(expert[name])} | {expert['cases']} |"
        )
    lines.append(f"| image autoencoder, SSIM | {_cell(image['ssim'])} | {image['cases']} |")
    lines.append(f"| image autoencoder, PSNR in dB | {_cell(image['psnr_db'])} | {image['cases']} |")
    lines.append(f"| mask autoencoder, Dice over findings present | {_cell(mask['all'])} | {mask['cases']} |")
    for name, value in mask["findings"].items():
        lines.append(f"| mask autoencoder, Dice of {name} | {_cell(value)} | |")
    for name in vocabulary.ANATOMY_NAMES:
        lines.append(
            f"| generated, Dice of {name} found again | {_cell(made[f'adherence_{name}'])} | {made['cases']} |"
        )
    for name, words in CONTROL.items():
        lines.append(f"| generated masks, {words} | {_cell(made[f'control_{name}'])} | {made['cases']} |")
    worst = made["adherence_lungs_5th_percentile"]
    lines.append(f"| generated, 5th percentile of the Dice of both lungs | {worst:.3f} | {made['cases']} |")
    lines.append(f"| acceptance rate, validation prompts | {_cell(made['accepted'])} | {made['cases']} |")
    lines.append(f"| acceptance rate, prompt of the demo | {speed['acceptance_rate']:.3f} | {speed['cases']} |")
    lines.append(f"| seconds a case, 2 cores, batches of 4 | {speed['seconds_a_case']:.2f} | {speed['cases']} |")
    lines.append(f"| seconds a case, 2 cores, one by one | {made['seconds_a_case_one_by_one']:.2f} | {made['cases']} |")
    lines.append(f"| peak memory of the whole measurement, GiB | {figures['peak_memory_gib']:.2f} | |")
    stages = ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in speed["seconds_by_stage"].items())
    lines += ["", f"Seconds a case by stage: {stages}."]
    reasons = ", ".join(f"{name} {count}" for name, count in sorted(made["rejections"].items()))
    lines += ["", f"Rejected validation prompts by reason: {reasons or 'none'}."]
    return "\n".join(lines)


def main(
    lungs: str,
    radiographs: str,
    masks: str,
    output: str,
    count: int = 64,
    num: int = 16,
    seed: int = 20,
    only: str = "",
) -> None:
    """Measure everything and write it as JSON; `only` measures one section anew, such as throughput.

    `count` validation prompts are asked one by one, and `num` cases of the demo's prompt are timed.
    """
    torch.set_num_threads(2)
    sections: dict[str, Callable[[], Figures]] = {
        "anatomy_expert": lambda: anatomy_expert(lungs),
        "image_autoencoder": lambda: image_autoencoder(radiographs),
        "mask_autoencoder": lambda: mask_autoencoder(masks),
        "throughput": lambda: throughput(num),
        "generation": lambda: generation(masks, count, seed),
    }
    path = Path(output)
    figures: Figures = json.loads(path.read_text(encoding="utf-8")) if only else {}
    figures |= {name: measure() for name, measure in sections.items() if only in ("", name)}
    if not only:
        figures["peak_memory_gib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(markdown(figures))


if __name__ == "__main__":
    fire.Fire(main)
