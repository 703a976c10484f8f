# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Sample the cascade on the masks of prepared films: 64 x 64 pixels first, then texture.

    python -m recipes.images.sample --base FILE --upsampler FILE,FILE --part films128 --output FILE.npz [--count 128]

In: checkpoints of both trainings and a part at 128 x 128. Out: images (N, S, S) uint8 and the rows they belong to.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import fire
import numpy as np
import torch
from PIL import Image
from torch.nn import functional

from aurad_monai.diffusion.noise import seeded_noise
from aurad_monai.diffusion.scheduler import FlowScheduler
from aurad_monai.diffusion.solver import integrate
from recipes.images.cases import Cases
from recipes.images.networks import CONDITIONS, KEPT, MASKS, BaseNetwork, Upsampler

COSINE_WEIGHT = 0.7
LOW_NOISE = 0.02
"""Noise that an upsampler is told its low-resolution image has, and that is added to it."""


def open_base(file: str | Path, device: str = "cpu") -> BaseNetwork:
    """The averaged weights of a base's checkpoint."""
    state = torch.load(file, map_location=device, weights_only=True)
    network = BaseNetwork(state["channels"]).to(device)
    network.load_state_dict(state["average"])
    return network.eval()


def open_upsampler(file: str | Path, device: str = "cpu") -> Upsampler:
    """The averaged weights of an upsampler's checkpoint."""
    state = torch.load(file, map_location=device, weights_only=True)
    network = Upsampler(state["scale"], state["channels"]).to(device)
    network.load_state_dict(state["average"])
    return network.eval()


def _guided(
    network: BaseNetwork, state: torch.Tensor, time: float, condition: torch.Tensor, context: torch.Tensor, scale: float
) -> torch.Tensor:
    """Velocity with classifier-free guidance on what is known of findings; anatomy stays in both branches."""
    times = torch.full((len(state),), time, device=state.device)
    if scale == 1.0:
        return network(state, times, condition, context)
    free = torch.zeros_like(condition)
    free[:, list(KEPT)] = condition[:, list(KEPT)]
    both = (torch.cat([condition, free]), torch.cat([context, torch.zeros_like(context)]))
    guided, unguided = network(state.repeat(2, 1, 1, 1), times.repeat(2), *both).chunk(2)
    return unguided + scale * (guided - unguided)


@torch.inference_mode()
def sample_base(
    network: BaseNetwork,
    condition: torch.Tensor,
    context: torch.Tensor,
    seeds: Sequence[int],
    steps: int = 10,
    guidance: float = 1.0,
) -> torch.Tensor:
    """Images (B, 1, 64, 64), by the two-step method of Adams and Bashforth."""
    noise = seeded_noise([(seed, 0) for seed in seeds], (4, *condition.shape[-2:])).to(condition)

    def velocity(state: torch.Tensor, time: float) -> torch.Tensor:
        return _guided(network, state, time, condition, context, guidance)

    state = integrate(velocity, noise, FlowScheduler(cosine_weight=COSINE_WEIGHT).times(steps))
    return network.decode(state).clamp(0, 1)


@torch.inference_mode()
def sample_texture(
    network: Upsampler, low: torch.Tensor, condition: torch.Tensor, seeds: Sequence[int], steps: int = 1
) -> torch.Tensor:
    """Images (B, 1, H, W) of low-resolution ones (B, 1, H / scale, W / scale), by Euler's method.

    Args:
        network: the upsampler.
        low: of the base, or of the upsampler before.
        condition: of the base (B, 44, h, w), at any size.
        seeds: one a case.
        steps: evaluations of the network.
    """
    cells = low.shape[-1] * network.scale // network.blocks
    masks = torch.cat([condition[:, :MASKS], condition[:, CONDITIONS - 2 :]], 1)
    masks = functional.interpolate(masks, size=cells, mode="bilinear", align_corners=False)
    noise, low_noise = (
        seeded_noise([(seed, stream + network.scale) for seed in seeds], shape).to(low)
        for stream, shape in ((1, (network.blocks**2, cells, cells)), (3, low.shape[1:]))
    )
    noisy = low + LOW_NOISE * low_noise
    level = torch.full((len(low),), LOW_NOISE, device=low.device)

    def velocity(state: torch.Tensor, time: float) -> torch.Tensor:
        return network(state, torch.full((len(low),), time, device=low.device), noisy, masks, level)

    state = integrate(velocity, noise, FlowScheduler().times(steps), solver_order=1)
    return network.to_image(state, low).clamp(0, 1)


def cascade(
    base: BaseNetwork, upsamplers: Sequence[Upsampler], batch: Any, seeds: Sequence[int], **options: Any
) -> list[torch.Tensor]:
    """Images of every stage for the conditions of a batch; `texture_steps` and the options of `sample_base`."""
    texture_steps = options.pop("texture_steps", 1)
    images = [sample_base(base, batch.condition, batch.context, seeds, **options)]
    for upsampler in upsamplers:
        images.append(sample_texture(upsampler, images[-1], batch.condition, seeds, texture_steps))
    return images


def side_by_side(images: np.ndarray, columns: int = 8) -> Image.Image:
    """Images (N, H, W) uint8 in rows."""
    count, height, width = images.shape
    page = np.zeros((-(-count // columns) * (height + 2), columns * (width + 2)), dtype=np.uint8)
    for number, image in enumerate(images):
        top, left = number // columns * (height + 2), number % columns * (width + 2)
        page[top : top + height, left : left + width] = image
    return Image.fromarray(page)


def main(
    base: str,
    part: str,
    output: str,
    upsampler: str = "",
    section: str = "val",
    count: int = 128,
    steps: int = 10,
    guidance: float = 1.0,
    texture_steps: int = 1,
    batch: int = 16,
    threads: int = 1,
    sheet: str = "",
) -> None:
    """Sample `count` cases of a section and write the images of every stage, and those at 256 pixels side by side."""
    torch.set_num_threads(threads)
    cases, network = Cases([part], section), open_base(base)
    networks = [open_upsampler(file) for file in upsampler.split(",") if file]
    rows = torch.from_numpy(np.sort(np.random.default_rng(0).permutation(len(cases))[:count]))
    found: list[list[torch.Tensor]] = []
    for some in rows.split(batch):
        options = {"steps": steps, "guidance": guidance, "texture_steps": texture_steps}
        found.append(cascade(network, networks, cases.whole(some), some.tolist(), **options))
    stages = [torch.cat(stage)[:, 0].mul(255).round().byte().numpy() for stage in zip(*found, strict=True)]
    if sheet:
        side_by_side(next((s for s in stages if s.shape[-1] == 256), stages[-1])).save(sheet)
    np.savez(output, rows=rows.numpy(), **{f"size{stage.shape[-1]}": stage for stage in stages})


if __name__ == "__main__":
    fire.Fire(main)
