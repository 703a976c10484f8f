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
from aurad_monai.request.resolve import resolve
from aurad_monai.request.streams import Stream, entropy
from tests.conftest import ellipse_chest

PROMPT = "small left pleural effusion"


class Ellipses:
    """A prior whose anatomies are told apart by a pixel."""

    field_of_view = 320.0

    def sample(self, seed: np.random.Generator, size: int) -> npt.NDArray[np.uint8]:
        anatomy = ellipse_chest(size)
        anatomy[2, 0, int(seed.integers(size))] = 1
        return anatomy


PRIOR = Ellipses()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two cases, b with a mass."""
    for name, value in (("b", 1), ("a", 0)):
        save_channels(tmp_path / "anatomy" / f"{name}.nii.gz", ellipse_chest(64))
        save_channels(tmp_path / "pathology" / f"{name}.nii.gz", np.full((13, 64, 64), value, np.uint8))
    return tmp_path


def test_each_seed_has_its_own_anatomy_and_noise() -> None:
    cases = cases_from_prompt(PROMPT, PRIOR, seed=5, num=3, size=64)
    assert [case["seed"] for case in cases] == [5, 6, 7]
    assert [case["id"] for case in cases] == ["case_00000", "case_00001", "case_00002"]
    for key in ("anatomy", "entropy"):
        assert len({case[key].tobytes() for case in cases}) == 3
    found = cases[0]["findings"].present[0]
    assert found.laterality == "left" and found.severity == "small" and found.percent is not None


def test_cases_are_those_that_resolve_makes() -> None:
    (case,) = cases_from_prompt(PROMPT, PRIOR, seed=5, size=64)
    one = resolve(PROMPT, 5, PRIOR, 64)
    assert case["findings"] == one.resolved and (case["anatomy"] == one.anatomy).all()
    assert tuple(case["entropy"]) == entropy(Stream.MASK, 5, one.seed_text)


def test_a_prompt_with_commas_from_a_command_line() -> None:
    (case,) = cases_from_prompt(("left effusion", "right mass"), PRIOR, size=64)
    assert case["prompt"] == "left effusion, right mass"
    assert [item.name for item in case["findings"].present] == ["effusion", "mass"]


def test_a_given_chest_is_that_of_every_case(folder: Path) -> None:
    file = str(folder / "anatomy" / "a.nii.gz")
    cases = cases_from_prompt(PROMPT, PRIOR, anatomy=file, num=2, size=64)
    for case in cases:
        np.testing.assert_array_equal(case["anatomy"], ellipse_chest(64))


def test_masks_of_a_folder_come_by_name(folder: Path) -> None:
    cases = cases_from_masks(str(folder), prompt="PA view, 60 year old man", seed=3, num=2, size=64)
    assert [case["id"] for case in cases] == ["a_000", "a_001", "b_000", "b_001"]
    assert [tuple(case["entropy"]) for case in cases] == [(3, 1), (4, 1), (5, 1), (6, 1)]  # of the seed alone
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
        cases_from_prompt(PROMPT, PRIOR, 64, seed=seed, num=num)
    with pytest.raises(InputError, match=named):
        cases_from_masks("/nowhere", 64, seed=seed, num=num)


def test_masks_of_another_size_are_brought_to_the_frame(folder: Path) -> None:
    small, large = (cases_from_masks(str(folder), size=size)[0]["anatomy"] for size in (64, 128))
    assert large.shape == (3, 128, 128) and abs(large.mean() - small.mean()) < 0.01


def test_what_is_no_mask_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        cases_from_masks("/nowhere", 64)[0]
    with pytest.raises(InputError, match="together"):
        cases_from_masks(str(folder), 64, anatomy=str(folder / "anatomy" / "a.nii.gz"))
    (folder / "anatomy" / "b.nii.gz").unlink()
    with pytest.raises(InputError, match="b.nii.gz"):
        cases_from_masks(str(folder), size=64)
