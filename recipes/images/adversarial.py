# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Go on training the image network so that a few steps of it give chests which a critic cannot tell; resumable.

    python -m recipes.images.adversarial --part PARTS/films256 --output DIR --minutes 100

In: films at 256 x 256 and the image bundle. Out: DIR/adversarial.pt (all that resuming needs), adversarial.csv (figures
against training time), sheet.png and DIR/model.pt (averaged weights as the bundle reads them, 16 bit). The network
samples from noise in the steps that it is used with; one step, drawn at random, is judged by heads on frozen features
of an ImageNet network, which see image and masks (Sauer et al., Adversarial Diffusion Distillation, arXiv 2311.17042).
Noisy real films with the loss of the flow keep it to the masks. The critic's real films are what the codec makes of
them, without letters: it judges chests, not the codec.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any

import fire
import numpy as np
import torch
from monai.networks.nets import DiffusionModelUNet
from torch import nn
from torch.nn import functional

from aurad_monai.bundles.bundle import Bundle
from aurad_monai.diffusion.remove_markers import RemoveMarkersd
from recipes.images.cases import Cases, unpack
from recipes.images.figures import Features as TestFeatures
from recipes.images.figures import two_sample
from recipes.images.fine_tune import batch_of
from recipes.images.loop import Averaged, Clock, every, load, log, save
from recipes.images.networks import MASKS
from recipes.images.sample import side_by_side
from recipes.images.texture_critic import Features, critic_loss, generator_loss, head

STOPS = (0.2, 0.25, 0.25, 0.3)
"""How often each step is the one that is judged."""
SHIFT = 4
"""Cells of 8 pixels by which a judged image is shifted at most."""
WHOLE, FLOW_EVERY = 0.7, 4
"""How often the critic sees the whole image; steps from one loss of the flow to the next."""
TIMES = (1.0, 0.82, 0.5, 0.18, 0.0)
"""Of the steps: those of the bundle's sampler, rounded."""


class Head(nn.Module):
    """Scores of one level of features, given masks.

    Args:
        channels: of the features.
        planes: of the masks, 0 to leave them out.
    """

    def __init__(self, channels: int, planes: int) -> None:
        super().__init__()
        self.planes = planes
        self.net = head(channels + planes)

    def forward(self, level: torch.Tensor, masks: torch.Tensor | None = None) -> torch.Tensor:
        """(B, 1, h, w) of a level (B, C, h, w) and masks (B, planes, H, W), which a head without planes ignores."""
        if self.planes:
            assert masks is not None
            level = torch.cat([level, functional.adaptive_avg_pool2d(masks, level.shape[-2:])], 1)
        scores: torch.Tensor = self.net(level)
        return scores


class ChestCritic(nn.Module):
    """Heads on frozen features of the whole image at half its size, and of a patch at full size.

    Args:
        features: frozen network.
    """

    def __init__(self, features: Features) -> None:
        super().__init__()
        self.features = features
        self.whole = nn.ModuleList(Head(width, MASKS) for width in features.widths)
        self.patch = nn.ModuleList(Head(width, 0) for width in features.widths)

    def seen(self, image: torch.Tensor, corner: tuple[int, int] | None) -> list[torch.Tensor]:
        """Levels of whole images (B, 1, 256, 256), or of the patch at a corner."""
        if corner is None:
            return self.features(functional.avg_pool2d(image, 2))
        top, left = corner
        return self.features(image[..., top : top + 128, left : left + 128])

    def scores(self, seen: list[torch.Tensor], masks: torch.Tensor, whole: bool) -> list[torch.Tensor]:
        """Of what `seen` gave and masks (B, 16, 32, 32)."""
        heads = self.whole if whole else self.patch
        return [judge(level, masks) for judge, level in zip(heads, seen, strict=True)]


def moved(image: torch.Tensor, masks: torch.Tensor, shift: tuple[int, int], tone: torch.Tensor) -> Any:
    """Image and masks shifted by whole cells, and the image in another tone (B, 2): the same for real and made ones."""
    pad = functional.pad(image, (32, 32, 32, 32), mode="replicate")
    cells = functional.pad(masks, (4, 4, 4, 4), mode="replicate")
    down, across = shift
    image = pad[..., 8 * down : 8 * down + 256, 8 * across : 8 * across + 256]
    cells = cells[..., down : down + 32, across : across + 32]
    return (image - 0.5) * tone[:, :1, None, None] + 0.5 + tone[:, 1:, None, None], cells


