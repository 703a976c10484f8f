# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The list of names fits the installed versions, the lock knows every shipped config, and ours fit their own rules."""

from __future__ import annotations

import ast
import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest

from aurad_monai.bundles.deprecated import current
from aurad_monai.bundles.safety.allowed import table
from aurad_monai.bundles.safety.config_check import PLACES, RUN
from aurad_monai.bundles.safety.lint import lint_bundle
from aurad_monai.bundles.safety.origin import fingerprint, is_ours, locked
from recipes.lock_bundles import shipped
from tests.bundles.safety.reach import located
from tests.bundles.tiny import BUNDLES, ROOT

KINDS = {"number", "switch", "numbers", "words", "object", "device", "file", "layer", "model_file"}
SHIPPED = list(shipped())
LOCK_IT = "python -m recipes.lock_bundles, and read what it enters"


@pytest.mark.parametrize("name", sorted(table()))
def test_every_name_takes_its_arguments(name: str) -> None:
    signature = inspect.signature(located(name))
    anything = any(part.kind is part.VAR_KEYWORD for part in signature.parameters.values())
    assert callable(located(name))
    assert anything or set(table()[name]) <= set(signature.parameters)
    assert {kind for kind in table()[name].values() if not kind.startswith(("choice:", "entry:"))} <= KINDS


def test_no_argument_loads_or_names_code() -> None:
    words = ("pretrain", "download", "pickle", "url", "reader", "writer", "compile", "init_method", "dir", "func", "_fn")
    named = {argument for arguments in table().values() for argument in arguments}
    assert {name for name in named for word in words if word in name} == {"run_dir", "dataset_dir", "loss_function"}


@pytest.mark.parametrize(("name", "content"), SHIPPED, ids=lambda value: value if isinstance(value, str) else "")
def test_the_lock_knows_every_shipped_config(name: str, content: dict[str, Any]) -> None:
    assert is_ours(content), f"{name} is not in the lock: {LOCK_IT}"
    assert "network" not in content or not is_ours({**content, "network": "$print(1)"})


def test_numbers_may_differ_and_nothing_else() -> None:
    content = json.loads((BUNDLES / "cxr_expert_filter/configs/inference.json").read_text(encoding="utf-8"))
    same = [{"size": 512}, {"detection_thresholds": dict.fromkeys(content["detection_thresholds"], 0.5)}]
    same += [{"dataset_dir": "elsewhere"}, {"thresholds_provenance": "measured at a site"}]
    assert all(is_ours({**content, **change}) for change in same)
    other = [{"output_dir": "$'/tmp'"}, {"more": 1}, {"thresholds": {**content["thresholds"], "more": 1}}]
    other += [{"imports": [*content["imports"], "$import os"]}, {"size": "$1"}, {"network_def": {"_target_": "os.system"}}]
    assert not any(is_ours({**content, **change}) for change in other)


def test_the_lock_is_a_list_of_hashes_of_configs() -> None:
    assert all(len(key) == 64 and "/" in name for key, name in locked().items())
    assert fingerprint({"a": 1}) == fingerprint({"a": None}) != fingerprint({"a": "1"})


@pytest.mark.parametrize("bundle", sorted(path.name for path in BUNDLES.iterdir()))
def test_our_own_bundles_pass(bundle: str) -> None:
    assert lint_bundle(BUNDLES / bundle) == []


def leaves(content: Any) -> list[str]:
    """Every text in a config."""
    parts = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    return [content] if isinstance(content, str) else [text for part in parts for text in leaves(part)]


@pytest.mark.parametrize(("name", "content"), SHIPPED[:-2], ids=lambda value: value if isinstance(value, str) else "")
def test_nothing_of_ours_is_interpolated_after_it_was_judged(name: str, content: dict[str, Any]) -> None:
    assert not [text for text in leaves(current(content)[0]) if text.startswith("%") or "@#" in text or "@::" in text]


@pytest.mark.parametrize(("name", "content"), SHIPPED, ids=lambda value: value if isinstance(value, str) else "")
def test_every_place_of_ours_is_out_of_a_strangers_reach(name: str, content: dict[str, Any]) -> None:
    paths = {key for key, value in content.items() if isinstance(value, str) and ("'/" in value or value.startswith(("/", ".")))}
    names = {key.removesuffix("_weights") for key in paths if "load_weights(" in str(content[key])}
    assert {key for key in paths - names if "(" not in str(content[key])} <= PLACES | RUN


def test_the_lock_is_in_the_wheel() -> None:
    assert "bundles/safety/*.json" in (ROOT / "setup.py").read_text(encoding="utf-8")


def test_no_file_but_the_gate_reaches_monais_parser() -> None:
    """`merge` uses the parser as a container of plain content; `zoo.runs` runs MONAI's own checks of a judged bundle."""
    found = {path.relative_to(ROOT).as_posix() for path in (ROOT / "aurad_monai").rglob("*.py") if _parses_bundles(path)}
    assert found == {f"aurad_monai/bundles/{name}.py" for name in ("gate", "safety/merge", "zoo/runs")}
    runs = (ROOT / "aurad_monai/bundles/zoo/runs.py").read_text(encoding="utf-8")
    assert runs.index("check_bundle(root, trust)") < runs.index("ConfigWorkflow(")
    merge = (ROOT / "aurad_monai/bundles/safety/merge.py").read_text(encoding="utf-8")
    assert ".parse(" not in merge and "get_parsed_content" not in merge


def _parses_bundles(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return any(name.startswith(("monai.bundle", "logging.config")) for name in names)


def test_the_page_says_how_many_names_are_listed() -> None:
    page = (ROOT / "docs/concepts/security.md").read_text(encoding="utf-8")
    said = re.search(r"one of (\d+) full names", page)
    assert said and int(said[1]) == len(table())
