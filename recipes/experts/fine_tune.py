# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Fine-tune the findings expert: `python -m recipes.experts.fine_tune --data D`, after `views` and `train_findings`.

In go two cached views and the weights of `train_findings`, out comes models/findings.pt. The last stages of the
backbone, the pyramid and the whole-image layer learn from labels and from a teacher, the regressions of films they did
not see. Labels of text are noisy: so the result is half of what was learned and half of where it began, and a second,
frozen backbone adds what it sees of the image as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import fire
import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from aurad_monai.bundles.bundle import enter_hash
from aurad_monai.experts.findings_network import FindingsNetwork, described
from recipes.experts.films import FINDINGS, Film, Floats, in_part, read_films
from recipes.experts.linear import LIMIT, UNLIKELY, LinearModel, fold, frozen_features, principal_axes, regression
from recipes.experts.pretrained import pretrained
from recipes.experts.targets import matrix, training_targets
from recipes.experts.train_findings import (
    AXES,
    FOLDS,
    STOP_SHARE,
    STRENGTH,
    Lesson,
    _balance,
    _judge,
    _loss,
    _odds,
    _pooled,
    prepare,
    steps_of,
)
from recipes.experts.views import View

SECOND, GRID, DROPOUT, SCALE = "lite0", 6, 0.3, 0.7
RATES = {"pyramid": 7e-4, "whole": 1e-4, "backbone": 2e-4}
DECAYS = {"pyramid": 1e-2, "whole": 5e-2, "backbone": 1e-2}


@dataclass
class TunedLesson(Lesson):
    """A `Lesson` whose last stages run, on one of two views a film.

    Args:
        other: the second view, half of the time mirrored.
        teacher: (N, findings) logits of regressions that did not see the film.
        chosen: which rows are taken from the second view, and which of them mirrored.
    """

    other: View | None = None
    teacher: Floats | None = None
    chosen: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]] | None = None

    def logits(self, network: FindingsNetwork, rows: npt.NDArray[np.int64]) -> torch.Tensor:
        """(B, findings, S, S) of some films."""
        fine, middle = (self._features(rows, name) for name in ("fine", "coarse"))
        deep = middle
        for stage in network.backbone.stages[5:]:
            deep = stage(deep)
        seen = described(network.backbone.head(deep), middle)
        seen = functional.dropout(seen, DROPOUT, training=network.training)
        return network.local_logits(fine, middle, deep) + network.whole(seen)[:, :, None, None]

    def marks(self, rows: npt.NDArray[np.int64]) -> tuple[torch.Tensor, torch.Tensor]:
        """Marks of the views that were chosen."""
        masks, _ = super().marks(rows)
        if self.chosen is not None and self.other is not None:
            moved, _ = replace(self, view=self.other, chosen=None).marks(rows)
            masks = self._mirrored(torch.where(self._is_other(), moved, masks))
        return masks, (masks.amax((2, 3)) > 0).float()

    def _features(self, rows: npt.NDArray[np.int64], name: str) -> torch.Tensor:
        found = [self._of(view, rows, name) for view in (self.view, self.other if self.chosen else None) if view]
        return found[0] if len(found) == 1 else self._mirrored(torch.where(self._is_other(), found[1], found[0]))

    def _of(self, view: View, rows: npt.NDArray[np.int64], name: str) -> torch.Tensor:
        return torch.from_numpy(np.asarray(getattr(view, name)[view.rows[rows]], np.float32))

    def _is_other(self) -> torch.Tensor:
        assert self.chosen is not None
        return torch.from_numpy(self.chosen[0])[:, None, None, None]

    def _mirrored(self, features: torch.Tensor) -> torch.Tensor:
        assert self.chosen is not None
        return torch.where(torch.from_numpy(self.chosen[1])[:, None, None, None], features.flip(-1), features)


