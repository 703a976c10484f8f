# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Views of real films as a generator would render them: `python -m recipes.experts.robust_views --data D`.

The findings expert judges sampled pictures, but knows films alone, and what codec and sampler change of texture, tone
and scale moves its logits as far as a disease does. So films go through the codec of the image bundle, with noise in
its latents and partly through its upsampler; others are blurred, sharpened or noisy; all are turned, scaled, mirrored
and of another tone. Real films alone, with the marks that moved along. Written as `recipes.experts.views` does, and
what the second backbone sees.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import fire
import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional
from tqdm import tqdm

from aurad_monai.bundles.bundle import Bundle, open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.experts.efficientnet_lite import EfficientNetLite
from aurad_monai.experts.findings_network import at_size, described
from aurad_monai.generation.pipeline import IMAGE_BUNDLE
from recipes.experts.films import Film, in_part, raster, read_films
from recipes.experts.pretrained import pretrained
from recipes.experts.train_findings import STOP_SHARE
from recipes.experts.views import BATCH, FRAME, SEEN, STRIDE, Matrix, _moved, frozen

SECOND = "lite0"
CODEC, UPSAMPLED = 0.5, 0.3
"""Share of views that go through the codec, and share of these that go through the upsampler."""
LATENT_NOISE, MEAN_NOISE = 0.25, 0.02
"""The most noise in latents, a share of their deviation; in the first, the mean of a block, less: it would be seen."""
QUOTAS = (120, 560, 220, 250)
"""Films that stop the training, with readers' marks, with no more than a reader's word, and with labels of text."""


def chosen(films: Sequence[Film]) -> list[int]:
    """Training films, at random as many of each kind as `QUOTAS` says."""
    rng, kinds = np.random.default_rng(0), [_kind(film) for film in films]
    groups = [np.flatnonzero(np.array(kinds) == kind) for kind in range(len(QUOTAS))]
    return sorted(int(row) for group, most in zip(groups, QUOTAS, strict=True) for row in rng.permutation(group)[:most])


def _kind(film: Film) -> int:
    """Which of `QUOTAS` a film counts for; -1 is none."""
    if film.validation:
        return -1
    if film.nih and in_part(film.patient, "early stop", STOP_SHARE):
        return 0
    return 1 if film.marks else 2 if film.read else 3


