# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What every step says when a case cannot go on: one line with argument, value, what is allowed and what to do next."""

from __future__ import annotations

from pathlib import PurePath
from reprlib import Repr

from aurad_monai.safe_text import printable

LONGEST_BITS = 1000
_SHORT = Repr()
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother, _SHORT.maxlong = 4, 200, 200, 200
_SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxdict = _SHORT.maxset = _SHORT.maxfrozenset = 20


class InputError(ValueError):
    """A user's input cannot be used; its text is one line and the command line exits with code 2.

    Args:
        argument: name of the argument, file or key at fault.
        value: what was given; long values are shortened.
        allowed: what would have been accepted.
        next_step: what the user can do now.
        reason: the same in two or three words, by which reports count such inputs.
    """

    def __init__(self, argument: str, value: object, allowed: str, next_step: str = "", reason: str = "") -> None:
        self.argument = argument
        self.value = value
        self.allowed = allowed
        self.next_step = next_step
        self.reason = reason or f"unusable {argument}"
        shown = printable(" ".join(_shown(value).split()))
        shown = shown if len(shown) <= 200 else shown[:197] + "..."
        text = f"{argument}: got '{shown}'; allowed: {allowed}"
        line = f"{text}; {next_step}" if next_step else text
        super().__init__(printable(" ".join(line.split())))


def _shown(value: object) -> str:
    """A value in a few words, without unfolding what holds itself many times over."""
    if isinstance(value, int) and value.bit_length() > LONGEST_BITS:
        return f"a number of {value.bit_length()} bits"
    plain = isinstance(value, (str, PurePath, int, float, BaseException, type(None)))
    return str(value) if plain else _SHORT.repr(value)
