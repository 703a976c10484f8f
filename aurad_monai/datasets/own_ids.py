# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Ids of our own for radiographs of a site, whose file names may name patients; the map stays in a file of its own.

In: records of a source, and the folder that is prepared. Out: the same records with a patient's number and that of the
film as ids, the same at every run of that folder.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from aurad_monai.datasets.sources.record import Record
from aurad_monai.errors import InputError
from aurad_monai.files import read_json, write_json

PRIVATE = ("folder", "dicom")
"""Sources that name radiographs by files of a site; the others have the ids that a published collection gave."""
NAMES = "names.json"


def with_own_ids(records: Sequence[Record], source: str, folder: Path, begun: bool) -> list[Record]:
    """Records with ids that say nothing, and the id of their source beside.

    Args:
        records: of the source, with its ids.
        source: which.
        folder: what is prepared; names.json there is read and written.
        begun: whether the folder has cases already; without names.json it is of an earlier version, which goes on with
            the ids of files.

    Raises:
        InputError: names.json cannot be read.
    """
    path = folder / NAMES
    if source not in PRIVATE or (begun and not path.is_file()):
        return list(records)
    patients, films = _read(path) if path.is_file() else ({}, {})
    counts = Counter(number.partition("_")[0] for number in films.values())
    for record in records:
        patient = patients.setdefault(record.patient, f"{len(patients) + 1:06d}")
        if record.id not in films:
            counts[patient] += 1
            films[record.id] = f"{patient}_{counts[patient]:03d}"
    write_json(path, {"patients": patients, "films": films}, indent=1)
    return [replace(record, id=films[record.id], source_id=record.id) for record in records]


def _read(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    try:
        content = read_json(path)
        found = content["patients"], content["films"]
        for part in found:
            if not all(re.fullmatch(r"[0-9_]{1,20}", value) for value in part.values()):
                raise ValueError("no numbers")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        allowed = "the names of a prepared folder and their numbers"
        raise InputError("output", path, allowed, "restore it, or prepare into a new folder") from error
    return found
