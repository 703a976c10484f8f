# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""State dicts are read without running anything and loaded whole, or refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from aurad_monai.errors import InputError
from aurad_monai.weights import load_strictly, read_state


class Hostile:
    """Runs a command when it is unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (Path("hacked"),))


@pytest.mark.parametrize("form", ["plain", "wrapped", "parallel", "safetensors"])
def test_every_form_of_a_state_dict(tmp_path: Path, form: str) -> None:
    state = torch.nn.Linear(2, 3).state_dict()
    path = tmp_path / ("model.safetensors" if form == "safetensors" else "model.pt")
    if form == "safetensors":
        save_file(state, path)
    else:
        parallel = {f"module.{name}": value for name, value in state.items()}
        torch.save({"plain": state, "wrapped": {"state_dict": state, "epoch": 3}, "parallel": parallel}[form], path)
    loaded = load_strictly(torch.nn.Linear(2, 3), read_state(path), path)
    assert not loaded.training and all(torch.equal(loaded.state_dict()[name], state[name]) for name in state)


def test_what_is_no_state_dict_of_the_network_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "model.pt"
    for content in (Hostile(), [1], {"a": "b"}):
        torch.save(content, path)
        with pytest.raises(InputError, match="^weights: got"):
            read_state(path)
    (tmp_path / "broken.safetensors").write_bytes(b"no")
    for name in ("missing.pt", "missing.safetensors", "broken.safetensors"):
        with pytest.raises(InputError, match="^weights: got"):
            read_state(tmp_path / name)
    for state in ({"weight": torch.ones(1, 1)}, {"weight": torch.ones(2), "bias": torch.ones(1)}):
        with pytest.raises(InputError, match="of this network"):
            load_strictly(torch.nn.Linear(1, 1), state, path)
    assert not (tmp_path / "hacked").exists()
