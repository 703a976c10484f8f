# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The guide to publishing works as printed: its shell blocks in order, in a folder with the bundles of a clone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bundles import tiny
from tests.pages import blocks

GUIDE = tiny.ROOT / "docs" / "how_to" / "publish_a_bundle.md"


@pytest.mark.timeout(900)
def test_every_block_in_order(tmp_path: Path) -> None:
    shutil.copytree(tiny.BUNDLES, tmp_path / "bundles", ignore=shutil.ignore_patterns("runs", "eval"))
    scripts = Path(sys.executable).parent
    path = os.pathsep.join([str(scripts), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(tiny.ROOT)}
    script = "\n".join(["set -euo pipefail", *blocks(GUIDE, "bash")])
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-1500:]
    assert (tmp_path / "elsewhere" / "checked" / tiny.EXPERTS / "LICENSE").is_file()
    assert (tmp_path / "elsewhere" / tiny.EXPERTS / "LICENSE").is_file()
    assert "keeps the zoo's rules" in done.stdout
