# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Attacks generated from the installed MONAI and torch: whatever lies around an allowed name, and what it can reach.

`nox -s attacks` runs this file on the newest versions too.
"""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aurad_monai.bundles.safety.allowed import table
from aurad_monai.bundles.safety.config_check import ConfigCheck
from tests.bundles.safety.reach import located, neighbors, reached
from tests.bundles.tiny import ROOT

NAMES = sorted(table())
STRINGS = (
    *("$__import__('os').system('touch canary')", "%/etc/passwd.json", "@imports#0", "@", "@a#", "@#x", "@@b", "~/.bashrc"),
    *("/etc/passwd", "../../canary", "os.system()", "http://example.org/x", "{0.__class__}", "%(payload)s", "a\nb", "a\0b"),
    *("\\\\host\\share", "C:\\x", "subprocess:Popen", "eval(1)", "\x1b]0;x\x07", "=cmd|' /C calc'!A0", "builtins/eval"),
)
REVIEWED = {
    "monai.engines.evaluator.SupervisedEvaluator.__init__": "torch.compile, by the argument compile, which is not listed",
    "monai.engines.trainer.SupervisedTrainer.__init__": "torch.compile, by the argument compile, which is not listed",
    "ignite.metrics.metric.Metric.__getattr__": "passes on what Python code asks a metric for",
    "monai.data.meta_tensor.MetaTensor.__array_ufunc__": "a method that NumPy names",
    "monai.transforms.inverse.TraceableTransform.__getstate__": "its own attributes, to be copied",
    "torch._tensor.Tensor.__deepcopy__": "the same",
    "torch._utils._get_obj_state": "the same",
    "torch.utils.data.datapipes.datapipe._DataPipeSerializationWrapper.__setstate__": "a pipe that no config can name",
    "torch.distributions.distribution.Distribution.__init__": "names of its own parameters",
    "torch.jit._script.ScriptModule.__getattr__": "of a scripted module, which no config can make",
    "torch.jit._script._get_function_from_type": "the same",
    "torch._utils._get_available_device_type": "the name of an accelerator that PyTorch was built with",
    "torch._utils._get_device_attr": "the same",
    "torch.get_device_module": "the same",
    "torch.amp.autocast_mode.autocast.__init__": "the same",
    "torch.random._seed_custom_device": "the same",
    "torch.serialization._validate_device": "the same",
    "torch.serialization._legacy_load": "reads below a folder of its own, after weights_only was asked for",
    "torch.serialization._legacy_save": "the name of a type of tensor",
    "torch.serialization._save": "the same",
    "torch.serialization.normalize_storage_type": "the same",
    "torch.serialization._open_file.__init__": "reads a file that SHA256SUMS lists",
}
"""Functions that an allowed name leads to and that hold a dangerous call, with why no literal can steer it there."""


def faults(component: dict[str, Any], complete: bool = False) -> list[Any]:
    """What the judge says of a stranger's component."""
    content = {"x": component}
    return list(ConfigCheck(content, content, complete=complete).faults())


@pytest.mark.parametrize("name", NAMES)
def test_nothing_around_an_allowed_name_is_allowed(name: str) -> None:
    others = {other for other in neighbors(name, depth=1) if other not in table()}
    assert len(others) > 10
    assert [other for other in others if not faults({"_target_": other})] == []


@pytest.mark.stress
@pytest.mark.parametrize("name", NAMES)
def test_nothing_two_steps_away_is_allowed(name: str) -> None:
    others = {other for other in neighbors(name, depth=2) if other not in table()}
    assert [other for other in others if not faults({"_target_": other})] == []


@pytest.mark.parametrize("name", NAMES)
def test_arguments_beside_the_list_are_refused(name: str) -> None:
    known = set(inspect.signature(located(name)).parameters) | {"_debug_", "_mode_", "_requires_", "_args_", "init_method"}
    for argument in known - set(table()[name]) - {"self", "args", "kwargs"}:
        for value in (True, 1, "image", [], {}, "@x"):
            assert faults({"_target_": name, argument: value}), (argument, value)


@pytest.mark.parametrize("name", NAMES)
def test_hostile_texts_fit_no_argument(name: str) -> None:
    for argument in table()[name]:
        for text in STRINGS:
            for value in (text, [text], {"a": text}, {text: 1}, [[{"a": [text]}]]):
                kind = table()[name][argument]
                plain = kind == "object" and not isinstance(value, str) and not text.startswith(("$", "%", "@"))
                assert plain or faults({"_target_": name, argument: value}), (argument, value)


@pytest.mark.stress
@pytest.mark.parametrize("name", NAMES)
def test_what_an_allowed_name_reaches_was_reviewed(name: str) -> None:
    dangerous = {function: calls for function, calls in reached(name).items() if calls}
    assert {function: calls for function, calls in dangerous.items() if function not in REVIEWED} == {}


def test_the_generator_sees_what_it_is_for() -> None:
    assert any("locate" in call for calls in reached("monai.transforms.io.array.LoadImage").values() for call in calls)
    assert any("getattr" in call for calls in reached("torch.nn.cpp.OrderedDictWrapper").values() for call in calls)
    assert "monai.networks.nets.unet.warnings" in set(neighbors("monai.networks.nets.UNet", depth=1))


@pytest.mark.stress
@pytest.mark.timeout(1800, method="thread")
def test_literals_lead_to_no_dangerous_event(tmp_path: Path) -> None:
    cage = tmp_path / "cage"
    cage.mkdir()
    command = [sys.executable, "-m", "tests.bundles.safety.audited", "0", "3"]
    done = subprocess.run(
        command, cwd=cage, env=_environment(), check=True, capture_output=True, text=True, timeout=1700
    )
    result = json.loads(done.stdout.splitlines()[-1])
    assert result == {"names": len(table()), "found": {}}
    assert not list(cage.iterdir())


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
