# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Calibration: known scores give known thresholds and AUROC; a blind expert or too few cases give none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from aurad_monai import vocabulary
from aurad_monai.errors import InputError
from aurad_monai.experts.findings import FindingsExpert
from aurad_monai.filtering import calibrate as module
from aurad_monai.filtering.calibrate import calibrate, config_entries, main
from aurad_monai.io.datalist import save_channels, save_image, write_datalist

MASS, NODULE, EFFUSION = (vocabulary.channel(name) for name in ("mass", "nodule", "effusion"))


def cases(count: int = 20, size: int = 64) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Half with a mass that the expert sees with 0.5 to 0.95; a nodule everywhere unseen; an effusion in two cases."""
    pathology = np.zeros((count, 13, size, size), np.uint8)
    maps = np.full((count, 13, size, size), 0.05, np.float32)
    for index in range(0, count, 2):
        pathology[index, MASS, 20:30, 20:30] = 1
        pathology[index, NODULE, 40:50, 40:50] = 1
        maps[index, MASS][pathology[index, MASS] > 0] = 0.5 + 0.45 * index / count
    pathology[:2, EFFUSION, 5:15, 5:15] = 1
    return maps, maps.max(axis=(2, 3)), pathology


def test_thresholds_hold_the_rate() -> None:
    maps, scores, pathology = cases(count=200)
    reports = calibrate(maps, scores, pathology, [True] * 200, rate=0.1)
    mass = reports[MASS]
    assert (mass.positives, mass.negatives, mass.detection_auroc, mass.absence_auroc) == (100, 100, 1, 1)
    contrasts = scores[::2, MASS] - 0.05
    assert mass.detection_threshold is not None and mass.absence_threshold is not None
    assert 0.05 <= (contrasts < mass.detection_threshold).mean() <= 0.1
    assert (scores[1::2, MASS] > mass.absence_threshold).mean() == 0


def test_a_finding_nobody_can_tell_is_not_judged() -> None:
    nodule = calibrate(*cases(), [True] * 20)[NODULE]
    assert nodule.detection_auroc == nodule.absence_auroc == 0.5
    assert nodule.detection_threshold is None and nodule.absence_threshold is None


def test_too_few_cases_are_not_judged() -> None:
    effusion = calibrate(*cases(), [True] * 20)[EFFUSION]
    assert effusion.positives == 2 and effusion.detection_threshold is None and effusion.absence_threshold is None


def test_an_unknown_finding_has_no_cases() -> None:
    maps, scores, pathology = cases()
    scores[:, MASS] = np.nan
    mass = calibrate(maps, scores, pathology, [True] * 20)[MASS]
    assert (mass.positives, mass.negatives, mass.detection_threshold) == (0, 0, None)


def test_incomplete_cases_are_never_negatives() -> None:
    complete = [index % 4 != 1 for index in range(20)]
    mass = calibrate(*cases(), complete)[MASS]
    assert (mass.positives, mass.negatives) == (10, 5)


@pytest.mark.parametrize("rate", [0.0, 1.0, -0.1])
def test_the_rate_is_a_fraction(rate: float) -> None:
    with pytest.raises(InputError, match="rate"):
        calibrate(*cases(), [True] * 20, rate=rate)


def test_entries_name_every_finding() -> None:
    entries = config_entries(calibrate(*cases(), [True] * 20))
    assert set(entries) == {"detection_thresholds", "absence_thresholds"}
    assert all(set(values) == set(vocabulary.FINDING_NAMES) for values in entries.values())


def test_the_command_prints_entries_and_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Bright(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return (images.repeat(1, 13, 1, 1) - 0.5) * 8

    monkeypatch.setattr(module.FindingsExpert, "from_bundle", lambda *_: FindingsExpert(Bright()))
    listed = []
    for index in range(12):
        image, pathology = np.full((64, 64), 40, np.uint8), np.zeros((13, 64, 64), np.uint8)
        if index % 2:
            image[20:30, 20:30], pathology[MASS, 20:30, 20:30] = 200, 1
        save_image(tmp_path / f"images/{index}.png", image)
        save_channels(tmp_path / f"pathology/{index}.nii.gz", pathology)
        listed.append({"image": f"images/{index}.png", "pathology": f"pathology/{index}.nii.gz", "kind": "composed"})
    write_datalist(tmp_path, [], [*listed, {"image": "images/0.png", "kind": "unknown"}])
    main(["--dataset_dir", str(tmp_path), "--bundle", "none"])
    printed = capsys.readouterr()
    entries = json.loads(printed.out)
    assert entries["detection_thresholds"]["mass"] > 0.5 and entries["detection_thresholds"]["nodule"] is None
    assert "aurad calibrate" in printed.err and len(printed.err.splitlines()) == 14


def test_a_section_without_masks_is_refused(tmp_path: Path) -> None:
    write_datalist(tmp_path, [], [{"image": "images/0.png"}])
    with pytest.raises(InputError, match="pathology"):
        main(["--dataset_dir", str(tmp_path), "--bundle", "none"])
