# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The gate: the only way from a bundle's configs to MONAI's parser and workflow; all of it is judged first.

Takes a bundle folder, the names of configs and whom to trust; gives a parser or a workflow of exactly the judged tree.
"""

from __future__ import annotations

import copy
import functools
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from monai.bundle import ConfigComponent, ConfigParser, ConfigWorkflow
from monai.bundle.config_item import ConfigItem
from monai.bundle.workflows import BundleWorkflow
from torch import nn

from aurad_monai.bundles.deprecated import entry, note
from aurad_monai.bundles.safety.allowed import DEVICE, table
from aurad_monai.bundles.safety.config_check import ConfigCheck
from aurad_monai.bundles.safety.lint import METADATA, as_config, file_problems, lint_bundle, metadata_problems, refuse
from aurad_monai.bundles.safety.logging_conf import apply_logging
from aurad_monai.bundles.safety.merge import Config, merged
from aurad_monai.bundles.safety.problem import Problem
from aurad_monai.bundles.safety.strict_json import read_strict
from aurad_monai.bundles.safety.trust import MEANING, Trust, said
from aurad_monai.errors import InputError

MAX_PARAMETERS = 2**28
"""Of one network in a bundle that is not ours: 1 GB in float32."""


def read_tree(root: Path, names: Sequence[str], trust: Trust | None = None) -> dict[str, Any]:
    """The merged content of configs of a bundle after the whole bundle was judged.

    Args:
        root: the bundle folder.
        names: configs in the order in which MONAI merges them, without `.json`.
        trust: see `Trust`; None is what the command line said.

    Raises:
        InputError: names the first thing that is neither ours nor on the list.
    """
    if "#" in str(root) or "::" in str(root):
        raise InputError("bundle", root, "a folder without '#' or '::' in its path, which MONAI reads as an id", "move it")
    trust = said() if trust is None else trust
    packages = () if isinstance(trust, bool) else tuple(trust)
    if trust is True:
        _say_trusted(os.path.abspath(root))
        refuse(root, list(file_problems(root)))
    else:
        refuse(root, lint_bundle(root, packages))
    configs = [_read(root, name) for name in names]
    tree = merged(configs)
    label = " + ".join(f"configs/{name}.json" for name in names)
    if tree is None or not isinstance(tree[0], dict):
        raise InputError("bundle", root, f"configs that can be merged: {label}", "see docs/reference/bundles.md")
    if trust is not True:
        faults = ConfigCheck(*tree, packages).faults()
        refuse(root, [Problem(label, where, str(value)[:200], why) for where, value, why in faults])
    strangers = not all(config.ours for config in configs)
    return {"content": tree[0], "strangers": strangers and trust is not True}


@functools.cache
def _say_trusted(root: str) -> None:
    """Once a bundle and process."""
    print(f"note: --trust: the configs of {root} run unjudged: {MEANING}", file=sys.stderr)


def _read(root: Path, name: str) -> Config:
    path = root / "configs" / f"{name}.json"
    try:
        content = read_strict(path)
    except (OSError, ValueError) as error:
        raise InputError("bundle", path, f"a config ({str(error)[:80]})", "restore the bundle") from error
    old: set[str] = set()
    config = as_config(f"configs/{name}.json", content, old)
    note(tuple(sorted(old)), str(path))
    return config


class JudgedParser(ConfigParser):
    """MONAI's parser of a judged tree; networks of strangers are measured before they take memory."""

    def __init__(self, content: dict[str, Any], strangers: bool) -> None:
        super().__init__()
        self.strangers = strangers
        self.set(config={self.meta_key: {}, **copy.deepcopy(content)})

    def _do_parse(self, config: Any, id: str = "") -> None:
        super()._do_parse(config, id)
        if self.strangers and ConfigComponent.is_instantiable(config):
            self.ref_resolver.items[id] = MeasuredComponent(config=config, id=id, locator=self.locator)


class MeasuredComponent(ConfigComponent):
    """A component of a stranger's bundle: built without memory first, and refused where it is too large."""

    def instantiate(self, **kwargs: Any) -> object:
        target = self.resolve_module_name()  # type: ignore[no-untyped-call]
        if isinstance(target, str) and ".networks.nets." in target and target in table():
            with torch.device("meta"):
                probe = super().instantiate(**kwargs)
            if isinstance(probe, nn.Module):
                count = sum(value.numel() for value in probe.state_dict().values())
                if count > MAX_PARAMETERS:
                    raise InputError(self.id, f"{count} numbers", f"networks of up to {MAX_PARAMETERS}", "--trust the bundle")
        return super().instantiate(**kwargs)


def open_parser(root: Path, names: Sequence[str], overrides: Mapping[str, Any], trust: Trust | None = None) -> ConfigParser:
    """A parser of judged configs, with entries replaced by whoever opens the bundle."""
    parser = JudgedParser(**read_tree(root, names, trust))
    parser["bundle_root"] = os.path.abspath(root)
    for name, value in overrides.items():
        plain = name == "device" and isinstance(value, str) and DEVICE.fullmatch(value)
        parser[entry(name)] = torch.device(value) if plain else value
    return parser


class JudgedWorkflow(ConfigWorkflow):
    """MONAI's workflow of judged configs: no file is read twice, none is looked for beside them.

    Args:
        root: the bundle folder.
        names: configs in order, without `.json`.
        kind: train or inference.
        overrides: entries to replace.
        trust: see `Trust`; None is what the command line said.
    """

    def __init__(
        self, root: Path, names: Sequence[str], kind: str, overrides: Mapping[str, Any], trust: Trust | None = None
    ) -> None:
        parser = open_parser(root, names, overrides, trust)
        metadata = read_strict(root / METADATA)
        refuse(root, metadata_problems(metadata))
        apply_logging(root / "configs" / "logging.conf")
        BundleWorkflow.__init__(self, workflow_type=kind)
        self.config_root_path = root / "configs"
        self.parser = parser
        self.parser["_meta_"] = metadata
        self.init_id, self.run_id, self.final_id = "initialize", "run", "finalize"
        self._is_initialized = False

    def run(self) -> Any:
        """As MONAI's, but without the bundle's folder among those that Python imports from."""
        return self._run_expr(id=self.run_id)


def open_workflow(
    root: str | Path, names: Sequence[str], kind: str = "train", trust: Trust | None = None, **overrides: Any
) -> ConfigWorkflow:
    """A workflow of a bundle's configs, not yet initialized, after the bundle was judged.

    Args:
        root: the bundle folder.
        names: configs in the order in which MONAI merges them, without `.json`.
        kind: train or inference.
        trust: True runs whatever the bundle says; names of packages let its configs use these; None is what the
            command line said.
        overrides: entries to replace.

    Raises:
        InputError: the linter refuses the bundle, or the configs cannot be merged.
    """
    return JudgedWorkflow(Path(root), names, kind, overrides, trust)
