# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Train the findings expert on real films: `python -m recipes.experts.train_findings --data D` after `views`.

In go cached features of a frozen ImageNet backbone, out comes models/findings.pt. Two steps: what the image as a whole
says is a regularized logistic regression; then a feature pyramid learns where, on top of what that regression says of
films it did not see (four folds by patient), so that the two do not learn the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import fire
import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from aurad_monai.bundles.bundle import enter_hash
from aurad_monai.experts.findings_network import NINTHS, FindingsNetwork
from recipes.experts.films import FINDINGS, Film, Floats, in_part, read_films
from recipes.experts.linear import principal_axes, regression
from recipes.experts.pretrained import pretrained
from recipes.experts.targets import auroc, matrix, training_targets
from recipes.experts.views import View

FOLDS, AXES, STRENGTH, STOP_SHARE, TOP_SHARE, SMOOTHING = 4, 160, 0.006, 0.08, 0.01, 0.05
JUDGED = ("effusion", "cardiomegaly", "pneumothorax", "emphysema", "consolidation", "nodule", "atelectasis", "mass")
"""Findings with films enough to stop by."""


@dataclass
class Lesson:
    """What the pyramid learns from.

    Args:
        view: features and marks of the films as they are.
        deep: (N, C, S / 4, S / 4) features of the last stage.
        image_logits: (N, findings) what the whole image says, for training films by folds that did not see them.
        value: (N, findings) in 0..1.
        weight: (N, findings).
        boxed: (N, findings) whether the marks are boxes.
    """

    view: View
    deep: npt.NDArray[np.float16]
    image_logits: Floats
    value: Floats
    weight: Floats
    boxed: npt.NDArray[np.bool_]

    def logits(self, network: FindingsNetwork, rows: npt.NDArray[np.int64]) -> torch.Tensor:
        """(B, findings, S, S) of some films."""
        at = self.view.rows[rows]
        fine, middle, deep = (
            torch.from_numpy(np.asarray(features[at], np.float32))
            for features in (self.view.fine, self.view.coarse, self.deep)
        )
        return network.local_logits(fine, middle, deep) + torch.from_numpy(self.image_logits[rows])[:, :, None, None]

    def marks(self, rows: npt.NDArray[np.int64]) -> tuple[torch.Tensor, torch.Tensor]:
        """Marks (B, findings, S, S) in 0..1 and whether there are any (B, findings)."""
        edge = self.view.fine.shape[-1]
        found = np.zeros((len(rows), len(FINDINGS), edge, edge), np.float32)
        for index, row in enumerate(rows):
            for channel in range(len(FINDINGS)):
                if f"{row}:{channel}" in self.view.marks:
                    found[index, channel] = self.view.marks[f"{row}:{channel}"] / 255
        masks = torch.from_numpy(found)
        return masks, (masks.amax((2, 3)) > 0).float()


def train(
    data: str,
    work: str = "runs/experts",
    output: str = "runs/experts/findings.pt",
    strays: str = "",
    epochs: float = 3.5,
    batch: int = 32,
    learning_rate: float = 2e-3,
    seed: int = 1,
    scale: str = "lite1",
    size: int = 288,
    limit: int = 0,
) -> None:
    """Train, stop by 8% of the training patients, write the weights.

    Args:
        data: folder of the public collection.
        work: folder of the views.
        output: weights to be.
        strays: CSV of films to leave out, ids in its first column.
        epochs: passes over the training films.
        batch: films a step.
        learning_rate: of AdamW, highest of one cycle.
        seed: of weights and order.
        scale: of the EfficientNet-Lite, as for `views`.
        size: edge in pixels the network works at, as for `views`.
        limit: so many films, as for `views`.
    """
    torch.manual_seed(seed)
    films = read_films(Path(data), limit)
    left_out = set(Path(strays).read_text(encoding="utf-8").split("\n")[1:]) if strays else set()
    usable = np.array(
        [not film.validation and film.id not in {line.split(",")[0] for line in left_out} for film in films]
    )
    view = View.load(Path(work) / "view_0", len(films))
    usable &= view.rows >= 0
    network = FindingsNetwork(scale, size=size)
    network.backbone.load_state_dict(pretrained(scale).state_dict())
    lesson = prepare(network, films, usable, view)
    stop = np.array([in_part(film.patient, "early stop", STOP_SHARE) for film in films])
    nih = np.array([film.nih for film in films])
    rows, judged = np.flatnonzero(usable & ~stop & (lesson.weight.sum(1) > 0)), np.flatnonzero(usable & stop & nih)
    truth, steps = matrix(films, "best"), steps_of(epochs, len(rows), batch)
    best = fit(network, lesson, rows, judged, truth, steps, batch, learning_rate, seed)
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    torch.save(best, output)  # in full precision: half moves scores by a hundredth
    enter_hash(Path(output))


