# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Train the anatomy expert on: `python -m recipes.experts.train_anatomy --lungs L --anatomies A --output WEIGHTS`.

L is the folder of `recipes.default_data lungs`, films whose lungs people outlined; A is that of `recipes.default_data
anatomy`, films as the expert itself sees them, of which those with usual lungs teach it again. Films are turned, scaled
and given other tones, and gas below the diaphragm and air beside the body, where lungs leaked.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import fire
import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from aurad_monai.bundles.bundle import publish_state
from aurad_monai.diffusion.losses import DiceBCELoss
from aurad_monai.experts.anatomy import AnatomyExpert
from aurad_monai.io.datalist import load_channels, load_image, read_datalist
from recipes.data.prior import measures, usual
from recipes.images.loop import channels_last

SIZE, AVERAGE, WARM_UP = 256, 0.99, 60
USUAL, DEEPEST = 2.5, 0.047
"""Pseudo masks to learn from: how far from the median, see `recipes.data.prior`; by how much of the frame the left lung
may reach lower beside the spine than at the side, which 3 of 69 lungs that people outlined exceed."""
KEPT = 0.5
"""Share of what was learned: half way between before and after saw better than either."""
SHARES = {"adult": 3, "paediatric": 1, "pseudo": 4}
"""Films of a batch."""


def hangs(left: npt.NDArray[np.bool_]) -> float:
    """How much lower the left lung (H, W) reaches in its inner half than in its outer, in frames."""
    columns = np.flatnonzero(left.any(axis=0))
    lowest = [np.flatnonzero(left[:, column])[-1] for column in columns]
    middle = (len(columns) + 1) // 2
    return float(max(lowest[:middle]) - max(lowest[middle:], default=0)) / len(left)


