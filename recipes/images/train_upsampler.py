# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Train an upsampler on patches: rectified flow of residuals first, then one step of it against a critic of texture.

    python -m recipes.images.train_upsampler --parts films256 --output DIR --scale 4 --minutes 60 [--adversarial lite1]

In: prepared parts at the resolution of the output. Out: DIR/upsampler.pt (all that resuming needs; averaged
weights too) and DIR/upsampler.csv.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import fire
import torch
from torch.nn import functional

from recipes.images.cases import Cases
from recipes.images.loop import Averaged, Clock, every, load, log, rate, save
from recipes.images.networks import Upsampler
from recipes.images.texture_critic import Critic, Features, critic_loss, generator_loss

LOW_NOISE = 0.04
"""Largest deviation of noise added to the low-resolution image, in [0, 1] of its intensity."""
COARSE_WEIGHT = 20.0
"""Of the difference between what is made, averaged down, and the clean low-resolution image."""


class Patches(NamedTuple):
    """Patches with their low-resolution versions, clean and noisy, conditions, and the noise's deviation."""

    image: torch.Tensor
    clean: torch.Tensor
    low: torch.Tensor
    condition: torch.Tensor
    noise: torch.Tensor


def draw(cases: Cases, rows: torch.Tensor, size: int, scale: int, level: float = LOW_NOISE) -> Patches:
    """Patches of some cases."""
    image, condition = cases.patches(rows, size)
    clean = functional.avg_pool2d(image, scale)
    noise = level * torch.rand(len(rows), device=image.device)
    low = clean + noise.view(-1, 1, 1, 1) * torch.randn_like(clean)
    return Patches(image, clean, low, condition, noise)


def flow_loss(network: Upsampler, patches: Patches) -> torch.Tensor:
    """Squared error of the velocity, (B, 16, h, w)."""
    data = network.to_state(patches.image, patches.low)
    noise, t = torch.randn_like(data), torch.rand(len(data), device=data.device)
    mixed = data + t.view(-1, 1, 1, 1) * (noise - data)
    with torch.autocast(data.device.type, torch.bfloat16, enabled=data.is_cuda):
        velocity = network(mixed, t, patches.low, patches.condition, patches.noise)
    return (velocity.float() - (data - noise)).square()