def steps_of(epochs: float, films: int, batch: int) -> int:
    """Steps of so many passes over films, two at least: a cycle of learning rates needs a beginning and an end."""
    return max(2, int(epochs * films / batch))


def prepare(network: FindingsNetwork, films: Sequence[Film], usable: npt.NDArray[np.bool_], view: View) -> Lesson:
    """Fit what the image as a whole says, into the network, and collect what the pyramid learns from."""
    deep, seen = _deep_features(network, view)
    whole = seen[np.maximum(view.rows, 0)]
    value, weight = training_targets(films)
    folds = np.array([next(k for k in range(FOLDS) if in_part(f.patient, "fold", (k + 1) / FOLDS)) for f in films])
    mean, deviation = whole[usable].mean(0), whole[usable].std(0) + 0.02
    axes = principal_axes((whole[usable] - mean) / deviation, min(AXES, int(usable.sum()) - 1))
    reduced = (whole - mean) / deviation @ axes
    logits = np.zeros_like(value)
    with torch.no_grad():
        for channel in range(len(FINDINGS)):
            target, trust = value[:, channel], weight[:, channel]
            weights, bias = _known(*regression(reduced[usable], target[usable], trust[usable], STRENGTH))
            logits[:, channel] = reduced @ weights + bias
            for fold in range(FOLDS):
                others, held = usable & (folds != fold), usable & (folds == fold)
                fitted, offset = _known(*regression(reduced[others], target[others], trust[others], STRENGTH))
                logits[held, channel] = reduced[held] @ fitted + offset
            full = axes @ weights / deviation
            network.whole.weight[channel] = torch.from_numpy(full)
            network.whole.bias[channel] = float(bias - full @ mean)
    boxed = np.array([[any(m.box and m.finding == name for m in film.marks) for name in FINDINGS] for film in films])
    return Lesson(view, deep, logits, value, weight, boxed)


def _known(weights: Floats, bias: float) -> tuple[Floats, float]:
    """A finding nothing is known of is unlikely everywhere."""
    return weights, -4.0 if np.isnan(bias) else bias


@torch.inference_mode()
def _deep_features(network: FindingsNetwork, view: View) -> tuple[npt.NDArray[np.float16], Floats]:
    """Features of the last stage, and of the whole image as `FindingsNetwork` describes it."""
    backbone, deep, whole = network.backbone.eval(), [], []
    for start in range(0, len(view.coarse), 64):
        features = middle = torch.from_numpy(view.coarse[start : start + 64].astype(np.float32))
        for stage in backbone.stages[5:]:
            features = stage(features)
        head = backbone.head(features)
        parts = functional.adaptive_avg_pool2d(middle, NINTHS).flatten(1)
        deep.append(features.numpy().astype(np.float16))
        whole.append(torch.cat([head.mean((2, 3)), head.amax((2, 3)), parts], 1).numpy())
    return np.concatenate(deep), np.concatenate(whole)


