# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Go on training the image network so that a few steps of it give chests which a critic cannot tell; resumable.

    python -m recipes.images.adversarial --part PARTS/films256 --output DIR --minutes 100

In: films at 256 x 256 and the image bundle. Out: DIR/adversarial.pt (all that resuming needs), adversarial.csv (figures
against training time), sheet.png and DIR/model.pt (averaged weights as the bundle reads them, 16 bit). The network
samples from noise in the steps that it is used with; what each step predicts is judged by heads on frozen features of
an ImageNet network, which see image and masks (Sauer et al., Adversarial Diffusion Distillation, arXiv 2311.17042). A
batch holds samples at every step of their way and moves all of them on by one, so that a training step is one pass.
Real films under masks of other films count as made ones (Reed et al., arXiv 1605.05396). Beside the heads, moments of
the same features over the whole, over the lungs and beside them are pushed to those of films (compare Li et al.,
Generative Moment Matching Networks, arXiv 1502.02761). Noisy real films with the loss of the flow keep the network to
the masks. The critic's real films are what the codec makes of them, without letters: it judges chests, not the codec.
"""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import fire
import numpy as np
import torch
from monai.networks.nets import DiffusionModelUNet
from torch import nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from aurad_monai.bundles.bundle import Bundle
from aurad_monai.diffusion.remove_markers import RemoveMarkersd
from aurad_monai.errors import InputError
from recipes.images.cases import Cases, unpack
from recipes.images.figures import Features as TestFeatures
from recipes.images.figures import two_sample
from recipes.images.fine_tune import batch_of
from recipes.images.loop import Averaged, Clock, channels_last, every, load, log, save
from recipes.images.networks import MASKS
from recipes.images.sample import side_by_side
from recipes.images.texture_critic import WIDTH, Features, critic_loss, generator_loss, head

SHIFT, TONE = 4, 0.03
"""Cells of 8 pixels by which a judged image is shifted at most; deviation of its contrast and of its gray level."""
VIEWS = {"whole": 0.5, "small": 0.25, "patch": 0.25}
"""How often the critic sees the image at half its size, at a quarter of it, and a patch at full size."""
SWAPPED, DEEP, FLOW_EVERY = 0.25, 2, 4
"""Weight of real films under masks of other films, and levels that see far enough to tell; steps from one loss of the
flow to the next."""
LIMIT, MEMORY, MOMENTS = 4.0, 0.97, 800
"""Of features, in deviations; of their moments, a step; films that the moments of films are taken from."""
NOISE, SIZES = 0.03, (112, 120, 128, 136, 144)
"""Largest deviation of noise, and edges, of what the frozen network sees, chosen anew each step: what passes for a film
to one network at one size alone is a trick."""
TIMES = (1.0, 0.82, 0.5, 0.18, 0.0)
"""Of the steps: those of the bundle's sampler, rounded."""
STEPS = len(TIMES) - 1
RAMP = 200
"""Steps in which the rate of the network rises: the first ones of Adam are as long as any, and undo what was learned.
"""


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


@dataclass(frozen=True)
class View:
    """How the critic sees images at one step, real and made ones alike.

    Args:
        name: of `VIEWS`.
        corner: of the patch.
        size: edge that the frozen network sees.
        noise: deviation of what is added.
    """

    name: str
    corner: tuple[int, int] = (0, 0)
    size: int = 128
    noise: float = 0.0

    @classmethod
    def drawn(cls, rng: np.random.Generator, name: str = "") -> View:
        """A view at random."""
        top, left = rng.integers(17, size=2) * 8
        chosen = name or str(rng.choice(list(VIEWS), p=list(VIEWS.values())))
        return cls(chosen, (int(top), int(left)), int(rng.choice(SIZES)), float(NOISE * rng.random()))


