# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Denoising network run by ONNX Runtime on the CPU, several times faster than eager torch.

Takes the network, exported once and cached; gives a module of the same call.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import nn

from aurad_monai.errors import InputError
from aurad_monai.files import whole_file

INPUTS, OUTPUT = ("x", "timesteps", "context"), "output"
OPSET = 17


def cache_folder() -> Path:
    """Where exported networks are kept: `$XDG_CACHE_HOME/aurad_monai`, as a rule `~/.cache/aurad_monai`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "aurad_monai"


class OnnxNetwork(nn.Module):
    """`network(x, timesteps, context)` by ONNX Runtime on the CPU; equal to eager to rounding.

    Args:
        network: MONAI DiffusionModelUNet with its weights.
        channels: of x.
        size: height and width of x.
        tokens: (count, features) of the context.
        name: tells the exported file apart in the cache; the hash of the weights.

    Raises:
        InputError: ONNX or ONNX Runtime is not installed.
    """

    def __init__(
        self, network: nn.Module, channels: int, size: tuple[int, int], tokens: tuple[int, int], name: str
    ) -> None:
        super().__init__()
        try:
            import onnx  # noqa: F401  (the exporter needs it)
            import onnxruntime
        except ImportError as error:
            raise InputError("engine", "onnx", "torch", "or pip install 'aurad-monai[onnx]'") from error
        path = cache_folder() / f"{name}-{size[0]}x{size[1]}.onnx"
        if not path.is_file():
            export(network, channels, size, tokens, path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def forward(self, x: torch.Tensor, timesteps: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        """Output (B, L, h, w) of x (B, C, h, w), timesteps (B,) and context (B, tokens, features), float32."""
        given = (x, timesteps.float(), context)
        feed = {key: value.numpy(force=True) for key, value in zip(INPUTS, given, strict=True)}
        made: Any = self.session.run([OUTPUT], feed)[0]
        return torch.from_numpy(made).to(x.device)


def export(network: nn.Module, channels: int, size: tuple[int, int], tokens: tuple[int, int], path: Path) -> None:
    """Write a network as ONNX, for any batch; the file is there whole or not at all."""
    example = (torch.zeros(2, channels, *size), torch.zeros(2), torch.zeros(2, *tokens))
    with whole_file(path) as partial, warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Positional(network.cpu().eval()),
            example,
            str(partial),
            input_names=list(INPUTS),
            output_names=[OUTPUT],
            dynamic_axes={key: {0: "batch"} for key in (*INPUTS, OUTPUT)},
            opset_version=OPSET,
            dynamo=False,
        )


class _Positional(nn.Module):
    """The network with its context by position, as the exporter calls it."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor, timesteps: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        """As of the network."""
        made: torch.Tensor = self.network(x, timesteps, context=context)
        return made