def fit(
    network: FindingsNetwork,
    lesson: Lesson,
    rows: npt.NDArray[np.int64],
    judged: npt.NDArray[np.int64],
    truth: Floats,
    steps: int,
    batch: int,
    learning_rate: float,
    seed: int = 1,
) -> dict[str, torch.Tensor]:
    """Train the pyramid; the averaged weights that judge the held-out films best."""
    learned = [p for n, p in network.named_parameters() if not n.startswith(("backbone", "whole"))]
    optimizer = torch.optim.AdamW(learned, learning_rate, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, learning_rate, total_steps=steps, pct_start=0.15)
    average = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.98)
    )
    rng, odds = np.random.default_rng(seed), _odds(lesson, rows)
    best, state = -np.inf, network.state_dict()
    for step in range(steps):
        network.train()
        network.backbone.eval()
        drawn = rng.choice(rows, batch, p=odds)
        loss = _loss(lesson, drawn, lesson.logits(network, drawn), _balance(lesson, rows))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, 5.0)
        optimizer.step()
        schedule.step()
        average.update_parameters(network)
        if (step + 1) % max(1, steps // 8) == 0 or step + 1 == steps:
            now = _judge(average.module.eval(), lesson, judged, truth)
            print(f"step {step + 1} of {steps}: loss {float(loss.detach()):.3f}, AUROC of held-out films {now:.3f}")
            if now > best:
                best, state = now, {name: tensor.clone() for name, tensor in average.module.state_dict().items()}
    return state


def _loss(lesson: Lesson, rows: npt.NDArray[np.int64], logits: torch.Tensor, balance: Floats) -> torch.Tensor:
    """Cross entropy of the image's score, of cells inside and outside of marks, and of the surest cells outside."""
    value, weight = torch.from_numpy(lesson.value[rows]), torch.from_numpy(lesson.weight[rows])
    positive = (value > 0.5).float()
    balanced = torch.from_numpy(balance)
    soft = torch.where(weight < 0.9, 2 * SMOOTHING, SMOOTHING / 2)
    aim = positive * (1 - soft / 2) + (1 - positive) * soft * 0.3
    scores = functional.binary_cross_entropy_with_logits(_pooled(logits), aim, reduction="none")
    image = (scores * weight * (1 + (balanced - 1) * positive)).sum() / weight.sum()
    masks, marked = lesson.marks(rows)
    sure = torch.from_numpy(np.where(lesson.boxed[rows], 0.8, 0.95).astype(np.float32))[:, :, None, None]
    there, absent = functional.softplus(-logits), functional.softplus(logits)
    inside = (masks * (sure * there + (1 - sure) * absent)).sum((2, 3)) / masks.sum((2, 3)).clamp(min=1e-3)
    far = 1 - functional.max_pool2d(masks, 3, 1, 1)
    outside = (far * absent).sum((2, 3)) / far.sum((2, 3)).clamp(min=1)
    trusted = torch.where(marked > 0, 1.0, weight * (1 - positive))
    wrong = functional.softplus(_pooled(logits - 1e4 * (1 - far), 0.02))
    count = marked.sum().clamp(min=1)
    cells = (inside * marked * balanced.sqrt()).sum() / count + 0.5 * (wrong * marked).sum() / count
    return image + 0.5 * (cells + 3 * (outside * trusted).sum() / trusted.sum())


def _pooled(logits: torch.Tensor, share: float = TOP_SHARE) -> torch.Tensor:
    """(B, findings): mean of the surest cells."""
    flat = logits.flatten(2)
    return flat.topk(max(1, round(share * flat.shape[-1])), dim=-1).values.mean(-1)


def _balance(lesson: Lesson, rows: npt.NDArray[np.int64]) -> Floats:
    """(findings,) weight of a positive film: the root of how many negatives there are for one."""
    weight, positive = lesson.weight[rows], lesson.value[rows] > 0.5
    ratio = ((weight * ~positive).sum(0) + 1) / ((weight * positive).sum(0) + 1)
    return np.sqrt(np.clip(ratio, 1, 60)).astype(np.float32)


def _odds(lesson: Lesson, rows: npt.NDArray[np.int64]) -> Floats:
    """How often a film is drawn: more where readers marked it or where its findings are rare."""
    positive = lesson.value[rows] > 0.5
    rare = (positive * np.minimum(2, 150 / np.maximum(positive.sum(0), 1))).max(1)
    odds = 1 + 0.7 * lesson.boxed[rows].any(1) + np.maximum(rare - 1, 0)
    return np.asarray(odds / odds.sum())


@torch.inference_mode()
def _judge(network: FindingsNetwork, lesson: Lesson, rows: npt.NDArray[np.int64], truth: Floats) -> float:
    """Mean AUROC over findings."""
    parts = np.array_split(rows, max(1, len(rows) // 64))
    scores = np.concatenate([_pooled(lesson.logits(network, part)).numpy() for part in parts])
    columns = [FINDINGS.index(name) for name in JUDGED]
    return float(np.nanmean([auroc(truth[rows, column], scores[:, column]) for column in columns]))


if __name__ == "__main__":
    fire.Fire(train)
