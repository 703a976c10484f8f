# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Make the findings expert steady: `python -m recipes.experts.robust --data D` after `robust_views`.

In go the views of `robust_views` and the weights of `fine_tune`, out come weights that say of a blurred, noisy, smaller
or encoded film what they said of the film. The pyramid, with `--whole` the last stages of the first backbone and both
whole-image layers too, learns from labels, marks and its own logits of the films as they are. Kept is the mixture of
the weights before and after that tells findings best on the patients that stop the training, in all views.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fire
import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from aurad_monai.experts.findings_network import FindingsNetwork, described
from recipes.experts.films import FINDINGS, Film, Floats, in_part, read_films
from recipes.experts.fine_tune import SCALE, SECOND, kept, write
from recipes.experts.targets import auroc, matrix, training_targets
from recipes.experts.train_findings import JUDGED, STOP_SHARE, Lesson, _balance, _loss, _odds, _pooled
from recipes.experts.views import View

RATES = {"local": 1e-3, "whole": 1e-4, "backbone": 2e-4}
AS_THEY_ARE = 0.25
"""Share of films that are drawn as they are."""
LOOKS = 3
"""So often the weights are judged on the way."""
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Mixtures of the weights before and after that are judged at the end."""

Rows = npt.NDArray[np.int64]


@dataclass
class SteadyLesson(Lesson):
    """A `Lesson` of several views, whose last stages run.

    Args:
        views: view 0 is the films as they are.
        second: of each view, what the second backbone sees of the image as a whole.
        teacher: (N, findings) what the network said of the films as they are.
        drawn: of each row of a batch, the number of its view.
    """

    views: tuple[View, ...] = ()
    second: tuple[npt.NDArray[np.float16], ...] = ()
    teacher: Floats | None = None
    drawn: npt.NDArray[np.int64] | None = None

    def logits(self, network: FindingsNetwork, rows: Rows) -> torch.Tensor:
        """(B, findings, S, S) of some films, each in the view that was drawn."""
        assert network.second is not None
        fine, middle = (self._of([getattr(view, name) for view in self.views], rows) for name in ("fine", "coarse"))
        deep = middle
        for stage in network.backbone.stages[5:]:
            deep = stage(deep)
        image = network.whole(described(network.backbone.head(deep), middle))
        image = image + network.second.whole(self._of(self.second, rows))
        return network.local_logits(fine, middle, deep) + image[:, :, None, None]

    def marks(self, rows: Rows) -> tuple[torch.Tensor, torch.Tensor]:
        """Marks in the views that were drawn."""
        edge, found = self.view.fine.shape[-1], []
        for row, number in zip(rows, self._numbers(rows), strict=True):
            marks = self.views[number].marks
            known = [marks.get(f"{row}:{channel}") for channel in range(len(FINDINGS))]
            found.append([np.zeros((edge, edge), np.uint8) if mark is None else mark for mark in known])
        masks = torch.from_numpy(np.array(found, np.float32) / 255)
        return masks, (masks.amax((2, 3)) > 0).float()

    def _numbers(self, rows: Rows) -> Rows:
        return np.zeros(len(rows), np.int64) if self.drawn is None else self.drawn

    def _of(self, features: Sequence[npt.NDArray[np.float16]], rows: Rows) -> torch.Tensor:
        at = self.view.rows[rows]
        picked = [features[number][row] for number, row in zip(self._numbers(rows), at, strict=True)]
        return torch.from_numpy(np.stack(picked).astype(np.float32))


def tune(
    data: str,
    work: str = "runs/experts",
    start: str = "bundles/cxr_expert_filter/models/findings.pt",
    output: str = "runs/experts/steady.pt",
    whole: bool = False,
    faith: float = 1.0,
    steps: int = 200,
    batch: int = 24,
    seed: int = 1,
    threads: int = 1,
) -> None:
    """Train, mix with the weights before, write what does best on the patients that stop the training.

    Args:
        data: folder of the public collection.
        work: folder of the views.
        start: weights to begin with, with a second backbone.
        output: weights to be.
        whole: not the pyramid alone learns.
        faith: weight of what the network said before, beside labels and marks.
        steps: of training.
        batch: films a step.
        seed: of the order.
        threads: of torch.
    """
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    films, network = read_films(Path(data)), FindingsNetwork(second=SECOND)
    network.load_state_dict(torch.load(start, weights_only=True))
    scaled(network, 1 / SCALE)
    lesson = prepare(network, films, Path(work))
    stop = np.array([in_part(film.patient, "early stop", STOP_SHARE) and film.nih for film in films])
    there = lesson.view.rows >= 0
    rows, judged = np.flatnonzero(there & ~stop & (lesson.weight.sum(1) > 0)), np.flatnonzero(there & stop)
    groups = learning(network, RATES if whole else {"local": RATES["local"]})
    state = fit(network, lesson, rows, judged, matrix(films, "best"), steps, batch, groups, faith, seed)
    network.load_state_dict(state)
    scaled(network, SCALE)
    write(kept(network), output)


@torch.no_grad()
def scaled(network: FindingsNetwork, factor: float) -> None:
    """Multiply all logits."""
    assert network.second is not None
    for weight in (*network.local.parameters(), *network.whole.parameters(), *network.second.whole.parameters()):
        weight.mul_(factor)


def prepare(network: FindingsNetwork, films: Sequence[Film], work: Path) -> SteadyLesson:
    """Read the views, and ask the network about the films as they are."""
    folders = sorted(work.glob("robust_*"), key=lambda folder: int(folder.name.removeprefix("robust_")))
    views = tuple(View.load(folder, len(films)) for folder in folders)
    value, weight = training_targets(films)
    boxed = np.array([[any(m.box and m.finding == name for m in film.marks) for name in FINDINGS] for film in films])
    lesson = SteadyLesson(
        views[0],
        np.zeros(0, np.float16),
        np.zeros(0, np.float32),
        value,
        weight,
        boxed,
        views=views,
        second=tuple(np.load(folder / "second.npy", mmap_mode="r") for folder in folders),
    )
    rows = np.flatnonzero(views[0].rows >= 0)
    lesson.teacher = np.zeros_like(value)
    lesson.teacher[rows] = scores(network.eval(), lesson, rows, 0)
    return lesson


@torch.inference_mode()
def scores(network: FindingsNetwork, lesson: SteadyLesson, rows: Rows, number: int) -> Floats:
    """(N, findings) logits of films in one view."""
    found = []
    for part in np.array_split(rows, max(1, len(rows) // 32)):
        lesson.drawn = np.full(len(part), number)
        found.append(_pooled(lesson.logits(network, part)).numpy())
    return np.concatenate(found)


def fit(
    network: FindingsNetwork,
    lesson: SteadyLesson,
    rows: Rows,
    judged: Rows,
    truth: Floats,
    steps: int,
    batch: int,
    groups: list[dict[str, Any]],
    faith: float = 1.0,
    seed: int = 1,
) -> dict[str, torch.Tensor]:
    """Train; the mixture of weights before and after that judges held-out films best, in all views."""
    optimizer = torch.optim.AdamW(groups)
    rates = [group["lr"] for group in groups]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=max(steps, 2), pct_start=0.15)
    average = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.97), use_buffers=True
    )
    rng, odds, balance = np.random.default_rng(seed), _odds(lesson, rows), _balance(lesson, rows)
    began = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    assert lesson.teacher is not None
    known = torch.from_numpy((lesson.value[rows] > 0.5).sum(0) >= 20)
    for step in range(1, steps + 1):
        _training(network)
        drawn = rng.choice(rows, batch, p=odds)
        other = rng.integers(1, len(lesson.views), batch)
        lesson.drawn = np.where(rng.random(batch) < AS_THEY_ARE, 0, other)
        logits = lesson.logits(network, drawn)
        aim = torch.from_numpy(lesson.teacher[drawn]).sigmoid()[:, known]
        said = functional.binary_cross_entropy_with_logits(_pooled(logits)[:, known], aim)
        loss = _loss(lesson, drawn, logits, balance) + faith * said
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([weight for group in groups for weight in group["params"]], 5.0)
        optimizer.step()
        schedule.step()
        average.update_parameters(network)
        if step % max(1, steps // LOOKS) == 0:
            _judge(average.module.eval(), lesson, judged, truth, f"step {step}")
    return best_mixture(network.eval(), began, dict(average.module.state_dict()), lesson, judged, truth)


def best_mixture(
    network: FindingsNetwork,
    began: dict[str, torch.Tensor],
    ended: dict[str, torch.Tensor],
    lesson: SteadyLesson,
    judged: Rows,
    truth: Floats,
) -> dict[str, torch.Tensor]:
    """Of weights between where training began and where it ended, those that judge held-out films best."""
    best, state = -np.inf, began
    for share in SHARES:
        mixed = {
            name: torch.lerp(value, ended[name], share) if value.is_floating_point() else value
            for name, value in began.items()
        }
        network.load_state_dict(mixed)
        now = _judge(network, lesson, judged, truth, f"{share} of the way")
        if now > best:
            best, state = now, mixed
    return state


def _training(network: FindingsNetwork) -> None:
    """Both backbones keep the statistics of their batch norms."""
    network.train()
    network.backbone.eval()
    assert network.second is not None
    network.second.eval()


def learning(network: FindingsNetwork, rates: Mapping[str, float]) -> list[dict[str, Any]]:
    """The pyramid, the whole-image layers and the last stages, those with a rate; all else is frozen."""
    parts: dict[str, list[nn.Parameter]] = {name: [] for name in rates}
    for name, weight in network.named_parameters():
        part = "local"
        if name.startswith(("whole", "second.whole")):
            part = "whole"
        elif name.startswith(("backbone", "second")):
            last = name.startswith(("backbone.stages.5", "backbone.stages.6", "backbone.head"))
            part = "backbone" if last else ""
        weight.requires_grad_(part in parts)
        if part in parts:
            parts[part].append(weight)
    return [{"params": parts[name], "lr": rate, "weight_decay": 1e-2} for name, rate in rates.items()]


def _judge(network: FindingsNetwork, lesson: SteadyLesson, rows: Rows, truth: Floats, words: str) -> float:
    """Mean AUROC over findings, half on films as they are, half on the other views; what moves between them is told."""
    found = [scores(network, lesson, rows, number) for number in range(len(lesson.views))]
    columns = [FINDINGS.index(name) for name in JUDGED]
    areas = [float(np.nanmean([auroc(truth[rows, k], said[:, k]) for k in columns])) for said in found]
    moved = float(np.mean([np.abs(said - found[0])[:, columns].mean() for said in found[1:]]))
    others = float(np.mean(areas[1:]))
    print(f"{words}: AUROC as they are {areas[0]:.4f}, in other views {others:.4f}, moved by {moved:.3f}", flush=True)
    return (areas[0] + others) / 2


if __name__ == "__main__":
    fire.Fire(tune)
