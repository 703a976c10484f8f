# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Files a case can be asked to start from, made hostile: DICOM, NIfTI and JSON. One line each, nothing run or left.

GHSA-6hp3-vr39-rqw8 (DICOM values that break MONAI's reader or pass as numbers) is among the patterns.
"""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aurad_monai.io.anatomy_file import read_anatomy
from aurad_monai.io.radiograph import read_radiograph
from aurad_monai.io.read_run import read_run
from aurad_monai.errors import InputError
from tests.io.test_dicom_file import radiograph

TAGS: dict[str, dict[str, Any]] = {
    "no rows": {"Rows": None},
    "rows of a giant": {"Rows": 65535, "Columns": 65535},
    "one row": {"Rows": 1},
    "no pixels": {"PixelData": None},
    "too few pixels": {"PixelData": b"\0" * 10},
    "no bits": {"BitsAllocated": 0},
    "odd bits": {"BitsAllocated": 13},
    "bits without storage": {"BitsStored": 64, "HighBit": 63, "WindowWidth": None},
    "many frames": {"NumberOfFrames": 2**31 - 1},
    "color": {"PhotometricInterpretation": "PALETTE COLOR"},
    "a color that runs": {"PhotometricInterpretation": "$open('canary','w')"},
    "three samples": {"SamplesPerPixel": 3},
    "no samples": {"SamplesPerPixel": None},
    "no modality": {"Modality": None},
    "a modality that runs": {"Modality": "__import__('os').system('touch canary')"},
    "no representation": {"PixelRepresentation": None, "WindowWidth": None},
}


def written(tmp_path: Path, name: str, data: bytes) -> Path:
    """A file of these bytes."""
    path = tmp_path / name
    path.write_bytes(data)
    return path


def dicom(tmp_path: Path, **tags: Any) -> bytes:
    """Bytes of a radiograph with tags replaced."""
    path = tmp_path / "made.dcm"
    radiograph(**tags).save_as(path, enforce_file_format=True)
    return path.read_bytes()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("tags", TAGS.values(), ids=TAGS)
def test_dicom_tags(canary: Path, tmp_path: Path, tags: dict[str, Any]) -> None:
    path = written(tmp_path, "x.dcm", dicom(tmp_path, **tags))
    with pytest.raises(InputError):
        read_radiograph(path, 96)


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut off in the header": lambda raw: raw[:200],
    "cut off in the pixels": lambda raw: raw[:-2000],
    "only a preamble": lambda raw: raw[:132],
    "nothing but zeros": lambda raw: b"\0" * 4096,
    "a length without end": lambda raw: raw[:160] + b"\xff" * 40 + raw[200:],
    "an unknown syntax": lambda raw: raw.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.9.9.9\0"),
    "a deflated syntax": lambda raw: raw.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.1.99\0"),
    "a JPEG syntax over raw pixels": lambda raw: raw.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.4.70"),
    "a pickle behind the preamble": lambda raw: raw[:132] + b"cos\nsystem\n(S'touch canary'\ntR.",
    "a script under the name": lambda raw: b"#!/bin/sh\ntouch canary\n",
    "an ELF in the preamble": lambda raw: b"\x7fELF" + raw[4:132] + b"\xff" * 500,
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_dicom_bytes(canary: Path, tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = written(tmp_path, "x.dcm", damage(dicom(tmp_path)))
    with pytest.raises(InputError):
        read_radiograph(path, 96)


def nifti(shape: tuple[int, ...] = (96, 96, 3), code: int = 2, offset: float = 352, **fields: Any) -> bytes:
    """A NIfTI-1 file by hand: header fields may say anything."""
    header = bytearray(348)
    struct.pack_into("<i", header, 0, fields.get("size", 348))
    dimensions = [fields.get("dimensions", len(shape)), *shape, *[1] * (7 - len(shape))]
    struct.pack_into("<8h", header, 40, *dimensions)
    struct.pack_into("<hh", header, 70, code, fields.get("bits", 8))
    struct.pack_into("<8f", header, 76, *[1.0] * 8)
    struct.pack_into("<fff", header, 108, offset, fields.get("slope", 1.0), 0.0)
    header[344:348] = fields.get("magic", b"n+1\0")
    return (
        bytes(header) + fields.get("extension", b"\0" * 4) + np.zeros(fields.get("bytes", 96 * 96 * 3), "u1").tobytes()
    )


NIFTI: dict[str, Callable[[], bytes]] = {
    "a giant": lambda: nifti((32767, 32767, 3)),
    "no size": lambda: nifti((0, 0, 0)),
    "negative sizes": lambda: nifti((-96, -96, 3)),
    "seven dimensions": lambda: nifti((9, 9, 9, 9, 9, 9, 9)),
    "dimensions without end": lambda: nifti(dimensions=32767),
    "no dimensions": lambda: nifti(dimensions=0),
    "an unknown type": lambda: nifti(code=9999),
    "complex numbers": lambda: nifti(code=1792),
    "colors": lambda: nifti(code=128),
    "an offset behind the end": lambda: nifti(offset=1e9),
    "an offset before the start": lambda: nifti(offset=-1e9),
    "an offset that is no number": lambda: nifti(offset=float("nan")),
    "a slope that is no number": lambda: nifti(slope=float("nan")),
    "an infinite slope": lambda: nifti(slope=float("inf")),
    "another header size": lambda: nifti(size=2**31 - 1),
    "another magic": lambda: nifti(magic=b"n+9\0"),
    "an extension without end": lambda: nifti(extension=b"\1\0\0\0" + struct.pack("<ii", 2**31 - 16, 6)),
    "too few voxels": lambda: nifti(bytes=10),
    "only zeros": lambda: nifti(),
    "a pickle": lambda: b"cos\nsystem\n(S'touch canary'\ntR.",
    "a compressed bomb": lambda: gzip.compress(nifti((96, 96, 1), bytes=2**24)),
    "compressed and cut off": lambda: gzip.compress(nifti())[:-40],
    "compressed noise": lambda: b"\x1f\x8b\x08\0" + bytes(range(256)),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("suffix", ["nii", "nii.gz"])
@pytest.mark.parametrize("make", NIFTI.values(), ids=NIFTI)
def test_nifti(canary: Path, tmp_path: Path, make: Callable[[], bytes], suffix: str) -> None:
    path = written(tmp_path, f"x.{suffix}", make())
    with pytest.raises(InputError):
        read_anatomy(path, 96)


LINE = {"id": "a", "seed": 1, "prompt": "x", "findings": {}, "accepted": True, "reasons": [], "scores": {}}
MANIFESTS: dict[str, str] = {
    "cut off": '{"id": ',
    "a list": "[1, 2]",
    "a number": "7",
    "no keys": "{}",
    "nested without end": "[" * 100_000,
    "a file above": json.dumps({**LINE, "files": {"image": "../../secret.png"}, "sha256": {"image": "0"}}),
    "an absolute file": json.dumps({**LINE, "files": {"image": "/etc/passwd"}, "sha256": {"image": "0"}}),
    "a file that is no text": json.dumps({**LINE, "files": {"image": 7}, "sha256": {"image": "0"}}),
    "files that are none": json.dumps({**LINE, "files": "x", "sha256": "y"}),
    "a device": json.dumps({**LINE, "files": {"image": "/dev/zero"}, "sha256": {"image": "0"}}),
    "findings that run": json.dumps({**LINE, "findings": "__import__('os').system('touch canary')", "files": {}}),
    "no UTF-8": "\udcff\udcfe",
}


@pytest.mark.parametrize("text", MANIFESTS.values(), ids=MANIFESTS)
@pytest.mark.parametrize("file", ["manifest.jsonl", "dataset.json", "run.json"])
def test_runs(canary: Path, tmp_path: Path, text: str, file: str) -> None:
    run = tmp_path / "run"
    run.mkdir()
    for name in ("manifest.jsonl", "dataset.json", "run.json"):
        content = text if name == file else "{}" if name != "manifest.jsonl" else ""
        (run / name).write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError):
        read_run(run)
