# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""DICOM radiographs: shown as a viewer shows them, and every trap of the format refused in one line."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian

from aurad_monai.errors import InputError
from aurad_monai.io.radiograph import open_radiograph, read_radiograph

RAMP = np.tile(np.linspace(0, 1, 96), (80, 1))


def radiograph(stored: np.ndarray | None = None, bits: int = 12, **tags: Any) -> FileDataset:
    """A minimal DX image of a horizontal ramp; keyword arguments set or, with None, remove tags."""
    pixels = np.round(RAMP * (2**bits - 1)).astype(np.uint16) if stored is None else stored
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    values: dict[str, Any] = {
        "SOPClassUID": DigitalXRayImageStorageForPresentation,
        "SOPInstanceUID": "1.2.3",
        "Modality": "DX",
        "ViewPosition": "PA",
        "PhotometricInterpretation": "MONOCHROME2",
        "SamplesPerPixel": 1,
        "Rows": pixels.shape[-2],
        "Columns": pixels.shape[-1],
        "BitsAllocated": 16,
        "BitsStored": bits,
        "HighBit": bits - 1,
        "PixelRepresentation": int(pixels.dtype == np.int16),
        "PixelData": pixels.tobytes(),
        **tags,
    }
    for name, value in values.items():
        if value is not None:
            setattr(dataset, name, value)
    return dataset


def read(tmp_path: Path, dataset: FileDataset, size: int = 96) -> np.ndarray:
    """Write, read, and cut off the padding: (80, 96)."""
    dataset.save_as(tmp_path / "image.dcm", enforce_file_format=True)
    return read_radiograph(tmp_path / "image.dcm", size)[0, 8:88]


@pytest.mark.parametrize("bits", [10, 12, 16])
def test_without_window_the_bits_stored_are_the_range(tmp_path: Path, bits: int) -> None:
    assert np.abs(read(tmp_path, radiograph(bits=bits)) - RAMP).max() < 2 / 2**bits


def test_signed_pixels_use_their_range(tmp_path: Path) -> None:
    stored = np.round(RAMP * 4095 - 2048).astype(np.int16)
    assert np.abs(read(tmp_path, radiograph(stored)) - RAMP).max() < 1e-3


def test_monochrome1_is_inverted(tmp_path: Path) -> None:
    assert np.abs(read(tmp_path, radiograph(PhotometricInterpretation="MONOCHROME1")) - (1 - RAMP)).max() < 1e-3


def test_linear_window_follows_the_standard(tmp_path: Path) -> None:
    image = read(tmp_path, radiograph(WindowCenter=2048, WindowWidth=1024))
    stored = np.round(RAMP * 4095)
    expected = np.clip((stored - 2047.5) / 1023 + 0.5, 0, 1)  # PS3.3 C.11.2.1.2.1
    assert np.abs(image - expected).max() < 1e-5


def test_windows_agree_with_pydicom(tmp_path: Path) -> None:
    for function in ("LINEAR", "LINEAR_EXACT", "SIGMOID"):
        dataset = radiograph(WindowCenter=[1800, 10], WindowWidth=[2000, 20], VOILUTFunction=function)
        reference = pydicom.pixels.apply_windowing(dataset.pixel_array, dataset) / 4095
        assert np.abs(read(tmp_path, dataset) - reference).max() < 1e-3, function


def test_rescale_comes_before_the_window(tmp_path: Path) -> None:
    dataset = radiograph(RescaleSlope=2, RescaleIntercept=-4095, RescaleType="US", WindowCenter=0, WindowWidth=8191)
    assert np.abs(read(tmp_path, dataset) - RAMP).max() < 1e-3


def test_voi_lut_sequence_is_applied(tmp_path: Path) -> None:
    lut = pydicom.Dataset()
    lut.LUTDescriptor = [4096, 0, 16]
    lut.LUTData = (65535 - np.arange(4096) * 16).astype(np.uint16).tolist()
    lut["LUTDescriptor"].VR = "US"
    lut["LUTData"].VR = "US"
    image = read(tmp_path, radiograph(VOILUTSequence=[lut]))
    assert np.abs(image - (1 - RAMP)).max() < 2e-3


