# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Experts of others, tested on random weights in the official formats: what is loaded, and what never is."""

from __future__ import annotations

import hashlib
import pickle
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from aurad_monai.errors import InputError
from aurad_monai.experts import published_weights
from aurad_monai.experts.published_anatomy import CXASExpert, PSPNetExpert
from aurad_monai.experts.published_weights import PublishedWeights, download, locate, require
from aurad_monai.experts.xrayvision import XrayVisionEnsemble, XrayVisionExpert
from aurad_monai.experts.xrayvision_import import import_xrayvision
from aurad_monai.vocabulary import channel

IMAGES = np.random.default_rng(0).random((1, 1, 96, 96), dtype=np.float32)


@pytest.fixture(scope="module")
def densenet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An official checkpoint: a pickled module."""
    torch.manual_seed(0)
    module = import_xrayvision().models.DenseNet(weights=None, num_classes=18)
    path = tmp_path_factory.mktemp("weights") / "densenet.pt"
    torch.save(module.eval(), path)
    return path


def test_the_import_leaves_the_process_as_it_was() -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "torchxrayvision"]:
        del sys.modules[name]
    path, filters = list(sys.path), list(warnings.filters)
    import_xrayvision()
    assert sys.path == path and list(warnings.filters) == filters


def test_a_pickled_module_gives_what_the_library_gives(densenet: Path) -> None:
    expert = XrayVisionExpert("densenet121-res224-all", densenet)
    assert expert.size == 224
    expert.size = 64  # as large as a test needs
    found = expert(IMAGES)
    library = import_xrayvision()
    official = torch.load(densenet, weights_only=False).eval()
    official.op_threshs = torch.tensor(library.models.model_urls["all"]["op_threshs"])
    official.input_resolution = 64
    with torch.no_grad():
        expected = official(torch.from_numpy(IMAGES * 2048 - 1024))[0].numpy()
    labels = library.models.model_urls["all"]["labels"]
    assert found.shape == (1, 13)
    assert found[0, channel("effusion")] == pytest.approx(expected[labels.index("Effusion")], abs=1e-4)
    assert found[0, channel("mass")] == pytest.approx(expected[labels.index("Mass")], abs=1e-4)
    assert np.isnan(found[0, channel("calcification")])  # no such output


def test_untrained_outputs_are_nan_and_an_ensemble_averages_those_who_know(densenet: Path) -> None:
    ensemble = XrayVisionEnsemble({"chex": str(densenet), "nih": str(densenet)})
    for member in ensemble.members:
        member.size = 64
    chex, nih = (member(IMAGES)[0] for member in ensemble.members)
    assert np.isnan(chex[channel("emphysema")]) and np.isfinite(nih[channel("emphysema")])
    assert np.isnan(nih[channel("fracture")]) and np.isfinite(chex[channel("fracture")])
    both = ensemble(IMAGES)[0]
    assert both[channel("emphysema")] == nih[channel("emphysema")]
    assert both[channel("effusion")] == pytest.approx((chex + nih)[channel("effusion")] / 2)
    assert np.isnan(both[channel("calcification")])


def test_every_batch_is_checked(densenet: Path) -> None:
    expert = XrayVisionExpert("densenet121-res224-rsna", densenet)
    expert.size = 32
    expert(IMAGES)
    with pytest.raises(InputError, match="values"):
        expert(IMAGES * 2000 - 1000)


class Payload:
    """Would create a file when unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> Any:
        return Path.touch, (self.target,)


def test_code_in_a_checkpoint_does_not_run(tmp_path: Path) -> None:
    for save in (lambda item, path: torch.save(item, path), lambda item, path: path.write_bytes(pickle.dumps(item))):
        save(Payload(tmp_path / "ran"), tmp_path / "bad.pt")
        for make in (
            lambda: XrayVisionExpert("densenet121-res224-all", tmp_path / "bad.pt"),
            lambda: XrayVisionExpert("resnet50-res512-all", tmp_path / "bad.pt"),
            lambda: PSPNetExpert(tmp_path / "bad.pt"),
            lambda: CXASExpert(True, tmp_path / "bad.pt"),
        ):
            with pytest.raises(InputError):
                make()
    assert not (tmp_path / "ran").exists()


def test_a_resnet_is_loaded_strictly_and_its_dead_outputs_are_nan(tmp_path: Path) -> None:
    import_xrayvision()
    import torchvision

    network = torchvision.models.resnet50(num_classes=18, weights=None)
    network.conv1 = nn.Conv2d(1, 64, 7, 2, 3, bias=False)
    torch.save(network.state_dict(), tmp_path / "resnet.pt")
    expert = XrayVisionExpert("resnet50-res512-all", tmp_path / "resnet.pt")
    expert.size = 64
    assert np.isfinite(expert(IMAGES)[0]).sum() == 11
    state = network.state_dict()
    del state["fc.bias"]
    torch.save(state, tmp_path / "resnet.pt")
    with pytest.raises(InputError, match=r"fc\.bias"):
        XrayVisionExpert("resnet50-res512-all", tmp_path / "resnet.pt")


def test_pspnet_gives_our_structures(tmp_path: Path) -> None:
    module = import_xrayvision().baseline_models.chestx_det
    network = module.pspnet(14)
    torch.save({f"module.{name}": value for name, value in network.state_dict().items()}, tmp_path / "psp.pth")
    expert = PSPNetExpert(tmp_path / "psp.pth")
    expert.size = 96
    masks = expert(IMAGES)
    assert masks.shape == (1, 3, 96, 96) and set(np.unique(masks)) <= {0, 1}


def test_cxas_needs_an_acknowledgment_before_anything_is_read() -> None:
    with pytest.raises(InputError, match="NC"):
        CXASExpert(False, "nowhere.pth")
    with pytest.raises(InputError, match="weights"):
        CXASExpert(True, "nowhere.pth")


def test_cxas_loads_strictly(tmp_path: Path) -> None:
    torch.save({"model": {"other": torch.zeros(1)}}, tmp_path / "cxas.pth")
    with pytest.raises(InputError, match="state dict of this network"):
        CXASExpert(True, tmp_path / "cxas.pth")


def test_download_checks_keeps_and_cleans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "server").mkdir()
    (tmp_path / "server/w.pt").write_bytes(b"weights")
    item = PublishedWeights("toy", (tmp_path / "server/w.pt").as_uri(), "MIT", "nothing")
    monkeypatch.setitem(published_weights.PUBLISHED, "toy", item)
    cache = tmp_path / "cache"
    with pytest.raises(InputError, match="not kept"):
        download("toy", cache, expected="0" * 64, progress=False)
    assert not list(cache.iterdir())
    path = download("toy", cache, hashlib.sha256(b"weights").hexdigest(), progress=False)
    assert locate("toy", cache) == path == require("toy", path)
    path.write_bytes(b"changed")
    with pytest.raises(InputError, match="sha256"):
        require("toy", path)
    (tmp_path / "server/w.pt").unlink()
    with pytest.raises(InputError, match="reachable"):
        download("toy", cache, progress=False)
    assert locate("toy", cache) == path  # what was there stays


def test_names_and_files_are_those_of_the_library() -> None:
    urls = import_xrayvision().models.model_urls
    for name, item in published_weights.PUBLISHED.items():
        if name in urls:
            assert item.url == urls[name]["weights_url"]
    assert sum(name in urls for name in published_weights.PUBLISHED) == 8