def tune(
    data: str,
    work: str = "runs/experts",
    start: str = "runs/experts/findings.pt",
    output: str = "bundles/cxr_expert_filter/models/findings.pt",
    strays: str = "",
    epochs: float = 5,
    batch: int = 32,
    seed: int = 1,
    limit: int = 0,
) -> None:
    """Fine-tune, average, add the second backbone, write the weights.

    Args:
        data: folder of the public collection.
        work: folder of the views 0 and 1.
        start: weights of `train_findings`.
        output: weights to be; the second backbone in half precision.
        strays: CSV of films to leave out, ids in its first column.
        epochs: passes over the training films.
        batch: films a step.
        seed: of the order.
        limit: so many films, as for `views`.
    """
    torch.manual_seed(seed)
    films = read_films(Path(data), limit)
    lines = Path(strays).read_text(encoding="utf-8").split("\n") if strays else []
    left_out = {line.split(",")[0] for line in lines}
    stop = np.array([in_part(film.patient, "early stop", STOP_SHARE) for film in films])
    usable = np.array([not film.validation and film.id not in left_out for film in films])
    network, second = FindingsNetwork(), frozen_features(films, Path(data), SECOND)
    network.load_state_dict(torch.load(start, weights_only=True))
    lesson = _lesson(network, films, usable & ~stop, Path(work), second)
    began = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    rows = np.flatnonzero(usable & ~stop & (lesson.weight.sum(1) > 0))
    judged = np.flatnonzero(usable & stop & np.array([film.nih for film in films]))
    ended = fit(network, lesson, rows, judged, matrix(films, "best"), steps_of(epochs, len(rows), batch), batch, seed)
    value, weight = training_targets(films)
    known = usable & ~stop
    model = LinearModel.fit(second[known], value[known], weight[known], min(AXES, int(known.sum()) - 1), STRENGTH)
    write(assembled(began, ended, model), output)


def _lesson(
    network: FindingsNetwork, films: Sequence[Film], known: npt.NDArray[np.bool_], work: Path, second: Floats
) -> TunedLesson:
    """Fit the whole-image layer to the films that teach, and ask the teachers about them."""
    views = [View.load(work / f"view_{number}", len(films)) for number in (0, 1)]
    lesson = prepare(network, films, known, views[0])
    coarse = views[0].coarse
    parts = (torch.from_numpy(np.asarray(coarse[k : k + 128], np.float32)) for k in range(0, len(coarse), 128))
    grid = np.concatenate([functional.adaptive_avg_pool2d(part, GRID).flatten(1).numpy() for part in parts])
    others = [_unseen(features, films, known, lesson) for features in (second, grid)]
    teacher = np.average([lesson.image_logits, *others], axis=0, weights=[1, 1, 0.5])
    return TunedLesson(**vars(lesson), other=views[1], teacher=teacher.astype(np.float32))


def _unseen(features: Floats, films: Sequence[Film], known: npt.NDArray[np.bool_], lesson: Lesson) -> Floats:
    """(N, findings) logits of each film by regressions on the other folds of patients."""
    folds = np.array([next(k for k in range(FOLDS) if in_part(f.patient, "fold", (k + 1) / FOLDS)) for f in films])
    standard = np.clip((features - features[known].mean(0)) / (features[known].std(0) + 0.02), -LIMIT, LIMIT)
    reduced = standard @ principal_axes(standard[known], min(AXES, int(known.sum()) - 1))
    logits = np.zeros_like(lesson.value)
    for channel in range(len(FINDINGS)):
        for fold_number in range(FOLDS):
            others = known & (folds != fold_number)
            taught = (reduced[others], lesson.value[others, channel], lesson.weight[others, channel])
            weights, bias = regression(*taught, STRENGTH)
            logits[folds == fold_number, channel] = reduced[folds == fold_number] @ weights + np.nan_to_num(
                bias, nan=UNLIKELY
            )
    return logits


