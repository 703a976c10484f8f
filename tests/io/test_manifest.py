# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs of strangers: no id, path or text of a manifest leads out of its folder, holds up, or reaches a terminal."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurad_monai.case import Case
from aurad_monai.cli import main as cli
from aurad_monai.errors import InputError
from aurad_monai.export.run_folder import RunRecord, write_run
from aurad_monai.files import below, is_plain_name, read_bounded, sha256
from aurad_monai.io.manifest import checked_line
from aurad_monai.io.read_run import open_run, read_run
from aurad_monai.safe_text import TableWriter, cell, is_control, printable

MakeCase = Callable[..., Case]
RECORD = RunRecord(command="aurad generate x", prompt="normal", seed=7, num=1)
FORMATS = "monai,nih,chexpert,coco,yolo,safetensors,nifti"

PATHS: tuple[Any, ...] = (
    *(
        "../a",
        "a/../b",
        "..",
        ".",
        "/etc/passwd",
        "/tmp/canary",
        "a//b",
        "a/",
        "./a",
        "~/.bashrc",
        "~root/x",
        ".bashrc",
    ),
    *(
        "a\\b",
        "..\\a",
        "C:\\x",
        "C:x",
        "\\\\host\\share",
        "a:b",
        "a\0b",
        "a\nb",
        "a\x1b[31m",
        "a\u202eb",
        " a",
        "a ",
        "a.",
    ),
    *(
        "con",
        "NUL",
        "com1.png",
        "lpt9",
        "aux.nii.gz",
        "a" * 300,
        "",
        "-rf",
        "--output=x",
        "$HOME",
        "`id`",
        "a;b",
        "a|b",
        "a&b",
    ),
    *(
        "=1+1",
        "@a",
        "+1",
        "%2e%2e",
        "..%2fa",
        "a*b",
        "a?b",
        7,
        None,
        True,
        ["a"],
        {"a": 1},
        1.5,
        "ä",
        "ａ",
        "a\tb",
        "’",
    ),
)
TEXTS = (
    "\x1b]0;owned\x07",
    "\x1b[2J",
    "a\rb",
    "a\x08b",
    "\x9b31m",
    "a\u202eb",
    "a\u2028b",
    "\ud800",
    "\0",
    "a\nb",
    "\u200b",
    "\ue000",
)
VALUES: dict[str, tuple[Any, ...]] = {
    "seed": (-1, 1.5, "1", None, 2**70, True, [], float("inf")),
    "prompt": (None, 7, [], {}, "a" * 5000),
    "accepted": (None, 1, 0, "true", [], {}),
    "reasons": (None, "x", 7, [7], [None], [["x"]], {"a": 1}),
    "scores": (None, [], "x", {"a": "1"}, {"a": []}, {"a": True}),
    "files": (None, [], "x", {"image": 7}, {"image": None}, {"other": "a"}, {"image": ["a"]}),
    "sha256": (None, [], {}, {"image": "0"}, {"image": "Z" * 64}, {"image": 7}),
    "findings": (None, [], "x", {}, {"findings": "x", "view": "", "sex": "", "age": None}, {"findings": [7]}),
    "requested": (None, [], {"findings": [None], "view": "", "sex": "", "age": None}),
    "resolved": (None, "x", {"findings": {}, "view": [], "sex": {}, "age": []}),
    "spacing": (0, -1, "1", [], 1e9, True),
    "not_judged": (None, "x", [7], {}),
    "why_not_judged": (None, [], {"a": 1}),
    "case": (-1, 1.5, "1", None),
}
NAMES = [(name, value) for name, values in VALUES.items() for value in values]


@pytest.fixture
def run(tmp_path: Path, make_case: MakeCase) -> Path:
    """A run of one case, in a cage whose outside is looked at."""
    return write_run(tmp_path / "cage" / "run", [make_case("a-0")], RECORD)


