# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""NIfTI headers as other readers understand them: nibabel, SimpleITK and MONAI's own loader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from monai.transforms import Compose, EnsureChannelFirstd, LoadImaged, Orientationd, SaveImage

from aurad_monai.errors import InputError
from aurad_monai.io.datalist import load_channels, save_channels
from aurad_monai.io.nifti_array import save_nifti
from aurad_monai.io.nifti_radiograph import open_nifti_radiograph

MASKS = np.zeros((13, 70, 90), dtype=np.uint8)
MASKS[4, 50:60, 60:80] = 1
"""A finding low on the image's right, which is low on the patient's left."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    save_channels(tmp_path / "masks.nii.gz", MASKS, 1.5)
    return tmp_path / "masks.nii.gz"


def test_nibabel_finds_left_and_feet(file: Path) -> None:
    volume: Any = nib.loadsave.load(file)
    assert nib.orientations.aff2axcodes(volume.affine) == ("L", "I", "P")
    assert volume.shape == (90, 70, 1, 13)
    corner, finding = (volume.affine @ (x, y, 0, 1) for x, y in ((0, 0), (70, 55)))
    assert finding[0] - corner[0] == pytest.approx(-70 * 1.5)  # RAS: the patient's left is negative
    assert finding[2] - corner[2] == pytest.approx(-55 * 1.5)
    assert volume.header.get_xyzt_units()[0] == "mm"
    np.testing.assert_array_equal(volume.get_sform(), volume.get_qform())


def test_simpleitk_finds_left_and_feet(file: Path) -> None:
    sitk = pytest.importorskip("SimpleITK")
    image = sitk.ReadImage(str(file))
    direction = np.array(image.GetDirection()).reshape(4, 4)[:3, :3]
    np.testing.assert_allclose(direction, [[1, 0, 0], [0, 0, 1], [0, -1, 0]], atol=1e-6)  # LPS, as columns
    assert image.GetSpacing()[:2] == pytest.approx((1.5, 1.5))
    assert image.GetSize() == (90, 70, 1, 13)


def test_monai_reads_channels_first_by_default(file: Path) -> None:
    read = Compose([LoadImaged("masks"), EnsureChannelFirstd("masks")])({"masks": str(file)})["masks"]
    assert read.shape == (13, 90, 70, 1)
    np.testing.assert_array_equal(read.numpy()[..., 0].transpose(0, 2, 1), MASKS)


@pytest.mark.parametrize("codes", ["RAS", "LPS", "SAL", "PIR"])
def test_what_monai_turned_and_saved_is_turned_back(file: Path, tmp_path: Path, codes: str) -> None:
    chain = Compose([LoadImaged("masks"), EnsureChannelFirstd("masks"), Orientationd("masks", axcodes=codes)])
    turned = chain({"masks": str(file)})["masks"]
    SaveImage(tmp_path, output_postfix=codes, separate_folder=False, resample=False, print_log=False)(turned)
    np.testing.assert_array_equal(load_channels(tmp_path / f"masks_{codes}.nii.gz"), MASKS)


@pytest.mark.parametrize("affine", [np.eye(4), np.diag([1.5, 1.5, 1, 1]), np.diag([-1, -1, 1, 1])])
def test_files_of_earlier_versions_and_of_naive_tools_are_read(tmp_path: Path, affine: np.ndarray) -> None:
    nib.loadsave.save(nib.nifti1.Nifti1Image(MASKS.transpose(2, 1, 0), affine), tmp_path / "old.nii.gz")
    np.testing.assert_array_equal(load_channels(tmp_path / "old.nii.gz"), MASKS)


@pytest.mark.parametrize("scale", [0.9999, 255.0, 1 / 255])
def test_masks_of_any_scale(tmp_path: Path, scale: float) -> None:
    values = (MASKS * scale).astype(np.float32).transpose(2, 1, 0)
    nib.loadsave.save(nib.nifti1.Nifti1Image(values, np.eye(4)), tmp_path / "a.nii.gz")
    np.testing.assert_array_equal(load_channels(tmp_path / "a.nii.gz"), MASKS)


def test_a_label_map_is_no_mask(tmp_path: Path) -> None:
    labels = (np.arange(1, 14)[:, None, None] * MASKS.any(axis=0)).astype(np.int16).transpose(2, 1, 0)
    nib.loadsave.save(nib.nifti1.Nifti1Image(labels, np.eye(4)), tmp_path / "a.nii.gz")
    with pytest.raises(InputError, match="several values"):
        load_channels(tmp_path / "a.nii.gz")


def test_a_radiograph_follows_a_coronal_header(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(0, 200, 90, dtype=np.float32), (70, 1))
    save_nifti(tmp_path / "ours.nii.gz", ramp.T[:, :, None], 0.5)
    read = open_nifti_radiograph(tmp_path / "ours.nii.gz")
    np.testing.assert_allclose(read.pixels, ramp / 255, atol=1e-6)
    assert read.framed_spacing(45) == pytest.approx(1.0)
    affine = np.array([[0.5, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1.0, 0], [0, 0, 0, 1]])
    upright = nib.nifti1.Nifti1Image(ramp[::-1, ::-1].T[:, None, :], affine)  # x to the right, z to the head
    upright.header.set_xyzt_units("mm")
    nib.loadsave.save(upright, tmp_path / "theirs.nii.gz")
    read = open_nifti_radiograph(tmp_path / "theirs.nii.gz")
    assert read.pixels.shape == (140, 90)  # pixels are 0.5 by 1 mm
    np.testing.assert_allclose(read.pixels[::2], ramp / 255, atol=1e-3)


def test_a_spacing_nobody_knows_is_not_written_as_mm(tmp_path: Path) -> None:
    save_channels(tmp_path / "a.nii.gz", MASKS)
    volume: Any = nib.loadsave.load(tmp_path / "a.nii.gz")
    assert volume.header.get_xyzt_units()[0] == "unknown"
