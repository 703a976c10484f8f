# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Networks of the cascade: a base that decides anatomy and pathology at 64 x 64 pixels, and an upsampler of texture.

In: noise, masks and what is known of findings as channels, context tokens. Out: velocities (data minus noise).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from monai.networks.nets import DiffusionModelUNet
from torch import nn
from torch.nn import functional

FINDINGS = 13
STRUCTURES = 3
MASKS = STRUCTURES + FINDINGS
CONDITIONS = MASKS + 2 * FINDINGS + 2
"""Channels of a condition: anatomy 3, pathology 13, mask given 13, finding present (1), absent (-1) or unknown (0) 13,
inside of the film, letters and devices."""
KEPT = (*range(STRUCTURES), CONDITIONS - 2, CONDITIONS - 1)
"""Channels that the unguided branch of classifier-free guidance keeps."""
CONTEXT = 36


def haar(image: torch.Tensor) -> torch.Tensor:
    """(B, 1, 2h, 2w) to its orthonormal Haar coefficients (B, 4, h, w): mean, horizontal, vertical, diagonal."""
    a, b, c, d = functional.pixel_unshuffle(image, 2).unbind(1)
    return torch.stack([a + b + c + d, a - b + c - d, a + b - c - d, a - b - c + d], 1) / 2


def inverse_haar(coefficients: torch.Tensor) -> torch.Tensor:
    """The inverse of `haar`."""
    m, h, v, d = coefficients.unbind(1)
    return functional.pixel_shuffle(torch.stack([m + h + v + d, m - h + v - d, m + h - v - d, m - h - v + d], 1) / 2, 2)