def make(data: str, work: str = "runs/experts", views: int = 2, size: int = 288, threads: int = 1) -> None:
    """Cache view 0, the films as the filter sees them, and so many others less one.

    Args:
        data: folder of the public collection.
        work: folder for robust_0, robust_1, ...
        views: how many.
        size: edge in pixels the first backbone works at.
        threads: of torch.
    """
    torch.set_num_threads(threads)
    films = read_films(Path(data))
    picked, first, second = chosen(films), pretrained("lite1"), pretrained(SECOND)
    bundle = open_bundle(bundles_root() / IMAGE_BUNDLE, device="cpu")
    for number in range(views):
        rng, marks = np.random.default_rng(1000 + number), {}
        kept: tuple[list[npt.NDArray[np.float16]], ...] = ([], [], [])
        for start in tqdm(range(0, len(picked), BATCH), mininterval=20, desc=f"view {number}"):
            rows = picked[start : start + BATCH]
            made = [_view(films[row], Path(data), rng, number > 0) for row in rows]
            images = torch.cat([image for image, _ in made])
            images = degraded(images, rng, bundle) if number else images
            for row, (_, matrix) in zip(rows, made, strict=True):
                moved = _moved(films[row], matrix)
                masks = {channel: raster(found, size // STRIDE) for channel, found in moved.items()}
                marks |= {f"{row}:{channel}": np.rint(mask * 255).astype(np.uint8) for channel, mask in masks.items()}
            for part, features in zip(kept, seen(images, first, second, size), strict=True):
                part.append(features.numpy().astype(np.float16))
        folder = Path(work) / f"robust_{number}"
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "films.npy", np.array(picked))
        for name, part in zip(("fine", "coarse", "second"), kept, strict=True):
            np.save(folder / f"{name}.npy", np.concatenate(part))
        np.savez(folder / "marks.npz", **marks)


@torch.inference_mode()
def seen(
    images: torch.Tensor, first: EfficientNetLite, second: EfficientNetLite, size: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Features of strides 8 and 16 of the first backbone, and what the second sees of the image as a whole."""
    fine, coarse = frozen(first, at_size(images, size))
    other = second(images)
    return fine, coarse, described(other[-1], other[3])


def _view(film: Film, root: Path, rng: np.random.Generator, moved: bool) -> tuple[torch.Tensor, Matrix]:
    """(1, 1, 256, 256) of a film, and the matrix from its coordinates to the film's."""
    image = torch.from_numpy(film.frame(root, FRAME).astype(np.float32) / 255)[None, None]
    if not moved:
        return functional.interpolate(image, (SEEN, SEEN), mode="bilinear", antialias=True), np.eye(2, 3)
    matrix = affine(rng)
    grid = functional.affine_grid(torch.from_numpy(matrix).float()[None], [1, 1, SEEN, SEEN], align_corners=False)
    padding = "border" if rng.random() < 0.3 else "zeros"
    image = functional.grid_sample(image, grid, padding_mode=padding, align_corners=False)
    image = image.clamp(0, 1) ** float(np.exp(rng.normal(0, 0.25)))
    return ((image - 0.5) * float(np.exp(rng.normal(0, 0.15))) + 0.5 + float(rng.normal(0, 0.05))).clamp(0, 1), matrix


def affine(rng: np.random.Generator) -> Matrix:
    """From coordinates of the view, -1 to 1, to those of the film: turned, mostly smaller, half of them mirrored."""
    angle, zoom = np.deg2rad(rng.normal(0, 4)), np.exp(rng.normal(0.08, 0.12))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turn = turn * [[zoom, zoom * np.exp(rng.normal(0, 0.05))]]
    turn[:, 0] *= -1 if rng.random() < 0.5 else 1
    return np.concatenate([turn, rng.normal(0, 0.06, (2, 1))], 1)


@torch.inference_mode()
def degraded(images: torch.Tensor, rng: np.random.Generator, bundle: Bundle) -> torch.Tensor:
    """Images (B, 1, 256, 256) of other textures."""
    codec, upsampler = bundle.get("autoencoder"), bundle.get("upsampler")
    changed = images.clone()
    through = np.flatnonzero(rng.random(len(images)) < CODEC)
    if len(through):
        latents = codec.encode(images[through])
        spread = latents.std((0, 2, 3), keepdim=True)
        spread[:, 0] *= MEAN_NOISE / LATENT_NOISE
        share = torch.from_numpy(rng.uniform(0, LATENT_NOISE, len(through)).astype(np.float32))[:, None, None, None]
        noise = torch.from_numpy(rng.standard_normal(latents.shape).astype(np.float32))
        changed[through] = codec.decode(latents + share * spread * noise)
        enlarged = through[rng.random(len(through)) < UPSAMPLED]
        if len(enlarged):
            changed[enlarged] = functional.avg_pool2d(upsampler(changed[enlarged]), 2)
        textured = np.setdiff1d(np.arange(len(images)), enlarged)
    else:
        textured = np.arange(len(images))
    for index in textured:
        changed[index : index + 1] = _texture(changed[index : index + 1], rng)
    return changed.clamp(0, 1)


def _texture(image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Blurred, sharpened or left as it is, and noisy in half of the cases."""
    way = rng.random()
    if way < 0.4:
        image = _blurred(image, float(rng.uniform(0.4, 1.6)))
    elif way < 0.8:
        image = image + float(rng.uniform(0.2, 2.0)) * (image - _blurred(image, float(rng.uniform(0.7, 2.0))))
    if rng.random() < 0.5:
        noise = rng.standard_normal(image.shape).astype(np.float32)
        image = image + float(rng.uniform(0, 0.03)) * torch.from_numpy(noise)
    return image


def _blurred(image: torch.Tensor, deviation: float) -> torch.Tensor:
    """Under a Gaussian of so many pixels."""
    reach = int(3 * deviation + 1)
    line = torch.exp(-(torch.arange(-reach, reach + 1.0) ** 2) / (2 * deviation**2))
    line = line / line.sum()
    padded = functional.pad(image, (reach,) * 4, mode="replicate")
    return functional.conv2d(functional.conv2d(padded, line[None, None, None]), line[None, None, :, None])


if __name__ == "__main__":
    fire.Fire(make)
