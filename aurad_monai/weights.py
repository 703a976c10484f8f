# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""State dicts on disk: read without running anything in the file, loaded without leaving a tensor out.

Takes a file of `torch.save` or a safetensors file; gives tensors by name, or the network that has them.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from aurad_monai.errors import InputError

State = dict[str, torch.Tensor]
WRAPPED = ("state_dict", "model", "network", "model_state_dict")
"""Keys under which checkpoints keep a state dict."""
_FAULTS = (OSError, RuntimeError, pickle.UnpicklingError, EOFError, LookupError, AttributeError, TypeError, ValueError)


def read_checkpoint(path: str | Path, allowed: str = "a checkpoint of tensors alone") -> Any:
    """What a file holds that was written with `torch.save`; nothing in it is run.

    Args:
        path: the file.
        allowed: what to say is allowed where it cannot be read.

    Raises:
        InputError: no such file, or it holds more than tensors and plain values.
    """
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except _FAULTS as error:
        why = " ".join(str(error).split())[:80]
        raise InputError("weights", path, f"{allowed} ({why})", "save network.state_dict() with torch.save") from error


def read_state(path: str | Path) -> State:
    """The state dict in a checkpoint or a safetensors file, without the prefix of a parallel wrapper.

    Raises:
        InputError: it holds no state dict.
    """
    content = _read_safetensors(path) if Path(path).suffix == ".safetensors" else read_checkpoint(path)
    for name in WRAPPED:
        if isinstance(content, dict) and isinstance(content.get(name), dict):
            content = content[name]
    if not isinstance(content, dict) or not all(isinstance(value, torch.Tensor) for value in content.values()):
        raise InputError("weights", path, "a state dict", "save network.state_dict() with torch.save")
    return {str(name).removeprefix("module."): value for name, value in content.items()}


def load_strictly(network: nn.Module, state: Mapping[str, torch.Tensor], path: str | Path) -> nn.Module:
    """A network with the tensors of a state dict, every one and no other, set to evaluation.

    Raises:
        InputError: they are of another network; names the file `path` that they came from.
    """
    try:
        network.load_state_dict(state, strict=True)
    except _FAULTS as error:
        why = " ".join(str(error).split())[:100]
        raise InputError("weights", path, f"a state dict of this network ({why})", "check the file") from error
    return network.eval()


def is_finite(state: Any) -> bool:
    """Whether every floating-point tensor of a state dict, however nested, is finite."""
    if isinstance(state, torch.Tensor):
        return not state.is_floating_point() or bool(state.isfinite().all())
    values = state.values() if isinstance(state, Mapping) else state if isinstance(state, (list, tuple)) else ()
    return all(map(is_finite, values))


def _read_safetensors(path: str | Path) -> State:
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise InputError("weights", path, f"a safetensors file ({str(error)[:80]})", "check the file") from error
