# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Checks paths in a bundle's configs: files below the bundle, the data folder or the working directory; no URL.

Takes a text; gives the reason of refusal or None.
"""

from __future__ import annotations

import re

DATA_ROOT = "/workspace/"
"""Where the Model Zoo's bundles expect data by default; the only absolute folder a config may name."""


def path_refusal(text: str, suffix: bool = False) -> str | None:
    """Why a text is refused as a path or address; None where it is neither or harmless.

    Args:
        text: a string of a config or of an expression in it.
        suffix: it is appended to something else, so a leading slash is no absolute path.
    """
    if "\0" in text:
        return "a NUL character"
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text.strip()):
        return "an address; a bundle brings its files along"
    if re.search(r"(^|[/\\])\.\.([/\\]|$)", text):
        return "a path that leaves its folder"
    if re.match(r"~|[A-Za-z]:[/\\]|\\", text):
        return "an absolute path"
    if text.startswith("/") and not suffix and not text.startswith(DATA_ROOT):
        return "an absolute path"
    return None
