# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Steps against quality of the image bundle, and its sampler beside MONAI's and diffusers', same process and card.

    python -m recipes.figures.image_sampling --pairs DIR --output docs/image_sampling.json [--plot_file PNG] [--only \
        PART]

DIR is what `python -m recipes.default_data pairs` wrote. Three parts, each kept in the output when another is run:
`steps`, FD of radiographs sampled from validation masks at each number of steps and of each preset; `monai`, the same
weights by LatentDiffusionInferer (DDIM-50, two guidance passes), FD and seconds; `diffusers`, seconds of a
UNet2DConditionModel of as many parameters under its multistep solver at equal steps, by batch size.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import fire
import numpy as np
import numpy.typing as npt
import torch

from aurad_monai import vocabulary
from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.diffusion.conditioning import pool_to_grid
from aurad_monai.diffusion.sample import AS_CONFIGURED, DiffusionModel, SampleSettings, sample
from aurad_monai.evaluation.images.encoder import open_encoder
from aurad_monai.evaluation.images.feature_distances import frechet_distance
from aurad_monai.experts.xrayvision_import import import_torchvision
from aurad_monai.generation.pipeline import FILTER_BUNDLE, IMAGE_BUNDLE
from aurad_monai.request.conditions import ImageConditiond
from aurad_monai.request.streams import Stream, entropy
from recipes.figures.sampled_pairs import Images, generate_images, loaded_pairs, open_model
from recipes.figures.sampling import beside_monai
from recipes.memory import GIB, peak_memory

STEPS = (1, 2, 4, 8, 10, 20, 50)
ENCODERS = ("anatomy", "selfsupervised", "cosine")
PARTS = ("steps", "monai", "diffusers")
BATCHES = (1, 4, 8, 16)
CONDITION_CHANNELS = len(vocabulary.ANATOMY_NAMES) + len(vocabulary.FINDING_NAMES)


class Comparison:
    """Validation masks, the real radiographs they belong to, and the distance of sampled ones to these.

    Args:
        pairs: folder of the datalist.
        count: masks, and images a set.
        batch: images sampled at once.
    """

    def __init__(self, pairs: str, count: int, batch: int) -> None:
        self.model = open_model(IMAGE_BUNDLE)
        judge = open_bundle(bundles_root() / FILTER_BUNDLE)
        self.encoders = [open_encoder(name, judge) for name in ENCODERS]
        self.batch = batch
        loaded = {split: loaded_pairs(pairs, split, count) for split in ("validation", "training")}
        self.cases = [ImageConditiond()(case) for case in loaded["validation"]]
        self.real = self._features(np.stack([np.asarray(case["image"]) for case in loaded["validation"]]))
        training = self._features(np.stack([np.asarray(case["image"]) for case in loaded["training"]]))
        self.floor = self._distances(training)

    def _features(self, images: Images) -> list[npt.NDArray[np.float32]]:
        return [np.asarray(encoder.encode(images)) for encoder in self.encoders]

    def _distances(self, features: list[npt.NDArray[np.float32]]) -> dict[str, float]:
        pairs = zip(ENCODERS, self.real, features, strict=True)
        return {name: frechet_distance(real, made) for name, real, made in pairs}

    def measure(self, model: DiffusionModel, settings: SampleSettings = AS_CONFIGURED) -> dict[str, Any]:
        """FD of sampled images by encoder, and seconds an image."""
        start = time.perf_counter()
        made = list(generate_images(model, self.cases, self.batch, settings=settings))
        seconds = (time.perf_counter() - start) / len(self.cases)
        return {"fd": self._distances(self._features(np.concatenate(made))), "seconds_an_image": seconds}

    def seconds(self, model: DiffusionModel, count: int) -> float:
        """Of one batch."""
        numbers = [entropy(Stream.IMAGE, number) for number in range(count)]
        return _timed(lambda: sample(model, self.cases[:count], numbers))


def steps(comparison: Comparison) -> dict[str, Any]:
    """FD at each number of steps, and of each preset."""
    presets = dict(comparison.model.sampler.presets)
    figures: dict[str, Any] = {"floor": comparison.floor, "presets": presets, "steps": {}}
    usual = comparison.model.sampler.num_inference_steps
    for count in sorted({*STEPS, usual, *(preset[0] for preset in presets.values())}):
        figures["steps"][str(count)] = comparison.measure(comparison.model, SampleSettings(count))
        print(count, figures["steps"][str(count)], flush=True)
    return figures