def fit(
    network: FindingsNetwork,
    lesson: TunedLesson,
    rows: npt.NDArray[np.int64],
    judged: npt.NDArray[np.int64],
    truth: Floats,
    steps: int,
    batch: int,
    seed: int,
) -> dict[str, torch.Tensor]:
    """Train; the averaged weights of the end."""
    groups = _groups(network)
    optimizer = torch.optim.AdamW(groups)
    rates = [group["lr"] for group in groups]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=steps, pct_start=0.15)
    average = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.98), use_buffers=True
    )
    rng, odds, balance = np.random.default_rng(seed), _odds(lesson, rows), _balance(lesson, rows)
    for step in range(steps):
        network.train()
        network.backbone.eval()
        drawn = rng.choice(rows, batch, p=odds)
        lesson.chosen = rng.random(batch) < 0.5, rng.random(batch) < 0.5
        lesson.chosen[1][~lesson.chosen[0]] = False
        logits = lesson.logits(network, drawn)
        loss = _loss(lesson, drawn, logits, balance) + _taught(lesson, drawn, logits, balance)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([weight for group in groups for weight in group["params"]], 5.0)
        optimizer.step()
        schedule.step()
        average.update_parameters(network)
        if (step + 1) % max(1, steps // 7) == 0:
            lesson.chosen = None
            now = _judge(average.module.eval(), lesson, judged, truth)
            print(f"step {step + 1} of {steps}: loss {float(loss.detach()):.3f}, AUROC of held-out films {now:.3f}")
    return dict(average.module.state_dict())


def _groups(network: FindingsNetwork) -> list[dict[str, Any]]:
    """The last stages, the whole-image layer and the pyramid, each at a rate of its own."""
    parts: dict[str, list[torch.nn.Parameter]] = {"pyramid": [], "whole": [], "backbone": []}
    for name, weight in network.named_parameters():
        frozen = name.startswith("backbone") and not name.startswith(
            ("backbone.stages.5", "backbone.stages.6", "backbone.head")
        )
        weight.requires_grad_(not frozen)
        if not frozen:
            parts.get(name.split(".")[0], parts["pyramid"]).append(weight)
    return [{"params": parts[name], "lr": RATES[name], "weight_decay": DECAYS[name]} for name in parts]


def _taught(lesson: TunedLesson, rows: npt.NDArray[np.int64], logits: torch.Tensor, balance: Floats) -> torch.Tensor:
    """Cross entropy against the teacher, whose odds are raised as those of positive films are."""
    assert lesson.teacher is not None
    aim = torch.from_numpy(lesson.teacher[rows] + np.log(balance)).sigmoid()
    known = torch.from_numpy((lesson.value > 0.5).sum(0) >= 20)
    return functional.binary_cross_entropy_with_logits(_pooled(logits)[:, known], aim[:, known])


def assembled(
    began: dict[str, torch.Tensor], ended: dict[str, torch.Tensor], model: LinearModel
) -> dict[str, torch.Tensor]:
    """Half way between two sets of weights, with a second backbone that says what `model` says."""
    network = FindingsNetwork(second=SECOND)
    middle = {name: (value + ended[name]) / 2 if value.is_floating_point() else value for name, value in began.items()}
    network.load_state_dict(middle, strict=False)
    assert network.second is not None
    with torch.no_grad():
        for weight in (*network.local.parameters(), *network.whole.parameters()):
            weight.mul_(SCALE)
    network.second.backbone.load_state_dict(pretrained(SECOND).state_dict())
    fold(model, network.second, SCALE)
    return kept(network)


def kept(network: FindingsNetwork) -> dict[str, torch.Tensor]:
    """A network's state with its second backbone in half precision, so that the file stays below 25 MB."""
    state = {}
    for name, value in network.state_dict().items():
        small = name.startswith("second.backbone") and value.is_floating_point()
        state[name] = (value.half() if small else value).contiguous()
    return state


def write(state: dict[str, torch.Tensor], output: str) -> None:
    """Write weights, and their hash beside them."""
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, output)
    enter_hash(Path(output))


if __name__ == "__main__":
    fire.Fire(tune)
