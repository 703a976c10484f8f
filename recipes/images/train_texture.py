# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Train the texture upsampler, 256 to 512 pixels, on patches of films against a critic of texture; resumable.

    python -m recipes.images.train_texture --parts PARTS --output DIR --minutes 60 [--samples 240] [--model FILE]

In: parts films512 and films256 of `recipes.images.films`, the image bundle, and weights of its network that are to be
judged, those of the bundle where none are named.
Out: DIR/texture.pt (all that resuming needs), texture.csv, sheet.png and DIR/upsampler.pt (averaged weights, 16 bit).
What is enlarged are films that the codec encoded and decoded, and, judged by the critic alone, sampled images. First
comes the difference of pixels and features, then the critic, at 512 pixels and averaged down to 256. With
`--warm 0` the bundle's own upsampler goes on learning.
"""

from __future__ import annotations

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
from aurad_monai.diffusion.texture_upsampler import TextureUpsampler, enlarged
from aurad_monai.evaluation.images.grid import grid_peak
from aurad_monai.evaluation.images.spectrum import high_share, radial_power
from recipes.images.adversarial import Head, advanced, start
from recipes.images.cases import Cases
from recipes.images.figures import Features as TestFeatures
from recipes.images.figures import two_sample
from recipes.images.fine_tune import batch_of
from recipes.images.loop import Averaged, Clock, channels_last, every, load, log, rate, save
from recipes.images.sample import side_by_side
from recipes.images.texture_critic import Features, critic_loss, generator_loss

NATIVE, PATCH, MARGIN = 512, 128, 8
"""Least edge of films; edge of the patches that are judged; pixels around them, before they are enlarged."""
PIXELS, COARSE, LIKENESS = 4.0, 20.0, 0.1
"""Weights of differences: of pixels, of what is averaged down, of frozen features."""
BLURS = (0.0, 0.9)
"""Deviations, in pixels of 256, by which films are blurred at random before they are enlarged: samples are smoother."""
TONE = 0.08


class TextureCritic(nn.Module):
    """Heads on the first levels of frozen features, and a network of its own on what is fine, at one resolution.

    Args:
        features: frozen network.
    """

    def __init__(self, features: Features) -> None:
        super().__init__()
        self.features = features
        self.heads = nn.ModuleList(Head(width, 0) for width in features.widths)
        layers: list[nn.Module] = []
        for before, after, stride in ((2, 24, 1), (24, 48, 2), (48, 48, 2), (48, 48, 1)):
            layers += [spectral_norm(nn.Conv2d(before, after, 3, stride, 1)), nn.LeakyReLU(0.2)]
        self.pixels = nn.Sequential(*layers, spectral_norm(nn.Conv2d(48, 1, 1)))

    def scores(self, image: torch.Tensor, seen: list[torch.Tensor]) -> list[torch.Tensor]:
        """Of patches (B, 1, H, W) and their features."""
        fine = image - enlarged(functional.avg_pool2d(image, 2))
        pixels = self.pixels(torch.cat([image * 2 - 1, fine * 20], 1))
        return [*(head(level) for head, level in zip(self.heads, seen, strict=True)), pixels]


class TwoSizes(nn.Module):
    """A critic of patches (B, 1, H, W) and one of the same averaged down by two: of 512 and of 256 pixels.

    Args:
        features: frozen network, of both.
    """

    def __init__(self, features: Features) -> None:
        super().__init__()
        self.features = features
        self.sizes = nn.ModuleList(TextureCritic(features) for _ in range(2))

    def seen(self, image: torch.Tensor) -> list[list[torch.Tensor]]:
        """Features of patches at both sizes."""
        return [self.features(image), self.features(functional.avg_pool2d(image, 2))]

    def scores(self, image: torch.Tensor, seen: list[list[torch.Tensor]]) -> list[torch.Tensor]:
        """Of patches and what `seen` gave."""
        sizes = zip(self.sizes, (image, functional.avg_pool2d(image, 2)), seen, strict=True)
        return [score for critic, picture, levels in sizes for score in critic.scores(picture, levels)]


def blurred(image: torch.Tensor, width: float) -> torch.Tensor:
    """A Gaussian of `width` pixels over images (B, 1, H, W)."""
    if width < 0.3:
        return image
    line = torch.exp(-(torch.arange(-3.0, 4.0) ** 2) / (2 * width**2))
    kernel = (torch.outer(line, line) / line.sum() ** 2)[None, None]
    return functional.conv2d(functional.pad(image, (3, 3, 3, 3), mode="replicate"), kernel)


class Films:
    """Films of one section at 512 pixels with what the codec makes of them at 256.

    Args:
        parts: folder of the parts.
        section: train, hold or val.
        autoencoder: the codec.
        seed: of patches.
    """

    def __init__(self, parts: Path, section: str, autoencoder: Any, seed: int) -> None:
        known = np.load(parts / "films512" / "known.npz")
        rows = np.flatnonzero((known["split"] == section) & (known["native"] >= NATIVE))
        self.fine = torch.from_numpy(np.load(parts / "films512" / "images.npy", mmap_mode="r")[rows])
        low = torch.from_numpy(np.load(parts / "films256" / "images.npy", mmap_mode="r")[rows])
        with torch.no_grad():
            decoded = [autoencoder.decode(autoencoder.encode(x[:, None] / 255.0)).half() for x in low.split(16)]
        self.codec, self.rng = torch.cat(decoded), np.random.default_rng(seed)

    def corners(self, count: int, edge: int) -> Any:
        """Corners of patches at the lower resolution."""
        return self.rng.integers(0, edge - (PATCH // 2 + 2 * MARGIN) + 1, size=(count, 2)) // 4 * 4

    def patches(self, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Fine patches (B, 1, 128, 128), and low ones with a margin (B, 1, 80, 80)."""
        rows, edge = self.rng.integers(len(self.fine), size=count), PATCH // 2 + 2 * MARGIN
        fine, low = [], []
        for row, (top, left) in zip(rows, self.corners(count, self.codec.shape[-1]), strict=True):
            low.append(self.codec[row, :, top : top + edge, left : left + edge].float())
            y, x = 2 * (top + MARGIN), 2 * (left + MARGIN)
            fine.append(self.fine[row, y : y + PATCH, x : x + PATCH][None] / 255.0)
        return torch.stack(fine), torch.stack(low)


