# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Cases of a bundle that runs on its own: seeds, names, chests and patients, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from aurad_monai.errors import InputError
from aurad_monai.io.datalist import save_channels
from aurad_monai.request.inference_cases import cases_from_masks, cases_from_prompt
from tests.conftest import ellipse_chest

PROMPT = "small left pleural effusion"


def _numbered(seed: int, size: int) -> npt.NDArray[np.uint8]:
    return np.full((3, size, size), seed, np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two cases, b with a mass."""
    for name, value in (("b", 1), ("a", 0)):
        save_channels(tmp_path / "anatomy" / f"{name}.nii.gz", ellipse_chest(64))
        save_channels(tmp_path / "pathology" / f"{name}.nii.gz", np.full((13, 64, 64), value, np.uint8))
    return tmp_path


def test_each_seed_has_its_own_chest() -> None:
    cases = cases_from_prompt(PROMPT, _numbered, seed=5, num=3, size=64)
    assert [case["seed"] for case in cases] == [5, 6, 7]
    assert [int(case["anatomy"].max()) for case in cases] == [5, 6, 7]
    assert [case["id"] for case in cases] == ["case_00000", "case_00001", "case_00002"]
    assert cases[0]["findings"].present[0].laterality == "left"


def test_a_prompt_with_commas_from_a_command_line() -> None:
    (case,) = cases_from_prompt(("left effusion", "right mass"), _numbered, size=64)
    assert case["prompt"] == "left effusion, right mass"
    assert [item.name for item in case["findings"].present] == ["effusion", "mass"]


def test_a_given_chest_is_that_of_every_case(folder: Path) -> None:
    file = str(folder / "anatomy" / "a.nii.gz")
    cases = cases_from_prompt(PROMPT, _numbered, anatomy=file, num=2, size=64)
    for case in cases:
        np.testing.assert_array_equal(case["anatomy"], ellipse_chest(64))


def test_masks_of_a_folder_come_by_name(folder: Path) -> None:
    cases = cases_from_masks(str(folder), prompt="PA view, 60 year old man", seed=3, num=2, size=64)
    assert [case["id"] for case in cases] == ["a_000", "a_001", "b_000", "b_001"]
    assert [case["seed"] for case in cases] == [3, 4, 5, 6]
    assert [int(case["pathology"].max()) for case in cases] == [0, 0, 1, 1]
    assert (cases[0]["view"], cases[0]["sex"], cases[0]["age"]) == ("PA", "male", 60)


def test_two_files_need_no_folder(folder: Path) -> None:
    files = {key: str(folder / key / "b.nii.gz") for key in ("anatomy", "pathology")}
    (case,) = cases_from_masks("/nowhere", **files, size=64)
    assert case["pathology"].shape == (13, 64, 64)
    assert case["view"] in ("PA", "AP") and case["sex"] in ("female", "male") and 18 <= case["age"] <= 90


@pytest.mark.parametrize(("seed", "num", "named"), [(-1, 1, "seed"), (0, 0, "num")])
def test_numbers_out_of_range(seed: int, num: int, named: str) -> None:
    with pytest.raises(InputError, match=named):
        cases_from_prompt(PROMPT, _numbered, seed=seed, num=num)
    with pytest.raises(InputError, match=named):
        cases_from_masks("/nowhere", seed=seed, num=num)


def test_what_is_no_mask_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        cases_from_masks("/nowhere")
    with pytest.raises(InputError, match="together"):
        cases_from_masks(str(folder), anatomy=str(folder / "anatomy" / "a.nii.gz"))
    with pytest.raises(InputError, match="64, 64"):
        cases_from_masks(str(folder), size=256)
    (folder / "anatomy" / "b.nii.gz").unlink()
    with pytest.raises(InputError, match="b.nii.gz"):
        cases_from_masks(str(folder), size=64)