class Pooled(nn.Module):
    """One score of what a level of features (B, C, h, w) is in all: means and deviations of its channels.

    Args:
        channels: C.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.net = nn.Sequential(
            spectral_norm(nn.Linear(2 * channels, WIDTH)), nn.LeakyReLU(0.2), spectral_norm(nn.Linear(WIDTH, 1))
        )

    def forward(self, level: torch.Tensor) -> torch.Tensor:
        """(B, 1)."""
        scores: torch.Tensor = self.net(torch.cat([level.mean((2, 3)), level.flatten(2).std(2)], 1))
        return scores


class ChestCritic(nn.Module):
    """Heads on frozen features of the whole image at two sizes, and of a patch at full size.

    Args:
        features: frozen network.
    """

    def __init__(self, features: Features) -> None:
        super().__init__()
        self.features = features
        planes = {"whole": MASKS, "small": MASKS, "patch": 0}
        self.maps = nn.ModuleDict({v: nn.ModuleList(Head(w, planes[v]) for w in features.widths) for v in VIEWS})
        self.pooled = nn.ModuleDict({v: nn.ModuleList(Pooled(w) for w in features.widths) for v in VIEWS})
        for level, width in enumerate(features.widths):
            self.register_buffer(f"middle{level}", torch.zeros(1, width, 1, 1))
            self.register_buffer(f"spread{level}", torch.ones(1, width, 1, 1))

    def seen(self, image: torch.Tensor, view: View) -> list[torch.Tensor]:
        """Levels of images (B, 1, 256, 256) in a view, standardized."""
        top, left = view.corner
        if view.name == "patch":
            image = image[..., top : top + 128, left : left + 128]
        else:
            image = functional.avg_pool2d(image, 2 if view.name == "whole" else 4)
        if image.shape[-1] != view.size:
            image = functional.interpolate(image, (view.size, view.size), mode="bicubic")
        levels = enumerate(self.features(image + view.noise * torch.randn_like(image)))
        return [(x - getattr(self, f"middle{number}")) / getattr(self, f"spread{number}") for number, x in levels]

    @torch.no_grad()
    def standardize(self, image: torch.Tensor) -> None:
        """Let features have mean 0 and deviation 1 on these films (B, 1, 256, 256)."""
        for number, x in enumerate(self.seen(image, View("whole"))):
            getattr(self, f"middle{number}").copy_(x.mean((0, 2, 3), keepdim=True))
            getattr(self, f"spread{number}").copy_(x.std((0, 2, 3), keepdim=True).clamp(min=1e-3))

    def scores(self, seen: list[torch.Tensor], masks: torch.Tensor, view: str) -> list[torch.Tensor]:
        """Of what `seen` gave and masks (B, 16, 32, 32)."""
        pooled = [judge(level) for judge, level in zip(self._heads(self.pooled, view), seen, strict=True)]
        return self.mapped(seen, masks, view) + pooled

    @staticmethod
    def _heads(heads: nn.ModuleDict, view: str) -> nn.ModuleList:
        found = heads[view]
        assert isinstance(found, nn.ModuleList)
        return found

    def mapped(self, seen: list[torch.Tensor], masks: torch.Tensor, view: str) -> list[torch.Tensor]:
        """Maps of scores alone."""
        return [judge(level, masks) for judge, level in zip(self._heads(self.maps, view), seen, strict=True)]


def summary(seen: list[torch.Tensor], masks: torch.Tensor, view: str) -> torch.Tensor:
    """Means and deviations of features (B, F) over the whole, and but for patches over the lungs and beside them."""
    lungs, found = masks[:, :2].amax(1, keepdim=True), []
    for level in seen:
        parts = [torch.ones_like(level[:, :1])]
        if view != "patch":
            inside = functional.adaptive_avg_pool2d(lungs, level.shape[-2:])
            parts += [inside, 1 - inside]
        for part in parts:
            weight = part / part.sum((2, 3), keepdim=True).clamp(min=1)
            mean = (weight * level).sum((2, 3))
            square = (weight * level.square()).sum((2, 3))
            found += [mean, (square - mean.square()).clamp(min=1e-4).sqrt()]
    return torch.cat(found, 1)


class Moments:
    """First and second moments of a summary, of made images beside films: a push toward the latter.

    Args:
        films: summaries (N, F) of films.
    """

    def __init__(self, films: torch.Tensor) -> None:
        self.middle, self.spread = films.mean(0), films.std(0).clamp(min=1e-3)
        self.first, self.second = torch.zeros(STEPS, films.shape[1]), torch.ones(STEPS, films.shape[1])

    def push(self, made: torch.Tensor, stop: torch.Tensor) -> torch.Tensor:
        """A loss of summaries (B, F) of samples at their steps (B,), as many at each.

        Its gradient is that of the squared differences of moments, which are averaged over the past.
        """
        z = ((made - self.middle) / self.spread).clamp(-LIMIT, LIMIT)
        with torch.no_grad():
            for moment, values in ((self.first, z), (self.second, z.square())):
                moment.lerp_(torch.stack([values[stop == number].mean(0) for number in range(STEPS)]), 1 - MEMORY)
        return (self.first[stop] * z + (self.second - 1)[stop] * z.square() / 4).mean()

    def distance(self) -> float:
        """Mean squared difference of the first moments after the last step."""
        return float(self.first[-1].square().mean())


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


def velocity(network: Any, x: torch.Tensor, time: Any, masks: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
    """Data minus noise, (B, 16, 32, 32), at one time or one of each case."""
    with torch.autocast("cpu", torch.bfloat16):
        out = network(torch.cat([x, masks], 1), 1000 * torch.as_tensor(time).expand(len(x)), context)
    return out.float()


def start(*shape: int, generator: torch.Generator | None = None) -> torch.Tensor:
    """Noise as the bundle's sampler starts from."""
    noise = torch.randn(*shape, generator=generator)
    return noise - noise.mean((-2, -1), keepdim=True)


