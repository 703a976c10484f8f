# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The reference our image bundle is held against: MONAI's stock recipe for a latent diffusion model, on the same data.

    python -m recipes.figures.stock_recipe train --cache DIR --minutes 10 --output STOCK.pt
    python -m recipes.figures.stock_recipe table --pairs DIR --weights STOCK.pt --ours OURS.pt --output OUT.json

The networks, noise and losses are those of the Model Zoo's `brats_mri_axial_slices_generative_diffusion`: an
`AutoencoderKL` to a quarter of the resolution with an adversarial loss, then a `DiffusionModelUNet` that predicts the
noise of 1,000 steps, no moving average, sampled by DDIM in 50 steps. It differs where the data ask for it: the masks
join the latents ("concat"), since that bundle knows no condition; learning rates are those of MONAI's tutorials, ten
times the bundle's, which are meant for days; and there is no perceptual loss, as its network is not ours to ship.
DIR of `train` is the cache that training of the image bundle leaves in its run folder.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fire
import numpy as np
import torch
from monai.data.utils import no_collation
from monai.inferers import DiffusionInferer
from monai.losses import PatchAdversarialLoss
from monai.networks.nets import AutoencoderKL, DiffusionModelUNet, PatchDiscriminator
from monai.networks.schedulers import DDIMScheduler, DDPMScheduler
from torch import nn
from torch.nn import functional

from aurad_monai.bundles.bundle import load_weights, open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.diffusion.augmented_latents import AugmentedLatents, Latents
from aurad_monai.diffusion.conditioning import pool_to_grid
from aurad_monai.diffusion.sample import DiffusionModel
from aurad_monai.evaluation.images.adherence import structure_dice
from aurad_monai.evaluation.images.encoder import BUILT_IN, open_encoder
from aurad_monai.evaluation.images.feature_distances import frechet_distance, kernel_distance
from aurad_monai.experts.anatomy import AnatomyExpert
from aurad_monai.generation.pipeline import FILTER_BUNDLE, IMAGE_BUNDLE
from aurad_monai.vocabulary import ANATOMY_NAMES, FINDING_NAMES
from recipes.figures.sampled_pairs import Images, generate_images, loaded_pairs, open_model

CONDITION = len(ANATOMY_NAMES) + len(FINDING_NAMES)
NOISE: dict[str, Any] = {"num_train_timesteps": 1000, "schedule": "scaled_linear_beta", "beta_start": 0.0015}
NOISE |= {"beta_end": 0.0195, "clip_sample": False}
KL_WEIGHT, ADVERSARIAL_WEIGHT = 1e-6, 0.01
DDIM_STEPS = 50


class Pixels(nn.Module):
    """No latent space: the cache gives radiographs as they are, and masks at their resolution."""

    def encode(self, data: torch.Tensor) -> torch.Tensor:
        """The data itself."""
        return data


def networks() -> tuple[AutoencoderKL, DiffusionModelUNet]:
    """Autoencoder and UNet of the zoo's bundle; the UNet with the channels of our condition."""
    autoencoder = AutoencoderKL(
        spatial_dims=2,
        in_channels=1,
        out_channels=1,
        latent_channels=1,
        channels=(64, 128, 256),
        num_res_blocks=2,
        attention_levels=(False, False, False),
    )
    unet = DiffusionModelUNet(
        spatial_dims=2,
        in_channels=1 + CONDITION,
        out_channels=1,
        channels=(32, 64, 128, 256),
        attention_levels=(False, True, True, True),
        num_head_channels=(0, 32, 32, 32),
        num_res_blocks=2,
    )
    return autoencoder, unet


def _until(loader: Any, seconds: float) -> Iterator[Latents]:
    """Batches, epoch after epoch, for so many seconds; on a CPU those it worked, whatever else the machine does."""
    clock = time.monotonic if torch.cuda.is_available() else time.process_time
    end = clock() + seconds
    while clock() < end:
        for batch in loader:
            if clock() >= end:
                return
            yield batch


