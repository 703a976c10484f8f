# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A diffusion bundle whose config is of the last version opens with a note and samples what it sampled."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aurad_monai.bundles import deprecated
from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.diffusion.sample import DiffusionModel, SampleSettings, sample
from aurad_monai.request.conditions import ImageConditiond, MaskConditiond
from tests.bundles import tiny
from tests.conftest import ellipse_chest

OLD = {tiny.MASK: "mask_inference.json", tiny.IMAGE: "image_inference.json"}
FOLDER = Path(__file__).parent / "old"


def sampled(root: Path) -> Any:
    condition = MaskConditiond() if root.name == tiny.MASK else ImageConditiond()
    case = condition({"anatomy": ellipse_chest(), "findings": None})
    model = DiffusionModel.from_bundle(open_bundle(root, device="cpu", size=256))
    if root.name == tiny.IMAGE:  # what follows the decoder changed with image bundle 0.10
        model = replace(model, postprocessing=dict, sampler=replace(model.sampler, solver_order=2))  # 1 since 0.11
    return sample(model, [case], [(3, 1)], SampleSettings(2))[0]


@pytest.mark.parametrize("bundle", tiny.DIFFUSION)
def test_an_old_bundle_opens_and_samples_the_same(
    bundle: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = Path(shutil.copytree(tiny.BUNDLES / bundle, tmp_path / bundle))
    shutil.copy2(FOLDER / OLD[bundle], root / "configs" / "inference.json")
    assert np.array_equal(sampled(root), sampled(tiny.BUNDLES / bundle))
    lines = capsys.readouterr().err.splitlines()
    assert len([line for line in lines if "latent_space" in line and "inferer" in line]) == 1


@pytest.mark.parametrize("bundle", tiny.DIFFUSION)
def test_old_entries_become_todays(bundle: str) -> None:
    old = json.loads((FOLDER / OLD[bundle]).read_text(encoding="utf-8"))
    new = json.loads((tiny.BUNDLES / bundle / "configs" / "inference.json").read_text(encoding="utf-8"))
    content, found = deprecated.current(old)
    assert found
    new["network_def"]["_target_"] = "monai.networks.nets.DiffusionModelUNet"  # ours has the same weights
    if bundle == tiny.IMAGE:  # lesions, markers and the range came later; sharpening stays what it was
        sharpened = content["postprocessing"]["transforms"][0]
        assert "UnsharpMaskd" in sharpened["_target_"] and (sharpened["sigma"], sharpened["amount"]) == (0.9, 0.75)
        new["postprocessing"] = content["postprocessing"]
    else:  # so did masks of any size
        assert "EnlargeLogitsd" in new["postprocessing"]["transforms"].pop(0)["_target_"]
    for entry in ("autoencoder_def", "network_def", "inferer", "postprocessing", "saving"):
        assert content[entry] == new[entry], entry
    assert {"sampler", "scheduler", "export_wrapper", "autoencoder"} <= content.keys()
