# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A weight file that is a program is refused unread, even one that the bundle's own lock vouches for.

The pattern of GHSA-6vm5-6jv9-rjpj (torch.load of checkpoints), GHSA-p8cm-mm2v-gwjm and GHSA-89gg-p5r5-q6r4 (pickles).
"""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from aurad_monai.anatomy.prior import AnatomyPrior
from aurad_monai.bundles.bundle import load_weights, open_bundle
from aurad_monai.diffusion.autoencoder import MaskAutoencoder
from aurad_monai.errors import InputError


class Call:
    """Pickles as a call."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


def saved(content: Any, **options: Any) -> bytes:
    """What torch.save writes."""
    stream = io.BytesIO()
    torch.save(content, stream, **options)
    return stream.getvalue()


def zipped(name: str, data: bytes) -> bytes:
    """A torch archive with a pickle of one's own."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, data)
        archive.writestr("archive/version", "3")
        archive.writestr("archive/byteorder", "little")
    return stream.getvalue()


TOUCH = Call(os.system, "touch canary")
GLOBAL = b"cos\nsystem\n(S'touch canary'\ntR."
WEIGHTS = {
    "torch, new format": lambda: saved(TOUCH),
    "torch, old format": lambda: saved(TOUCH, _use_new_zipfile_serialization=False),
    "inside a state dict": lambda: saved({"weight": torch.zeros(1, 1), "bias": TOUCH}),
    "as a key": lambda: saved({"weight": torch.zeros(1, 1), 1: [TOUCH]}),
    "eval": lambda: saved(Call(eval, "__import__('os').system('touch canary')")),
    "exec": lambda: saved(Call(exec, "open('canary', 'w')")),
    "open": lambda: saved(Call(open, "canary", "w")),
    "getattr": lambda: saved(Call(getattr, "x", "upper")),
    "a module": lambda: saved(torch.nn.Linear(1, 1)),
    "a plain pickle": lambda: pickle.dumps(TOUCH),
    "a pickle of protocol 0": lambda: GLOBAL,
    "a pickle in an archive": lambda: zipped("archive/data.pkl", GLOBAL),
    "TorchScript": lambda: scripted(),
    "a recursive pickle": lambda: b"]q\x00h\x00a" * 100 + b".",
    "nothing": lambda: b"",
    "noise": lambda: bytes(range(256)) * 4,
    "a number": lambda: saved(7),
    "a list": lambda: saved([torch.zeros(1)]),
    "another network": lambda: saved({"other": torch.zeros(1)}),
    "another shape": lambda: saved({"weight": torch.zeros(2, 2), "bias": torch.zeros(2)}),
}


def scripted() -> bytes:
    """A TorchScript archive."""
    stream = io.BytesIO()
    torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), stream)
    return stream.getvalue()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", WEIGHTS.values(), ids=WEIGHTS)
def test_weights(canary: Path, tmp_path: Path, make: Callable[[], bytes]) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(make())
    with pytest.raises(InputError):
        load_weights(torch.nn.Linear(1, 1), str(path))


@pytest.mark.parametrize("make", [WEIGHTS["torch, new format"], WEIGHTS["a plain pickle"]])
def test_the_payload_is_a_real_one(make: Callable[[], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x").write_bytes(make())
    try:
        torch.load(tmp_path / "x", weights_only=False)
    except Exception:
        pickle.loads(make())
    assert (tmp_path / "canary").exists()


def test_a_lock_does_not_make_a_pickle_safe(canary: Path, make_bundle: Callable[..., Path]) -> None:
    from aurad_monai.bundles.bundle import enter_hash

    load = "$load_weights(@a, @bundle_root + '/models/model.pt')"
    root = make_bundle({"imports": ["$from aurad_monai.bundles.bundle import load_weights"], "x": load})
    assert open_bundle(root, trust=True).get("x").in_features == 1
    (root / "models/model.pt").write_bytes(saved(TOUCH))
    with pytest.raises(InputError, match="sha256"):
        open_bundle(root, trust=True)
    enter_hash(root / "models/model.pt")
    with pytest.raises(InputError, match="tensors alone"):  # ours, not what MONAI makes of it
        open_bundle(root, trust=True).get("x")


@pytest.mark.parametrize("content", [pickle.dumps(TOUCH), b"", b"\xff" * 64, (2**60).to_bytes(8, "little") + b"{}"])
def test_safetensors(canary: Path, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "anatomy_prior.safetensors"
    path.write_bytes(content)
    with pytest.raises(InputError):
        AnatomyPrior.from_file(path)


def test_published_encoders_are_not_unpickled(canary: Path, tmp_path: Path) -> None:
    path = tmp_path / "autoencoder.pt"
    path.write_bytes(saved(TOUCH))
    with pytest.raises(InputError):
        MaskAutoencoder(13, 13, (16, 16)).keep_encoder(str(path))
