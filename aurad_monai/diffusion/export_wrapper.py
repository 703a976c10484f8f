# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""One tensor for the three inputs of a diffusion network, for TorchScript, ONNX and MONAI's own checks.

Takes latents and condition, time and context; gives one tensor in which time and context are two more planes, and back.
`verify_net_in_out`, `ckpt_export` and `onnx_export` of monai.bundle know networks of one tensor in and one out only.
Our own network takes it as it is (`denoising_unet.py`); the wrapper is for MONAI's, and loads its weight file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from aurad_monai.errors import InputError
from aurad_monai.prompts.context import FEATURES, TOKENS

PREFIX = "network."


class ExportWrapper(nn.Module):
    """One tensor in, one out: `network(x, timesteps, context)` on what `pack` joins.

    Args:
        network: MONAI DiffusionModelUNet with cross-attention.
        tokens: of the context.
        features: of a token.
    """

    def __init__(self, network: nn.Module, tokens: int = TOKENS, features: int = FEATURES) -> None:
        super().__init__()
        self.network = network
        self.tokens = tokens
        self.features = features

    def forward(self, packed: torch.Tensor) -> torch.Tensor:
        """Output (B, L, h, w) of packed input (B, C + 2, h, w), see `pack`."""
        x, timesteps, context = unpack(packed, self.tokens, self.features)
        output: torch.Tensor = self.network(x, timesteps, context=context)
        return output

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> Any:
        """Load weights of this wrapper, or those of the network as `models/model.pt` holds them."""
        if not any(key.startswith(PREFIX) for key in state_dict):
            state_dict = {PREFIX + key: value for key, value in state_dict.items()}
        return super().load_state_dict(state_dict, strict=strict, assign=assign)


def pack(x: torch.Tensor, timesteps: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
    """Join the inputs of a diffusion network.

    Args:
        x: latents and condition (B, C, h, w).
        timesteps: (B,).
        context: (B, tokens, features); its numbers must fit in one plane.

    Returns:
        (B, C + 2, h, w): x, the time everywhere, and the context row by row, padded with zeros.

    Raises:
        InputError: the plane is too small for the context.
    """
    batch, _, height, width = x.shape
    numbers = context.flatten(1)
    if numbers.shape[1] > height * width:
        raise InputError("context", tuple(context.shape), f"at most {height * width} numbers for planes of this size")
    time = timesteps.to(x).reshape(batch, 1, 1, 1).expand(batch, 1, height, width)
    plane = functional.pad(numbers, (0, height * width - numbers.shape[1])).reshape(batch, 1, height, width)
    return torch.cat([x, time, plane.to(x)], dim=1)


def unpack(packed: torch.Tensor, tokens: int, features: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What `pack` joined, (B, C + 2, h, w): x (B, C, h, w), timesteps (B,) and context (B, tokens, features)."""
    context = packed[:, -1].flatten(1)[:, : tokens * features].reshape(-1, tokens, features)
    return packed[:, :-2], packed[:, -2, 0, 0], context