def monai(comparison: Comparison, repeats: int) -> dict[str, Any]:
    """The default preset and MONAI's own inferer on the same noise: FD, and seconds of one batch in turn."""
    models = beside_monai(comparison.model)
    figures: dict[str, Any] = {name: comparison.measure(model) for name, model in models.items()}
    ratios = []
    for _ in range(repeats):
        ours, theirs = (comparison.seconds(model, comparison.batch) for model in models.values())
        ratios.append(theirs / ours)
    return {**figures, "times_faster": [float(np.quantile(ratios, q)) for q in (0.5, 0, 1)]}


def diffusers(comparison: Comparison, repeats: int, batches: Sequence[int]) -> dict[str, Any]:
    """Seconds a batch at equal steps beside a diffusers UNet of as many parameters under its multistep solver."""
    import_torchvision()  # diffusers imports it
    from diffusers import DPMSolverMultistepScheduler, UNet2DConditionModel

    model = comparison.model
    wanted = sum(p.numel() for p in model.network.parameters())
    peer = UNet2DConditionModel(
        sample_size=model.latent_shape[1],
        in_channels=model.latent_shape[0] + CONDITION_CHANNELS,
        out_channels=model.latent_shape[0],
        down_block_types=("DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
        block_out_channels=(64, 128, 192),
        layers_per_block=1,
        cross_attention_dim=36,
        attention_head_dim=6,
    ).eval()
    size = model.sampler.num_inference_steps

    def by_diffusers(network: Any, noise: torch.Tensor, condition: torch.Tensor, context: torch.Tensor, *_: Any) -> Any:
        solver = DPMSolverMultistepScheduler(use_flow_sigmas=True, prediction_type="flow_prediction")
        solver.set_timesteps(size)
        planes, state = pool_to_grid(condition, noise.shape), noise
        for now in solver.timesteps:
            made = network(torch.cat([state, planes], 1), now, encoder_hidden_states=context).sample
            state = solver.step(made, now, state).prev_sample
        return state

    theirs = replace(model, network=peer, sampler=by_diffusers)  # type: ignore[arg-type]
    figures: dict[str, Any] = {"steps": size, "parameters": wanted}
    figures["parameters_of_peer"] = sum(p.numel() for p in peer.parameters())
    for count in batches:
        row: dict[str, list[float]] = {"ours": [], "diffusers": []}
        for _ in range(repeats):
            row["ours"].append(comparison.seconds(model, count))
            row["diffusers"].append(comparison.seconds(theirs, count))
        figures[f"batch {count}"] = {name: float(np.median(values)) for name, values in row.items()}
        figures[f"batch {count}"]["peak_memory_gib"] = peak_memory() / GIB
    return figures


def _timed(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def plot(figures: dict[str, Any], path: str) -> None:
    """FD against steps, the floor dashed."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, len(ENCODERS), figsize=(4 * len(ENCODERS), 3))
    rows = {int(count): row["fd"] for count, row in figures["steps"]["steps"].items()}
    for panel, name in zip(panels, ENCODERS, strict=True):
        panel.plot(sorted(rows), [rows[count][name] for count in sorted(rows)], "o-")
        panel.axhline(figures["steps"]["floor"][name], linestyle="--", color="gray")
        panel.set(xscale="log", xlabel="steps", ylabel=f"FD, {name}")
    figure.tight_layout()
    figure.savefig(path, dpi=90)


def main(
    pairs: str,
    output: str,
    plot_file: str = "",
    only: str = "",
    count: int = 192,
    batch: int = 8,
    threads: int = 1,
    repeats: int = 3,
    batches: tuple[int, ...] = BATCHES,
) -> None:
    """Measure the parts; write them into `output` (JSON), and draw the first as a picture.

    `count` images are sampled, `batch` at once; `batches` are those timed beside diffusers, none larger than `count`.
    Beside others everything is timed `repeats` times.
    """
    torch.set_num_threads(threads)
    comparison, path = Comparison(pairs, count, batch), Path(output)
    figures = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    measures: dict[str, Callable[[Comparison], dict[str, Any]]] = {
        "steps": steps,
        "monai": partial(monai, repeats=repeats),
        "diffusers": partial(diffusers, repeats=repeats, batches=batches),
    }
    for part in [only] if only else PARTS:
        figures[part] = {"count": count, "threads": threads, **measures[part](comparison)}
        path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        print(json.dumps(figures[part], indent=1), flush=True)
    if plot_file:
        plot(figures, plot_file)


if __name__ == "__main__":
    fire.Fire(main)
