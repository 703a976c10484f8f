# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The smallest conditioned diffusion network that has every part of the real ones."""

from __future__ import annotations

from monai.networks.nets import DiffusionModelUNet


def small_unet(in_channels: int, out_channels: int) -> DiffusionModelUNet:
    """Two levels, attention at the second, context of six features; outputs are zero until weights are drawn."""
    return DiffusionModelUNet(
        spatial_dims=2,
        in_channels=in_channels,
        out_channels=out_channels,
        channels=(8, 16),
        attention_levels=(False, True),
        num_res_blocks=1,
        num_head_channels=8,
        norm_num_groups=4,
        with_conditioning=True,
        cross_attention_dim=6,
    )
