# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Bundle linter: reads a bundle's files as data and refuses what is neither ours nor on the list.

Takes a bundle folder; gives a list of `Problem`. A config whose skeleton the lock knows is ours, and its expressions
may be evaluated; of any other one, expressions are refused and names, arguments and values must be on the list. Nothing
of MONAI runs here but the merging of configs. See docs/concepts/security.md.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from aurad_monai.bundles.deprecated import current
from aurad_monai.bundles.safety.config_check import ConfigCheck
from aurad_monai.bundles.safety.logging_conf import logging_problems
from aurad_monai.bundles.safety.merge import Config, merged
from aurad_monai.bundles.safety.origin import FREE_TEXTS, is_ours
from aurad_monai.bundles.safety.problem import Problem
from aurad_monai.bundles.safety.strict_json import read_strict
from aurad_monai.bundles.safety.trust import Trust, said
from aurad_monai.errors import InputError

METADATA = "configs/metadata.json"
LOGGING = "configs/logging.conf"
INFERENCE = "configs/inference.json"
LARGE_FILES = "large_files.yml"
REFUSED_SUFFIXES = (".py", ".pyc", ".so", ".dll", ".dylib", ".pkl", ".pickle", ".joblib", ".npy", ".npz", ".sh", ".bat")
YAML = (".yaml", ".yml")
SHAPE = re.compile(r"\*|[\dpn]+( ?(\*\*?) ?[\dpn]+)*")
MAX_FILES = 1000
MAX_CONFIGS = 100
ALLOWED = "configs of ours, or of listed names with literal arguments"
NEXT = "see docs/concepts/security.md, or --trust it if you wrote it"


def check_bundle(root: Path, trust: Trust | None = None) -> None:
    """Refuse a bundle that the linter finds anything in.

    Args:
        root: the bundle folder.
        trust: True looks at its files alone; names of packages of the user's own let its configs use these; None is
            what the command line said.

    Raises:
        InputError: the first problem, and how many there are.
    """
    trust = said() if trust is None else trust
    refuse(root, list(file_problems(root)) if trust is True else lint_bundle(root, trust or ()))


def refuse(root: Path, problems: Sequence[Problem]) -> None:
    """Raise InputError for the first of some problems; nothing where there are none."""
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise InputError(f"{root} {problems[0]}{more}", problems[0].value, ALLOWED, NEXT)


def lint_bundle(root: Path, trusted: Collection[str] = ()) -> list[Problem]:
    """Everything in a bundle folder that could run what is not listed; empty for a bundle that may be opened."""
    problems = list(file_problems(root))
    if problems:  # a pipe or a thousand configs are not read
        return problems
    configs, problems = read_configs(root)
    problems += [] if not (root / LOGGING).is_file() else logging_problems(root / LOGGING, LOGGING)
    for config in configs:
        problems += _config_problems(config, configs, trusted)
    return problems


def read_configs(root: Path) -> tuple[list[Config], list[Problem]]:
    """Every JSON file of a bundle but its metadata, and what is wrong with those that cannot be read."""
    configs, problems = [], []
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.suffix.lower() != ".json" or path.is_dir() or name.startswith("runs/"):
            continue
        try:
            content = read_strict(path)
            if name == METADATA:
                problems += metadata_problems(content)
            else:
                configs.append(as_config(name, content))
        except (OSError, ValueError) as error:
            problems.append(Problem(name, "", str(error), "no JSON that can be trusted"))
    return configs, problems


def as_config(name: str, content: Any, old_names: set[str] | None = None) -> Config:
    """A config with today's names, and whether it is ours, by these or as an earlier version wrote it."""
    today, old = current(content)
    if old_names is not None:
        old_names |= set(old)
    return Config(name, today, is_ours(content) or is_ours(today))


def file_problems(root: Path) -> Iterator[Problem]:
    """Links, pipes, code and pickles have no place in a bundle; neither have configs where MONAI may find them."""
    configs = 0
    for count, path in enumerate(sorted(root.rglob("*"))):
        name = path.relative_to(root).as_posix()
        suffix = path.suffix.lower()
        configs += suffix == ".json"
        if count > MAX_FILES or configs > MAX_CONFIGS:
            yield Problem(name, "", "", f"more than {MAX_FILES} files or {MAX_CONFIGS} configs")
            return
        mode = path.lstat().st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            yield Problem(name, "", name, "a link, a pipe or a device")
        elif suffix in REFUSED_SUFFIXES:
            yield Problem(name, "", name, "a file that could run when it is loaded")
        elif suffix in YAML and name != LARGE_FILES:
            yield Problem(name, "", name, "a config that is not JSON")
        elif name.startswith("configs/") and stat.S_ISREG(mode) and suffix != ".json" and name != LOGGING:
            yield Problem(name, "", name, "no config, and no logging.conf")


def _config_problems(config: Config, configs: Sequence[Config], trusted: Collection[str]) -> Iterator[Problem]:
    """What is wrong with one config by itself and, unless it is ours, merged onto those of ours beside it."""
    if config.ours:
        free = {name: value for name, value in config.content.items() if name in FREE_TEXTS}
        for where, value, why in ConfigCheck(free, free, trusted, complete=False).faults():
            yield Problem(config.name, where, str(value)[:200], why)
        return
    reported = set()
    judged = False
    for order in _orders(config, configs):
        tree = merged([*order, config])
        if tree is None:
            continue
        judged = True
        complete = config.name == INFERENCE and not order
        for where, value, why in ConfigCheck(*tree, trusted, complete).faults():
            if (where, why) not in reported:
                reported.add((where, why))
                yield Problem(config.name, where, str(value)[:200], why)
    if not judged:
        yield Problem(config.name, "", config.name, "a config that can be merged onto none of ours")


def _orders(config: Config, configs: Sequence[Config]) -> list[tuple[Config, ...]]:
    """What a config may be merged onto: nothing, and the configs of ours beside it."""
    orders: list[tuple[Config, ...]] = [()]
    if config.name.startswith("configs/"):
        ours = {other.name: other for other in configs if other.ours}
        base = [ours[INFERENCE]] if INFERENCE in ours else []
        trainings = [other for name, other in ours.items() if name.startswith("configs/train")]
        orders += [(*start, other) for other in trainings for start in (base, ())]
        orders += [tuple(base)]
    return orders


def metadata_problems(content: Any) -> list[Problem]:
    """Metadata is data: MONAI resolves references and expressions in it, and computes with spatial shapes."""
    if not isinstance(content, dict):
        return [Problem(METADATA, "", type(content).__name__, "no JSON object")]
    problems = []
    for where, value in entries(content):
        if isinstance(value, dict) and "_target_" in value:
            problems.append(Problem(METADATA, where, str(value["_target_"]), "metadata must not call anything"))
        elif isinstance(value, str) and (value.startswith(("$", "%", "@")) or re.search(r"[@%](#|::)", value)):
            problems.append(Problem(METADATA, where, value, "metadata must not hold expressions or references"))
        elif isinstance(value, str) and "#spatial_shape#" in where and not SHAPE.fullmatch(value):
            problems.append(Problem(METADATA, where, value, "a shape is a number or a product of numbers, n and p"))
    return problems


def entries(content: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """Every entry of a config with its id, outermost first."""
    yield where, content
    pairs = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in pairs:
        yield from entries(value, f"{where}#{key}" if where else str(key))
