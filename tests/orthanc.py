# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A real Orthanc with an empty store for tests that send DICOM objects; skipped where it is not installed."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PLUGIN = "libOrthancDicomWeb.so"


@dataclass(frozen=True)
class Archive:
    """Ports of a running Orthanc, and whether it speaks DICOMweb."""

    dicom: int
    http: int
    dicomweb: bool


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """Orthanc on two free ports, until the test is over."""
    if (program := shutil.which("Orthanc")) is None:
        pytest.skip("Orthanc is not installed")
    ports = []
    for _ in range(2):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            ports.append(free.getsockname()[1])
    plugins = sorted(path for root in ("/usr/lib", "/usr/share") for path in Path(root).rglob(f"{PLUGIN}*"))
    settings = {
        "StorageDirectory": str(tmp_path / "store"),
        "IndexDirectory": str(tmp_path / "store"),
        "DicomPort": ports[0],
        "HttpPort": ports[1],
        "AuthenticationEnabled": False,
        "RemoteAccessAllowed": False,
        "DicomAlwaysAllowStore": True,
        "Plugins": [str(path) for path in plugins[:1]],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }
    (tmp_path / "orthanc.json").write_text(json.dumps(settings))
    server = subprocess.Popen([program, str(tmp_path / "orthanc.json")], stderr=subprocess.DEVNULL)
    found = Archive(ports[0], ports[1], bool(plugins))
    try:
        for _ in range(240):
            try:
                ask(found, "system")
                break
            except OSError:
                time.sleep(0.25)
        yield found
    finally:
        server.terminate()
        server.wait(timeout=60)


def ask(archive: Archive, path: str, data: bytes | None = None) -> Any:
    """An answer of its REST interface."""
    with urllib.request.urlopen(f"http://127.0.0.1:{archive.http}/{path}", data, timeout=60) as answer:
        return json.load(answer)
