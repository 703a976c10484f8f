# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The lock of the bundles: enters the configs of `bundles/` among those whose expressions may be evaluated.

Takes the bundles of the clone, with `--history` also those of every commit; writes
`aurad_monai/bundles/safety/lock.json`, fingerprint to config. Earlier entries stay, so that bundles trained with an
earlier version open. Run it after every change to a config and read the difference: what it enters may run code.

    python -m recipes.lock_bundles [--history]
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aurad_monai.bundles.safety.origin import LOCK, fingerprint
from aurad_monai.files import write_json

ROOT = Path(__file__).parent.parent
OLD = {"image_inference.json": "cxr_image_latent_diffusion/inference.json"}
OLD |= {"mask_inference.json": "cxr_mask_latent_diffusion/inference.json"}


def shipped(root: Path = ROOT) -> Iterator[tuple[str, Any]]:
    """Name and content of every config of the clone, and of the old ones that are still accepted."""
    for path in sorted((root / "bundles").glob("*/configs/*.json")):
        if path.name != "metadata.json":
            yield f"{path.parent.parent.name}/{path.name}", json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((root / "tests" / "bundles" / "old").glob("*.json")):
        yield OLD[path.name], json.loads(path.read_text(encoding="utf-8"))


def committed(root: Path = ROOT) -> Iterator[tuple[str, Any]]:
    """The same of every commit."""
    listed = _git(root, "log", "--format=", "--raw", "--no-abbrev", "--no-renames", "--", "bundles/*/configs/*.json")
    found = {tuple(line.split()[3:6:2]) for line in listed.splitlines() if line.split()[4] != "D"}
    for blob, path in sorted(found):
        name = Path(path)
        if name.name != "metadata.json":
            yield f"{name.parent.parent.name}/{name.name}", json.loads(_git(root, "cat-file", "blob", blob))


def _git(root: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, text=True).stdout


def main(words: list[str]) -> None:
    """Write the lock and say how many configs it knows."""
    known = json.loads(LOCK.read_text(encoding="utf-8")) if LOCK.is_file() else {}
    for name, content in [*(committed() if "--history" in words else ()), *shipped()]:
        known[fingerprint(content)] = name
    write_json(LOCK, dict(sorted(known.items(), key=lambda item: (item[1], item[0]))), indent=1)
    print(f"{LOCK.name}: {len(known)} configs")


if __name__ == "__main__":
    main(sys.argv[1:])
