# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Go on training the shipped 256-pixel image network, balanced by finding and with pairs of one film; resumable.

    python -m recipes.images.fine_tune --parts films256,inserted256 --output DIR --processor 90

In: prepared parts at 256 x 256, of which the first holds films. Out: DIR/tuned.pt (all that resuming needs), tuned.csv
(figures against training time) and DIR/model.pt (averaged weights as the bundle reads them, 16 bit). An inserted lesion
is trained beside the film it was inserted into, in one frame, with the same noise and time: their difference is what
the mask shall do.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import fire
import numpy as np
import torch
from torch.nn import functional

from aurad_monai.bundles.bundle import Bundle
from recipes.images.cases import Cases, unpack
from recipes.images.loop import Averaged, Clock, every, load, log, save
from recipes.images.networks import MASKS, STRUCTURES

PAIRS, REAL, ANY = 4, 5, 3
"""Of a step: inserted lesions beside their films, real films by a finding chosen evenly, any films."""
MASKED = 0.85
"""Of the real films with a finding, the share drawn among those whose mask is known."""
LESION_WEIGHT = 4.0
"""Added to the weight of cells of a mask; more for small findings, see `cell_weights`."""
COMMON_AREA, MOST = 0.06, 4.0
DROPPED = 0.12
"""How often a case loses all that is known of findings, for guidance."""
ZOOM, TURN = 0.12, 0.06


class Batch(NamedTuple):
    """Images (B, 1, 256, 256) in [0, 1], conditions (B, 16, 32, 32), context tokens (B, 16, 36)."""

    image: torch.Tensor
    condition: torch.Tensor
    context: torch.Tensor


class Balanced:
    """Rows of a step: see `PAIRS`, `REAL` and `ANY`.

    Args:
        cases: films and inserted lesions of the training section.
        seed: of the choice.
    """

    def __init__(self, cases: Cases, seed: int) -> None:
        self.cases, self.rng = cases, np.random.default_rng(seed)
        inserted = cases.kind == "inserted"
        present, given = cases.present.numpy() > 0, cases.given.numpy() > 0
        film = {name: row for row, name in enumerate(cases.ids) if not inserted[row]}
        self.source = np.array([film.get(str(name).rsplit("_i", 1)[0], -1) for name in cases.ids])
        paired = inserted & (self.source >= 0)
        self.inserted = [np.flatnonzero(paired & column) for column in present.T]
        self.masked = [
            np.flatnonzero(~inserted & known & column) for column, known in zip(present.T, given.T, strict=True)
        ]
        self.labeled = [np.flatnonzero(~inserted & column) for column in present.T]
        self.films = np.flatnonzero(~inserted)

    def _by_finding(self, pools: Sequence[np.ndarray], count: int) -> list[int]:
        filled = [pool for pool in pools if len(pool)]
        return [int(self.rng.choice(filled[self.rng.integers(len(filled))])) for _ in range(count)]

    def rows(self) -> np.ndarray:
        """Rows of a step: inserted, their films, and the others."""
        pairs = self._by_finding(self.inserted, PAIRS)
        masked = self.rng.binomial(REAL, MASKED)
        real = self._by_finding(self.masked, masked) + self._by_finding(self.labeled, REAL - masked)
        return np.array([*pairs, *self.source[pairs], *real, *self.rng.choice(self.films, ANY)])


def paired(values: torch.Tensor, pairs: int = PAIRS) -> torch.Tensor:
    """Numbers of the step in which a film has those of the lesion inserted into it."""
    values[pairs : 2 * pairs] = values[:pairs]
    return values


def frames(count: int, size: int = 256, pairs: int = PAIRS) -> torch.Tensor:
    """Where pixels of frames inside the films lie, (count, size, size, 2); four in ten are the films' own frames."""
    share = torch.rand(count) * (torch.rand(count) < 0.6)
    scale, turn = 1 / (1 + ZOOM * share), TURN * (2 * torch.rand(count) - 1) * share
    reach = scale * (turn.cos() + turn.sin().abs())
    turn = turn * (reach <= 1)
    reach = torch.where(reach <= 1, reach, scale)
    across, down = ((1 - reach) * (2 * torch.rand(count) - 1) for _ in range(2))
    cos, sin = scale * turn.cos(), scale * turn.sin()
    rows = torch.stack([torch.stack([cos, -sin, across], -1), torch.stack([sin, cos, down], -1)], -2)
    return functional.affine_grid(paired(rows, pairs), [count, 1, size, size], align_corners=False)


def batch_of(cases: Cases, rows: np.ndarray, moved: bool, pairs: int = PAIRS) -> Batch:
    """Images and conditions of rows, in frames of their own or of the films; the first are pairs, as in a step."""
    index = torch.from_numpy(rows)
    image = cases.images[index][:, None].float() / 255
    codes = cases.masks[index].int() & 0xFFFF
    if moved:
        grid = frames(len(rows), pairs=pairs)
        changed = (grid - frame_of_films(grid)).abs().amax((1, 2, 3)) > 1e-4
        cubic = functional.grid_sample(image, grid, "bicubic", "border", align_corners=False).clamp(0, 1)
        image = torch.where(changed[:, None, None, None], cubic, image)
        codes = functional.grid_sample(codes[:, None].float(), grid, "nearest", "border", align_corners=False)[
            :, 0
        ].int()
    planes = functional.avg_pool2d(unpack(codes, MASKS), 8)
    planes[:, STRUCTURES:] *= cases.given[index][..., None, None]
    return Batch(image, planes, cases.context[index])


def frame_of_films(grid: torch.Tensor) -> torch.Tensor:
    """The grid that leaves films as they are."""
    eye = torch.eye(2, 3).expand(len(grid), -1, -1)
    return functional.affine_grid(eye, [len(grid), 1, *grid.shape[1:3]], align_corners=False)


