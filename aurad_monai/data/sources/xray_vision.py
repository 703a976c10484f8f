# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""torchxrayvision for the sources that use its tables of labels, boxes and views; imported so that it changes nothing.

Its import silences every warning of the process and puts two of its folders before all others on `sys.path`; on a
PyTorch without GPU, torchvision of a package index may lack its compiled operators and refuse to be imported at all.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from aurad_monai.errors import InputError

_OPERATORS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_library: list[Any] = []
"""Keeps the declared operators alive."""


def datasets() -> Any:
    """The module `torchxrayvision.datasets`."""
    with _unchanged_process():
        _make_torchvision_importable()
        import torchxrayvision
    return torchxrayvision.datasets


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
        raise InputError("root", given, what, "see docs/prepare.md") from error


def rows(dataset: Any) -> Iterator[tuple[dict[str, Any], dict[str, float]]]:
    """Each row of a dataset's table, and its labels by name."""
    names = list(dataset.pathologies)
    for row, labels in zip(dataset.csv.to_dict("records"), dataset.labels, strict=True):
        yield row, dict(zip(names, labels.tolist(), strict=True))


@contextmanager
def _unchanged_process() -> Iterator[None]:
    path, filters = list(sys.path), list(warnings.filters)
    try:
        yield
    finally:
        sys.path[:] = path
        warnings.filters[:] = filters  # type: ignore[index]


def _make_torchvision_importable() -> None:
    """Declare what a torchvision without its operators misses; they stay unavailable, and say so when called."""
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        library = torch.library.Library("torchvision", "DEF")
        for schema in _OPERATORS:
            library.define(schema)
        _library.append(library)
