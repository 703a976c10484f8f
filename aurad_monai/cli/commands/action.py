# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Action of a verb: the checked work of a command line, and the refusal of unknown flags."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aurad_monai.errors import InputError


@dataclass(frozen=True)
class Action:
    """Checked work that waits to be done.

    Args:
        run: does it; what it returns is the exit code, None meaning 0.
    """

    run: Callable[[], int | None]


def refuse_unknown(function: Callable[..., Any], extra: Sequence[str], unknown: Mapping[str, str]) -> None:
    """Say which words are one too many.

    Args:
        function: the verb, whose keyword-only parameters are its flags.
        extra: words that are no flag and no argument of the verb.
        unknown: flags the verb does not have.

    Raises:
        InputError: there are any.
    """
    known = flags(function)
    for name in unknown:
        near = difflib.get_close_matches(name, known, n=1)
        allowed = ", ".join(f"--{flag}" for flag in known)
        raise InputError("flag", f"--{name}", allowed, f"did you mean --{near[0]}?" if near else "")
    if extra:
        allowed = f"the flags of aurad {function.__name__}"
        raise InputError("argument", " ".join(extra), allowed, "put a prompt of several words in quotes")


def flags(function: Callable[..., Any]) -> list[str]:
    """Names of a verb's flags."""
    kinds = inspect.signature(function).parameters.values()
    return [parameter.name for parameter in kinds if parameter.kind is parameter.KEYWORD_ONLY]


def switches(function: Callable[..., Any]) -> list[str]:
    """Names of the flags that are given alone, without a value: those whose default is "False"."""
    kinds = inspect.signature(function).parameters.values()
    return [p.name for p in kinds if p.kind is p.KEYWORD_ONLY and p.default == "False"]
