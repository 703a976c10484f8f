# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Old names on the command line: flags and values that were renamed, accepted for one version.

`current` takes the words after a verb and gives the same with today's names; one line an old name on standard error.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

FLAGS: dict[str, dict[str, str]] = {
    "evaluate": {"most": "max_cases", "authenticity": "two_sample_test"},
    "synthesize": {"num": "accepted"},
}
"""By verb, renamed flags: old name to new."""

VALUES: dict[tuple[str, str], dict[str, str]] = {
    **dict.fromkeys([(verb, "quality") for verb in ("generate", "render", "synthesize")], {"best": "default"}),
    ("calibrate", "criteria"): {
        "near_copy": "memorization",
        "view": "orientation",
        "least_sharpness": "min_sharpness",
        "most_sharpness": "max_sharpness",
    },
}
"""By verb and flag, renamed parts of a value with commas: old name to new."""


def current(verb: str, words: Sequence[str]) -> list[str]:
    """The words of a command line with today's names.

    Args:
        verb: such as `evaluate`.
        words: what follows it; a prompt is never changed.
    """
    renamed, result = FLAGS.get(verb, {}), list(words)
    for index, word in enumerate(result):
        flag, equals, value = word.partition("=")
        name = flag.removeprefix("--").replace("-", "_")
        if flag.startswith("--") and name in renamed:
            result[index] = f"--{renamed[name]}{equals}{value}"
            _note(f"--{name}", f"--{renamed[name]}")
        values = VALUES.get((verb, name)) if flag.startswith("--") else None
        if values and equals:
            result[index] = f"{flag}={_values(value, values)}"
        elif values and index + 1 < len(result):
            result[index + 1] = _values(result[index + 1], values)
    return result


def _values(text: str, renamed: Mapping[str, str]) -> str:
    parts = text.split(",")
    for part in parts:
        if part.strip() in renamed:
            _note(part.strip(), renamed[part.strip()])
    return ",".join(renamed.get(part.strip(), part) for part in parts)


def _note(old: str, new: str) -> None:
    print(f"note: {old} is now {new}; the next version refuses the old name", file=sys.stderr)
