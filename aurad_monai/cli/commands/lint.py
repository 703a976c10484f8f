# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad lint`: check a bundle for code that is not listed, without opening it."""

from __future__ import annotations

from pathlib import Path

from aurad_monai.cli import values as cli_values
from aurad_monai.cli.commands.action import Action, refuse_unknown
from aurad_monai.errors import InputError


def lint(bundle: str | None = None, *extra: str, trust: str = "", debug: str = "False", **unknown: str) -> Action:
    """aurad lint BUNDLE [--trust PACKAGE,PACKAGE]

    List what in a bundle could run code that is not allowed; exit code 1 if there is anything.

    --trust   packages of your own that its configs may use
    --debug   show the traceback of an error
    """
    refuse_unknown(lint, extra, unknown)
    root = Path(cli_values.text("bundle", bundle, "a bundle folder", "see aurad info"))
    trusted = [name.strip() for name in trust.split(",") if name.strip()]
    return Action(lambda: _lint(root, trusted))


def _lint(root: Path, trusted: list[str]) -> int:
    from aurad_monai.bundles.safety.lint import lint_bundle

    if not (root / "configs" / "inference.json").is_file():
        raise InputError("bundle", root, "a folder with configs/inference.json", "see aurad info for known bundles")
    problems = lint_bundle(root, trusted)
    for problem in problems:
        print(problem)
    print(f"{root}: {len(problems)} problems" if problems else f"{root}: nothing that could run unlisted code")
    return 1 if problems else 0
