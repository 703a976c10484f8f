# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Does more training help? FD and KID of radiographs sampled from validation masks, against the steps of their weights.

    python -m recipes.figures.image_training --pairs DIR --weights 16233=present,18309=a.pt --output OUT.json \
        --plot_file docs/images/image_training.png

DIR is what `python -m recipes.default_data pairs` wrote. The weights are moving averages kept during a training, as
`torch.save` of a state dict, by the number of steps they had; `present` stands for those of the bundle.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import fire
import numpy as np
import torch

from aurad_monai.bundles.bundle import load_weights, open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.evaluation.images.encoder import BUILT_IN, open_encoder
from aurad_monai.evaluation.images.feature_distances import frechet_distance, kernel_distance
from aurad_monai.generation.pipeline import FILTER_BUNDLE, IMAGE_BUNDLE
from recipes.figures.sampled_pairs import Images, generate_images, loaded_pairs, open_model


def plot(figures: Mapping[str, Any], path: str) -> None:
    """FD against steps by encoder, the floor dashed."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, len(BUILT_IN), figsize=(3.2 * len(BUILT_IN), 2.8))
    steps = sorted(figures["fd"], key=int)
    for panel, name in zip(panels, BUILT_IN, strict=True):
        panel.plot([int(step) for step in steps], [figures["fd"][step][name] for step in steps], "o-")
        panel.axhline(figures["floor"][name], linestyle="--", color="gray")
        panel.set(xlabel="steps", title=f"FD, {name}")
    figure.tight_layout()
    figure.savefig(path, dpi=90)


def main(
    pairs: str,
    weights: str | tuple[str, ...],
    output: str,
    plot_file: str = "",
    count: int = 192,
    split: str = "validation",
    threads: int = 2,
) -> None:
    """Generate with each, compare with the real radiographs of the same masks, print the table.

    With `split` "training" the masks are those the network has learned from: far less than the other says it knows
    them by heart.
    """
    torch.set_num_threads(threads)
    model, judge = open_model(IMAGE_BUNDLE), open_bundle(bundles_root() / FILTER_BUNDLE)
    encoders = {name: open_encoder(name, judge) for name in BUILT_IN}

    def features(images: Images) -> dict[str, Any]:
        return {name: np.asarray(encoder.encode(images)) for name, encoder in encoders.items()}

    cases, others = (loaded_pairs(pairs, part, count) for part in (split, "training"))
    real, train = (features(np.stack([np.asarray(case["image"]) for case in part])) for part in (cases, others))
    figures: dict[str, Any] = {"count": count, "fd": {}, "kid": {}}
    figures["floor"] = {name: frechet_distance(real[name], train[name]) for name in BUILT_IN}
    print("| steps |" + "".join(f" FD, {name} |" for name in BUILT_IN) + "\n|" + " --- |" * (len(BUILT_IN) + 1))
    for entry in weights.split(",") if isinstance(weights, str) else weights:
        step, _, file = entry.partition("=")
        if file != "present":
            load_weights(model.network, file)
        made = features(np.concatenate(list(generate_images(model, cases))))
        figures["fd"][step] = {name: frechet_distance(real[name], made[name]) for name in BUILT_IN}
        figures["kid"][step] = {name: kernel_distance(real[name], made[name]) for name in BUILT_IN}
        Path(output).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        print(f"| {step} |" + "".join(f" {value:.3f} |" for value in figures["fd"][step].values()), flush=True)
    print("| floor |" + "".join(f" {value:.3f} |" for value in figures["floor"].values()))
    if plot_file:
        plot(figures, plot_file)


if __name__ == "__main__":
    fire.Fire(main)
