# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A packed network says what the network says, with the network's own weights."""

from __future__ import annotations

import pytest
import torch
from monai.networks.nets import DiffusionModelUNet

from aurad_monai.diffusion.export_wrapper import ExportWrapper, pack
from aurad_monai.errors import InputError
from tests.diffusion.small_unet import small_unet


def unet() -> DiffusionModelUNet:
    """A small network with weights drawn, the zero-initialized ones too."""
    network = small_unet(5, 3)
    torch.manual_seed(0)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return network.eval()


@torch.no_grad()
def test_packed_equals_plain_for_every_case_of_a_batch() -> None:
    network = unet()
    x, context, times = torch.randn(3, 5, 16, 16), torch.rand(3, 4, 6), torch.tensor([0.0, 500.0, 1000.0])
    packed = ExportWrapper(network, tokens=4, features=6)(pack(x, times, context))
    plain = network(x, times, context=context)
    torch.testing.assert_close(packed, plain)
    assert not torch.allclose(plain, network(x, times.flip(0), context=context), atol=1e-3)


def test_it_loads_the_weights_of_the_network_and_its_own() -> None:
    network, other = unet(), ExportWrapper(unet(), 4, 6)
    torch.nn.init.normal_(other.network.out[2].conv.weight)
    other.load_state_dict(network.state_dict())
    assert torch.equal(other.network.out[2].conv.weight, network.out[2].conv.weight)
    other.load_state_dict(ExportWrapper(network, 4, 6).state_dict())
    with pytest.raises(RuntimeError):
        other.load_state_dict({"out": torch.zeros(1)})


def test_a_context_that_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="context"):
        pack(torch.zeros(1, 5, 4, 4), torch.zeros(1), torch.zeros(1, 4, 6))