def one_step(network: Upsampler, patches: Patches) -> torch.Tensor:
    """Images (B, 1, H, W) by a single step from noise."""
    shape = patches.image.shape
    noise = torch.randn(shape[0], 16, shape[-2] // 4, shape[-1] // 4, device=patches.image.device)
    times = torch.ones(shape[0], device=noise.device)
    with torch.autocast(noise.device.type, torch.bfloat16, enabled=noise.is_cuda):
        velocity = network(noise, times, patches.low, patches.condition, patches.noise)
    return network.to_image(noise + velocity.float(), patches.low)


class Adversary:
    """The critic with its optimizer.

    Args:
        features: name of the frozen network, and after a colon the file of its weights.
        device: where it is trained.
        learning_rate: of Adam.
    """

    def __init__(self, features: str, device: str, learning_rate: float) -> None:
        self.critic = Critic(Features(*features.split(":", 1))).to(device)
        trained = [p for p in self.critic.parameters() if p.requires_grad]
        self.optimizer = torch.optim.Adam(trained, learning_rate, (0.0, 0.99))

    def scores(self, network: Upsampler, image: torch.Tensor, patches: Patches) -> list[torch.Tensor]:
        """Of images."""
        scores: list[torch.Tensor] = self.critic(image, image - network.enlarge(patches.clean))
        return scores

    def step(self, network: Upsampler, patches: Patches) -> torch.Tensor:
        """Train the critic once."""
        with torch.no_grad():
            made = one_step(network, patches)
        loss = critic_loss(self.scores(network, patches.image, patches), self.scores(network, made, patches))
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def generator_loss(self, network: Upsampler, patches: Patches) -> torch.Tensor:
        """Of one step of the network: what the critic says, and the coarse content."""
        made = one_step(network, patches)
        coarse = (functional.avg_pool2d(made, network.scale) - patches.clean).abs().mean()
        return generator_loss(self.scores(network, made, patches)) + COARSE_WEIGHT * coarse


def main(
    parts: str,
    output: str,
    scale: int = 4,
    minutes: float = 60.0,
    adversarial: str = "",
    device: str = "cpu",
    threads: int = 1,
    batch: int = 8,
    size: int = 128,
    least_native: int = 0,
    learning_rate: float = 3e-4,
    channels: Sequence[int] = (64, 128),
    tail: float = 0.0,
    report_every: float = 10.0,
    seed: int = 0,
) -> None:
    """Train for `minutes` more.

    Args:
        parts: folders, by commas, at the resolution of the output.
        output: where the checkpoint and figures go; a training found there goes on.
        scale: output pixels an input pixel, 2 or 4.
        minutes: of this run.
        adversarial: features of the critic: lite0, lite1, or lite1:FILE; empty trains the flow.
        device: cpu or cuda (then bfloat16).
        threads: of the CPU.
        batch: patches a step.
        size: of the patches.
        least_native: films whose original is smaller are left out.
        learning_rate: of AdamW; the adversarial part takes a third of it.
        channels: see `Upsampler`.
        tail: share of the run in which the learning rate falls to zero.
        report_every: minutes between figures and checkpoints.
        seed: of everything random.
    """
    torch.set_num_threads(threads)
    torch.backends.cudnn.benchmark = True
    torch.set_float32_matmul_precision("high")
    torch.manual_seed(seed)
    folder, network = Path(output), Upsampler(scale, channels).to(device)
    state: dict[str, Any] = load(folder / "upsampler.pt", device) or {"step": 0, "wall": 0.0, "processor": 0.0}
    train, hold = (Cases(parts.split(","), section, device, seed + state["step"]) for section in ("train", "hold"))
    for cases in (train, hold):
        cases.chance *= torch.from_numpy(cases.native >= least_native).to(device)
    if "network" in state:
        network.load_state_dict(state["network"])
    else:
        sample = draw(train, train.draw(256), size, scale, 0.0)
        network.residual_std.copy_((sample.image - network.enlarge(sample.clean)).std())
    average = Averaged(network)
    average.state = state.get("average", average.state)
    peak = learning_rate / 3 if adversarial else learning_rate
    optimizer = torch.optim.AdamW(network.parameters(), peak, (0.9, 0.99), weight_decay=0.01, foreach=True)
    if "optimizer" in state and bool(adversarial) == state["adversarial"]:
        optimizer.load_state_dict(state["optimizer"])
    adversary = Adversary(adversarial, device, 2 * peak) if adversarial else None
    if adversary and state.get("critic"):
        adversary.critic.load_state_dict(state["critic"])
    step, clock, judge = state["step"], Clock(state["wall"], state["processor"]), Upsampler(scale, channels).to(device)
    recent: list[torch.Tensor] = []

    @torch.no_grad()
    def report(against: float = 0.0) -> None:
        judge.load_state_dict(average.state)
        kept = torch.get_rng_state()
        torch.manual_seed(1)
        hold.generator.manual_seed(1)
        patches = draw(hold, hold.draw(64), size, scale)
        made, flow = one_step(judge.eval(), patches), float(flow_loss(judge, patches).mean())
        torch.set_rng_state(kept)
        figures: dict[str, float | str] = {"step": step, "minutes": clock.wall, "processor": clock.processor}
        figures |= {"way": "adversarial" if adversary else "flow"}
        figures |= {"train": float(torch.stack(recent).mean()) if recent else 0.0, "hold_flow": flow, "critic": against}
        figures["detail"] = float((made - judge.enlarge(patches.clean)).std() / judge.residual_std)
        log(folder / "upsampler.csv", figures)
        content = {"network": network.state_dict(), "average": average.state, "optimizer": optimizer.state_dict()}
        content |= {"step": step, "wall": clock.wall, "processor": clock.processor, "adversarial": bool(adversary)}
        content |= {"critic": adversary.critic.state_dict()} if adversary else {}
        save(folder / "upsampler.pt", content | {"scale": scale, "channels": list(channels)})
        recent.clear()

    against = torch.zeros(())
    if not step:
        report()
    for due in every(report_every, clock, minutes):
        patches = draw(train, train.draw(batch), size, scale)
        if adversary:
            against = adversary.step(network, patches)
            loss = adversary.generator_loss(network, patches)
        else:
            loss = flow_loss(network, patches).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = rate(peak, step, clock, minutes, tail=tail)
        optimizer.step()
        step += 1
        average.update(network, step)
        recent.append(loss.detach())
        if due:
            report(float(against))
    report(float(against))


if __name__ == "__main__":
    fire.Fire(main)
