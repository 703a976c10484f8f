# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Train the 64 x 64 base by rectified flow; resumable, on a CPU for hours or on a GPU for minutes.

    python -m recipes.images.train_base --parts films128,inserted128 --output DIR --minutes 60

In: prepared parts. Out: DIR/base.pt (all that resuming needs), DIR/base.csv (figures against training time) and
DIR/base_best.pt (averaged weights with the least loss on training patients kept out).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import fire
import torch
from torch.nn import functional

from recipes.images.cases import Batch, Cases
from recipes.images.loop import Averaged, Clock, every, load, log, rate, save
from recipes.images.networks import MASKS, STRUCTURES, BaseNetwork, carry_over

LESION_WEIGHT = 2.0
"""Added to the weight of cells of a mask."""
TIMES = (0.4, 1.1)
"""Mean and deviation of the normal whose logistic gives the times."""
BINS = 4


def mix(data: torch.Tensor, times: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """Data on its straight way to noise."""
    t = times.view(-1, 1, 1, 1)
    return (1 - t) * data + t * noise


def flow_loss(network: BaseNetwork, batch: Batch, times: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """Squared error of the velocity, (B, 4, 32, 32)."""
    data = network.encode(batch.image)
    with torch.autocast(data.device.type, torch.bfloat16, enabled=data.is_cuda):
        velocity = network(mix(data, times, noise), times, batch.condition, batch.context)
    return (velocity.float() - (data - noise)).square()


@torch.no_grad()
def held_out(network: BaseNetwork, cases: Cases, batch: int = 26) -> list[float]:
    """Loss on kept-out patients at fixed noise and evenly spaced times: by quarters of the time, and of all."""
    generator, sums, counts = torch.Generator().manual_seed(1), torch.zeros(BINS), torch.zeros(BINS)
    for rows in torch.arange(len(cases), device=cases.device).split(batch):
        times = ((torch.arange(len(rows)) + 0.5) / len(rows))[torch.randperm(len(rows), generator=generator)]
        noise = torch.randn(len(rows), 4, 32, 32, generator=generator)
        losses = flow_loss(network, cases.whole(rows), times.to(cases.device), noise.to(cases.device))
        bins = (times * BINS).long()
        sums += torch.zeros(BINS).index_add(0, bins, losses.mean((1, 2, 3)).cpu())
        counts += torch.bincount(bins, minlength=BINS)
    return [float(v) for v in (*(sums / counts.clamp(min=1)), sums.sum() / counts.sum())]


def start(network: BaseNetwork, cases: Cases, bundle: str, begin: str) -> None:
    """Scale, and weights of an earlier base or of the 256-pixel latent network where one is named."""
    if begin:
        state = load(Path(begin), cases.device) or {}
        network.load_state_dict(state.get("average", state.get("ema", state)))
        return
    rows = torch.arange(0, len(cases), max(1, len(cases) // 200), device=cases.device)
    images = cases.whole(rows, size=256).image
    network.fit(functional.avg_pool2d(images, 4))
    if bundle:
        models = Path(bundle) / "models"
        states = [
            torch.load(models / f, map_location=cases.device, weights_only=True) for f in ("model.pt", "autoencoder.pt")
        ]
        carry_over(network, images, *states)


def main(
    parts: str,
    output: str,
    minutes: float = 60.0,
    device: str = "cpu",
    threads: int = 1,
    batch: int = 16,
    learning_rate: float = 3e-4,
    channels: Sequence[int] = (64, 128, 192),
    crop: float = 0.16,
    tail: float = 0.0,
    report_every: float = 10.0,
    bundle: str = "",
    begin: str = "",
    seed: int = 0,
) -> None:
    """Train for `minutes` more.

    Args:
        parts: folders, by commas; the first holds films, at 64 pixels or more.
        output: where checkpoints and figures go; a training found there goes on.
        minutes: of this run.
        device: cpu or cuda (then bfloat16).
        threads: of the CPU.
        batch: cases a step.
        learning_rate: of AdamW.
        channels: see `BaseNetwork`.
        crop: largest share of the frame that a crop leaves out.
        tail: share of the run in which the learning rate falls to zero; 0 for one that will go on.
        report_every: minutes between figures and checkpoints.
        bundle: image bundle 0.8 to start from.
        begin: checkpoint to start from instead.
        seed: of everything random.
    """
    torch.set_num_threads(threads)
    torch.backends.cudnn.benchmark = True
    torch.set_float32_matmul_precision("high")
    torch.manual_seed(seed)
    folder, network = Path(output), BaseNetwork(channels).to(device)
    state: dict[str, Any] = load(folder / "base.pt", device) or {"step": 0, "cases": 0, "wall": 0.0, "processor": 0.0}
    train = Cases(parts.split(","), "train", device, seed + state["step"])
    hold, average = Cases(parts.split(",")[:1], "hold", device), Averaged(network)
    if "network" in state:
        network.load_state_dict(state["network"])
    else:
        start(network, train, bundle, begin)
    average.state = state.get("average", Averaged(network).state)
    optimizer = torch.optim.AdamW(network.parameters(), learning_rate, (0.9, 0.99), weight_decay=0.01, foreach=True)
    if "optimizer" in state:
        optimizer.load_state_dict(state["optimizer"])
    step, seen, best = state["step"], state["cases"], state.get("best", float("inf"))
    clock, judge = Clock(state["wall"], state["processor"]), BaseNetwork(channels).to(device).eval()
    recent: list[torch.Tensor] = []

    def report() -> None:
        nonlocal best, recent
        judge.load_state_dict(average.state)
        *losses, mean = held_out(judge, hold)
        figures = {"step": step, "cases": seen, "minutes": clock.wall, "processor": clock.processor}
        figures |= {"train": float(torch.stack(recent).mean()) if recent else 0.0, "hold": mean}
        log(folder / "base.csv", figures | {f"hold_{i}": loss for i, loss in enumerate(losses)})
        if mean < best:
            best = mean
            save(folder / "base_best.pt", {"average": average.state, "channels": list(channels), "step": step})
        content = {"network": network.state_dict(), "average": average.state, "optimizer": optimizer.state_dict()}
        content |= {"step": step, "cases": seen, "wall": clock.wall, "processor": clock.processor, "best": best}
        save(folder / "base.pt", content | {"channels": list(channels)})
        recent = []

    if not step:
        report()
    for due in every(report_every, clock, minutes):
        cases = train.forget(train.whole(train.draw(batch), crop=crop))
        times = torch.sigmoid(TIMES[0] + TIMES[1] * torch.randn(batch, device=device))
        weight = 1 + LESION_WEIGHT * cases.condition[:, STRUCTURES:MASKS].amax(1, keepdim=True)
        losses = flow_loss(network, cases, times, torch.randn(batch, 4, 32, 32, device=device))
        loss = (weight * losses).mean() / weight.mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = rate(learning_rate, step, clock, minutes, tail=tail)
        optimizer.step()
        step, seen = step + 1, seen + batch
        average.update(network, step)
        recent.append(loss.detach())
        if due:
            report()
    report()


if __name__ == "__main__":
    fire.Fire(main)