def plain(cases: Cases) -> None:
    """Take letters and markers out of the films of a section, in place."""
    remove = RemoveMarkersd("image")
    for row in range(len(cases)):
        lungs = unpack(cases.masks[row][None], MASKS)[0].numpy()
        image = cases.images[row][None].numpy() / np.float32(255)
        cases.images[row] = torch.from_numpy(remove({"image": image, "condition": lungs})["image"][0] * 255).round()


def compiled(network: Any) -> Any:
    """The network's forward pass, compiled: half the time of a training step on a processor."""

    def forward(x: torch.Tensor, timesteps: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = DiffusionModelUNet.forward(network, x, timesteps, context)
        return out

    return torch.compile(forward)


def velocity(network: Any, x: torch.Tensor, time: float, masks: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
    """Data minus noise, (B, 16, 32, 32)."""
    with torch.autocast("cpu", torch.bfloat16):
        out = network(torch.cat([x, masks], 1), torch.full((len(x),), 1000 * time), context)
    return out.float()


def steps(network: Any, noise: torch.Tensor, masks: torch.Tensor, context: torch.Tensor, stop: int) -> torch.Tensor:
    """Latents that step `stop` predicts, (B, 16, 32, 32); steps before it keep no gradients."""
    x = noise - noise.mean((-2, -1), keepdim=True)
    with torch.no_grad():
        for number in range(stop):
            x = x + (TIMES[number] - TIMES[number + 1]) * velocity(network, x, TIMES[number], masks, context)
    return x + TIMES[stop] * velocity(network, x, TIMES[stop], masks, context)


class Judge:
    """Two-sample test and a sheet of samples of held-out patients' masks, at the same noise every time.

    Args:
        cases: of the section.
        count: of images.
    """

    def __init__(self, cases: Cases, count: int = 120) -> None:
        self.rows = np.sort(np.random.default_rng(0).permutation(len(cases))[:count])
        self.cases, self.features = cases, TestFeatures("lite1")
        self.noise = torch.randn(len(self.rows), 16, 32, 32, generator=torch.Generator().manual_seed(1))
        self.batch = batch_of(cases, self.rows, moved=False)
        self.real = {size: self.features(cases.images[self.rows].numpy() / 255.0, size) for size in (64, 128)}

    @torch.no_grad()
    def __call__(self, network: Any, autoencoder: Any, sheet: Path) -> dict[str, float]:
        """Figures; the sheet is written beside."""
        parts = zip(*(x.split(12) for x in (self.noise, self.batch.condition, self.batch.context)), strict=True)
        made = [autoencoder.decode(steps(network, x, masks, about, len(STOPS) - 1)) for x, masks, about in parts]
        images = torch.cat(made)[:, 0].clamp(0, 1).numpy()
        side_by_side((images[:24] * 255).round().astype(np.uint8), 6).save(sheet)
        found = {f"told_{size}": two_sample(self.features(images, size), self.real[size]) for size in self.real}
        reach = abs(images.mean((1, 2)) - self.cases.images[self.rows].numpy().mean((1, 2)) / 255)
        return found | {"gray": float(reach.mean()), "spread": float(images.std(0).mean())}


def main(
    part: str,
    output: str,
    minutes: float = 100.0,
    bundle: str = "bundles/cxr_image_latent_diffusion",
    batch: int = 12,
    learning_rate: float = 5e-5,
    critic_rate: float = 4e-4,
    keep: float = 1.0,
    averaging: float = 0.997,
    report_every: float = 8.0,
    threads: int = 1,
    seed: int = 0,
) -> None:
    """Train for `minutes` more.

    Args:
        part: films at 256 x 256.
        output: where checkpoints and figures go; a training found there goes on.
        minutes: of this run, on the wall.
        bundle: whose networks are used.
        batch: sampled images a step, and real ones the critic sees.
        learning_rate: of Adam for the network.
        critic_rate: for the critic.
        keep: weight of the loss of the flow.
        averaging: decay of the averaged weights.
        report_every: minutes between figures and checkpoints.
        threads: of the CPU.
        seed: of everything random.
    """
    torch.set_num_threads(threads)
    folder, opened = Path(output), Bundle(bundle)
    folder.mkdir(parents=True, exist_ok=True)
    network, judged = (Bundle(bundle).get("network").float() for _ in range(2))
    autoencoder = opened.get("autoencoder").float().eval().requires_grad_(False)
    critic = ChestCritic(Features("lite0"))
    optimizer = torch.optim.Adam(network.parameters(), learning_rate, (0.0, 0.99), foreach=True)
    heads = [p for p in critic.parameters() if p.requires_grad]
    critics = torch.optim.Adam(heads, critic_rate, (0.0, 0.99), foreach=True)
    state: dict[str, Any] = load(folder / "adversarial.pt", "cpu") or {"step": 0, "wall": 0.0, "processor": 0.0}
    step, average = state["step"], Averaged(network)
    if step:
        network.load_state_dict(state["network"])
        critic.load_state_dict(state["critic"])
        optimizer.load_state_dict(state["optimizer"])
        critics.load_state_dict(state["critics"])
        average.state = state["average"]
        for trained, found in ((optimizer, learning_rate), (critics, critic_rate)):
            for group in trained.param_groups:
                group["lr"] = found
    torch.manual_seed(seed + step)
    rng = np.random.default_rng(seed + step)
    train, hold = Cases([part], "train"), Cases([part], "hold")
    plain(train)
    plain(hold)
    judge, clock = Judge(hold), Clock(state["wall"], state["processor"])
    recent: list[list[float]] = []
    flow = torch.zeros(())

    def report() -> None:
        judged.load_state_dict(average.state)
        figures: dict[str, Any] = {"step": step, "wall": clock.wall, "processor": clock.processor}
        names = ("critic", "made", "flow", "real_score", "made_score")
        figures |= dict(zip(names, np.mean(recent or [[0.0] * len(names)], axis=0).tolist(), strict=True))
        log(
            folder / "adversarial.csv",
            figures | judge(partial(DiffusionModelUNet.forward, judged.eval()), autoencoder, folder / "sheet.png"),
        )
        content = {"network": network.state_dict(), "average": average.state, "optimizer": optimizer.state_dict()}
        content |= {"critic": critic.state_dict(), "critics": critics.state_dict()}
        save(folder / "adversarial.pt", content | {"step": step, "wall": clock.wall, "processor": clock.processor})
        save(folder / "model.partial.pt", {key: value.half() for key, value in average.state.items()})
        os.replace(folder / "model.partial.pt", folder / "model.pt")
        recent.clear()

    run = compiled(network)
    if not step:
        report()
    for due in every(report_every, clock, minutes):
        films = batch_of(train, rng.integers(len(train), size=2 * batch), moved=True)
        masks, context = films.condition[batch:], films.context[batch:]
        with torch.no_grad():
            latents = autoencoder.encode(films.image[:batch])
            codec = autoencoder.linear(latents)
        made = autoencoder.linear(
            steps(run, torch.randn(batch, 16, 32, 32), masks, context, int(rng.choice(4, p=STOPS)))
        )
        shift, tone = rng.integers(0, 2 * SHIFT + 1, size=2), torch.tensor([1.0, 0.0]) + 0.1 * torch.randn(batch, 2)
        whole = rng.random() < WHOLE
        corner = None if whole else (int(rng.integers(17)) * 8, int(rng.integers(17)) * 8)
        move = ((int(shift[0]), int(shift[1])), tone)
        real_image, real_masks = moved(codec, films.condition[:batch], *move)
        made_image, made_masks = moved(made, masks, *move)
        with torch.no_grad():
            real_seen = critic.seen(real_image, corner)
        made_seen = critic.seen(made_image, corner)
        real_scores = critic.scores(real_seen, real_masks, whole)
        made_scores = critic.scores([level.detach() for level in made_seen], made_masks, whole)
        against = critic_loss(real_scores, made_scores)
        critics.zero_grad()
        against.backward()
        critics.step()
        for parameter in heads:
            parameter.requires_grad_(False)
        passed = loss = generator_loss(critic.scores(made_seen, made_masks, whole))
        if step % FLOW_EVERY == 0:
            time = TIMES[1 + int(rng.integers(len(TIMES) - 2))]
            noise = torch.randn_like(latents)
            noisy = (1 - time) * latents + time * noise
            found = velocity(run, noisy, time, films.condition[:batch], films.context[:batch])
            flow = (found - (latents - noise)).square().mean()
            loss = passed + keep * flow
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        for parameter in heads:
            parameter.requires_grad_(True)
        step += 1
        average.update(network, min(step, int(10 * averaging / (1 - averaging))))
        means = (float(torch.stack([s.mean() for s in scores]).mean()) for scores in (real_scores, made_scores))
        recent.append([float(against), float(passed), float(flow), *means])
        if due:
            report()
    report()


if __name__ == "__main__":
    fire.Fire(main)