def fineness(made: np.ndarray, films: np.ndarray) -> dict[str, float]:
    """Images (N, 512, 512) beside films: log10 power of high frequencies at both sizes, and of a grid of 16 pixels."""
    sets = [
        {512: x[:, None], 256: functional.avg_pool2d(torch.from_numpy(x)[:, None], 2).numpy()} for x in (made, films)
    ]
    powers = {
        f"power_{size}": float(np.subtract(*(high_share(radial_power(x[size])).mean() for x in sets)))
        for size in (512, 256)
    }
    return powers | {"grid": float(np.subtract(*(grid_peak(x[512], 16).mean() for x in sets)))}


@torch.no_grad()
def sampled_images(opened: Bundle, weights: str, cases: Cases, count: int, batch: int = 12) -> torch.Tensor:
    """Images (N, 1, 256, 256), 16 bit, by a bundle's network, or other weights of it, of masks of films."""
    network, autoencoder = opened.get("network").float().eval(), opened.get("autoencoder").float().eval()
    if weights:
        network.load_state_dict({key: x.float() for key, x in torch.load(weights, weights_only=True).items()})
    made, forward = [], partial(DiffusionModelUNet.forward, network)
    for rows in np.array_split(np.random.default_rng(0).permutation(len(cases))[:count], -(-count // batch)):
        films = batch_of(cases, rows, moved=False)
        latents = advanced(forward, start(len(rows), 16, 32, 32), films.condition, films.context)
        made.append(autoencoder.decode(latents).clamp(0, 1).half())
    return torch.cat(made)


def inner(image: torch.Tensor) -> torch.Tensor:
    """An enlarged patch without its margin."""
    return image[..., 2 * MARGIN : -2 * MARGIN, 2 * MARGIN : -2 * MARGIN]


def main(
    parts: str,
    output: str,
    minutes: float = 60.0,
    samples: int = 240,
    model: str = "",
    bundle: str = "bundles/cxr_image_latent_diffusion",
    batch: int = 10,
    warm: int = 400,
    learning_rate: float = 3e-4,
    critic_rate: float = 4e-4,
    report_every: float = 8.0,
    threads: int = 1,
    seed: int = 0,
) -> None:
    """Train for `minutes` more.

    Args:
        parts: folder of the parts.
        output: where checkpoints and figures go; a training found there goes on.
        minutes: of this run, on the wall.
        samples: images that the generator makes of masks of training films, 0 for none; a third of what the critic
            judges are these.
        model: weights of the generator's network, those of the bundle where empty.
        bundle: whose codec is used.
        batch: patches a step.
        warm: steps without the critic; 0 goes on with the bundle's upsampler.
        learning_rate: of Adam for the network.
        critic_rate: for the critic.
        report_every: minutes between figures and checkpoints.
        threads: of the CPU.
        seed: of everything random.
    """
    torch.set_num_threads(threads)
    folder, autoencoder = Path(output), Bundle(bundle).get("autoencoder").float().eval()
    folder.mkdir(parents=True, exist_ok=True)
    network, judged, critic = TextureUpsampler(), TextureUpsampler(), TwoSizes(Features("lite0"))
    for part in (network, critic):
        channels_last(part)
    heads = [p for p in critic.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(network.parameters(), learning_rate, (0.5, 0.99), foreach=True)
    critics = torch.optim.Adam(heads, critic_rate, (0.0, 0.99), foreach=True)
    state: dict[str, Any] = load(folder / "texture.pt", "cpu") or {"step": 0, "wall": 0.0, "processor": 0.0}
    step = state["step"]
    if not warm:
        network.load_state_dict(Bundle(bundle).get("upsampler").state_dict())
    average = Averaged(network)
    if step:
        for part, key in ((network, "network"), (critic, "critic"), (optimizer, "optimizer"), (critics, "critics")):
            part.load_state_dict(state[key])
        average.state = state["average"]
    torch.manual_seed(seed + step)
    films = Films(Path(parts), "train", autoencoder, seed + step)
    held = Films(Path(parts), "hold", autoencoder, seed)
    made = None
    if samples:
        made = sampled_images(Bundle(bundle), model, Cases([Path(parts) / "films256"], "train"), samples)
    clock, test = Clock(state["wall"], state["processor"]), TestFeatures("lite1")
    real = {size: test(held.fine.numpy() / 255.0, size) for size in (256,)}
    recent: list[list[float]] = []

    @torch.no_grad()
    def report() -> None:
        judged.load_state_dict(average.state)
        fine = torch.cat([judged(x.float()) for x in held.codec.split(8)])[:, 0].clamp(0, 1).numpy()
        figures: dict[str, Any] = {"step": step, "wall": clock.wall, "processor": clock.processor}
        names = ("loss", "likeness", "critic", "real_score", "made_score")
        figures |= dict(zip(names, np.mean(recent or [[0.0] * len(names)], axis=0).tolist(), strict=True))
        figures |= {f"told_{size}": two_sample(test(fine, size), real[size]) for size in real}
        page = [fine[:6], held.fine[:6].numpy() / 255.0]
        if made is not None:
            sampled_fine = torch.cat([judged(x.float()) for x in made[:32].split(8)])[:, 0].clamp(0, 1).numpy()
            page.append(sampled_fine[:6])
            figures |= fineness(sampled_fine, held.fine.numpy() / 255.0)
        side_by_side((np.concatenate(page) * 255).round().astype(np.uint8), 6).save(folder / "sheet.png")
        log(folder / "texture.csv", figures)
        content = {"network": network.state_dict(), "average": average.state, "optimizer": optimizer.state_dict()}
        content |= {"critic": critic.state_dict(), "critics": critics.state_dict()}
        save(folder / "texture.pt", content | {"step": step, "wall": clock.wall, "processor": clock.processor})
        save(folder / "upsampler.pt", {key: value.half() for key, value in average.state.items()})
        recent.clear()

    def sampled(count: int) -> torch.Tensor:
        assert made is not None
        rows, edge = films.rng.integers(len(made), size=count), PATCH // 2 + 2 * MARGIN
        found = [
            made[r, :, y : y + edge, x : x + edge] for r, (y, x) in zip(rows, films.corners(count, 256), strict=True)
        ]
        return torch.stack(found).float().contiguous(memory_format=torch.channels_last)

    for due in every(report_every, clock, minutes):
        image, low = films.patches(batch)
        low = blurred(low, float(films.rng.uniform(*BLURS)) * float(films.rng.random() < 0.7))
        tone = TONE * torch.randn(batch, 1, 1, 1)
        image, low = ((x + tone).contiguous(memory_format=torch.channels_last) for x in (image, low))
        fake = inner(network(low))
        with torch.no_grad():
            real_seen = critic.seen(image)
        fake_seen = critic.seen(fake)
        coarse = (functional.avg_pool2d(fake, 4) - functional.avg_pool2d(image, 4)).abs().mean()
        likeness = torch.stack(
            [(a - b).abs().mean() for a, b in zip(fake_seen[0][:2], real_seen[0][:2], strict=True)]
        ).mean()
        loss = PIXELS * (fake - image).abs().mean() + COARSE * coarse + LIKENESS * likeness
        against, means = torch.zeros(()), (0.0, 0.0)
        if step >= warm:
            shown = [(fake, fake_seen)]
            if made is not None:
                seen_low = sampled(batch // 2)
                free = inner(network(seen_low))
                shown.append((free, critic.seen(free)))
            real_scores = critic.scores(image, real_seen)
            losses = []
            for picture, seen in shown:
                scores = critic.scores(picture.detach(), [[level.detach() for level in size] for size in seen])
                losses.append(critic_loss(real_scores, scores))
            means = tuple(float(torch.stack([s.detach().mean() for s in x]).mean()) for x in (real_scores, scores))  # type: ignore[assignment]
            against = torch.stack(losses).mean()
            critics.zero_grad()
            against.backward()
            critics.step()
            for parameter in heads:
                parameter.requires_grad_(False)
            passed = [generator_loss(critic.scores(picture, seen)) for picture, seen in shown]
            loss = loss + min(1.0, (step - warm) / 300) * torch.stack(passed).mean()
            if made is not None:
                same = functional.avg_pool2d(free, 4) - functional.avg_pool2d(inner(enlarged(seen_low)), 4)
                loss = loss + COARSE * same.abs().mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = rate(learning_rate, step, clock, minutes)
        optimizer.step()
        for parameter in heads:
            parameter.requires_grad_(True)
        step += 1
        average.update(network, min(step, 3000))
        recent.append([*(float(x.detach()) for x in (loss, likeness, against)), *means])
        if due:
            report()
    report()


if __name__ == "__main__":
    fire.Fire(main)
