# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""One function samples, one pools conditions, one makes a training example: the source is searched for others."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = sorted((ROOT / "aurad_monai").rglob("*.py"))


def functions_with(wanted: Callable[[ast.Call], bool]) -> list[str]:
    """Functions of the package, as `file:name`, that hold a call of this kind; the innermost one each."""
    found = []
    for path in PACKAGE:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        for function in functions:
            inner = {id(n) for other in functions if other is not function and other in ast.walk(function)
                     for n in ast.walk(other)}  # fmt: skip
            calls = [n for n in ast.walk(function) if isinstance(n, ast.Call) and id(n) not in inner]
            if any(wanted(call) for call in calls):
                found.append(f"{path.relative_to(ROOT / 'aurad_monai').as_posix()}:{function.name}")
    return sorted(set(found))


def called(call: ast.Call) -> str:
    """Last part of the name of what is called."""
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("sampler", "diffusion/sample.py:sample_batch"),
        ("integrate", "diffusion/sampler.py:__call__"),
        ("training_example", None),
        ("add_noise", None),
    ],
)
def test_it_is_called_in_one_place(name: str, function: str | None) -> None:
    users = functions_with(lambda call: called(call) == name)
    if name == "training_example":  # in training, and by the denoising loss of a given case
        assert users == ["diffusion/batches.py:__call__", "evaluation/images/denoising_loss.py:case_loss"]
    elif name == "add_noise":  # and by the ControlNet of a network that was trained elsewhere
        assert users == ["diffusion/batches.py:training_example", "diffusion/controlled_unet.py:__call__"]
    else:  # the `sampler` of a worker is the whole pipeline; standalone modules are what TorchScript exports
        elsewhere = ("generation/worker.py", "standalone/")
        assert [user for user in users if not user.startswith(elsewhere)] == [function]


def test_noise_is_drawn_for_sampling_and_for_fixed_comparisons_only() -> None:
    assert functions_with(lambda call: called(call) == "seeded_noise") == [
        "diffusion/batches.py:__call__",
        "diffusion/sample.py:_sample_once",
        "evaluation/images/denoising_loss.py:denoising_losses",
        "training/sample_grid.py:draw",
    ]


def test_one_function_pools_conditions() -> None:
    pooling = functions_with(lambda call: called(call) == "adaptive_avg_pool2d")
    assert [name for name in pooling if name.startswith(("diffusion", "training", "request", "generation"))] == [
        "diffusion/conditioning.py:pool_to_grid"
    ]
    assert not [name for name in pooling if "denoising" in name or "mask" in name]
