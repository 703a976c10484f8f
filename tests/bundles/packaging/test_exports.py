# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A network comes back from every format as it was, for other batches and sizes; one that differs is not kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.packaging import exports
from aurad_monai.bundles.packaging.exports import FORMATS, Network, export_network, networks, write_exports
from aurad_monai.cli.main import main
from aurad_monai.errors import InputError
from aurad_monai.experts.findings_network import FindingsNetwork
from aurad_monai.files import read_sums, sha256
from tests.bundles import tiny


class Small(nn.Module):
    """A convolution, and the mean of what it sees."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = nn.Conv2d(2, 3, 3, padding=1)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """(B, 3, H, W) of (B, 2, H, W)."""
        seen: torch.Tensor = self.inside(image)
        return seen + seen.mean(dim=(2, 3), keepdim=True)


@pytest.fixture
def network() -> Network:
    torch.manual_seed(0)
    return Network("model", "network_def", Small().eval(), (2, 32, 32))


def load(path: Path) -> Callable[[torch.Tensor], torch.Tensor]:
    if path.suffix == ".onnx":
        return exports._read_onnx(path)
    loaded: nn.Module = torch.export.load(path).module() if path.suffix == ".pt2" else torch.jit.load(path)
    return loaded


@torch.no_grad()
@pytest.mark.parametrize("name", FORMATS)
def test_it_comes_back_as_it_was(network: Network, tmp_path: Path, name: str) -> None:
    if name == "onnx":
        pytest.importorskip("onnxruntime")
    made = export_network(network, tmp_path / f"model.{name}", name)
    assert made.path.is_file() and made.difference <= 1e-5
    assert made.any_size
    data = torch.rand(5, 2, 64, 48)
    torch.testing.assert_close(load(made.path)(data), network.module(data), rtol=1e-5, atol=1e-5)


def test_one_that_differs_is_refused(network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(exports.LIMITS, "ts", -1.0)
    with pytest.raises(InputError, match="differs"):
        export_network(network, tmp_path / "model.ts", "ts")


def test_every_network_of_a_bundle_with_its_hash(tmp_path: Path) -> None:
    bundle = open_bundle(tiny.BUNDLES / tiny.EXPERTS, device="cpu")
    assert {found.name: found.entry for found in networks(bundle)} == {
        "model": "network_def",
        "findings": "findings_network_def",
        "marked": "marked_network_def",
        "encoder": "encoder_network_def",
    }
    made = write_exports(bundle, tmp_path, ["ts"])
    assert {export.path.name for export in made} == {"model.ts", "findings.ts", "marked.ts", "encoder.ts"}
    assert read_sums(tmp_path) == {export.path.name: sha256(export.path) for export in made}


@torch.no_grad()
@pytest.mark.parametrize("name", FORMATS)
def test_a_network_that_resizes_and_pools_comes_back(tmp_path: Path, name: str) -> None:
    """As the findings network does: antialias and pools of uneven parts, which the older ONNX exporter refuses."""
    if name == "onnx":
        pytest.importorskip("onnxruntime")
    torch.manual_seed(0)
    network = FindingsNetwork("lite0", width=8, size=64, second="lite0").eval()
    made = export_network(
        Network("findings", "findings_network_def", network, (1, 96, 96)), tmp_path / f"f.{name}", name
    )
    assert made.path.is_file() and made.difference <= exports.LIMITS[name]


def test_an_unknown_format_is_one_line(tmp_path: Path) -> None:
    assert main(["package", tiny.EXPERTS, "--with", "pt3", "--output", str(tmp_path / "out")]) == 2
    assert not (tmp_path / "out").exists()
