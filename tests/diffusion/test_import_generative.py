# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Weights of monai-generative give the same numbers in MONAI, and what would not is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from aurad_monai.bundles.bundle import expected_hashes
from aurad_monai.cli.main import main
from aurad_monai.diffusion.import_generative import core_arguments, import_generative
from aurad_monai.errors import InputError
from aurad_monai.weights import read_state

generative = pytest.importorskip("generative.networks.nets", reason="the extra 'generative' is not installed")

LEVELS = {"spatial_dims": 2, "num_channels": [8, 16], "attention_levels": [False, True], "norm_num_groups": 4}
AUTOENCODER = {**LEVELS, "num_res_blocks": 1, "latent_channels": 3}
UNET = {**LEVELS, "in_channels": 3, "out_channels": 3, "num_res_blocks": 1, "num_head_channels": 8}
CONDITIONED = {"with_conditioning": True, "cross_attention_dim": 6}
CONTROLNET = {name: value for name, value in UNET.items() if name != "out_channels"} | CONDITIONED
CONTROLNET |= {"conditioning_embedding_in_channels": 4, "conditioning_embedding_num_channels": [8]}


def filled(network: nn.Module) -> nn.Module:
    """Zero-initialized layers would make any two networks agree."""
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(0.1 * torch.randn(parameter.shape, generator=generator))
    return network.eval()


def both(network: str, name: str, arguments: dict[str, Any]) -> tuple[nn.Module, nn.Module]:
    """The old network and the imported one."""
    old = filled(getattr(generative, name)(**arguments))
    return old, import_generative(network, arguments, old.state_dict())


@torch.no_grad()
def test_autoencoder() -> None:
    old, new = both("autoencoder", "AutoencoderKL", AUTOENCODER)
    image = torch.rand(1, 1, 16, 16)
    for one, other in zip(old.encode(image), new.encode(image), strict=True):
        assert (one - other).abs().max() < 1e-5
    latents = torch.randn(1, 3, 8, 8)
    assert (old.decode(latents) - new.decode(latents)).abs().max() < 1e-5


@torch.no_grad()
@pytest.mark.parametrize("conditioned", [False, True])
def test_unet(conditioned: bool) -> None:
    old, new = both("unet", "DiffusionModelUNet", UNET | (CONDITIONED if conditioned else {}))
    given = {"context": torch.randn(2, 4, 6)} if conditioned else {}
    latents, times = torch.randn(2, 3, 8, 8), torch.tensor([3, 700])
    assert (old(latents, times, **given) - new(latents, times, **given)).abs().max() < 1e-5


@torch.no_grad()
def test_controlnet() -> None:
    old, new = both("controlnet", "ControlNet", CONTROLNET)
    given = {"x": torch.randn(2, 3, 8, 8), "timesteps": torch.tensor([3, 700]), "context": torch.randn(2, 4, 6)}
    down, middle = old(**given, controlnet_cond=torch.rand(2, 4, 8, 8).fill_(0.5))
    down_new, middle_new = new(**given, controlnet_cond=torch.rand(2, 4, 8, 8).fill_(0.5))
    assert (middle - middle_new).abs().max() < 1e-5
    assert all((one - other).abs().max() < 1e-5 for one, other in zip(down, down_new, strict=True))


def test_an_unconditioned_controlnet_is_refused() -> None:
    with pytest.raises(InputError, match="conditioned ControlNet"):
        core_arguments("controlnet", UNET)


def test_weights_of_another_network_are_refused() -> None:
    state = filled(generative.AutoencoderKL(**AUTOENCODER)).state_dict()
    with pytest.raises(InputError, match="check --config"):
        import_generative("unet", UNET, state)
    with pytest.raises(InputError, match="check --config"):
        import_generative("autoencoder", AUTOENCODER | {"num_channels": [8, 8]}, state)


def test_checkpoints_are_read_without_pickle(tmp_path: Path) -> None:
    torch.save({"state_dict": {"module.a": torch.zeros(1)}, "epoch": 3}, tmp_path / "wrapped.pt")
    assert set(read_state(tmp_path / "wrapped.pt")) == {"a"}
    torch.save(nn.Linear(2, 2), tmp_path / "pickled.pt")
    with pytest.raises(InputError, match="tensors alone"):
        read_state(tmp_path / "pickled.pt")


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = filled(generative.AutoencoderKL(**AUTOENCODER))
    torch.save(old.state_dict(), tmp_path / "old.pt")
    config = {"autoencoder_def": {"_target_": "generative.networks.nets.AutoencoderKL", **AUTOENCODER}}
    (tmp_path / "inference.json").write_text(json.dumps(config))
    words = ["import-weights", str(tmp_path / "old.pt"), "--network", "autoencoder"]
    words += ["--config", str(tmp_path / "inference.json"), "--output", str(tmp_path / "new.pt")]
    (tmp_path / "SHA256SUMS").touch()  # as in the models folder of a bundle, which holds nothing that is not listed
    assert main(words) == 0
    assert expected_hashes(tmp_path).keys() == {"new.pt", "new.json"}
    made = json.loads((tmp_path / "new.json").read_text())
    assert made["_target_"] == "monai.networks.nets.AutoencoderKL" and made["include_fc"] is False
    assert main(words) == 2 and "new file" in capsys.readouterr().err
    assert main([*words[:3], "vae", *words[4:]]) == 2 and "controlnet" in capsys.readouterr().err
