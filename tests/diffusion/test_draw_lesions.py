# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Findings are drawn where the masks are and nowhere else, in their own kind, the same for the same case."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from scipy import ndimage

from aurad_monai.diffusion.draw_lesions import DrawLesionsd, regions_of
from aurad_monai.errors import InputError
from aurad_monai.lesions.fit_shape import fit_shape
from aurad_monai.lesions.lesion_transform import read_case
from aurad_monai.vocabulary import FINDING_NAMES, channel
from tests.lesions.synthetic_chest import case, outline

WHOLE_HEART = "cardiomegaly"
BRIGHT = ("effusion", "consolidation", "mass", "nodule", "atelectasis", "calcification", "pleural_thickening")
DARK = ("pneumothorax", "emphysema")


def sampled(*names: str, entropy: tuple[int, ...] = (7, 1)) -> dict[str, Any]:
    """A case as the sampler leaves it, with masks of the findings."""
    chest = case()
    tissue, pathology = read_case(chest, ("image", "anatomy", "pathology"))
    for name in names:
        pathology[channel(name)] = fit_shape(outline(name), tissue)
    planes = np.concatenate([tissue.anatomy, pathology]).astype(np.float32)
    return {"pred": torch.from_numpy(chest["image"]), "condition": torch.from_numpy(planes), "entropy": list(entropy)}


def change(before: dict[str, Any], after: dict[Any, Any]) -> np.ndarray:
    """What became of the image, (H, W)."""
    return np.asarray(after["pred"] - before["pred"])[0]


@pytest.mark.parametrize("name", [name for name in FINDING_NAMES if name != WHOLE_HEART])
def test_a_finding_is_drawn_inside_its_mask_and_nowhere_else(name: str) -> None:
    before = sampled(name)
    after = DrawLesionsd("pred", FINDING_NAMES)(before)
    drawn = change(before, after)
    mask = before["condition"][3 + channel(name)].numpy() > 0
    far = ~ndimage.binary_dilation(mask, iterations=14)
    assert np.abs(drawn[mask]).mean() > 0.005
    assert np.abs(drawn[far]).mean() < 0.1 * np.abs(drawn[mask]).mean()
    assert after["pred"].shape == before["pred"].shape and after["pred"].dtype == torch.float32
    assert float(after["pred"].min()) >= 0 and float(after["pred"].max()) <= 1
    if name in BRIGHT + DARK:
        core = ndimage.binary_erosion(mask, iterations=2)
        assert (drawn[core].mean() > 0) == (name in BRIGHT)


def test_it_depends_on_the_case_alone() -> None:
    draw = DrawLesionsd("pred", ("consolidation", "effusion"))
    first, other = (draw(sampled("consolidation", entropy=seed))["pred"] for seed in ((7, 1), (8, 1)))
    draw(sampled("effusion"))  # a case in between changes nothing
    assert torch.equal(draw(sampled("consolidation"))["pred"], first)
    assert not torch.equal(first, other)


def test_only_the_named_findings_are_drawn() -> None:
    before = sampled("mass", "effusion")
    assert torch.equal(DrawLesionsd("pred")(before)["pred"], before["pred"])
    drawn = np.abs(change(before, DrawLesionsd("pred", ("mass",))(before)))
    effusion = before["condition"][3 + channel("effusion")].numpy() > 0
    assert drawn.max() > 0 and drawn[effusion].mean() < 0.002


def test_a_case_without_lungs_or_masks_stays_and_unknown_findings_are_refused() -> None:
    before, draw = sampled("mass"), DrawLesionsd("pred", FINDING_NAMES)
    for channels in (slice(3), slice(3, None)):
        bare = {**before, "condition": before["condition"].clone()}
        bare["condition"][channels] = 0
        assert torch.equal(draw(bare)["pred"], before["pred"])
    with pytest.raises(InputError, match="kyphosis"):
        DrawLesionsd("pred", ("kyphosis",))


def test_crumbs_are_no_regions() -> None:
    mask = np.zeros((256, 256), bool)
    mask[10:14, 10:14] = mask[50, 50] = True
    assert [int(part.sum()) for part in regions_of(mask, 1.0)] == [16]
