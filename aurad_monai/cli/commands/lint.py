# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad lint`: check a bundle for code that is not listed, or against the Model Zoo's rules, without opening it."""

from __future__ import annotations

from pathlib import Path

from aurad_monai.cli import values as cli_values
from aurad_monai.cli.commands.action import Action, refuse_unknown
from aurad_monai.errors import InputError


def lint(
    bundle: str | None = None,
    *extra: str,
    trust: str = "",
    zoo: str = "False",
    full: str = "False",
    trust_bundle: str = "False",
    schema: str | None = None,
    debug: str = "False",
    **unknown: str,
) -> Action:
    """aurad lint BUNDLE [--trust PACKAGE,PACKAGE], aurad lint --zoo BUNDLE [--full]

    List what in a bundle could run code that is not allowed, or what the Model Zoo objects to; exit code 1 if anything.

    --trust         packages of your own that its configs may use
    --zoo           the rules of the MONAI Model Zoo, for any bundle: each that it does not keep, with the mend
    --full          with --zoo: run what verify_bundle -m full runs, which evaluates the bundle's configs
    --trust_bundle  with --full: run the code of a bundle that plain aurad lint objects to
    --schema        with --full: MONAI's schema of metadata, a file; without it that check is left out
    --debug         show the traceback of an error
    """
    refuse_unknown(lint, extra, unknown)
    root = Path(cli_values.text("bundle", bundle, "a bundle folder", "see aurad info"))
    trusted = [name.strip() for name in trust.split(",") if name.strip()]
    if not cli_values.switch("zoo", zoo):
        return Action(lambda: _lint(root, trusted))
    whole, anyway = cli_values.switch("full", full), cli_values.switch("trust_bundle", trust_bundle)
    return Action(lambda: _lint_zoo(root, trusted, whole, anyway, None if schema is None else Path(schema)))


def _lint(root: Path, trusted: list[str]) -> int:
    from aurad_monai.bundles.safety.lint import lint_bundle

    if not (root / "configs" / "inference.json").is_file():
        raise InputError("bundle", root, "a folder with configs/inference.json", "see aurad info for known bundles")
    problems = lint_bundle(root, trusted)
    for problem in problems:
        print(problem)
    print(f"{root}: {len(problems)} problems" if problems else f"{root}: nothing that could run unlisted code")
    return 1 if problems else 0


def _lint_zoo(root: Path, trusted: list[str], full: bool, anyway: bool, schema: Path | None) -> int:
    from aurad_monai.bundles.zoo.bundle_folder import read_bundle
    from aurad_monai.bundles.zoo.rules import foreign_targets, zoo_failures

    if not (root / "configs").is_dir():
        raise InputError("bundle", root, "a folder with configs/", "name the folder of a bundle")
    if schema is not None and not schema.is_file():
        raise InputError("schema", schema, "MONAI's schema of metadata, a JSON file", "leave --schema out")
    bundle = read_bundle(root)
    failures = zoo_failures(bundle)
    if full:
        from aurad_monai.bundles.safety.lint import lint_bundle
        from aurad_monai.bundles.zoo.runs import run_failures

        if not anyway and lint_bundle(root, trusted):
            why = "look at aurad lint BUNDLE, then --trust_bundle, in a container for a bundle of others"
            raise InputError("full", root, "a bundle whose code is listed", why)
        failures += run_failures(root, schema, trust=anyway or trusted)
    for failure in failures:
        print(failure)
    if foreign := foreign_targets(bundle):
        print(f"note: inference needs {', '.join(foreign)}; federated platforms refuse that, and the zoo installs it")
    print(f"{root}: {len(failures)} rules of the zoo not kept" if failures else f"{root}: keeps the zoo's rules")
    return 1 if failures else 0
