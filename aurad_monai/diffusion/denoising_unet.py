# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The denoising network of the diffusion bundles: MONAI's DiffusionModelUNet, which can be called with one tensor too.

Takes latents and condition, time and context, or one tensor that joins them; gives the network's output. The weights
are those of MONAI's network under the same names. The Model Zoo's checks and MONAI's `verify_net_in_out`, `ckpt_export`
and `onnx_export` call networks with one tensor, `image`.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from monai.networks.nets import DiffusionModelUNet
from torch import nn

from aurad_monai.diffusion.export_wrapper import unpack
from aurad_monai.prompts.context import TOKENS
from aurad_monai.traced import Traced


class DenoisingUNet(DiffusionModelUNet):
    """`network(x, timesteps, context)`, or `network(pack(x, timesteps, context))`.

    Args:
        args: as of MONAI's network, which needs `cross_attention_dim`.
        context_tokens: tokens of the context.
        kwargs: as of MONAI's network.
    """

    def __init__(self, *args: Any, context_tokens: int = TOKENS, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.in_channels: int
        self.context_shape = (context_tokens, int(kwargs["cross_attention_dim"]))

    def forward(
        self,
        x: torch.Tensor,
        timesteps: torch.Tensor | None = None,
        context: torch.Tensor | None = None,
        class_labels: torch.Tensor | None = None,
        down_block_additional_residuals: tuple[torch.Tensor] | None = None,
        mid_block_additional_residual: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Output (B, L, h, w).

        Args:
            x: latents and condition (B, C, h, w); without timesteps what `pack` joins, (B, C + 2, h, w).
            timesteps: (B,).
            context: (B, tokens, features).
            class_labels: as of MONAI's network.
            down_block_additional_residuals: of a ControlNet.
            mid_block_additional_residual: of a ControlNet.
        """
        if timesteps is None:
            x, timesteps, context = unpack(x, *self.context_shape)
        residuals = down_block_additional_residuals, mid_block_additional_residual
        return super().forward(x, timesteps, context, class_labels, *residuals)

    def __prepare_scriptable__(self) -> nn.Module:
        """For `torch.jit.script`, which cannot read MONAI's network: one tensor in, traced."""
        level = 2 ** (len(self.block_out_channels) - 1)
        edge = level * math.ceil(math.sqrt(math.prod(self.context_shape)) / level)
        return Traced(self, (2, self.in_channels + 2, edge, edge))
