# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Conversion of weights trained with monai-generative, which is archived, to the same network of MONAI.

Takes a checkpoint and the network's settings; gives the network of MONAI with its weights. MONAI's loaders are right
only for one setting of `include_fc`: AutoencoderKL without it, a conditioned DiffusionModelUNet or ControlNet with it,
an unconditioned UNet without. Any other setting fails or, worse, loads and gives other numbers; an unconditioned
ControlNet cannot be loaded at all. So the setting is not left to the user.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from monai.networks.nets import AutoencoderKL, ControlNet, DiffusionModelUNet
from torch import nn

from aurad_monai.errors import InputError
from aurad_monai.files import read_json

NETWORKS: dict[str, type[nn.Module]] = {
    "autoencoder": AutoencoderKL,
    "unet": DiffusionModelUNet,
    "controlnet": ControlNet,
}
RENAMED = {"num_channels": "channels", "use_checkpointing": "use_checkpoint"}
"""Arguments that have another name in MONAI."""
ENTRIES = {
    "autoencoder": ("autoencoder_def", "autoencoder", "stage1_def"),
    "unet": ("network_def", "diffusion_def", "unet_def", "diffusion", "network"),
    "controlnet": ("controlnet_def", "controlnet", "network_def"),
}
"""Where a bundle's config has the network, in this order."""


def read_definition(path: str | Path, network: str) -> dict[str, Any]:
    """The arguments of a network from a bundle's config, or from a JSON file of the arguments alone.

    Raises:
        InputError: no such file, no JSON, or no such network in it.
    """
    try:
        content = read_json(path)
    except (OSError, ValueError) as error:
        raise InputError("config", path, "a JSON file with the network's arguments", "give --config FILE") from error
    found = next((content[name] for name in ENTRIES[network] if isinstance(content.get(name), dict)), content)
    if "spatial_dims" not in found:
        raise InputError(
            "config", path, f"one of {', '.join(ENTRIES[network])}, or the arguments", "give --config FILE"
        )
    return {key: value for key, value in found.items() if not key.startswith("_")}


def core_arguments(network: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What MONAI's network is made with, so that the weights fit and give the same numbers.

    Raises:
        InputError: an unconditioned ControlNet.
    """
    renamed = {RENAMED.get(name, name): value for name, value in arguments.items()}
    conditioned = bool(renamed.get("with_conditioning"))
    if network == "controlnet" and not conditioned:
        raise InputError("network", "controlnet without conditioning", "a conditioned ControlNet", "train it anew")
    return renamed | {"include_fc": network != "autoencoder" and conditioned}


def import_generative(network: str, arguments: Mapping[str, Any], state: Mapping[str, torch.Tensor]) -> nn.Module:
    """MONAI's network with weights of monai-generative.

    Args:
        network: autoencoder, unet or controlnet.
        arguments: as monai-generative was given them.
        state: its state dict; left as it is.

    Raises:
        InputError: the weights are of another network.
    """
    try:
        made = NETWORKS[network](**core_arguments(network, arguments))
        with contextlib.redirect_stdout(io.StringIO()):  # MONAI prints that keys match
            made.load_old_state_dict(dict(state))  # type: ignore[operator]
    except InputError:
        raise
    except (RuntimeError, KeyError, TypeError, ValueError) as error:
        why = " ".join(str(error).split())[:120]
        raise InputError("file", network, f"weights of the network in the config ({why})", "check --config") from error
    _check_all_used(network, made, state, core_arguments(network, arguments)["include_fc"])
    return made.eval()


def _check_all_used(network: str, made: nn.Module, state: Mapping[str, torch.Tensor], include_fc: bool) -> None:
    """MONAI's loaders leave out what they do not know; as many numbers must come out as went in.

    The projection after attention is the exception: monai-generative has its weights and, unconditioned, never used it.
    """
    came = sum(value.numel() for value in made.state_dict().values())
    went = sum(value.numel() for name, value in state.items() if include_fc or ".proj_attn." not in name)
    if came != went:
        raise InputError("file", f"{went} numbers", f"the {came} numbers of this {network}", "check --config")
