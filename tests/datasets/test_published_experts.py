# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Experts of torchxrayvision look at a site's radiographs in the place of ours; weights are random, in their format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from aurad_monai.datasets.experts import Experts
from aurad_monai.errors import InputError
from aurad_monai.experts import published_weights
from aurad_monai.experts.published_anatomy import PSPNetExpert
from aurad_monai.experts.published_weights import published
from aurad_monai.experts.xrayvision import XrayVisionExpert
from aurad_monai.experts.xrayvision_import import import_xrayvision
from aurad_monai.vocabulary import channel
from tests.bundles.tiny import BUNDLES, EXPERTS

DENSENET = "densenet121-res224-all"


def test_pspnet_segments_and_a_densenet_says_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = import_xrayvision()
    torch.manual_seed(0)
    torch.save(library.models.DenseNet(weights=None, num_classes=18).eval(), tmp_path / published(DENSENET).file)
    state = {
        f"module.{name}": value for name, value in library.baseline_models.chestx_det.pspnet(14).state_dict().items()
    }
    torch.save(state, tmp_path / published("pspnet").file)
    monkeypatch.setattr(published_weights, "CACHE", tmp_path)
    monkeypatch.setattr(PSPNetExpert, "size", 96)
    experts = Experts.from_bundle(BUNDLES / EXPERTS, anatomy="pspnet", findings=DENSENET)
    assert isinstance(experts.anatomy, PSPNetExpert) and isinstance(experts.presence, XrayVisionExpert)
    experts.presence.size = 64
    images = np.random.default_rng(0).random((1, 1, 96, 96), dtype=np.float32)
    (seen,) = experts.look(images)
    predictions = seen.predictions
    assert seen.gate.features is not None  # the gate looks with the built-in expert, whoever makes the masks
    assert predictions.anatomy.shape == (3, 96, 96)
    ours, theirs = experts.findings.scores(experts.findings(images))[0], experts.presence(images)[0]
    assert predictions.scores[channel("effusion")] == theirs[channel("effusion")] != ours[channel("effusion")]
    assert np.isnan(theirs[channel("calcification")])  # not one of its outputs: ours stays
    np.testing.assert_equal(predictions.scores[channel("calcification")], ours[channel("calcification")])


def test_experts_that_are_not_there_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published_weights, "CACHE", tmp_path)
    for names, message in (
        ({"anatomy": "cxas"}, "pspnet"),
        ({"anatomy": "pspnet"}, "--download pspnet"),
        ({"findings": DENSENET}, "--download"),
        ({"findings": "pspnet2"}, "densenet121"),
    ):
        with pytest.raises(InputError, match=message):
            Experts.from_bundle(BUNDLES / EXPERTS, **names)