class BaseNetwork(nn.Module):
    """Velocity of scaled Haar coefficients of 64 x 64 pixels.

    Coefficients are divided by a quarter of the square root of their deviation, as the leading components of the
    8 x 8 blocks of the 256-pixel network are (`ImageLatentSpace`), so that its weights can be carried over.

    Args:
        channels: widths at 32 x 32, 16 x 16 and so on; attention at the last.
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, channels: Sequence[int] = (64, 128, 192)) -> None:
        super().__init__()
        self.net = DiffusionModelUNet(
            spatial_dims=2,
            in_channels=4 + CONDITIONS,
            out_channels=4,
            num_res_blocks=1,
            channels=tuple(channels),
            attention_levels=(False,) * (len(channels) - 1) + (True,),
            num_head_channels=32,
            norm_num_groups=32 if channels[0] % 32 == 0 else 16,
            with_conditioning=True,
            cross_attention_dim=CONTEXT,
        )
        self.register_buffer("mean", torch.zeros(4))
        self.register_buffer("std", torch.ones(4))

    def encode(self, image: torch.Tensor) -> torch.Tensor:
        """(B, 1, 64, 64) in [0, 1] to scaled coefficients (B, 4, 32, 32)."""
        return (haar(image) - self.mean[:, None, None]) / self.std[:, None, None]

    def decode(self, coefficients: torch.Tensor) -> torch.Tensor:
        """The inverse of `encode`."""
        return inverse_haar(coefficients * self.std[:, None, None] + self.mean[:, None, None])

    @torch.no_grad()
    def fit(self, image: torch.Tensor) -> None:
        """Set the scale from training images (B, 1, 64, 64)."""
        found = haar(image)
        self.mean.copy_(found.mean((0, 2, 3)))
        self.std.copy_(found.std((0, 2, 3)).sqrt() / 4)

    def forward(
        self, state: torch.Tensor, times: torch.Tensor, condition: torch.Tensor, context: torch.Tensor
    ) -> torch.Tensor:
        """Velocity (B, 4, 32, 32) of noisy coefficients at times (B,) in [0, 1], 1 being noise."""
        velocity: torch.Tensor = self.net(torch.cat([state, condition], 1), times * 1000, context=context)
        return velocity


@torch.no_grad()
def carry_over(
    base: BaseNetwork, images: torch.Tensor, network: dict[str, torch.Tensor], autoencoder: dict[str, torch.Tensor]
) -> None:
    """Start the base from the latent network of 256-pixel images: its first and last layers are projected.

    Args:
        base: fitted, with the widths of the latent network.
        images: (B, 1, 256, 256) training images for the least squares between latents and coefficients.
        network: state of the latent network of bundle 0.8.
        autoencoder: state of its `ImageLatentSpace`.
    """
    network, autoencoder = ({key: value.float() for key, value in s.items()} for s in (network, autoencoder))
    blocks = functional.pixel_unshuffle(images, 8) - autoencoder["offset"][:, None, None]
    raw = torch.einsum("lc,bchw->blhw", autoencoder["basis"], blocks) - autoencoder["latent_mean"][:, None, None]
    latents = (raw / autoencoder["latent_std"][:, None, None]).permute(0, 2, 3, 1).flatten(0, 2)
    own = base.encode(functional.avg_pool2d(images, 4)).permute(0, 2, 3, 1).flatten(0, 2)
    latents, own = latents - latents.mean(0), own - own.mean(0)
    to_latents, to_own = torch.linalg.lstsq(own, latents).solution, torch.linalg.lstsq(latents, own).solution
    first, last, count = network["conv_in.conv.weight"], network["out.2.conv.weight"], len(autoencoder["basis"])
    carried = torch.zeros_like(base.net.state_dict()["conv_in.conv.weight"])
    carried[:, :4] = torch.einsum("olij,ul->ouij", first[:, :count], to_latents)
    carried[:, 4 : 4 + MASKS] = first[:, count:]
    network |= {"conv_in.conv.weight": carried, "out.2.conv.weight": torch.einsum("lcij,lu->ucij", last, to_own)}
    base.net.load_state_dict(network | {"out.2.conv.bias": network["out.2.conv.bias"] @ to_own})


class Upsampler(nn.Module):
    """Fine texture of a radiograph whose coarse content is given: residuals to its cubic interpolation.

    The network works on blocks of 4 x 4 output pixels, so that convolutions at full size are avoided, and has no
    attention, so that it is trained on patches and sampled at any size.

    Args:
        scale: output pixels an input pixel along an edge, 2 or 4.
        channels: widths at 1/4, 1/8 and so on of the output's resolution.
    """

    blocks = 4
    residual_std: torch.Tensor

    def __init__(self, scale: int = 4, channels: Sequence[int] = (64, 128)) -> None:
        super().__init__()
        self.scale, self.shuffle = scale, self.blocks // scale
        self.register_buffer("residual_std", torch.tensor(0.03))
        self.net = DiffusionModelUNet(
            spatial_dims=2,
            in_channels=self.blocks**2 + self.shuffle**2 + MASKS + 3,
            out_channels=self.blocks**2,
            num_res_blocks=1,
            channels=tuple(channels),
            attention_levels=(False,) * len(channels),
            norm_num_groups=16,
        )

    def enlarge(self, low: torch.Tensor) -> torch.Tensor:
        """Cubic interpolation (B, 1, H, W) of (B, 1, H / scale, W / scale)."""
        return functional.interpolate(low, scale_factor=self.scale, mode="bicubic", align_corners=False)

    def to_state(self, image: torch.Tensor, low: torch.Tensor) -> torch.Tensor:
        """The residual of an image to the enlarged low-resolution one, in blocks, about unit deviation."""
        return functional.pixel_unshuffle((image - self.enlarge(low)) / self.residual_std, self.blocks)

    def to_image(self, state: torch.Tensor, low: torch.Tensor) -> torch.Tensor:
        """The inverse of `to_state`."""
        return self.enlarge(low) + functional.pixel_shuffle(state, self.blocks) * self.residual_std

    def forward(
        self, state: torch.Tensor, times: torch.Tensor, low: torch.Tensor, condition: torch.Tensor, noise: torch.Tensor
    ) -> torch.Tensor:
        """Velocity (B, 16, h, w) of a noisy residual.

        Args:
            state: (B, 16, h, w), a block of 4 x 4 output pixels a cell.
            times: (B,) in [0, 1], 1 being noise.
            low: the low-resolution image (B, 1, 4 h / scale, 4 w / scale), with noise of deviation `noise` added.
            condition: masks, inside of the film, letters and devices: (B, 18, h, w).
            noise: (B,).
        """
        level = (noise * 10).view(-1, 1, 1, 1).expand(-1, 1, *state.shape[-2:])
        parts = [state, functional.pixel_unshuffle(low * 2 - 1, self.shuffle), condition, level]
        velocity: torch.Tensor = self.net(torch.cat(parts, 1), times * 1000)
        return velocity
