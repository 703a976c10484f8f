# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Signed radiographs say that a model made them; the C2PA library's own reader agrees, and notices a changed byte."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aurad_monai.case import Case
from aurad_monai.cli.main import main
from aurad_monai.errors import InputError
from aurad_monai.export.credentials import TRAINED, Signature, read_credential, sign_picture, sign_run
from aurad_monai.export.run_folder import RunRecord, write_run
from aurad_monai.files import sha256

c2pa = pytest.importorskip("c2pa")
pytest.importorskip("cryptography")


@pytest.fixture(scope="module")
def signature(tmp_path_factory: pytest.TempPathFactory) -> Signature:
    from recipes.signer import write_signer

    return Signature(*write_signer(tmp_path_factory.mktemp("signer")))


@pytest.fixture
def run(tmp_path: Path, make_case: Callable[..., Case]) -> Path:
    return Path(write_run(tmp_path / "run", [make_case("a"), make_case("b")], RunRecord("aurad generate x", "x", 7, 2)))


def lines(run: Path) -> list[dict[str, dict[str, str]]]:
    return [json.loads(text) for text in (run / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_signed_run(run: Path, signature: Signature) -> None:
    from recipes.signer import SIGNER

    picture = run / "images" / "a.png"
    with Image.open(picture) as before:
        pixels, text = np.asarray(before).copy(), dict(before.text)  # type: ignore[attr-defined]
    assert read_credential(picture).state == "none"
    assert sign_run(run, signature) == 2
    with Image.open(picture) as after:
        assert np.array_equal(np.asarray(after), pixels) and dict(after.text) == text  # type: ignore[attr-defined]
    found = read_credential(picture)
    assert (found.state, found.signer, found.synthetic, found.problems) == ("Valid", SIGNER, True, ())
    assert found.record == json.loads(text["aurad"])
    for line in lines(run):
        assert line["sha256"]["image"] == sha256(run / line["files"]["image"])
    hashes = [line["sha256"]["image"] for line in lines(run)]
    assert sign_run(run, signature) == 2 and hashes == [line["sha256"]["image"] for line in lines(run)]


def test_the_librarys_own_reader_says_the_same(run: Path, signature: Signature) -> None:
    picture = run / "images" / "a.png"
    sign_picture(picture, signature)
    reader = c2pa.Reader("image/png", io.BytesIO(picture.read_bytes()))
    assert reader.get_validation_state() == "Valid"
    manifest = json.loads(reader.json())["manifests"][json.loads(reader.json())["active_manifest"]]
    (actions,) = [item["data"] for item in manifest["assertions"] if item["label"].startswith("c2pa.actions")]
    assert actions["actions"][0]["digitalSourceType"] == TRAINED


def test_a_changed_byte_is_noticed(run: Path, signature: Signature, capsys: pytest.CaptureFixture[str]) -> None:
    picture = run / "images" / "a.png"
    sign_picture(picture, signature)
    content = bytearray(picture.read_bytes())
    content[content.rindex(b"IDAT") + 200] ^= 1
    picture.write_bytes(bytes(content))
    assert read_credential(picture).state == "Invalid" and read_credential(picture).problems
    assert main(["credentials", str(picture)]) == 1
    assert "Invalid" in capsys.readouterr().out


def test_saved_anew_it_is_gone(run: Path, signature: Signature) -> None:
    picture = run / "images" / "a.png"
    sign_picture(picture, signature)
    with Image.open(picture) as opened:
        opened.save(picture)
    assert read_credential(picture).state == "none"


def test_the_command(run: Path, signature: Signature, capsys: pytest.CaptureFixture[str]) -> None:
    picture = str(run / "images" / "a.png")
    assert main(["credentials", picture]) == 1
    keys = ["--certificate", str(signature.certificate), "--key", str(signature.key)]
    assert main(["credentials", str(run), *keys]) == 0
    assert main(["credentials", picture]) == 0
    assert "Valid, signed by Test signer, synthetic" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", ["no key", "no certificate file", "key is text", "no run", "a picture of others"])
def test_wrong_input_is_one_line(run: Path, signature: Signature, tmp_path: Path, wrong: str) -> None:
    other = tmp_path / "other.png"
    Image.fromarray(np.zeros((64, 64), np.uint8)).save(other)
    (tmp_path / "text.pem").write_text("x")
    chain, key = str(signature.certificate), str(signature.key)
    words = {
        "no key": [str(run), "--certificate", chain],
        "no certificate file": [str(run), "--certificate", str(tmp_path / "none.pem"), "--key", key],
        "key is text": [str(run), "--certificate", chain, "--key", str(tmp_path / "text.pem")],
        "no run": [str(tmp_path), "--certificate", chain, "--key", key],
        "a picture of others": [str(other), "--certificate", chain, "--key", key],
    }[wrong]
    assert main(["credentials", *words]) == 2


def test_a_key_of_another_certificate(run: Path, signature: Signature, tmp_path: Path) -> None:
    from recipes.signer import write_signer

    _, other = write_signer(tmp_path)
    before = (run / "images" / "a.png").read_bytes()
    with pytest.raises(InputError, match="certificate"):
        sign_picture(run / "images" / "a.png", Signature(signature.certificate, other))
    assert (run / "images" / "a.png").read_bytes() == before
