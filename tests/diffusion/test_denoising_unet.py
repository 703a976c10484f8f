# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The denoising network says the same called with three inputs or one, scripted or not, and as MONAI's network."""

from __future__ import annotations

import pytest
import torch
from monai.networks.nets import DiffusionModelUNet

from aurad_monai.diffusion.denoising_unet import DenoisingUNet
from aurad_monai.diffusion.export_wrapper import pack

SMALL = {"spatial_dims": 2, "in_channels": 5, "out_channels": 3, "channels": (8, 16), "norm_num_groups": 4}
SMALL |= {"attention_levels": (False, True), "num_head_channels": 8, "num_res_blocks": 1}
SMALL |= {"with_conditioning": True, "cross_attention_dim": 6}


@pytest.fixture(scope="module")
def network() -> DenoisingUNet:
    made = DenoisingUNet(**SMALL, context_tokens=4)
    torch.manual_seed(0)
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return made.eval()


def inputs(edge: int, batch: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(1)
    return torch.randn(batch, 5, edge, edge), torch.linspace(0, 1000, batch), torch.rand(batch, 4, 6)


@torch.no_grad()
def test_one_tensor_or_three(network: DenoisingUNet) -> None:
    x, times, context = inputs(16, 3)
    assert torch.equal(network(pack(x, times, context)), network(x, times, context=context))


@torch.no_grad()
def test_it_is_the_network_of_monai_with_its_weights(network: DenoisingUNet) -> None:
    stock = DiffusionModelUNet(**SMALL).eval()
    stock.load_state_dict(network.state_dict())
    x, times, context = inputs(16, 2)
    assert torch.equal(network(x, times, context), stock(x, times, context))


@torch.no_grad()
@pytest.mark.parametrize(("edge", "batch"), [(8, 1), (24, 3)])
def test_scripted_for_any_batch_and_size(network: DenoisingUNet, edge: int, batch: int) -> None:
    packed = pack(*inputs(edge, batch))
    scripted = torch.jit.script(network)
    torch.testing.assert_close(scripted(packed), network(packed), rtol=1e-5, atol=1e-5)
    assert not torch.allclose(scripted(packed), scripted(packed.flip(-1)), atol=1e-3)
