# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Weight averaging and extrapolation: a linear combination of checkpoints of one training (arXiv 2404.02241).

    python -m recipes.combine_weights late.pt=2 early.pt=-1 --output OUT.pt

Takes weight files with coefficients that sum to 1; gives one weight file. Extrapolation beyond the last checkpoint
sharpens samples of an under-trained network. `python -m recipes.figures.sampled_masks` compares weight files.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Mapping, Sequence

import torch

from aurad_monai.bundles.bundle import publish_state
from aurad_monai.errors import InputError
from aurad_monai.weights import read_state

State = dict[str, torch.Tensor]
NEXT = "such as late.pt=2 early.pt=-1"


def combined(parts: Mapping[str, float]) -> State:
    """The sum of state dicts, each times its coefficient; what is not floating point is the first one's.

    Args:
        parts: weight file to coefficient; coefficients sum to 1.

    Raises:
        InputError: coefficients that do not sum to 1, or a file that is no state dict or one of another network.
    """
    if not math.isclose(sum(parts.values()), 1, abs_tol=1e-6):
        raise InputError("parts", dict(parts), "coefficients that sum to 1", NEXT)
    total = State()
    for path, number in parts.items():
        state = read_state(path)
        if total and _shapes(state) != _shapes(total):
            raise InputError("parts", path, "weights of the first file's network", "name files of one training")
        for key, value in state.items():
            if not value.is_floating_point():
                total.setdefault(key, value)
            else:
                total[key] = total.get(key, torch.zeros(value.shape)) + number * value.float()
    return total


def _shapes(state: State) -> dict[str, torch.Size]:
    return {key: value.shape for key, value in state.items()}


def main(words: Sequence[str] | None = None) -> int:
    """Write the sum of the parts in half precision, and its hash beside it; the exit code is 2 for bad parts."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("parts", nargs="+", metavar="FILE=NUMBER", help="weights and their coefficient")
    arguments.add_argument("--output", required=True, help="the new .pt file")
    given = arguments.parse_args(words)
    try:
        publish_state(combined(dict(map(_part, given.parts))), given.output)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _part(text: str) -> tuple[str, float]:
    path, _, number = text.rpartition("=")
    try:
        return path, float(number)
    except ValueError as error:
        raise InputError("parts", text, "FILE=NUMBER", NEXT) from error


if __name__ == "__main__":
    sys.exit(main())
