# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Calls every allowed name with literals that its arguments take, under Python's audit hook; run by test_attacks.py.

Takes a seed and how often each name is called; prints a JSON object of name to the dangerous events it led to.
"""

from __future__ import annotations

import json
import random
import sys
import warnings
from typing import Any

import numpy as np

from aurad_monai.bundles.safety.allowed import literal_fits, table
from tests.bundles.safety.reach import located

EVENTS = ("os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.", "socket.", "pickle.find_class", "ctypes.")
EVENTS += ("shutil.", "os.remove", "os.rename", "os.mkdir", "os.link", "os.symlink", "os.chmod", "os.truncate", "pdb.")
EVENTS += ("sys.settrace", "urllib.", "ftplib.", "smtplib.", "code.__new__", "builtins.breakpoint")
POOL = (0, 1, 2, 3, 8, 32, 0.5, -1, True, False, [1, 2], [8, 16], [[0, 1], [0, 1]], [True, False], {"a": 1}, "image")
POOL += ("os.system", "eval", "exec", "open", "pickle", "subprocess", "__import__", "batch", "instance", "relu", "mean")
POOL += ("bilinear", "nearest", "zeros", "erf", "lite0", "copy", "basic", "linear_beta", "epsilon", "cpu", ["image"])
POOL += ({"image": "eval"}, "training", "v_prediction", "uniform", "conv", "B", "NDA", "cosine", "max", "rel", "canary")
armed = False
seen: list[str] = []


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Note what a literal must not lead to: code from text, writing, processes, sockets, pickles."""
    if not armed:
        return
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        seen.append(f"open {arguments[0]!r:.80} {arguments[1]}")
    elif event == "compile" and arguments[0] is not None and b"canary" in str(arguments[0]).encode():
        seen.append("compile")
    elif event.startswith(EVENTS):
        seen.append(event)


def arguments(kinds: dict[str, str], chance: random.Random) -> dict[str, Any]:
    """Literals for some of the arguments of a name."""
    chosen = {}
    for name, kind in kinds.items():
        fitting = [value for value in POOL if kind != "object" and literal_fits(kind, value)]
        if fitting and chance.random() < 0.8:
            chosen[name] = chance.choice(fitting)
    return chosen


def main(seed: int, rounds: int) -> None:
    """Call them all."""
    global armed
    warnings.simplefilter("ignore")
    sys.addaudithook(watch)
    chance, found = random.Random(seed), {}
    for name, kinds in table().items():
        callable_ = located(name)
        for _ in range(rounds):
            given = arguments(kinds, chance)
            seen.clear()
            armed = True
            try:
                made = callable_(**given)
                if name.startswith("monai.transforms.") and callable(made):
                    made({"image": np.ones((1, 8, 8), dtype=np.float32)})
            except Exception:  # most literals make no sense together
                pass
            finally:
                armed = False
            if seen:
                found.setdefault(name, []).append({"arguments": given, "events": sorted(set(seen))})
    print(json.dumps({"names": len(table()), "found": found}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
