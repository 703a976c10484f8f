# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Small files that would hold up or take large memory: compressed pixels, plans, tables, datalists, pipes and devices.

Each is refused in one line, before what it claims is built.
"""

from __future__ import annotations

import io
import json
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom.encaps import encapsulate

from aurad_monai.cli import main as cli
from aurad_monai.errors import InputError
from aurad_monai.export.watermark import report_watermarks
from aurad_monai.generation.read_plan import read_plan
from aurad_monai.io.case_set import open_cases
from aurad_monai.io.datalist import read_datalist
from aurad_monai.io.radiograph import open_radiograph
from tests.io.test_dicom_file import radiograph

JPEG, JPEG_2000, RLE = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.5"
EDGE = 512


def picture(kind: str, edge: int = EDGE, **options: Any) -> bytes:
    """A black picture of this edge."""
    stream = io.BytesIO()
    Image.new("L", (edge, edge)).save(stream, kind, **options)
    return stream.getvalue()


def claimed(edge: int, colors: int = 1) -> bytes:
    """A JPEG 2000 that says another size and number of colors than it has."""
    raw = bytearray(picture("JPEG2000"))
    at = raw.find(b"\xff\x4f\xff\x51")
    struct.pack_into(">II", raw, at + 8, edge, edge)
    struct.pack_into(">H", raw, at + 40, colors)
    return bytes(raw)


def scans(count: int, edge: int = EDGE) -> bytes:
    """A progressive JPEG that repeats its last scan."""
    raw = picture("JPEG", edge, quality=1, progressive=True)
    at = raw.rfind(b"\xff\xda")
    return raw[:at] + raw[at:-2] * count + b"\xff\xd9"


def runs(codes: bytes, count: int = 1, *offsets: int) -> bytes:
    """An RLE frame."""
    places = [*(offsets or (64,)), *[0] * 15][:15]
    return struct.pack("<16I", count, *places) + codes


def sized(edge: int) -> bytes:
    """A JPEG that states two sizes, the one of its tags first."""
    raw = picture("JPEG")
    at = raw.find(b"\xff\xc0")
    header = bytearray(raw[at : at + 2 + struct.unpack_from(">H", raw, at + 2)[0]])
    struct.pack_into(">HH", header, 5, edge, edge)
    return raw[:at] + raw[at : at + len(header)] + bytes(header) + raw[at + len(header) :]


COMPRESSED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a larger JPEG": (JPEG, lambda: picture("JPEG", 4096)),
    "a JPEG of two sizes": (JPEG, lambda: sized(60000)),
    "a JPEG of many scans": (JPEG, lambda: scans(200)),
    "a JPEG without size": (JPEG, lambda: b"\xff\xd8\xff\xd9"),
    "a JPEG that ends in its header": (JPEG, lambda: picture("JPEG")[:30]),
    "a larger JPEG 2000": (JPEG_2000, lambda: picture("JPEG2000", 2048)),
    "a JPEG 2000 that claims more": (JPEG_2000, lambda: claimed(60000)),
    "a JPEG 2000 of many colors": (JPEG_2000, lambda: claimed(EDGE, 16000)),
    "a JPEG 2000 without size": (JPEG_2000, lambda: b"\xff\x4f\xff\x51\0\0"),
    "RLE that unfolds": (RLE, lambda: runs(b"\x81\0" * 100_000)),
    "RLE of silence": (RLE, lambda: runs(b"\x80" * 100_000)),
    "RLE of segments behind its end": (RLE, lambda: runs(b"\0\0", 1, 4_000_000_000)),
    "RLE of segments before its start": (RLE, lambda: runs(b"\0\0", 2, 64, 12)),
    "RLE of many segments": (RLE, lambda: runs(b"\0\0", 4_000_000_000)),
    "RLE without a header": (RLE, lambda: b"\0" * 10),
    "RLE that goes on after its image": (RLE, lambda: runs(b"\x81\0" * (EDGE * EDGE // 128) + b"\0\0" * 100)),
}


def compressed(path: Path, syntax: str, payload: bytes) -> Path:
    """A radiograph of EDGE rows and columns whose compressed pixels are these bytes."""
    tags = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "PixelRepresentation": 0, "Rows": EDGE, "Columns": EDGE}
    made = radiograph(**tags)
    made.PixelData = encapsulate([payload])
    made["PixelData"].is_undefined_length = True
    made.file_meta.TransferSyntaxUID = syntax
    made.save_as(path, enforce_file_format=True)
    return path


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("syntax", "make"), COMPRESSED.values(), ids=COMPRESSED)
def test_compressed_pixels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, syntax: str, make: Callable[[], bytes]
) -> None:
    monkeypatch.setattr("aurad_monai.io.dicom_syntax.pixel_array", lambda dataset: pytest.fail("it was decoded"))
    with pytest.raises(InputError):
        open_radiograph(compressed(tmp_path / "x.dcm", syntax, make()))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", [(JPEG, "JPEG"), (JPEG_2000, "JPEG2000")], ids=str)
def test_what_is_as_large_as_it_says_is_read(tmp_path: Path, kind: tuple[str, str]) -> None:
    stream = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 255, (EDGE, EDGE)).astype(np.uint8)
    Image.fromarray(pixels).save(stream, kind[1])
    assert open_radiograph(compressed(tmp_path / "x.dcm", kind[0], stream.getvalue())).pixels.shape == (EDGE, EDGE)


def test_a_picture_of_many_scans(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(scans(200))
    with pytest.raises(InputError, match="scans"):
        open_radiograph(tmp_path / "x.jpg")


LAUGHS = "".join(f"{b}: &{b} [{', '.join(['*' + a] * 10)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
PLANS: dict[str, tuple[str, str]] = {
    "aliases as prompts": (".yaml", "a: &a [x]\n" + LAUGHS + "prompts: *i\n"),
    "aliases in a prompt": (".yaml", "prompts: [{prompt: &a [x]}, &b [*a, *a], [*b, *b]]\n"),
    "aliases as numbers": (".yaml", "prompts: [mass]\nseed: &a [1]\nbudget: [*a, *a]\n"),
    "aliases of itself": (".yaml", "prompts: &a [*a]\n"),
    "a tag that runs": (".yaml", "prompts: !!python/object/apply:os.system ['touch canary']\n"),
    "nested without end": (".yaml", "prompts: " + "[" * 5000),
    "a number without end": (".csv", "prompt,accepted\nmass," + "9" * 5000 + "\n"),
    "cases without end": (".csv", "prompt,accepted\nmass,99999999\n"),
    "a field without end": (".csv", "prompt,accepted\n" + "mass " * 40_000 + ",1\n"),
    "escapes": (".txt", "\x1b]0;owned\x07 mass\n"),
    "another encoding": (".csv", "\udcff\udcfe"),
}


@pytest.mark.parametrize(("ending", "text"), PLANS.values(), ids=PLANS)
def test_plans(canary: Path, tmp_path: Path, ending: str, text: str) -> None:
    path = tmp_path / f"plan{ending}"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError) as raised:
        read_plan(path)
    assert len(str(raised.value)) < 500 and "\x1b" not in str(raised.value)


DATALISTS: dict[str, str] = {
    "nested without end": "[" * 100_000,
    "a list": "[]",
    "a number": "7",
    "sections that are none": json.dumps({"training": 7, "validation": {"a": 1}}),
    "cases that are none": json.dumps({"training": [7], "validation": ["x"]}),
    "files that are none": json.dumps({"training": [{"id": "a", "image": 7}], "validation": [{"image": ["x"]}]}),
    "a device": json.dumps({name: [{"id": "a", "image": "/dev/zero"}] for name in ("training", "validation")}),
    "a folder": json.dumps({name: [{"id": "a", "image": "."}] for name in ("training", "validation")}),
    "another encoding": "\udcff\udcfe",
    "cut off": '{"training":',
}


@pytest.mark.parametrize("text", DATALISTS.values(), ids=DATALISTS)
def test_datalists(tmp_path: Path, text: str) -> None:
    (tmp_path / "datalist.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    for read in (lambda: read_datalist(str(tmp_path)), lambda: open_cases(str(tmp_path))):
        with pytest.raises(InputError):
            read()


HOLDING_UP: dict[str, tuple[str, list[str]]] = {
    "plan.csv": ("plan.csv", ["synthesize", "plan.csv", "--output", "out"]),
    "plan.yaml": ("plan.yaml", ["synthesize", "plan.yaml", "--output", "out"]),
    "metadata.csv": ("site/metadata.csv", ["prepare", "folder", "--root", "site", "--output", "out"]),
    "datalist.json": ("set/datalist.json", ["calibrate", "set", "--output", "out"]),
    "study.json": ("study/study.json", ["readers", "report", "study"]),
    "results.json": ("set/results.json", ["evaluate", "set", "--compare", "set"]),
    "a signed picture": ("x.png", ["credentials", "x.png"]),
    "a marked picture": ("x.png", ["watermark", "x.png"]),
}


@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
@pytest.mark.parametrize(("name", "words"), HOLDING_UP.values(), ids=HOLDING_UP)
def test_nothing_holds_up(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    kind: str,
    name: str,
    words: list[str],
) -> None:
    """The command has refused it before it could wait or read on."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()
    assert cli.main(words) == 2
    (said,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error")]
    assert "Traceback" not in said and not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"", b"%!PS-Adobe-3.0 EPSF-3.0\n(x) show\n", b"GIF89a" + b"\0" * 40])
def test_a_watermark_is_read_of_pictures_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    (tmp_path / "x.png").write_bytes(content)
    assert report_watermarks([str(tmp_path / "x.png")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_an_error_shows_a_value_without_unfolding_it() -> None:
    value: Any = ["x"]
    for _ in range(40):
        value = [value] * 10
    text = str(InputError("plan", value, "a prompt"))
    assert len(text) < 400 and str(InputError("plan", 10**6000, "less")).startswith("plan: got 'a number of")