class Augment:
    """Other films from films (B, 1, H, W) in [0, 1] and anatomy (B, 3, H, W), both float32."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        axis = torch.arange(SIZE, dtype=torch.float32)
        self.y, self.x = torch.meshgrid(axis, axis, indexing="ij")

    def __call__(self, images: torch.Tensor, anatomy: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        moved = self._moved(torch.cat([images, anatomy], dim=1))
        images, anatomy = moved[:, :1], (moved[:, 1:] > 0.5).float()
        for image, planes in zip(images, anatomy, strict=True):
            if self.rng.random() < 0.5:
                self._gas(image[0], planes)
            if self.rng.random() < 0.3:
                self._air_beside(image[0], planes)
            if self.rng.random() < 0.3:
                self._whitened(image[0], planes)
        return self._toned(images), anatomy

    def _moved(self, planes: torch.Tensor) -> torch.Tensor:
        """Turned, scaled, sheared and shifted; what comes in at the border is the border's gray, or black."""
        matrices = []
        for _ in planes:
            turn, shear = self.rng.uniform(-0.2, 0.2), self.rng.uniform(-0.1, 0.1)
            size = np.exp(self.rng.uniform(math.log(0.6), math.log(1.3))) * np.exp(self.rng.uniform(-0.12, 0.12, 2))
            rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
            matrix = np.linalg.inv(rotation @ np.array([[1, shear], [0, 1]]) @ np.diag(size))
            matrices.append(np.hstack([matrix, self.rng.uniform(-0.15, 0.15, (2, 1))]))
        grid = functional.affine_grid(torch.from_numpy(np.stack(matrices)).float(), list(planes.shape), False)
        black = functional.grid_sample(planes, grid, padding_mode="zeros", align_corners=False)
        border = functional.grid_sample(planes[:, :1], grid, padding_mode="border", align_corners=False)
        chosen = torch.from_numpy(self.rng.random(len(planes)) < 0.5)[:, None, None, None]
        return torch.cat([torch.where(chosen, border, black[:, :1]), black[:, 1:]], dim=1)

    def _free(self, planes: torch.Tensor, margin: int) -> torch.Tensor:
        """(H, W), 1 where no lung is within `margin` pixels."""
        lungs = planes[:2].amax(0)[None, None]
        rows = functional.max_pool2d(lungs, (2 * margin + 1, 1), 1, (margin, 0))
        return 1 - functional.max_pool2d(rows, (1, 2 * margin + 1), 1, (0, margin))[0, 0]

    def _ellipse(self, x: float, y: float, radii: tuple[float, float], soft: float) -> torch.Tensor:
        """(H, W), 1 within an ellipse and 0 without."""
        away = (((self.x - x) / radii[0]) ** 2 + ((self.y - y) / radii[1]) ** 2).sqrt()
        return ((1 - away) * min(radii) / soft).add(0.5).clamp(0, 1)

    def _gas(self, image: torch.Tensor, planes: torch.Tensor) -> None:
        """Dark bubbles under a lung, of the left more often."""
        lung = planes[0 if self.rng.random() < 0.8 else 1]
        columns = torch.nonzero(lung.any(0))[:, 0]
        if not len(columns):
            return
        level, free = float(image[lung > 0].mean()), self._free(planes, int(self.rng.integers(1, 6)))
        for _ in range(self.rng.integers(1, 5)):
            column = int(columns[self.rng.integers(len(columns))])
            lowest = int(torch.nonzero(lung[:, column]).max())
            radii = float(self.rng.uniform(5, 34)), float(self.rng.uniform(5, 26))
            place = column + self.rng.normal(0, 8), lowest + radii[1] * self.rng.uniform(0.4, 1.6) + 2
            share = self._ellipse(*place, radii, self.rng.uniform(1, 8)) * free * self.rng.uniform(0.4, 1)
            image += share * (level * self.rng.uniform(0.6, 1.15) - image)

    def _air_beside(self, image: torch.Tensor, planes: torch.Tensor) -> None:
        """Air between arm and trunk, or a collimated edge: as dark as lung or black."""
        lungs = planes[:2].amax(0)
        columns = torch.nonzero(lungs.any(0))[:, 0]
        if not len(columns):
            return
        level, slope = float(image[lungs > 0].mean()), self.rng.uniform(-0.4, 0.4)
        right = self.rng.random() < 0.5
        edge = (
            float(columns.max()) + self.rng.uniform(3, 30) if right else float(columns.min()) - self.rng.uniform(3, 30)
        )
        depth = (self.x - edge - slope * (self.y - SIZE / 2)) * (1 if right else -1)
        share = (depth / self.rng.uniform(1, 6)).clamp(0, 1) * (self.y > self.rng.uniform(0, 0.8) * SIZE)
        share = share * (depth < self.rng.uniform(8, 90)) * self._free(planes, 3) * self.rng.uniform(0.5, 1)
        image += share * (level * self.rng.uniform(0, 1.1) - image)

    def _whitened(self, image: torch.Tensor, planes: torch.Tensor) -> None:
        """A cloud or a device over a lung, which stays lung."""
        rows, columns = torch.nonzero(planes[:2].amax(0), as_tuple=True)
        if not len(rows):
            return
        for _ in range(self.rng.integers(1, 4)):
            place = int(self.rng.integers(len(rows)))
            radii = float(self.rng.uniform(6, 45)), float(self.rng.uniform(6, 45))
            cloud = self._ellipse(float(columns[place]), float(rows[place]), radii, self.rng.uniform(2, 30))
            image += cloud * self.rng.uniform(0.2, 0.9) * (self.rng.uniform(0.6, 1) - image)

    def _toned(self, images: torch.Tensor) -> torch.Tensor:
        """Other gamma, contrast and level, uneven exposure, blur or sharpness, noise."""
        done = []
        for image in images.clamp(0, 1):
            rng = self.rng
            image = image ** np.exp(rng.uniform(-0.8, 0.8))
            image = image.mean() + (image - image.mean()) * np.exp(rng.uniform(-0.9, 0.4)) + rng.normal(0, 0.08)
            if rng.random() < 0.3:
                image = image + rng.uniform(-0.25, 0.25) * (self.x * rng.normal() + self.y * rng.normal()) / SIZE
            if rng.random() < 0.4:
                size = int(rng.integers(64, 200))
                small = functional.interpolate(image[None], (size, size), mode="bilinear", antialias=True)
                image = functional.interpolate(small, (SIZE, SIZE), mode="bicubic")[0]
            elif rng.random() < 0.4:
                image = image + rng.uniform(0.3, 2.5) * (image - functional.avg_pool2d(image[None], 5, 1, 2)[0])
            if rng.random() < 0.3:
                image = image + rng.uniform(0, 0.06) * torch.from_numpy(
                    rng.standard_normal((1, SIZE, SIZE), np.float32)
                )
            done.append(image)
        return torch.stack(done).float().clamp(0, 1)


Films = tuple[torch.Tensor, torch.Tensor]
State = dict[str, torch.Tensor]


