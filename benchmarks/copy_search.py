# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""How long is one image looked up in an index of a million? Codes of made-up images around a real index's spread.

python benchmarks/copy_search.py --count 1000000
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np

from aurad_monai.filtering.copy_code import LENGTH, WHOLE, codes
from aurad_monai.filtering.copy_index import CopyIndex


def main() -> None:
    """Build an index of random codes, plant one image, time its look-up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    stored = rng.standard_normal((options.count, LENGTH), dtype=np.float32)
    stored /= np.linalg.norm(stored, axis=1, keepdims=True)
    image = rng.random((1, 256, 256), dtype=np.float32)
    stored[options.count // 2] = codes(image, WHOLE)[0]
    index = CopyIndex([str(number) for number in range(options.count)], stored, stored)
    started = time.perf_counter()
    anatomy = np.zeros((3, 256, 256), dtype=np.uint8)
    match = index.nearest(image, anatomy)
    built = time.perf_counter() - started
    seconds, look = [], []
    for _ in range(options.rounds):
        started = time.perf_counter()
        index._first_look(image, anatomy)
        look.append(time.perf_counter() - started)
        started = time.perf_counter()
        match = index.nearest(image, anatomy)
        seconds.append(time.perf_counter() - started)
    found = {"count": options.count, "built_s": round(built, 1), "found": match.id == str(options.count // 2)}
    print(
        json.dumps(
            found
            | {
                "search_ms_median": round(1000 * float(np.median(look)), 1),
                "whole_check_ms_median": round(1000 * float(np.median(seconds)), 1),
                "whole_check_ms_least": round(1000 * min(seconds), 1),
            }
        )
    )


if __name__ == "__main__":
    main()
