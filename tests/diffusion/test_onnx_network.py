# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from aurad_monai.diffusion.onnx_network import OnnxNetwork, cache_folder
from tests.diffusion.small_unet import small_unet

pytest.importorskip("onnxruntime", reason="the onnx extra is not installed")


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> nn.Module:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    torch.manual_seed(0)
    made = small_unet(5, 2)
    for parameter in made.parameters():  # the last layers start at zero, which any network would equal
        nn.init.normal_(parameter, std=0.1)
    return made.eval()


@pytest.mark.parametrize("batch", [1, 3])
def test_it_equals_the_network_for_any_batch(network: nn.Module, batch: int) -> None:
    x, times, context = torch.randn(batch, 5, 16, 16), torch.rand(batch) * 1000, torch.randn(batch, 4, 6)
    with torch.no_grad():
        expected = network(x, times, context=context)
    made = OnnxNetwork(network, 5, (16, 16), (4, 6), "test")(x, times, context)
    assert expected.std() > 1e-3
    assert torch.allclose(made, expected, atol=1e-4)


def test_it_is_exported_once(network: nn.Module) -> None:
    OnnxNetwork(network, 5, (16, 16), (4, 6), "once")
    (file,) = cache_folder().iterdir()
    before = file.stat().st_mtime_ns
    OnnxNetwork(network, 5, (16, 16), (4, 6), "once")
    assert [item.stat().st_mtime_ns for item in cache_folder().iterdir()] == [before]
