# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Transfer syntaxes: what each decodes to, and which package a file asks for that nothing here decodes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom import uid
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate

from aurad_monai.errors import InputError
from aurad_monai.io import dicom_syntax
from aurad_monai.io.dicom_file import read_dicom
from aurad_monai.io.radiograph import open_radiograph
from tests.io.test_dicom_file import RAMP, radiograph

GDCM = pytest.mark.skipif(not dicom_syntax.has_gdcm(), reason="python-gdcm (extra dicom) is not installed")
LOSSLESS = ["JPEGLosslessSV1", "JPEGLossless", "JPEGLSLossless", "JPEG2000Lossless"]


def encoded(tmp_path: Path, syntax: str, bits: int = 12) -> Path:
    """The ramp in a transfer syntax, written by GDCM."""
    import gdcm

    path = tmp_path / f"{syntax}.dcm"
    radiograph(bits=bits).save_as(path, enforce_file_format=True)
    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    types = {"JPEGLosslessSV1": "JPEGLosslessProcess14_1", "JPEGLossless": "JPEGLosslessProcess14"}
    change.SetTransferSyntax(gdcm.TransferSyntax(getattr(gdcm.TransferSyntax, types.get(syntax, syntax))))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer = gdcm.ImageWriter()
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    writer.SetFileName(str(path))
    assert writer.Write()
    return path


@GDCM
@pytest.mark.parametrize("syntax", LOSSLESS)
def test_lossless_compression_changes_nothing(tmp_path: Path, syntax: str) -> None:
    path = encoded(tmp_path, syntax)
    assert pydicom.dcmread(path).file_meta.TransferSyntaxUID == getattr(uid, syntax)
    assert np.abs(open_radiograph(path).pixels - RAMP).max() < 1e-3


def as_radiograph(name: str, tmp_path: Path) -> Path:
    """One of pydicom's test files, as if it were a radiograph."""
    dataset = pydicom.dcmread(get_testdata_file(name))
    dataset.Modality = "CR"
    for tag in ("WindowCenter", "WindowWidth", "RescaleSlope", "RescaleIntercept", "ImageOrientationPatient"):
        if tag in dataset:
            del dataset[tag]
    dataset.NumberOfFrames = 1
    dataset.save_as(tmp_path / "image.dcm")
    return tmp_path / "image.dcm"


@GDCM
def test_jpeg_extended_of_12_bits(tmp_path: Path) -> None:
    path = as_radiograph("JPGExtended.dcm", tmp_path)
    stored, *_ = read_dicom(path)
    assert stored.shape == (1024, 256)
    # 264 is the highest value of this file, as libjpeg of pylibjpeg decodes it too
    assert stored.max() == pytest.approx(264 / 511, abs=1e-3)
    assert stored.mean() == pytest.approx(14.37 / 511, abs=1e-3)


@pytest.mark.parametrize("name", ["MR_small_RLE.dcm", "JPEG2000.dcm", "MR_small_jpeg_ls_lossless.dcm"])
def test_other_syntaxes_agree_with_pydicom(tmp_path: Path, name: str) -> None:
    path = as_radiograph(name, tmp_path)
    theirs = pydicom.dcmread(path).pixel_array.astype(float)
    stored, *_ = read_dicom(path)
    assert np.corrcoef(stored.ravel(), theirs.ravel())[0, 1] > 0.9999


def test_a_missing_decoder_is_named_with_the_syntax(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dicom_syntax, "has_gdcm", lambda: False)
    path = as_radiograph("JPGExtended.dcm", tmp_path)
    with pytest.raises(InputError, match=r"1\.2\.840\.10008\.1\.2\.4\.51.*aurad-monai\[dicom\]") as caught:
        read_dicom(path)
    assert caught.value.reason == "JPEG Extended (Process 2 and 4) without decoder"


@pytest.mark.parametrize("syntax", [uid.MPEG2MPML, uid.MPEG4HP41])
def test_a_syntax_that_nothing_decodes_is_named(tmp_path: Path, syntax: uid.UID) -> None:
    dataset = radiograph()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = encapsulate([b"\0" * 64])
    dataset.save_as(tmp_path / "image.dcm", enforce_file_format=True)
    with pytest.raises(InputError, match="gdcmconv") as caught:
        read_dicom(tmp_path / "image.dcm")
    assert str(syntax) in str(caught.value)


def test_broken_data_is_not_a_missing_decoder(tmp_path: Path) -> None:
    dataset = radiograph(bits=8, BitsAllocated=8)
    dataset.file_meta.TransferSyntaxUID = uid.JPEGBaseline8Bit
    dataset.PixelData = encapsulate([b"\xff\xd8\xff" + b"\0" * 61])
    dataset.save_as(tmp_path / "image.dcm", enforce_file_format=True)
    with pytest.raises(InputError, match="complete DICOM") as caught:
        read_dicom(tmp_path / "image.dcm")
    assert caught.value.reason == "unreadable pixels"
