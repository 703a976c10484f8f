# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The prepared radiographs that differ in nothing but what they show, for tests of what a network learns.

Most films of the collection without a finding have 300 pixels or come from other years of the archive than those with
findings, and on frozen ImageNet features either is told at once (`recipes.data.confounds`): who learns "finding or not"
from them learns that. Takes the public collection and a folder of an earlier step; writes a datalist of the files of
that folder.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aurad_monai.files import write_json
from recipes import public_cxr

LARGE = 512
"""Edge in pixels."""


def is_alike(row: public_cxr.Row) -> bool:
    """Whether a film is of NIH, of 512 pixels or more, and shows something or was read as normal by a radiologist."""
    return row["source"].startswith("NIH") and is_large(row) and not is_unread(row)


def is_large(row: public_cxr.Row) -> bool:
    """Whether a film has 512 pixels or more."""
    return max(int(row["width"]), int(row["height"])) >= LARGE


def is_unread(row: public_cxr.Row) -> bool:
    """Whether a film is labelled as without finding, and no radiologist marked or read it."""
    unread = row["labels"] == "No Finding" and row["boxes"] in ("", "[]") and row["rsna_class"] != "Normal"
    return unread and not row["chestxdet_id"]


def alike(root: str, prepared: str, output: str) -> None:
    """Write OUTPUT/datalist.json, which lists such films of PREPARED (of step `anatomy` or `pairs`).

    Compositions are left out: they show lesions that nobody has.
    """
    rows, source = {row["id"]: row for row in public_cxr.manifest(Path(root))}, Path(prepared).resolve()
    listed = json.loads((source / "datalist.json").read_text(encoding="utf-8"))

    def here(case: dict[str, Any]) -> dict[str, Any]:
        paths = {key: str(source / case[key]) for key in ("image", "anatomy", "pathology") if key in case}
        return {**case, **paths}

    for section, cases in listed.items():
        known = [case for case in cases if case["id"] in rows and is_alike(rows[case["id"]])]
        listed[section] = [here(case) for case in known]
        print(section, len({case["id"] for case in listed[section]}), "of", len({case["id"] for case in cases}))
    Path(output).mkdir(parents=True, exist_ok=True)
    write_json(Path(output) / "datalist.json", listed)