def line_of(run: Path) -> dict[str, Any]:
    return dict(json.loads((run / "manifest.jsonl").read_text()))


def write(run: Path, line: Any) -> None:
    (run / "manifest.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8", errors="surrogatepass")


def refused_by_every_reader(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The readers of Python raise InputError; export and audit end with one line, and nothing is beside the run."""
    with pytest.raises(InputError) as raised:
        read_run(run)
    assert not any(map(is_control, str(raised.value)))
    before = sorted(run.parent.rglob("*"))
    for words in (["export", str(run), "--format", "monai"], ["audit", str(run)]):
        assert cli.main(words) == 2
        (error,) = [text for text in capsys.readouterr().err.splitlines() if text.startswith("error")]
        assert not any(map(is_control, error)) and "Traceback" not in error
    assert sorted(run.parent.rglob("*")) == before


@pytest.mark.parametrize("name", PATHS, ids=repr)
def test_an_id_is_a_plain_name(run: Path, capsys: pytest.CaptureFixture[str], name: Any) -> None:
    write(run, {**line_of(run), "id": name})
    refused_by_every_reader(run, capsys)


@pytest.mark.parametrize("name", PATHS, ids=repr)
def test_a_file_lies_below_the_run(run: Path, capsys: pytest.CaptureFixture[str], name: Any) -> None:
    line = line_of(run)
    write(run, {**line, "files": {**line["files"], "image": name}})
    refused_by_every_reader(run, capsys)


@pytest.mark.parametrize(("name", "value"), NAMES, ids=repr)
def test_a_value_is_of_its_kind(run: Path, capsys: pytest.CaptureFixture[str], name: str, value: Any) -> None:
    write(run, {**line_of(run), name: value})
    refused_by_every_reader(run, capsys)


@pytest.mark.parametrize("text", TEXTS, ids=repr)
@pytest.mark.parametrize("name", ["prompt", "reasons", "why_not_judged", "unknown entry"])
def test_no_control_character_comes_in(run: Path, capsys: pytest.CaptureFixture[str], name: str, text: str) -> None:
    value: Any = {"reasons": [text], "why_not_judged": {"mass": text}, "unknown entry": [{"a": text}]}.get(name, text)
    write(run, {**line_of(run), name: value})
    refused_by_every_reader(run, capsys)


def test_two_cases_do_not_share_a_file(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = line_of(run)
    (run / "manifest.jsonl").write_text(json.dumps(line) + "\n" + json.dumps({**line, "id": "A-0"}) + "\n")
    refused_by_every_reader(run, capsys)


@pytest.mark.parametrize("name", ["manifest.jsonl", "dataset.json", "run.json", "images/a-0.png", "anatomy/a-0.nii.gz"])
@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "link out"])
def test_no_pipe_device_or_link_holds_up(run: Path, capsys: pytest.CaptureFixture[str], name: str, kind: str) -> None:
    (run / name).unlink()
    if kind == "pipe":
        os.mkfifo(run / name)
    elif kind == "folder":
        (run / name).mkdir()
    else:
        (run / name).symlink_to("/dev/zero" if kind == "device" else "/etc/passwd")
    with pytest.raises(InputError):
        read_run(run)
    assert cli.main(["export", str(run), "--format", "monai"]) == 2


@pytest.mark.parametrize("shape", [(32767, 32767, 13), (8192, 8193), (4096, 4096, 5), (32767, 3000)])
def test_a_small_file_does_not_take_large_memory(run: Path, shape: tuple[int, ...]) -> None:
    """The header is bound before an array is read: a packed NIfTI of kilobytes that claims gigabytes."""
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, len(shape), *shape, *[1] * (7 - len(shape)))
    struct.pack_into("<hh", header, 70, 2, 8)
    struct.pack_into("<8f", header, 76, *[1.0] * 8)
    struct.pack_into("<fff", header, 108, 352, 1.0, 0.0)
    header[344:348] = b"n+1\0"
    path = run / "pathology" / "a-0.nii.gz"
    path.write_bytes(gzip.compress(bytes(header) + bytes(2**24)))
    line = line_of(run)
    write(run, {**line, "sha256": {**line["sha256"], "pathology": sha256(path)}})
    with pytest.raises(InputError):
        read_run(run)


def test_members_of_a_tar_are_plain_names(run: Path, tmp_path: Path) -> None:
    pytest.importorskip("webdataset")
    assert cli.main(["export", str(run), "--format", "webdataset", "--output", str(tmp_path / "out")]) == 0
    (shard,) = (tmp_path / "out").rglob("*.tar")
    with tarfile.open(shard) as opened:
        assert all(is_plain_name(member.name) for member in opened.getmembers())


@given(st.text(max_size=30))
def test_below_never_leads_out(name: str) -> None:
    root = Path("/somewhere/run")
    try:
        path = below(root, name, "name")
    except InputError as error:
        assert not any(map(is_control, str(error)))
    else:
        assert root in path.resolve().parents


@given(st.text(max_size=40))
def test_what_is_printed_holds_no_control_character(text: str) -> None:
    assert not any(map(is_control, printable(text)))
    assert not any(map(is_control, str(InputError("x", text, text, text))))
    assert text != printable(text) or not any(map(is_control, text))


@given(st.text(max_size=40))
def test_a_cell_is_no_formula(text: str) -> None:
    shown = cell(text)
    stream = io.StringIO()
    TableWriter(stream).writerow([text, 1, -2.5, None])
    (row,) = csv.reader(io.StringIO(stream.getvalue()))
    assert row == [shown, "1", "-2.5", ""]
    assert not shown.lstrip(" ").startswith(("=", "@", "+", "-")) or float(shown) is not None


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\t=1", "\r=1", " =1", "＝1"])
def test_formulas_of_tables(text: str) -> None:
    assert cell(text)[0] == "'" or cell(text).startswith("\\")
    assert cell("-2.5") == "-2.5" and cell(-2.5) == -2.5 and cell("effusion, left") == "effusion, left"


def test_bounded_reading(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"12345")
    assert read_bounded(tmp_path / "x", 5) == b"12345"
    with pytest.raises(ValueError, match="larger"):
        read_bounded(tmp_path / "x", 4)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="regular"):
        read_bounded(tmp_path / "pipe")


def test_a_good_line_stays_as_it_is(run: Path, make_case: MakeCase) -> None:
    line = line_of(run)
    assert checked_line(dict(line)) == line and list(open_run(run).lines()) == [line]
    assert checked_line({**line, "measure": {"later": [1, None, "entry"]}})
    assert np.isfinite(read_run(run).cases[0].image).all()  # type: ignore[arg-type]


def test_the_name_of_a_given_file_does_not_leave(tmp_path: Path, make_case: MakeCase) -> None:
    """Neither in dataset.json nor in a PNG, run.json or an export; a file of its own knows it."""
    given = "/archive/Doe_Jane_1961-02-03.png"
    options = {"anatomy": given, "mask": given, "bundle_dir": {"": "/home/doe"}, "steps": 3}
    record = RunRecord("aurad generate x --anatomy FILE", "normal", 7, 1, options=options, names={"anatomy": given})
    run = write_run(tmp_path / "run", [make_case("a-0")], record)
    assert cli.main(["export", str(run), "--format", FORMATS, "--output", str(tmp_path / "out")]) == 0
    holders = [path for path in tmp_path.rglob("*") if path.is_file() and b"oe_Jane" in path.read_bytes()]
    assert holders == [run / "names.json"]
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"/home/doe" in path.read_bytes()]
    settings = json.loads((run / "dataset.json").read_text())["settings"]
    assert settings == {"anatomy": "given", "mask": "given", "bundle_dir": "given", "steps": 3}