@torch.no_grad()
def advanced(
    network: Any, x: torch.Tensor, masks: torch.Tensor, context: torch.Tensor, count: int = STEPS
) -> torch.Tensor:
    """Noise (B, 16, 32, 32) after the first `count` steps."""
    for before, after in itertools.pairwise(TIMES[: count + 1]):
        x = x + (before - after) * velocity(network, x, before, masks, context)
    return x


class Underway:
    """A batch of samples, as many at each step of their way as at any other.

    Args:
        network: that brings them there.
        cases: whose masks they get.
        rng: that chooses them.
        batch: a multiple of the number of steps.

    Raises:
        InputError: it is none.
    """

    def __init__(self, network: Any, cases: Cases, rng: np.random.Generator, batch: int) -> None:
        if batch % STEPS:
            raise InputError("batch", batch, f"a multiple of {STEPS}")
        self.cases, self.rng, self.each = cases, rng, batch // STEPS
        self.stop = torch.arange(STEPS).repeat_interleave(self.each)
        noise, films = start(batch, 16, 32, 32), self._films(batch)
        self.masks, self.context = films.condition, films.context
        split = (part.split(self.each) for part in (noise, self.masks, self.context))
        parts = enumerate(zip(*split, strict=True))
        self.x = torch.cat([advanced(network, x, masks, context, count) for count, (x, masks, context) in parts])

    def _films(self, count: int) -> Any:
        return batch_of(self.cases, self.rng.integers(len(self.cases), size=count), moved=True, pairs=0)

    def move(self, network: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Latents that the network predicts for each sample, and its masks; then all are a step further."""
        times = torch.tensor(TIMES)
        now, after = (times[self.stop + number][:, None, None, None] for number in (0, 1))
        found, masks = velocity(network, self.x, now.flatten(), self.masks, self.context), self.masks
        predicted = self.x + now * found
        on, films = self.stop + 1 < STEPS, self._films(self.each)
        self.x = torch.cat([start(self.each, 16, 32, 32), (self.x + (now - after) * found.detach())[on]])
        self.masks, self.context = (
            torch.cat([new, old[on]]) for new, old in ((films.condition, self.masks), (films.context, self.context))
        )
        return predicted, masks


def gap(first: np.ndarray, second: np.ndarray) -> float:
    """How far means and deviations of features (N, F) are from those of (M, F), in deviations of the latter."""
    scale = second.std(0) + 1e-6
    shift = (first.mean(0) - second.mean(0)) / scale
    return float((shift**2 + (first.std(0) / scale - 1) ** 2).mean())


class Judge:
    """Two-sample test and a sheet of samples of held-out patients' masks, at the same noise every time.

    Args:
        cases: of the section.
        count: of images.
    """

    def __init__(self, cases: Cases, count: int = 120) -> None:
        self.rows = np.sort(np.random.default_rng(0).permutation(len(cases))[:count])
        self.cases, self.features = cases, TestFeatures("lite1")
        self.noise = start(len(self.rows), 16, 32, 32, generator=torch.Generator().manual_seed(1))
        self.batch = batch_of(cases, self.rows, moved=False)
        self.real = {size: self.features(cases.images[self.rows].numpy() / 255.0, size) for size in (64, 128)}

    @torch.no_grad()
    def __call__(self, network: Any, autoencoder: Any, sheet: Path) -> dict[str, float]:
        """Figures; the sheet is written beside."""
        parts = zip(*(x.split(12) for x in (self.noise, self.batch.condition, self.batch.context)), strict=True)
        made = [autoencoder.decode(advanced(network, *part)) for part in parts]
        images = torch.cat(made)[:, 0].clamp(0, 1).numpy()
        side_by_side((images[:24] * 255).round().astype(np.uint8), 6).save(sheet)
        found: dict[str, float] = {}
        for size, real in self.real.items():
            features = self.features(images, size)
            found |= {f"told_{size}": two_sample(features, real), f"gap_{size}": gap(features, real)}
        reach = abs(images.mean((1, 2)) - self.cases.images[self.rows].numpy().mean((1, 2)) / 255)
        return found | {"gray": float(reach.mean()), "spread": float(images.std(0).mean())}


def main(
    part: str,
    output: str,
    minutes: float = 100.0,
    bundle: str = "bundles/cxr_image_latent_diffusion",
    batch: int = 12,
    learning_rate: float = 1e-4,
    critic_rate: float = 4e-4,
    keep: float = 1.0,
    pushing: float = 1.5,
    averaging: float = 0.997,
    warm: int = 150,
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
        batch: sampled images a step, and real ones the critic sees; a multiple of 4.
        learning_rate: of Adam for the network.
        critic_rate: for the critic.
        keep: weight of the loss of the flow.
        pushing: weight of the moments of features.
        averaging: decay of the averaged weights.
        warm: steps in which the critic alone learns.
        report_every: minutes between figures and checkpoints.
        threads: of the CPU.
        seed: of everything random.
    """
    torch.set_num_threads(threads)
    folder, opened = Path(output), Bundle(bundle)
    folder.mkdir(parents=True, exist_ok=True)
    network, judged = (Bundle(bundle).get("network").float() for _ in range(2))
    autoencoder = opened.get("autoencoder").float().eval().requires_grad_(False)
    critic = channels_last(ChestCritic(Features("lite0")))
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
        for group in critics.param_groups:
            group["lr"] = critic_rate
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
        names = ("critic", "made", "flow", "moments", "real_score", "made_score")
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

    known = batch_of(train, rng.permutation(len(train))[:MOMENTS], moved=False)
    with torch.no_grad():
        films_seen = autoencoder.linear(autoencoder.encode(known.image))
        if not step:
            critic.standardize(films_seen)
        parts = list(zip(films_seen.split(8), known.condition.split(8), strict=True))

        def summaries(view: str) -> torch.Tensor:
            return torch.cat([summary(critic.seen(x, View.drawn(rng, view)), masks, view) for x, masks in parts])

        moments = {view: Moments(summaries(view)) for view in VIEWS}
    if not step:
        report()
    run = compiled(network)
    underway = Underway(run, train, rng, batch)
    for due in every(report_every, clock, minutes):
        films = batch_of(train, rng.integers(len(train), size=batch), moved=True, pairs=0)
        with torch.no_grad():
            latents = autoencoder.encode(films.image)
            codec = autoencoder.linear(latents)
        with torch.set_grad_enabled(step >= warm):
            predicted, masks = underway.move(run)
        down, across = rng.integers(0, 2 * SHIFT + 1, size=2).tolist()
        tone = torch.tensor([1.0, 0.0]) + TONE * torch.randn(batch, 2)
        seen_as = View.drawn(rng)
        view = seen_as.name
        real_image, real_masks = moved(codec, films.condition, (down, across), tone)
        made_image, made_masks = moved(autoencoder.linear(predicted), masks, (down, across), tone)
        with torch.no_grad():
            real_seen = critic.seen(real_image, seen_as)
        made_seen = critic.seen(made_image, seen_as)
        real_scores = critic.scores(real_seen, real_masks, view)
        made_scores = critic.scores([level.detach() for level in made_seen], made_masks, view)
        against = critic_loss(real_scores, made_scores)
        if view != "patch":
            swapped = critic.mapped(real_seen, real_masks.roll(1, 0), view)[-DEEP:]
            against = against + SWAPPED * torch.stack([(1 + scores).relu().mean() for scores in swapped]).mean()
        critics.zero_grad()
        against.backward()
        critics.step()
        step += 1
        if step <= warm:
            continue
        for parameter in heads:
            parameter.requires_grad_(False)
        passed = generator_loss(critic.scores(made_seen, made_masks, view))
        loss = passed + pushing * moments[view].push(summary(made_seen, made_masks, view), underway.stop)
        if step % FLOW_EVERY == 0:
            time = TIMES[1 + int(rng.integers(len(TIMES) - 2))]
            noise = torch.randn_like(latents)
            noisy = (1 - time) * latents + time * noise
            found = velocity(run, noisy, time, films.condition, films.context)
            flow = (found - (latents - noise)).square().mean()
            loss = loss + keep * flow
        for group in optimizer.param_groups:
            group["lr"] = learning_rate * min(1.0, (step - warm) / RAMP)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        for parameter in heads:
            parameter.requires_grad_(True)
        average.update(network, min(step - warm, int(10 * averaging / (1 - averaging))))
        means = (
            float(torch.stack([s.detach().mean() for s in scores]).mean()) for scores in (real_scores, made_scores)
        )
        recent.append([*(float(x.detach()) for x in (against, passed, flow)), moments[view].distance(), *means])
        if due:
            report()
    report()


if __name__ == "__main__":
    fire.Fire(main)
