# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Bundle linter: reads a bundle's files as data and refuses everything that could run code that is not listed.

Takes a bundle folder; gives a list of `Problem`. MONAI evaluates every `$...`, calls every `_target_`, imports what
`imports` names and reads what `%` points to; nothing of its parser runs here. See docs/concepts/security.md.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from aurad_monai.bundles.deprecated import current
from aurad_monai.bundles.safety.expressions import as_import, expression_refusal, import_refusal, imported
from aurad_monai.bundles.safety.logging_conf import logging_problems
from aurad_monai.bundles.safety.paths import path_refusal
from aurad_monai.bundles.safety.problem import Problem
from aurad_monai.bundles.safety.strict_json import read_strict
from aurad_monai.bundles.safety.targets import argument_refusal, target_refusal
from aurad_monai.errors import InputError

METADATA = "configs/metadata.json"
REFUSED_SUFFIXES = (".py", ".pyc", ".so", ".dll", ".dylib", ".pkl", ".pickle", ".joblib", ".npy", ".npz", ".sh", ".bat")
CONFIG_SUFFIXES = (".json", ".conf")
MODES = ("default", "callable")
SHAPE = re.compile(r"\*|[\dpn]+( ?(\*\*?) ?[\dpn]+)*")
MAX_FILES = 1000


def check_bundle(root: Path, trusted: Collection[str] = ()) -> None:
    """Refuse a bundle that the linter finds anything in.

    Args:
        root: the bundle folder.
        trusted: packages of the user's own whose classes and functions its configs may name.

    Raises:
        InputError: the first problem, and how many there are.
    """
    problems = lint_bundle(root, trusted)
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        allowed = "a config of listed classes, functions and expressions"
        raise InputError(f"{root} {problems[0]}{more}", problems[0].value, allowed, "see docs/concepts/security.md")


def lint_bundle(root: Path, trusted: Collection[str] = ()) -> list[Problem]:
    """Everything in a bundle folder that could run what is not listed; empty for a bundle that may be opened."""
    problems = list(_file_problems(root))
    contents: dict[str, Any] = {}
    for path in sorted((root / "configs").glob("*.json")):
        try:
            contents[f"configs/{path.name}"] = current(read_strict(path))[0]
        except (OSError, ValueError) as error:
            problems.append(Problem(f"configs/{path.name}", "", str(error), "no JSON that can be trusted"))
    if METADATA in contents:
        problems += _metadata_problems(contents.pop(METADATA))
    logging = root / "configs" / "logging.conf"
    problems += logging_problems(logging, "configs/logging.conf") if logging.is_file() else []
    return problems + _config_problems(contents, trusted)


def _file_problems(root: Path) -> Iterator[Problem]:
    """Links, code and pickles have no place in a bundle; neither have configs that are not JSON."""
    for count, path in enumerate(sorted(root.rglob("*"))):
        name = path.relative_to(root).as_posix()
        if count > MAX_FILES:
            yield Problem(name, "", "", f"more than {MAX_FILES} files")
            return
        if path.is_symlink():
            yield Problem(name, "", name, "a link")
        elif path.suffix.lower() in REFUSED_SUFFIXES:
            yield Problem(name, "", name, "a file that could run when it is loaded")
        elif name.startswith("configs/") and path.is_file() and path.suffix.lower() not in CONFIG_SUFFIXES:
            yield Problem(name, "", name, "a config that is not JSON")


def _config_problems(contents: dict[str, Any], trusted: Collection[str]) -> list[Problem]:
    imports: dict[str, set[str]] = {}
    for content in contents.values():
        for _, value in entries(content):
            if isinstance(value, str) and value.startswith("$") and as_import(value[1:]):
                name, dotted = imported(value[1:])
                imports.setdefault(name, set()).add(dotted)
    return [
        Problem(file, where, str(value), why)
        for file, content in contents.items()
        for where, value in entries(content)
        for why in _refusals(where, value, imports, trusted)
    ]


def entries(content: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """Every entry of a config with its id, outermost first."""
    yield where, content
    pairs = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in pairs:
        yield from entries(value, f"{where}#{key}" if where else str(key))


def _refusals(where: str, value: Any, imports: dict[str, set[str]], trusted: Collection[str]) -> Iterator[str]:
    """What is wrong with one entry by itself.

    The last part of its id decides what it is, because `network_def#_target_` as a key is merged into the component.
    """
    name = re.split(r"#|::", where)[-1].lstrip("+~")
    if name == "_target_":
        if why := target_refusal(value, trusted):
            yield f"_target_ '{value}': {why}"
        return
    if name == "_mode_" and value not in MODES:
        yield "_mode_ must be default or callable"
    if why := argument_refusal(name, value):
        yield why
    if isinstance(value, dict) and value.get("_mode_") == "callable" and _reads_files(value.get("_target_")):
        yield "a reader or writer as callable could be given any arguments"
    if isinstance(value, str) and (why := _text_refusal(where, value, imports, trusted)):
        yield why


def _reads_files(target: object) -> bool:
    """Whether a target could be one of MONAI's that take a reader or writer by name."""
    return not isinstance(target, str) or bool(
        re.search(r"Load|Save|Image|WSI|Splitter|PatchInferer", target.rpartition(".")[2])
    )


def _text_refusal(where: str, text: str, imports: dict[str, set[str]], trusted: Collection[str]) -> str | None:
    if re.search(r"[@%](::|#)", text) and not re.fullmatch(r"[\w#]+", where, flags=re.ASCII):
        return "a relative reference below a key with unusual characters"  # MONAI pastes keys into the expression
    if where.split("#")[0].lstrip("+~") == "imports":
        return import_refusal(text[1:], trusted) if text.startswith("$") else "only import statements stand here"
    if text.startswith("%"):
        return None if re.fullmatch(r"%(::|#)*\w+((::|#)\w+)*", text) else "a macro may only name an entry of its file"
    if text.startswith("@"):
        return "refers to imports or to the whole config" if re.match(r"@(::|#)*(imports|$|[^\w:#])", text) else None
    if not text.startswith("$"):
        return path_refusal(text)
    if as_import(text[1:]):
        return "an import outside of 'imports'"
    return expression_refusal(text[1:], imports, trusted)


def _metadata_problems(content: Any) -> list[Problem]:
    """Metadata is data: MONAI resolves references and expressions in it, and computes with spatial shapes."""
    if not isinstance(content, dict):
        return [Problem(METADATA, "", type(content).__name__, "no JSON object")]
    problems = []
    for where, value in entries(content):
        if isinstance(value, dict) and "_target_" in value:
            problems.append(Problem(METADATA, where, str(value["_target_"]), "metadata must not call anything"))
        elif isinstance(value, str) and value.startswith(("$", "%", "@")):
            problems.append(Problem(METADATA, where, value, "metadata must not hold expressions or references"))
        elif isinstance(value, str) and "#spatial_shape#" in where and not SHAPE.fullmatch(value):
            problems.append(Problem(METADATA, where, value, "a shape is a number or a product of numbers, n and p"))
    return problems
