# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Import of torchxrayvision (and torchvision) without side effects on the process.

Gives the module. Its import puts two folders in front of `sys.path`, where their `model` and `config` would shadow
others, and silences every warning; both are undone. torchvision's CUDA build cannot be imported with a CPU build of
torch until two operators are declared that this package never calls.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import torch

from aurad_monai.errors import InputError

_DECLARED: list[Any] = []
"""Keeps the declared operators alive; they vanish with the object that declared them."""
_OPERATORS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


def import_xrayvision() -> ModuleType:
    """The module `torchxrayvision` with its models and baseline models imported.

    Raises:
        InputError: it or torchvision is not installed, or torchvision does not belong to the installed torch.
    """
    with _undone():
        import_torchvision()
        try:
            import torchxrayvision
            import torchxrayvision.baseline_models.chestx_anatomy
            import torchxrayvision.baseline_models.chestx_det
        except Exception as error:  # what is wrong with an installation shows in many types
            raise InputError(
                "torchxrayvision", str(error)[:80], "an import that works", "pip install torchxrayvision"
            ) from error
    module: ModuleType = torchxrayvision
    return module


def import_torchvision() -> None:
    """Make `import torchvision` work from here on, and with it what imports it: torchxrayvision, torchmetrics.

    Raises:
        InputError: it is not installed, or does not belong to the installed torch.
    """
    try:
        import torchvision
    except RuntimeError as error:
        if "nms" not in str(error):
            raise InputError(
                "torchvision", str(error)[:80], "the release that belongs to torch", "reinstall"
            ) from error
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]  # half imported
        library = torch.library.Library("torchvision", "DEF")
        for schema in _OPERATORS:
            library.define(schema)
        _DECLARED.append(library)
        import torchvision  # noqa: F401
    except ImportError as error:
        raise InputError("torchvision", "not installed", "the release that belongs to torch", "install it") from error


@contextmanager
def _undone() -> Iterator[None]:
    """Give `sys.path` and the warning filters back as they were."""
    path, filters = list(sys.path), list(warnings.filters)
    try:
        yield
    finally:
        sys.path[:] = path
        warnings.filters[:] = filters  # type: ignore[index]
