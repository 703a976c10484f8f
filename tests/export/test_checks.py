# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Changes are found wherever they are, and a signature vouches for all of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aurad_monai.cli import main as cli
from aurad_monai.errors import InputError
from aurad_monai.export.checks import check_files, check_signature, sign
from aurad_monai.export.run_folder import RunRecord, write_run
from tests.export.keys import write_keys

RECORD = RunRecord(command="aurad generate x", prompt="small left pleural effusion", seed=7, num=1)


@pytest.fixture
def run(tmp_path: Path, make_case: Callable[..., Any]) -> Path:
    return write_run(tmp_path / "run", [make_case("a-0")], RECORD)


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    """A secret and a public key."""
    pytest.importorskip("minisign")
    write_keys(tmp_path / "secret", tmp_path / "public")
    return tmp_path / "secret", tmp_path / "public"


def test_an_untouched_run_passes(run: Path) -> None:
    assert check_files(run) == 3


@pytest.mark.parametrize("change", ["changed", "missing", "stray"])
def test_every_change_is_found(run: Path, change: str) -> None:
    image = run / "images" / "a-0.png"
    if change == "changed":
        image.write_bytes(image.read_bytes() + b"x")
    elif change == "missing":
        image.unlink()
    else:
        (run / "images" / "patient.png").write_bytes(b"x")
    with pytest.raises(InputError, match="png"):
        check_files(run)


def test_a_signature_covers_the_manifest(run: Path, keys: tuple[Path, Path]) -> None:
    sign(run, keys[0])
    assert "run" in check_signature(run, keys[1])
    assert check_files(run) == 6
    manifest = run / "manifest.jsonl"
    manifest.write_text(manifest.read_text().replace('accepted": true', 'accepted":  true'))
    with pytest.raises(InputError, match=r"manifest.jsonl"):
        check_files(run)
    (run / "SHA256SUMS").write_text("")
    with pytest.raises(InputError, match="signed"):
        check_signature(run, keys[1])


def test_other_keys_and_no_signature_are_refused(run: Path, keys: tuple[Path, Path]) -> None:
    with pytest.raises(InputError, match="public_key"):
        check_signature(run, keys[1])
    for path in (keys[1], run / "run.json", run / "none"):
        with pytest.raises(InputError, match="secret key"):
            sign(run, path)


def test_the_command_line(run: Path, keys: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["audit", str(run), "--sign", str(keys[0])]) == 0
    assert cli.main(["audit", str(run), "--public_key", str(keys[1])]) == 0
    assert "6 files" in capsys.readouterr().out
    (run / "images" / "a-0.png").unlink()
    assert cli.main(["audit", str(run)]) == 2
