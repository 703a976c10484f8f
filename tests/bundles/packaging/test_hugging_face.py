# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""MONAI's own download takes a packaged bundle from a hub, here one that speaks the hub's API on this machine."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from aurad_monai.bundles.bundle import check_weights
from aurad_monai.bundles.packaging.hugging_face import card_header, write_hugging_face_folder
from aurad_monai.weights import read_state
from tests.bundles import tiny

hub = pytest.importorskip("huggingface_hub")
REPO, COMMIT = "somebody/cxr_expert_filter", "0123456789abcdef0123456789abcdef01234567"


class Hub(BaseHTTPRequestHandler):
    """The part of the hub's API that a download needs: refs, files of a revision, a file."""

    def __init__(self, folder: Path, version: str, *rest: Any) -> None:
        self.folder, self.version = folder, version
        super().__init__(*rest)

    def do_HEAD(self) -> None:
        self._answer(send=False)

    def do_GET(self) -> None:
        self._answer(send=True)

    def log_message(self, *_: Any) -> None:
        """Silent."""

    def _answer(self, send: bool) -> None:
        path = self.path.split("?")[0]
        known = {f"/api/models/{REPO}/revision/{name}" for name in (self.version, COMMIT)}
        files = sorted(file.relative_to(self.folder).as_posix() for file in self.folder.rglob("*") if file.is_file())
        if path == f"/api/models/{REPO}/refs":
            tag = {"name": self.version, "ref": f"refs/tags/{self.version}", "targetCommit": COMMIT}
            self._json({"branches": [], "converts": [], "tags": [tag]}, send)
        elif path in known:
            self._json({"id": REPO, "sha": COMMIT, "siblings": [{"rfilename": name} for name in files]}, send)
        elif path == f"/api/models/{REPO}/tree/{COMMIT}":
            self._json([self._entry(name) for name in files], send)
        elif (name := path.removeprefix(f"/{REPO}/resolve/{COMMIT}/")) in files:
            content = (self.folder / name).read_bytes()
            self._bytes(content, send, {"ETag": f'"{hashlib.sha256(content).hexdigest()}"', "X-Repo-Commit": COMMIT})
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RevisionNotFound" if "/revision/" in path else "EntryNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _entry(self, name: str) -> dict[str, Any]:
        content = (self.folder / name).read_bytes()
        return {"type": "file", "path": name, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}

    def _json(self, content: Any, send: bool) -> None:
        self._bytes(json.dumps(content).encode(), send, {"Content-Type": "application/json"})

    def _bytes(self, content: bytes, send: bool, headers: dict[str, str]) -> None:
        self.send_response(200)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if send:
            self.wfile.write(content)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_hugging_face_folder(tiny.BUNDLES / tiny.EXPERTS, tmp_path_factory.mktemp("hub"))


@pytest.fixture(scope="module")
def version() -> str:
    content = json.loads((tiny.BUNDLES / tiny.EXPERTS / "configs/metadata.json").read_text(encoding="utf-8"))
    return str(content["version"])


@pytest.fixture
def address(folder: Path, version: str) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Hub, folder, version))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("named", [True, False])
def test_monai_downloads_it(folder: Path, address: str, version: str, tmp_path: Path, named: bool) -> None:
    command = [sys.executable, "-m", "monai.bundle", "download", "--name", tiny.EXPERTS, "--repo", REPO]
    command += ["--source", "huggingface_hub", "--bundle_dir", str(tmp_path), *(["--version", version] if named else [])]
    own = {"HF_ENDPOINT": address, "HF_HOME": str(tmp_path / "cache"), "HF_HUB_DISABLE_XET": "1"}
    done = subprocess.run(command, env={**os.environ, **own}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    root = tmp_path / tiny.EXPERTS
    for file in (file for file in folder.rglob("*") if file.is_file()):
        assert (root / file.relative_to(folder)).read_bytes() == file.read_bytes(), file.name
    assert check_weights(root)


def test_the_library_of_the_hub_reads_the_card(folder: Path) -> None:
    card = hub.ModelCard((folder / "README.md").read_text(encoding="utf-8"))
    assert card.data.license == "apache-2.0" and card.data.library_name == "monai"
    assert {"monai", "medical"} <= set(card.data.tags) and card.data.get("widget") is None
    metrics = json.loads((folder / "configs/metadata.json").read_text(encoding="utf-8"))["eval_metrics"]
    assert {result.metric_type: result.metric_value for result in card.data.eval_results} == metrics


def test_a_bundle_without_figures_has_no_index_of_them() -> None:
    assert "model-index" not in card_header("x", {"name": "x"})


def test_safetensors_hold_the_weights(folder: Path) -> None:
    for file in (folder / "models").glob("*.pt"):
        state, found = read_state(file), load_file(file.with_suffix(".safetensors"))
        assert state.keys() == found.keys() and all((state[key] == found[key]).all() for key in state)
