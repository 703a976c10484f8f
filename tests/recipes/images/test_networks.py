# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The cascade's networks: transforms that invert, weights carried over, residuals of an upsampler."""

from __future__ import annotations

import pytest
import torch
from monai.networks.nets import DiffusionModelUNet

from recipes.images.networks import CONDITIONS, MASKS, BaseNetwork, Upsampler, carry_over, haar, inverse_haar

WIDTHS = (32, 64)


def test_haar_keeps_length_and_inverts() -> None:
    image = torch.rand(2, 1, 8, 8)
    coefficients = haar(image)
    torch.testing.assert_close(inverse_haar(coefficients), image)
    torch.testing.assert_close(coefficients.square().sum(), image.square().sum())
    assert torch.allclose(haar(torch.full((1, 1, 4, 4), 0.3))[:, 1:], torch.zeros(1))


def test_base_inverts_and_scales_the_mean_most() -> None:
    base = BaseNetwork(WIDTHS)
    smooth = torch.nn.functional.interpolate(torch.rand(8, 1, 4, 4), (64, 64), mode="bilinear")
    base.fit(smooth)
    encoded = base.encode(smooth)
    torch.testing.assert_close(base.decode(encoded), smooth)
    deviations = encoded.std((0, 2, 3))
    assert deviations[0] > deviations[1:].max()


def test_carried_over_weights_answer_as_before_where_latents_are_coefficients() -> None:
    """With latents that are the four coefficients themselves nothing may be lost."""
    torch.manual_seed(0)
    base, images = BaseNetwork(WIDTHS), torch.rand(4, 1, 256, 256)
    base.fit(torch.nn.functional.avg_pool2d(images, 4))
    old = DiffusionModelUNet(2, 4 + MASKS, 4, 1, WIDTHS, (False, True), num_head_channels=32, norm_num_groups=32,
                             with_conditioning=True, cross_attention_dim=36)  # fmt: skip
    torch.nn.init.normal_(old.out[2].conv.weight, std=0.1)
    pixels = torch.arange(8)
    quadrant = (pixels[:, None] // 4 * 2 + pixels // 4).flatten()
    signs = torch.tensor([[1.0, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]])
    basis = signs[:, quadrant] / 32
    autoencoder = {"basis": basis, "offset": torch.zeros(64), "latent_mean": base.mean, "latent_std": base.std}
    carry_over(base, images, old.state_dict(), autoencoder)
    state, masks, context = torch.randn(2, 4, 32, 32), torch.rand(2, MASKS, 32, 32), torch.randn(2, 16, 36)
    condition = torch.cat([masks, torch.ones(2, CONDITIONS - MASKS, 32, 32)], 1)
    with torch.no_grad():
        expected = old(torch.cat([state, masks], 1), torch.tensor([300.0, 700.0]), context=context)
        found = base(state, torch.tensor([0.3, 0.7]), condition, context)
    assert expected.std() > 0.01
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("scale", [2, 4])
def test_upsampler_works_at_any_size_and_inverts(scale: int) -> None:
    network = Upsampler(scale, (16, 32))
    for size in (32, 64):
        image = torch.rand(1, 1, size, size)
        low = torch.nn.functional.avg_pool2d(image, scale)
        state = network.to_state(image, low)
        torch.testing.assert_close(network.to_image(state, low), image, atol=1e-5, rtol=1e-5)
        condition = torch.zeros(1, MASKS + 2, size // 4, size // 4)
        assert network(state, torch.ones(1), low, condition, torch.zeros(1)).shape == state.shape
