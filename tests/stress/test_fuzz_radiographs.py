# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Fifty thousand damaged radiographs: each is read as a finite image or refused by one error of one line.

Hypothesis damages small valid files (DICOM in six forms, PNG of 8 and 16 bits, JPEG) byte by byte, by cutting and
inserting, and by writing wrong values into tags. More than ten seconds for a file is a hang.
"""

from __future__ import annotations

import io
import signal
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import (
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from aurad_monai.errors import InputError
from aurad_monai.io.dicom_tags import read_tags
from aurad_monai.io.radiograph import read_radiograph

FILES_DAMAGED = 50_000
EDGE = 64
SECONDS = 10
RAMP = np.tile(np.linspace(0, 1, EDGE), (EDGE, 1))
TAGS = (
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "SamplesPerPixel",
    "NumberOfFrames",
    "PhotometricInterpretation",
    "WindowCenter",
    "WindowWidth",
    "VOILUTFunction",
    "RescaleSlope",
    "RescaleIntercept",
    "PatientOrientation",
    "PatientAge",
    "PixelSpacing",
    "ViewPosition",
    "Modality",
    "PixelPaddingValue",
    "SpecificCharacterSet",
)
ODD = ("", "0", "-1", "65535", "1e308", "NaN", "MONOCHROME1", "RGB", "A\\F", "R\\H", "9" * 40, "\u2603", "1\\2\\3")


class Hang(BaseException):
    """A file took too long; no `except Exception` may swallow it."""


def dicom(bits: int = 12, **tags: Any) -> FileDataset:
    """A small DX image of a ramp."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    values = {
        "SOPClassUID": DigitalXRayImageStorageForPresentation,
        "SOPInstanceUID": "1.2.3",
        "Modality": "DX",
        "PatientID": "P1",
        "PatientSex": "F",
        "PatientAge": "063Y",
        "ViewPosition": "PA",
        "PixelSpacing": [0.2, 0.2],
        "PhotometricInterpretation": "MONOCHROME2",
        "SamplesPerPixel": 1,
        "Rows": EDGE,
        "Columns": EDGE,
        "BitsAllocated": 16,
        "BitsStored": bits,
        "HighBit": bits - 1,
        "PixelRepresentation": 0,
        "PixelData": np.round(RAMP * (2**bits - 1)).astype(np.uint16).tobytes(),
        **tags,
    }
    for name, value in values.items():
        setattr(dataset, name, value)
    return dataset


def _saved(dataset: FileDataset) -> bytes:
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _lut() -> pydicom.Dataset:
    lut = pydicom.Dataset()
    lut.LUTDescriptor = [4096, 0, 16]
    lut.LUTData = (np.arange(4096) * 16).astype(np.uint16).tolist()
    lut["LUTDescriptor"].VR = lut["LUTData"].VR = "US"
    return lut


def _implicit() -> FileDataset:
    dataset = dicom()
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    return dataset


def _compressed() -> FileDataset:
    dataset = dicom()
    dataset.compress(RLELossless)
    return dataset


def _picture(form: str, pixels: np.ndarray[Any, Any]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, form)
    return buffer.getvalue()


def valid_files() -> dict[str, bytes]:
    """What is damaged, by name."""
    eight, sixteen = np.round(RAMP * 255).astype(np.uint8), np.round(RAMP * 65535).astype(np.uint16)
    window = {"WindowCenter": 2048, "WindowWidth": 4000}
    return {
        "plain.dcm": _saved(dicom()),
        "window.dcm": _saved(dicom(**window, PhotometricInterpretation="MONOCHROME1")),
        "rescaled.dcm": _saved(dicom(16, **window, RescaleSlope=2, RescaleIntercept=-4095, RescaleType="US")),
        "lut.dcm": _saved(dicom(VOILUTSequence=[_lut()])),
        "implicit.dcm": _saved(_implicit()),
        "rle.dcm": _saved(_compressed()),
        "eight.png": _picture("PNG", eight),
        "sixteen.png": _picture("PNG", sixteen),
        "gray.jpg": _picture("JPEG", eight),
    }


FILES = valid_files()
DICOM_NAMES = [name for name in FILES if name.endswith(".dcm")]


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """Name and content of a damaged file."""
    name = draw(st.sampled_from([*DICOM_NAMES, *DICOM_NAMES, *FILES]))
    content = FILES[name]
    if name in DICOM_NAMES and draw(st.booleans()):
        content = _with_odd_tags(
            content, draw(st.lists(st.tuples(st.sampled_from(TAGS), st.sampled_from(ODD)), min_size=1, max_size=3))
        )
    mutated = bytearray(content)
    head = min(len(mutated), 1200)
    for _ in range(draw(st.integers(0, 4))):
        place, kind = draw(st.integers(0, head - 1)), draw(st.integers(0, 3))
        if kind == 0:
            mutated[place : place + 1] = bytes([draw(st.integers(0, 255))])
        elif kind == 1:
            del mutated[place : place + draw(st.integers(1, 16))]
        elif kind == 2:
            mutated[place:place] = draw(st.binary(min_size=1, max_size=16))
        else:
            mutated[place : place + 4] = draw(
                st.sampled_from([b"\xff" * 4, b"\0" * 4, b"\xff\xff\xff\x7f", b"\xfe\xff\x0d\xe0"])
            )
    if draw(st.integers(0, 3)) == 0:
        mutated = mutated[: draw(st.integers(1, len(mutated)))]
    return name, bytes(mutated)


def _with_odd_tags(content: bytes, tags: list[tuple[str, str]]) -> bytes:
    """The file with wrong values in tags, as far as they can be written at all."""
    dataset = pydicom.dcmread(io.BytesIO(content))
    try:
        for name, value in tags:
            setattr(dataset, name, value)
        return _saved(dataset)
    except Exception:  # pydicom refuses to write what its readers must survive
        return content


def outcome(path: Path) -> str:
    """What happened to a file: "read", "refused", or the type of a crash."""
    try:
        read_tags(path)
        image = read_radiograph(path, size=EDGE)
    except InputError as error:
        return "refused" if "\n" not in str(error) else "refused in several lines"
    except Hang:
        return "hang"
    except Exception as error:
        return f"crash {type(error).__name__}"
    return "read" if np.isfinite(image).all() and image.min() >= 0 and image.max() <= 1 else "read out of range"


def fuzz(files: int, check: Callable[[str, bytes], None]) -> None:
    """Let hypothesis damage so many files."""

    @settings(
        max_examples=files,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(damaged())
    def run(case: tuple[str, bytes]) -> None:
        check(*case)

    run()


def test_a_damaged_file_is_read_or_refused(tmp_path: Path) -> None:
    counts: Counter[str] = Counter()
    warnings.simplefilter("ignore")  # pydicom warns of every wrong value written here

    def ring(*_: Any) -> None:
        raise Hang

    def check(name: str, content: bytes) -> None:
        path = tmp_path / name
        path.write_bytes(content)
        signal.alarm(SECONDS)
        found = outcome(path)
        signal.alarm(0)
        counts[found] += 1
        if found not in ("read", "refused"):
            path.rename(tmp_path / f"{found.replace(' ', '_')}_{counts[found]}_{name}")

    before = signal.signal(signal.SIGALRM, ring)
    try:
        fuzz(FILES_DAMAGED, check)
    finally:
        signal.signal(signal.SIGALRM, before)
    print(dict(counts))
    assert set(counts) == {"read", "refused"}, f"{dict(counts)}: see {tmp_path}"
    assert min(counts.values()) > FILES_DAMAGED / 20
