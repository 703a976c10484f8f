# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A given anatomy: our own files come back unchanged, and wrong ones are named."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from aurad_monai.errors import InputError
from aurad_monai.io.anatomy_file import is_label_map, read_anatomy, to_labels
from aurad_monai.io.datalist import save_channels

Anatomy = npt.NDArray[np.uint8]


def test_labels_are_those_the_documentation_names() -> None:
    belongs = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1), (0, 1, 1), (1, 1, 0)]
    anatomy = np.array(belongs, dtype=np.uint8).T[:, None]
    assert to_labels(anatomy).tolist() == [[0, 1, 2, 3, 4, 5, 2]]


def save_png(path: Path, labels: npt.NDArray[np.generic]) -> Path:
    Image.fromarray(labels).save(path)
    return path


def save_nifti(path: Path, array: npt.NDArray[np.generic]) -> Path:
    nib.save(nib.Nifti1Image(array, np.eye(4)), path)
    return path


def test_png_label_map_keeps_the_overlap(tmp_path: Path, chest: Anatomy) -> None:
    anatomy = read_anatomy(save_png(tmp_path / "a.png", to_labels(chest)))
    assert anatomy.dtype == np.uint8
    assert np.array_equal(anatomy, chest)
    assert (anatomy[0] & anatomy[2]).any()


def test_sixteen_bit_and_palette_label_maps(tmp_path: Path, chest: Anatomy) -> None:
    assert np.array_equal(read_anatomy(save_png(tmp_path / "a.png", to_labels(chest).astype(np.uint16))), chest)
    picture = Image.fromarray(to_labels(chest))
    picture.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9, 8, 8, 8])  # makes it mode P
    picture.save(tmp_path / "p.png")
    assert np.array_equal(read_anatomy(tmp_path / "p.png"), chest)


def test_channels_of_a_run_folder_come_back(tmp_path: Path, chest: Anatomy) -> None:
    save_channels(tmp_path / "a.nii.gz", chest)
    assert np.array_equal(read_anatomy(tmp_path / "a.nii.gz"), chest)


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_nifti_label_maps(tmp_path: Path, chest: Anatomy, name: str) -> None:
    labels = to_labels(chest).T
    assert np.array_equal(read_anatomy(save_nifti(tmp_path / name, labels)), chest)
    assert np.array_equal(read_anatomy(save_nifti(tmp_path / name, labels[..., None].astype(np.float32))), chest)


def test_other_sizes_and_shapes_are_framed(tmp_path: Path, chest: Anatomy) -> None:
    anatomy = read_anatomy(save_png(tmp_path / "a.png", to_labels(chest)[:, 20:236]), size=128)
    assert anatomy.shape == (3, 128, 128)
    expected = chest[:, ::2, ::2]
    assert 2 * (anatomy & expected).sum() / (anatomy.sum() + expected.sum()) > 0.98


def _relabel(labels: Anatomy, old: int, new: int) -> Anatomy:
    return np.where(labels == old, new, labels).astype(np.uint8)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda labels: _relabel(labels, 1, 7), "labels 7"),
        (lambda labels: ((labels > 0) * 255).astype(np.uint8), "labels 255"),
        (lambda labels: np.arange(65536, dtype=np.uint16).reshape(256, 256).astype(np.uint8), r"labels 6, 7.*\.\.\."),
        (lambda labels: np.zeros_like(labels), "left_lung covers"),
        (lambda labels: _relabel(_relabel(labels, 2, 0), 5, 3), "right_lung covers"),
        (lambda labels: _relabel(_relabel(_relabel(labels, 3, 0), 4, 1), 5, 2), "cardiomediastinum covers"),
        (lambda labels: labels[:, ::-1].copy(), "swapped"),
        (lambda labels: labels[::8, ::8].copy(), "64 to 8192"),
        (lambda labels: np.stack([labels] * 3, axis=-1), "not colors"),
    ],
)
def test_wrong_label_maps_are_named(tmp_path: Path, chest: Anatomy, change: object, message: str) -> None:
    path = save_png(tmp_path / "a.png", change(to_labels(chest)))  # type: ignore[operator]
    with pytest.raises(InputError, match=message) as caught:
        read_anatomy(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((100, 100, 4), np.uint8), "shape"),
        (np.zeros((100, 100, 3, 2), np.uint8), "shape"),
        (np.zeros((32, 100), np.uint8), "64 to 8192"),
        (np.full((100, 100, 3), 2, np.uint8), "0 and 1"),
        (np.full((100, 100), np.nan, np.float32), "labels nan"),
        (np.full((100, 100), 1.5, np.float32), "labels 1.5"),
    ],
)
def test_wrong_niftis_are_named(tmp_path: Path, array: npt.NDArray[np.generic], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_anatomy(save_nifti(tmp_path / "a.nii.gz", array))


def test_label_maps_are_told_from_radiographs(tmp_path: Path, chest: Anatomy) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (128, 128)).astype(np.uint8)
    save_channels(tmp_path / "a.nii.gz", chest)
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    assert is_label_map(tmp_path / "a.nii.gz")
    assert is_label_map(save_png(tmp_path / "a.png", to_labels(chest)))
    assert is_label_map(save_png(tmp_path / "wrong.png", to_labels(chest) * 40))
    assert not is_label_map(save_png(tmp_path / "x.png", noise))
    assert not is_label_map(save_png(tmp_path / "x.jpg", noise))
    assert not is_label_map(tmp_path / "broken.png")
    with pytest.raises(InputError):
        is_label_map(tmp_path / "none.png")


@settings(max_examples=100)
@given(
    changes=st.lists(st.tuples(st.integers(0, 359), st.integers(0, 255)), min_size=1, max_size=8),
    cut=st.integers(1, 10**5),
)
def test_mutated_niftis_raise_nothing_but_input_error(tmp_path: Path, changes: list[tuple[int, int]], cut: int) -> None:
    content = bytearray(nib.Nifti1Image(np.zeros((64, 64, 3), np.uint8), np.eye(4)).to_bytes())
    for place, value in changes:
        content[place] = value
    (tmp_path / "a.nii").write_bytes(content[:cut])
    with pytest.raises(InputError):
        read_anatomy(tmp_path / "a.nii")


def test_a_broken_header_prints_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    content = bytearray(nib.Nifti1Image(np.zeros((64, 64, 3), np.uint8), np.eye(4)).to_bytes())
    content[0] = 0  # sizeof_hdr
    (tmp_path / "a.nii").write_bytes(content)
    with pytest.raises(InputError):
        read_anatomy(tmp_path / "a.nii")
    assert capfd.readouterr() == ("", "")
