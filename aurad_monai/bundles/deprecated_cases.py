# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Old wiring of cases in bundle configs, from before a case was seeded by its prompt: accepted for one version.

Takes a mapping of a config; gives the same with `prior` for `sample_anatomy`, and `entropy` for `seed` and `stream`.
"""

from __future__ import annotations

from typing import Any

FROM_PROMPT = ".inference_cases.cases_from_prompt"
NOISE = ".SeededNoiseBatch"


def rewired(values: dict[str, Any], found: set[str]) -> dict[str, Any]:
    """The mapping as today's version has it.

    Args:
        values: one that may have a `_target_`.
        found: old names are added to it.
    """
    target, new = str(values.get("_target_", "")), dict(values)
    if target.endswith(FROM_PROMPT) and isinstance(new.get("sample_anatomy"), str):
        new["prior"] = new.pop("sample_anatomy").removeprefix("$").removesuffix(".sample")
        found.add("sample_anatomy")
    if target.endswith(NOISE) and "stream" in new:
        del new["stream"]
        found.add("stream")
    keys = new.get("keys")
    if target == "SelectItemsd" and isinstance(keys, list) and {"seed", "condition", "context"} <= set(keys):
        new["keys"] = ["entropy" if key == "seed" else key for key in keys]
        found.add("seed")
    return new
