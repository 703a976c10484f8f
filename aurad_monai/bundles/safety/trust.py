# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Whom the user trusts: nobody, packages of the user's own, or whoever wrote a bundle.

Takes what was said on the command line (`--trust`); gives it to whatever opens a bundle, in this process and in those
that it starts, by the environment variable AURAD_TRUST.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from aurad_monai.errors import InputError

Trust = bool | Collection[str]
"""False: nobody; True: whoever wrote the bundle, entirely; names: packages whose classes its configs may use."""
VARIABLE = "AURAD_TRUST"
ALL = "all"
MEANING = "its author can read, change, delete and send whatever you can"
HELP = f"--trust           open bundles of others unjudged: {MEANING}; --trust=PACKAGE,PACKAGE trusts classes of these"


def said() -> Trust:
    """What the command line said; False where it said nothing."""
    text = os.environ.get(VARIABLE, "")
    return True if text == ALL else tuple(filter(None, text.split(",")))


def from_word(word: str) -> str:
    """What `--trust` or `--trust=PACKAGE,PACKAGE` means, as the variable holds it.

    Raises:
        InputError: no names of packages.
    """
    _, equals, names = word.partition("=")
    if not equals:
        return ALL
    if not re.fullmatch(r"[A-Za-z]\w*(,[A-Za-z]\w*)*", names):
        raise InputError("trust", names, "nothing, or names of packages with commas between", "give --trust alone for all")
    return names


@contextmanager
def trusting(value: str) -> Iterator[None]:
    """Trust for the length of a command; an empty text leaves it as it is."""
    before = os.environ.get(VARIABLE)
    if value:
        os.environ[VARIABLE] = value
    try:
        yield
    finally:
        if value:
            del os.environ[VARIABLE]
        if value and before is not None:
            os.environ[VARIABLE] = before