def loaded(cases: Sequence[dict[str, str]]) -> Films:
    """Images (N, 1, H, W) and anatomy (N, 3, H, W), uint8."""
    images = [torch.from_numpy(np.rint(255 * load_image(Path(case["image"]))).astype(np.uint8)) for case in cases]
    masks = [torch.from_numpy(load_channels(Path(case["anatomy"]))) for case in cases]
    return torch.stack(images).reshape(-1, 1, SIZE, SIZE), torch.stack(masks)


def trusted(folder: str, every: int) -> Films:
    """The training films of a folder, every so many, on which the expert's lungs are usual."""
    images, anatomy = loaded(read_datalist(folder, "training")[::every])
    kept = usual(np.stack([measures(planes) for planes in anatomy.numpy()]), USUAL)
    kept &= [hangs(planes[0].numpy() > 0) <= DEEPEST for planes in anatomy]
    return images[kept], anatomy[kept]


def train(
    lungs: str,
    anatomies: str,
    output: str,
    bundle: str = "bundles/cxr_expert_filter",
    minutes: float = 20,
    every: int = 1,
    rate: float = 1e-3,
    seed: int = 0,
    threads: int = 1,
) -> None:
    """Train, and write what is half way from the first weights to the average of the last, in half precision.

    Args:
        lungs: folder of `recipes.default_data lungs`.
        anatomies: folder of `recipes.default_data anatomy`.
        output: weights to be.
        bundle: the filter bundle, whose expert is trained on.
        minutes: how long; the learning rate falls along the way to nothing.
        every: learn from every so many of `anatomies`.
        rate: learning rate at its height.
        seed: of order and augmentation.
        threads: of torch.
    """
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    real = list({case["id"]: case for case in read_datalist(lungs, "training")}.values())
    ages = ("adult", "paediatric")
    films = {age: loaded([case for case in real if case["population"] == age]) for age in ages}
    films["pseudo"] = trusted(anatomies, every)
    print({name: len(pair[0]) for name, pair in films.items()}, flush=True)
    network = channels_last(AnatomyExpert.from_bundle(bundle).network.float())
    began_as = {name: value.clone() for name, value in network.state_dict().items()}
    optimizer = torch.optim.AdamW(decoder(network), lr=rate, weight_decay=0.01)
    average = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGE), use_buffers=True
    )
    rng, augment, loss_of, began = np.random.default_rng(seed), Augment(seed), DiceBCELoss(), time.monotonic()
    losses: list[float] = []
    while (done := (time.monotonic() - began) / (60 * minutes)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1, (len(losses) + 1) / WARM_UP) * 0.5 * (1 + math.cos(math.pi * done))
        images, anatomy = augment(*draw(films, rng))
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(images.to(memory_format=torch.channels_last))
        loss = loss_of(logits.float(), anatomy)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        average.update_parameters(network)
        losses.append(float(loss.detach()))
        if len(losses) % 50 == 0:
            print(f"step {len(losses)}, {done:.2f} done: loss {np.mean(losses[-50:]):.4f}", flush=True)
    publish_state(between(began_as, average.module.state_dict(), KEPT), output)


def between(first: Mapping[str, torch.Tensor], last: Mapping[str, torch.Tensor], share: float) -> State:
    """Weights that are `share` of the way from the first to the last; counters are the last ones."""
    return {
        name: (1 - share) * value + share * last[name] if value.is_floating_point() else last[name]
        for name, value in first.items()
    }


def decoder(network: torch.nn.Module) -> list[torch.nn.Parameter]:
    """Make the way up of a MONAI UNet the part that learns.

    The way down and the layer that features are taken from stay as they are, so that the space of radiographs that
    was fitted to these features keeps its meaning.
    """
    network.eval().requires_grad_(False)
    for name, layer in network.named_modules():
        if re.fullmatch(r"model(\.1\.submodule)*\.2", name):
            layer.train().requires_grad_(True)
    return [weight for weight in network.parameters() if weight.requires_grad]


def draw(films: dict[str, Films], rng: np.random.Generator) -> Films:
    """A batch: images in [0, 1] and anatomy, float32."""
    rows = {name: rng.integers(len(films[name][0]), size=count) for name, count in SHARES.items()}
    images, anatomy = (torch.cat([films[name][k][rows[name]] for name in SHARES]).float() for k in (0, 1))
    return images / 255, anatomy


if __name__ == "__main__":
    fire.Fire(train)
