# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""torchxrayvision's tables of labels, boxes and views, for the sources that use them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aurad_monai.errors import InputError
from aurad_monai.experts.xrayvision_import import import_xrayvision


def datasets() -> Any:
    """The module `torchxrayvision.datasets`."""
    return import_xrayvision().datasets


def annotation_files() -> Path:
    """The folder of annotation files in torchxrayvision's wheel."""
    return Path(str(datasets().__file__)).parent / "data"


def table(name: str, **arguments: Any) -> Any:
    """One of torchxrayvision's dataset classes over the user's files: its `csv`, `labels` and `pathologies`.

    Args:
        name: the class.
        arguments: of its constructor; its transforms and images are never used.

    Raises:
        InputError: the annotation files are not what the class expects.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return getattr(datasets(), name)(**arguments)
    except InputError:
        raise
    except Exception as error:  # pandas raises a dozen types where columns are missing
        given = arguments.get("csvpath", arguments.get("imgpath"))
        what = f"annotation files as published ({type(error).__name__}: {error})"
        raise InputError("root", given, what, "see docs/reference/prepare.md") from error


def rows(dataset: Any) -> Iterator[tuple[dict[str, Any], dict[str, float]]]:
    """Each row of a dataset's table, and its labels by name."""
    names = list(dataset.pathologies)
    for row, labels in zip(dataset.csv.to_dict("records"), dataset.labels, strict=True):
        yield row, dict(zip(names, labels.tolist(), strict=True))