def cell_weights(pathology: torch.Tensor) -> torch.Tensor:
    """Weights (B, 1, h, w) of cells by the share of findings (B, 13, h, w) in them; a small finding's cells more."""
    share = pathology.amax(1, keepdim=True)
    area = share.mean((2, 3), keepdim=True).clamp(min=1e-4)
    return 1 + LESION_WEIGHT * share * (COMMON_AREA / area).sqrt().clamp(1, MOST)


def losses_of(network: Any, latents: torch.Tensor, batch: Batch, times: torch.Tensor, noise: torch.Tensor) -> Any:
    """Squared error of the velocity, (B, 16, 32, 32)."""
    t = times.view(-1, 1, 1, 1)
    inputs = torch.cat([(1 - t) * latents + t * noise, batch.condition], 1)
    return (network(inputs, times * 1000, context=batch.context) - (latents - noise)).square()


@torch.no_grad()
def held_out(network: Any, autoencoder: Any, cases: Cases, size: int = 16) -> tuple[float, float]:
    """Loss on kept-out patients at fixed noise and evenly spaced times: of all cells, and inside findings."""
    generator, sums = torch.Generator().manual_seed(1), np.zeros(4)
    for rows in np.array_split(np.arange(len(cases)), -(-len(cases) // size)):
        batch = batch_of(cases, rows, moved=False)
        latents = autoencoder.encode(batch.image)
        times = ((torch.arange(len(rows)) + 0.5) / len(rows))[torch.randperm(len(rows), generator=generator)]
        loss = losses_of(network, latents, batch, times, torch.randn(latents.shape, generator=generator)).mean(1)
        share = batch.condition[:, STRUCTURES:].amax(1)
        sums += [float(loss.sum()), loss.numel(), float((loss * share).sum()), float(share.sum())]
    return sums[0] / sums[1], sums[2] / max(sums[3], 1e-9)


def step_loss(network: Any, autoencoder: Any, batch: Batch) -> torch.Tensor:
    """Weighted loss of a step; half of the times are drawn toward noise, where it is decided whether a finding is."""
    with torch.no_grad():
        latents, count = autoencoder.encode(batch.image), len(batch.image)
        weights = cell_weights(batch.condition[:, STRUCTURES:])
        early = torch.sigmoid(0.6 + torch.randn(count))
        times = paired(torch.where(torch.rand(count) < 0.5, torch.rand(count), early))
        noise = paired(torch.randn_like(latents))
        kept = paired((torch.rand(count) >= DROPPED).float())
        weights[PAIRS : 2 * PAIRS] = weights[:PAIRS]
        batch.condition[:, STRUCTURES:] *= kept.view(-1, 1, 1, 1)
        batch = batch._replace(context=batch.context * kept.view(-1, 1, 1))
    losses = losses_of(network, latents, batch, times, noise)
    return (weights * losses).mean() / weights.mean()


def main(
    parts: str,
    output: str,
    processor: float = 90.0,
    bundle: str = "bundles/cxr_image_latent_diffusion",
    learning_rate: float = 2e-4,
    tail: float = 0.3,
    report_every: float = 4.0,
    threads: int = 1,
    seed: int = 0,
) -> None:
    """Train until all runs together took `processor` minutes of the processor, at least a step.

    Args:
        parts: folders at 256 x 256, by commas; the first holds films, from which the kept-out patients come.
        output: where checkpoints and figures go; a training found there goes on.
        processor: minutes.
        bundle: whose networks are used.
        learning_rate: of AdamW.
        tail: last share of the training, in which the learning rate falls to zero.
        report_every: minutes on the wall between checkpoints.
        threads: of the CPU.
        seed: of everything random.
    """
    torch.set_num_threads(threads)
    folder, opened = Path(output), Bundle(bundle)
    network, autoencoder = opened.get("network").float(), opened.get("autoencoder").float().eval()
    state: dict[str, Any] = load(folder / "tuned.pt", "cpu") or {"step": 0, "wall": 0.0, "processor": 0.0}
    step, average = state["step"], Averaged(network)
    optimizer = torch.optim.AdamW(network.parameters(), learning_rate, (0.9, 0.99), weight_decay=0.01, foreach=True)
    if step:
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        average.state = state["average"]
    torch.manual_seed(seed + step)
    train, hold = Cases(parts.split(","), "train"), Cases(parts.split(",")[:1], "hold")
    chooser, judge = Balanced(train, seed + step), Bundle(bundle).get("network").float().eval()
    clock = Clock(state["wall"], state["processor"])
    recent: list[float] = []

    def report() -> None:
        judge.load_state_dict(average.state)
        whole, inside = held_out(judge, autoencoder, hold)
        figures = {"step": step, "wall": clock.wall, "processor": clock.processor}
        log(folder / "tuned.csv", figures | {"train": float(np.mean(recent or [0])), "hold": whole, "inside": inside})
        content = {"network": network.state_dict(), "average": average.state, "optimizer": optimizer.state_dict()}
        save(folder / "tuned.pt", content | {"step": step, "wall": clock.wall, "processor": clock.processor})
        save(folder / "model.pt", {key: value.half() for key, value in average.state.items()})
        recent.clear()

    if not step:
        report()
    network.train()
    for due in every(report_every, clock, float("inf")):
        left = max(1 - clock.processor / processor, 0.0)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate * min(1.0, (step + 1) / 50, left / tail)
        loss = step_loss(network, autoencoder, batch_of(train, chooser.rows(), moved=True))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        step += 1
        average.update(network, step)
        recent.append(float(loss.detach()))
        if clock.processor >= processor:
            break
        if due:
            report()
    report()


if __name__ == "__main__":
    fire.Fire(main)