def test_padding_is_black_even_when_inverted(tmp_path: Path) -> None:
    stored = np.round(RAMP * 4000 + 50).astype(np.uint16)
    stored[:10] = 0
    dataset = radiograph(stored, PhotometricInterpretation="MONOCHROME1", PixelPaddingValue=0)
    dataset["PixelPaddingValue"].VR = "US"
    image = read(tmp_path, dataset)
    assert image[:10].max() == 0
    assert image[20, 0] > 0.95


def test_mirrored_and_upside_down_images_are_turned(tmp_path: Path) -> None:
    assert np.abs(read(tmp_path, radiograph(PatientOrientation=["R", "F"])) - RAMP[:, ::-1]).max() < 1e-3
    assert np.abs(read(tmp_path, radiograph(PatientOrientation=["rf", "fl"])) - RAMP[:, ::-1]).max() < 1e-3
    vertical = np.round(np.linspace(0, 4095, 80)[:, None] * np.ones((1, 96))).astype(np.uint16)
    turned = read(tmp_path, radiograph(vertical, PatientOrientation=["L", "H"]))
    assert turned[0, 0] > 0.95
    assert turned[-1, 0] < 0.05


def _view_code(meaning: str) -> list[pydicom.Dataset]:
    code = pydicom.Dataset()
    code.CodeMeaning = meaning
    return [code]


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ({"ViewPosition": "LL"}, "view LL"),
        ({"ViewPosition": "LATERAL"}, "view LATERAL"),
        ({"ViewPosition": "", "ViewCodeSequence": _view_code("left lateral")}, "view left lateral"),
        ({"ViewPosition": "", "PatientOrientation": ["A", "F"]}, "frontal"),
        ({"Modality": "CT"}, "modality CT"),
        ({"Modality": None}, "modality unknown"),
        ({"NumberOfFrames": 2}, "2 frames"),
        ({"PhotometricInterpretation": "RGB"}, "RGB"),
        ({"PixelData": None}, "no pixels"),
        ({"Rows": 20000, "Columns": 20000}, "20000 x 20000"),
        ({"Rows": 10}, "96 x 10"),
        ({"PixelData": b"\0\0\0\0"}, "complete DICOM"),
        ({"BitsStored": None}, "complete DICOM"),
        ({"WindowCenter": 90000, "WindowWidth": 2}, "nearly constant"),
    ],
)
def test_what_is_no_frontal_radiograph_is_refused(tmp_path: Path, tags: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path, radiograph(**tags))
    assert "\n" not in str(caught.value)


def test_a_decubitus_view_is_frontal(tmp_path: Path) -> None:
    read(tmp_path, radiograph(ViewCodeSequence=_view_code("left lateral decubitus")))


def test_deflated_files_are_refused_unread(tmp_path: Path) -> None:
    dataset = radiograph()
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    with pytest.raises(InputError, match="deflated"):
        read(tmp_path, dataset)


@pytest.mark.parametrize(("implicit", "little"), [(True, True), (False, True), (False, False)])
@pytest.mark.parametrize("name", ["old.dcm", "1.2.840.113619.2.5", "IM000001", "CR.IMA"])
def test_a_file_without_preamble_is_known_by_its_content(
    tmp_path: Path, name: str, implicit: bool, little: bool
) -> None:
    pixels = np.round(RAMP * 4095).astype("<u2" if little else ">u2")
    plain = pydicom.Dataset(radiograph(PixelData=pixels.tobytes()))
    pydicom.dcmwrite(tmp_path / name, plain, implicit_vr=implicit, little_endian=little)
    assert np.abs(read_radiograph(tmp_path / name, 96)[0, 8:88] - RAMP).max() < 1e-3


def _turned(across: str, down: str) -> np.ndarray:
    """A picture of the ramp, dark on the patient's right, stored so that rows and columns run there."""
    cell = np.add.outer(np.linspace(0, 0.4, 80), np.linspace(0, 0.6, 96))
    letters = {"L": 1, "R": -1, "F": 1, "H": -1}
    upright = across in "LR"
    x, y = (across, down) if upright else (down, across)
    cell = cell[:: letters[y], :: letters[x]]
    return cell if upright else cell.T


