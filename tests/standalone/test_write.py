# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The files of a standalone bundle are as small as those of the bundle, and lose nothing."""

from __future__ import annotations

from pathlib import Path

import torch

from aurad_monai.standalone.write import _save_script


def test_weights_are_halved_where_that_loses_nothing(tmp_path: Path) -> None:
    layer = torch.nn.Linear(3, 2)
    torch.nn.init.constant_(layer.weight, 0.25)
    torch.nn.init.constant_(layer.bias, 0.1)  # no half-precision number
    _save_script(torch.jit.script(layer), tmp_path / "a.ts")
    stored = torch.jit.load(str(tmp_path / "a.ts"))
    assert (stored.weight.dtype, stored.bias.dtype) == (torch.float16, torch.float32)
    loaded = stored.float()
    assert torch.equal(loaded(torch.ones(1, 3)), torch.full((1, 2), 0.85))
