# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Our masks steer an imported network: a ControlNet is trained for twenty steps beside it, and sampled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from monai.networks.nets import AutoencoderKL, DiffusionModelUNet

from aurad_monai.bundles import check_weights
from tests.bundles import tiny

AUTOENCODER: dict[str, Any] = {"channels": [8, 16], "attention_levels": [False, False], "norm_num_groups": 4}
AUTOENCODER |= {"num_res_blocks": 1, "with_encoder_nonlocal_attn": False, "with_decoder_nonlocal_attn": False}
AUTOENCODER |= {"latent_channels": 3, "include_fc": False}
UNET: dict[str, Any] = {"channels": [8, 16], "attention_levels": [False, True], "num_res_blocks": 1}
UNET |= {"num_head_channels": 8, "norm_num_groups": 4, "with_conditioning": True, "cross_attention_dim": 6}


def test_a_controlnet_is_trained_and_sampled(training_set: Path, tmp_path: Path) -> None:
    root = tiny.copy_bundle(tiny.IMAGE, tmp_path)
    torch.manual_seed(0)
    torch.save(AutoencoderKL(spatial_dims=2, **AUTOENCODER).state_dict(), root / "models" / "ldm_autoencoder.pt")
    unet = DiffusionModelUNet(spatial_dims=2, in_channels=3, out_channels=3, **UNET)
    torch.nn.init.normal_(unet.out[-1].conv.weight)  # zeros would hide what the ControlNet does
    torch.save(unet.state_dict(), root / "models" / "ldm_unet.pt")
    entries = {f"autoencoder_def#{name}": value for name, value in AUTOENCODER.items()}
    entries |= {f"unet_def#{name}": value for name, value in UNET.items()} | {"controlnet_def#norm_num_groups": 4}
    entries |= {"dataset_dir": str(training_set), "device": "cpu", "batch_size": 2, "epochs": 10, "context_tokens": 2}
    workflow = tiny.open_workflow(root, "train_controlnet", learning_rate=1e-3, **entries)
    network = workflow.parser.get_parsed_content("network")
    kept = {name: value.clone() for name, value in network.unet.state_dict().items()}
    before = {name: value.clone() for name, value in network.controlnet.state_dict().items()}
    workflow.run()
    assert torch.load(root / "runs" / "controlnet" / "checkpoint.pt", weights_only=True)["iteration"] == 20
    assert all(torch.equal(value, kept[name]) for name, value in network.unet.state_dict().items())
    assert any(not torch.equal(value, before[name]) for name, value in network.controlnet.state_dict().items())
    assert "controlnet.pt" in check_weights(root)
    _sampled_images_depend_on_the_mask(workflow)


@torch.no_grad()
def _sampled_images_depend_on_the_mask(workflow: Any) -> None:
    network, sampler, scheduler, space, context = (
        workflow.parser.get_parsed_content(name)
        for name in ("network", "sampler", "sampling_scheduler", "latent_space", "context")
    )
    scheduler.set_timesteps(4)
    noise = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    images = []
    for value in (0.0, 1.0):
        given = {"cn_cond": torch.full((1, 16, 32, 32), value), "conditioning": context[None], "verbose": False}
        images.append(space.decode(sampler.sample(noise, network.unet, network.eval().controlnet, **given)))
    assert images[0].shape == (1, 1, 64, 64) and images[0].isfinite().all()
    assert (images[0] - images[1]).abs().max() > 1e-6
