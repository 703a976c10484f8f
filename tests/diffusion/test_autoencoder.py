# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Autoencoders: latents are standardized, decoded back, cached once, and sampled case by case."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from monai.networks.nets import DiffusionModelUNet
from torch import nn

from aurad_monai.diffusion.autoencoder import ImageAutoencoder, MaskAutoencoder
from aurad_monai.diffusion.latent_cache import CachedLatents
from aurad_monai.diffusion.noise import seeded_noise
from aurad_monai.diffusion.sample import SampleSettings, sample_batch
from aurad_monai.diffusion.sampler import FlowSampler
from aurad_monai.diffusion.scheduler import FlowScheduler
from tests.diffusion.small_unet import small_unet

CONTEXT = torch.randn(2, 3, 6, generator=torch.Generator().manual_seed(1))
IMAGES = torch.rand(8, 1, 32, 32, generator=torch.Generator().manual_seed(3))
CONDITION = torch.rand(2, 5, 32, 32, generator=torch.Generator().manual_seed(2))


def fitted_autoencoder(latent_channels: int = 2) -> ImageAutoencoder:
    """Fitted to random radiographs of 32 x 32."""
    torch.manual_seed(0)
    space = ImageAutoencoder(1, latent_channels, channels=(16, 16))
    space.fit([{"image": IMAGES[:4]}, {"image": IMAGES[4:]}], "image")
    return space.eval()


def network() -> DiffusionModelUNet:
    """A conditioned UNet; MONAI starts output convolutions at zero, which would make every comparison equal."""
    torch.manual_seed(0)
    unet = small_unet(7, 2)
    for module in unet.modules():
        if isinstance(module, nn.Conv2d) and not module.weight.any():
            nn.init.normal_(module.weight, std=0.2)
    return unet.eval()


def sample(guidance: float, seeds: list[int], rows: slice = slice(None)) -> torch.Tensor:
    noise = seeded_noise([(seed, 0) for seed in seeds], (2, 4, 4))
    sampler, settings = FlowSampler(FlowScheduler()), SampleSettings(3, guidance)
    return sample_batch(network(), sampler, fitted_autoencoder(), noise, CONDITION[rows], CONTEXT[rows], settings)


def test_latents_are_small_and_decode_to_the_data_shape() -> None:
    space = fitted_autoencoder()
    assert space.factor == 8
    assert space.encode(IMAGES).shape == (8, 2, 4, 4)
    assert space.decode(space.encode(IMAGES)).shape == space(IMAGES).shape == IMAGES.shape


def test_statistics_temper_and_travel_with_the_weights() -> None:
    space = fitted_autoencoder()
    latents = space.encode(IMAGES)
    assert torch.allclose(latents.mean(dim=(0, 2, 3)), torch.zeros(2), atol=1e-4)
    deviation = latents.std(dim=(0, 2, 3)) * space.latent_std  # of latents as they were before scaling
    assert torch.allclose(latents.std(dim=(0, 2, 3)), space.contrast * deviation.sqrt(), atol=1e-2)
    copy = ImageAutoencoder(1, 2, channels=(16, 16)).eval()
    copy.load_state_dict(space.state_dict())
    assert torch.equal(copy.encode(IMAGES), latents)


def test_the_basis_alone_restores_what_it_keeps() -> None:
    errors = []
    for kept in (2, 32, 64):
        space = fitted_autoencoder(kept)
        raw = space.encode(IMAGES) * space.latent_std[:, None, None] + space.latent_mean[:, None, None]
        errors.append((space.invert(raw) - IMAGES).abs().max().item())
    assert errors[0] > errors[1] > errors[2] and errors[2] < 1e-3


def test_noise_on_latents_is_for_training_only() -> None:
    space = fitted_autoencoder()
    assert torch.equal(space(IMAGES), space(IMAGES))
    space.train()
    assert not torch.equal(space(IMAGES), space(IMAGES))


def test_latents_of_masks_are_areas_and_findings_stay_apart() -> None:
    masks = torch.zeros(1, 3, 32, 32)
    masks[:, 0, 8:24, 8:24] = 1
    masks[:, 2, :, :4] = 1
    space = MaskAutoencoder(3, 3, channels=(16, 16)).fit([{"pathology": masks}], "pathology").eval()
    latents = space.encode(masks)
    assert torch.allclose(latents[0, 0, 1:3, 1:3], torch.ones(2, 2)) and latents[0, 0, 0, 0] == -1
    assert torch.allclose(latents[0, 1], -torch.ones(4, 4)) and torch.allclose(latents[0, 2, :, 0], torch.zeros(4))
    logits = space.invert((latents + 1) / 2)
    assert logits[0, 0, 16, 16] > 0 > logits[0, 0, 2, 2] and logits[0, 1].max() < 0


def test_four_cells_a_block_keep_areas_of_quarters_and_overlap_survives() -> None:
    masks = torch.zeros(1, 2, 32, 32)
    masks[:, 0, 8:28, 4:24] = 1  # an effusion
    masks[:, 1, 12:20, 8:16] = 1  # over a consolidation
    space = MaskAutoencoder(2, 8, channels=(16, 16)).fit([{"pathology": masks}], "pathology").eval()
    latents = space.encode(masks)
    areas = torch.nn.functional.pixel_shuffle(latents, 2)
    assert torch.allclose((areas + 1) / 2, torch.nn.functional.avg_pool2d(masks, 4), atol=1e-6)
    decoded = space.decode(latents) > 0
    for channel in range(2):
        both = (decoded[0, channel] & (masks[0, channel] > 0)).sum()
        assert 2 * both / (decoded[0, channel].sum() + masks[0, channel].sum()) > 0.93
    assert (decoded[0, 0] & decoded[0, 1]).sum() > 0.9 * 64


def test_cells_that_do_not_divide_a_block_are_refused() -> None:
    with pytest.raises(ValueError, match="latent_channels"):
        MaskAutoencoder(2, 6, channels=(16, 16)).fit_basis(torch.zeros(4, 2 * 64))


def test_latents_are_encoded_once(tmp_path: Path) -> None:
    space = fitted_autoencoder()
    data = IMAGES[:3]
    batches = [{"image": data, "condition": torch.ones(3, 5, 32, 32), "context": torch.ones(3, 3, 6)}]
    first = CachedLatents(str(tmp_path / "latents.pt"), space, batches, "image")
    again = CachedLatents(str(tmp_path / "latents.pt"), space, [], "image")
    assert len(first) == len(again) == 3
    assert torch.allclose(again[1]["latents"], space.encode(data)[1], atol=2e-3)
    assert again[1]["condition"].shape == (5, 4, 4) and again[1]["latents"].dtype == torch.float32
    assert [file.name for file in tmp_path.iterdir()] == ["latents.pt"]


@pytest.mark.parametrize("guidance", [1.0, 2.0])
def test_a_case_does_not_depend_on_its_batch(guidance: float) -> None:
    together, alone = sample(guidance, [3, 5]), sample(guidance, [5], slice(1, 2))
    assert torch.allclose(together[1:], alone, atol=1e-4)
    assert not torch.allclose(together[:1], alone, atol=1e-2)


def test_guidance_one_is_the_plain_model_and_more_differs() -> None:
    plain, nearly, strong = (sample(scale, [3, 5]) for scale in (1.0, 1.0 + 1e-7, 3.0))
    assert torch.allclose(plain, nearly, atol=1e-4)
    assert (plain - strong).abs().max() > 1e-3