@pytest.mark.parametrize("across", "LRFH")
@pytest.mark.parametrize("down", "LRFH")
def test_every_orientation_is_turned_or_refused(tmp_path: Path, across: str, down: str) -> None:
    if (across in "LR") == (down in "LR"):
        with pytest.raises(InputError, match="PatientOrientation"):
            read(tmp_path, radiograph(PatientOrientation=[across, down]))
        return
    stored = np.round(_turned(across, down) * 4095).astype(np.uint16)
    dataset = radiograph(stored, PatientOrientation=[across, down], PixelSpacing=[0.3, 0.3])
    dataset.save_as(tmp_path / "image.dcm", enforce_file_format=True)
    found = open_radiograph(tmp_path / "image.dcm")
    assert np.abs(found.pixels - _turned("L", "F")).max() < 1e-3
    assert found.framed_spacing(48) == pytest.approx(0.6)
    marked = found.framed_mask(stored > 0.8 * 4095, 96)[8:88]
    np.testing.assert_array_equal(marked, np.round(_turned("L", "F") * 4095) > 0.8 * 4095)


def test_image_orientation_serves_where_patient_orientation_is_missing(tmp_path: Path) -> None:
    image = read(tmp_path, radiograph(ImageOrientationPatient=[-1, 0, 0, 0, 0, -1]))
    assert np.abs(image - RAMP[:, ::-1]).max() < 1e-3
    with pytest.raises(InputError, match="frontal"):
        read(tmp_path, radiograph(ImageOrientationPatient=[0, 1, 0, 0, 0, -1]))


@pytest.mark.parametrize("orientation", [["L", "Q"], ["X", "Y"], "L"])
def test_an_orientation_of_no_meaning_is_refused(tmp_path: Path, orientation: Any) -> None:
    with pytest.raises(InputError, match="PatientOrientation"):
        read(tmp_path, radiograph(PatientOrientation=orientation))


@pytest.mark.parametrize(
    "tags",
    [
        {"PixelSpacing": [0.4, 0.2]},
        {"ImagerPixelSpacing": [0.4, 0.2]},
        {"PixelAspectRatio": [2, 1]},
    ],
)
def test_pixels_that_are_not_square_are_resampled(tmp_path: Path, tags: dict[str, Any]) -> None:
    radiograph(**tags).save_as(tmp_path / "image.dcm", enforce_file_format=True)
    found = open_radiograph(tmp_path / "image.dcm")
    assert found.pixels.shape == (160, 96)
    assert found.spacing == (None if "PixelAspectRatio" in tags else pytest.approx(0.2))
    assert np.abs(found.pixels - RAMP[0]).max() < 1e-3
    assert found.framed_mask(np.ones((80, 96)), 160).sum() == 160 * 96


def test_an_absurd_aspect_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nearly square"):
        read(tmp_path, radiograph(PixelSpacing=[0.2, 9]))


def _bytes() -> bytes:
    buffer = io.BytesIO()
    radiograph(WindowCenter=2048, WindowWidth=4000).save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


DICOM_BYTES = _bytes()
HEADER = len(DICOM_BYTES) - RAMP.size * 2


@settings(max_examples=300)
@given(
    changes=st.lists(st.tuples(st.integers(128, HEADER + 8), st.integers(0, 255)), min_size=1, max_size=8),
    cut=st.integers(1, 4 * len(DICOM_BYTES)),
)
def test_mutated_files_raise_nothing_but_input_error(tmp_path: Path, changes: list[tuple[int, int]], cut: int) -> None:
    mutated = bytearray(DICOM_BYTES)
    for place, value in changes:
        mutated[place] = value
    (tmp_path / "mutated.dcm").write_bytes(mutated[:cut])
    try:
        image = read_radiograph(tmp_path / "mutated.dcm", size=64)
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert np.isfinite(image).all()
        assert image.min() >= 0
        assert image.max() <= 1