def train(
    cache: str, output: str, minutes: float = 10, batch_size: int = 26, learning_rate: float = 1e-4, seed: int = 0
) -> None:
    """Half of the time for the autoencoder, half for the diffusion network; writes both with the scale of latents."""
    torch.manual_seed(seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    autoencoder, unet = (network.to(device) for network in networks())
    cases = AugmentedLatents(cache, Pixels(), (), device)  # type: ignore[arg-type]
    loader: Any = torch.utils.data.DataLoader(
        cases, batch_size=batch_size, shuffle=True, drop_last=True, collate_fn=no_collation
    )
    scale, counts = 1.0, [0, 0]
    for batch in _until(loader, 30 * minutes):
        if not counts[0]:
            step = _autoencoder_step(autoencoder, learning_rate)
        step(batch["latents"])
        counts[0] += 1
    autoencoder.eval()
    noise, optimizer = DDPMScheduler(**NOISE), torch.optim.Adam(unet.parameters(), lr=learning_rate)
    for batch in _until(loader, 30 * minutes):
        with torch.no_grad(), torch.autocast(device.type, torch.bfloat16):
            latents = autoencoder.encode_stage_2_inputs(batch["latents"]).float()
        if not counts[1]:
            scale = 1 / latents.std().item()
        latents, small = scale * latents, pool_to_grid(batch["condition"], latents.shape)
        steps = torch.randint(0, 1000, (len(latents),), device=device)
        drawn = torch.randn_like(latents)
        noisy = noise.add_noise(latents, drawn, steps)
        with torch.autocast(device.type, torch.bfloat16):
            loss = functional.mse_loss(unet(torch.cat([noisy, small], 1), steps).float(), drawn)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        counts[1] += 1
    print(f"autoencoder {counts[0]} steps, diffusion {counts[1]} steps of {batch_size} cases, scale {scale:.3f}")
    halves = {name: {k: v.half().cpu() for k, v in net.state_dict().items()} for name, net in
              (("autoencoder", autoencoder), ("unet", unet))}  # fmt: skip
    torch.save(halves | {"scale": scale, "steps": counts}, output)


def _autoencoder_step(autoencoder: AutoencoderKL, learning_rate: float) -> Any:
    """One step of generator and discriminator each, as a function of a batch of images."""
    device = next(autoencoder.parameters()).device
    judge = PatchDiscriminator(2, channels=32, in_channels=1, num_layers_d=3, norm="INSTANCE").to(device)
    adversarial = PatchAdversarialLoss(criterion="least_squares")
    forward = torch.optim.Adam(autoencoder.parameters(), lr=learning_rate)
    backward = torch.optim.Adam(judge.parameters(), lr=learning_rate)

    def step(images: torch.Tensor) -> None:
        with torch.autocast(device.type, torch.bfloat16):
            made, mean, sigma = autoencoder(images)
            fooled = judge(made)[-1]
        made, mean, sigma = made.float(), mean.float(), sigma.float()
        spread = (mean**2 + sigma**2 - torch.log(sigma**2) - 1).sum(dim=(1, 2, 3)).mean() / 2
        loss = functional.l1_loss(made, images) + KL_WEIGHT * spread
        loss = loss + ADVERSARIAL_WEIGHT * adversarial(fooled.float(), target_is_real=True, for_discriminator=False)
        forward.zero_grad(set_to_none=True)
        loss.backward()
        forward.step()
        with torch.autocast(device.type, torch.bfloat16):
            seen, true = judge(made.detach())[-1], judge(images)[-1]
        loss = adversarial(seen.float(), target_is_real=False, for_discriminator=True)
        loss = loss + adversarial(true.float(), target_is_real=True, for_discriminator=True)
        backward.zero_grad(set_to_none=True)
        (ADVERSARIAL_WEIGHT * loss / 2).backward()
        backward.step()

    return step


def load(weights: str) -> tuple[AutoencoderKL, DiffusionModelUNet, float]:
    """What `train` wrote, ready to sample."""
    state = torch.load(weights, map_location="cpu", weights_only=True)
    autoencoder, unet = networks()
    autoencoder.load_state_dict(state["autoencoder"])
    unet.load_state_dict(state["unet"])
    return autoencoder.eval(), unet.eval(), float(state["scale"])


def stock_model(weights: str, ours: DiffusionModel) -> DiffusionModel:
    """What `train` wrote, in the place of the network, autoencoder and sampler of our model."""
    autoencoder, unet, scale = load(weights)

    def ddim(network: Any, noise: torch.Tensor, condition: torch.Tensor, *_: Any) -> torch.Tensor:
        """Latents (B, 1, 64, 64) of the first numbers of the noise, by DDIM."""
        scheduler = DDIMScheduler(**NOISE)
        scheduler.set_timesteps(DDIM_STEPS)
        start = noise.flatten(1)[:, : 64 * 64].reshape(-1, 1, 64, 64)
        planes = pool_to_grid(condition, start.shape)
        latents: torch.Tensor = DiffusionInferer(scheduler).sample(
            start, network, scheduler, conditioning=planes, mode="concat", verbose=False
        )
        return latents / scale

    decode = SimpleNamespace(decode=autoencoder.decode_stage_2_outputs)
    return replace(ours, network=unet, autoencoder=decode, sampler=ddim)  # type: ignore[arg-type]


def table(pairs: str, weights: str, ours: str, output: str, count: int = 192, batch: int = 8, threads: int = 2) -> None:
    """FD, KID and lungs found again of both, on the masks of validation pairs; prints and writes the table.

    Args:
        pairs: what `python -m recipes.default_data pairs` wrote.
        weights: of `train`.
        ours: weights of our image network that had the same time.
        output: the figures as JSON.
        count: images to sample.
        batch: masks at once.
        threads: of the CPU.
    """
    torch.set_num_threads(threads)
    model, judge = open_model(IMAGE_BUNDLE), open_bundle(bundles_root() / FILTER_BUNDLE)
    load_weights(model.network, ours)
    encoders = {name: open_encoder(name, judge) for name in BUILT_IN}
    expert = AnatomyExpert.from_bundle(bundles_root() / FILTER_BUNDLE)
    cases, others = (loaded_pairs(pairs, split, count) for split in ("validation", "training"))

    def real(part: Sequence[Any]) -> Images:
        return np.stack([np.asarray(case["image"], dtype=np.float32) for case in part])

    images = {"real, other patients": real(others)}
    images["ours"] = np.concatenate(list(generate_images(model, cases, batch)))
    images["stock"] = np.concatenate(list(generate_images(stock_model(weights, model), cases, batch)))
    anatomy = np.stack([np.asarray(case["anatomy"]) for case in cases])
    truth = {name: np.asarray(encoder.encode(real(cases))) for name, encoder in encoders.items()}
    figures: dict[str, Any] = {}
    for name, made in images.items():
        row = {}
        for key, encoder in encoders.items():
            features = np.asarray(encoder.encode(made))
            row[f"FD, {key}"] = frechet_distance(truth[key], features)
            row[f"KID, {key}"] = kernel_distance(truth[key], features)
        if name != "real, other patients":
            row["Dice, lungs"] = float(structure_dice(made, anatomy, expert)[:, :2].mean())
        figures[name] = row
    Path(output).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print("| | " + " | ".join(images) + " |\n|" + " --- |" * (len(images) + 1))
    for key in figures["ours"]:
        print(f"| {key} | " + " | ".join(f"{row[key]:.3f}" if key in row else "" for row in figures.values()) + " |")


if __name__ == "__main__":
    fire.Fire({"train": train, "table": table})
