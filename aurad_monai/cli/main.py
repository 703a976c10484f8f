# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Command line `aurad`: words to the action of a verb in `commands/`. The only file that knows fire.

Takes the words of a command line; gives an exit code. Fire only sorts words into arguments; a verb checks them all
before anything is done. Exit codes: 0 done, 2 unusable input (one line, no traceback), 1 fault of the program (one
line; a traceback with --debug), 130 interrupted.
"""

from __future__ import annotations

import contextlib
import difflib
import importlib
import inspect
import io
import os
import shlex
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any

import fire
from fire.decorators import SetParseFn

from aurad_monai import __version__
from aurad_monai.bundles.safety import trust
from aurad_monai.cli import deprecated
from aurad_monai.cli.commands import VERBS
from aurad_monai.cli.commands.action import Action, switches
from aurad_monai.errors import InputError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; the console script exits with what it returns.

    Args:
        arguments: words after `aurad`; None takes those of the process.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = any(word.lower() in ("--debug", "--debug=true") for word in words)
    try:
        words, trusted = _trusted(words)
        with trust.trusting(trusted):
            return understand(words).run() or 0
    except InputError as error:
        return _report(f"error: {error}", 2, debug)
    except KeyboardInterrupt:
        return _report("interrupted: nothing was written", 130, debug)
    except BrokenPipeError:  # the reader of `aurad info | head` has closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        what = " ".join(str(error).split())[:300]
        return _report(f"error: {type(error).__name__}: {what}; --debug shows where", 1, debug)


def understand(words: Sequence[str]) -> Action:
    """The action of a command line, not yet run.

    Raises:
        InputError: an unknown verb or flag, a missing or wrong value.
    """
    if not words or words[0] in ("help", "-h", "--help"):
        return Action(_print_help)
    if words[0] == "--version":
        return Action(lambda: print(f"aurad {__version__}"))
    verb = words[0].replace("-", "_")
    if verb not in VERBS:
        near = difflib.get_close_matches(verb, VERBS, n=1)
        raise InputError("verb", verb, ", ".join(VERBS), f"did you mean {near[0]}?" if near else "see aurad --help")
    if any(word in ("-h", "--help") for word in words[1:]):
        opens = f"\n{trust.HELP}" if _opens_bundles(verb) else ""
        return Action(lambda: print(f"{inspect.getdoc(_verb(verb))}{opens}"))
    return _sorted_by_fire(verb, deprecated.current(verb, words[1:]))


def _trusted(words: list[str]) -> tuple[list[str], str]:
    """The words without `--trust`, and whom it trusts, for a verb that opens bundles; `lint` has its own."""
    verb = words[0].replace("-", "_") if words else ""
    flags = [word for word in words[1:] if word.partition("=")[0] == "--trust"]
    if not flags or verb not in VERBS or not _opens_bundles(verb):
        return words, ""
    return [word for word in words if word not in flags], trust.from_word(flags[-1])


def _opens_bundles(verb: str) -> bool:
    return verb in ("package", "unpack") or "bundle_dir" in inspect.signature(_verb(verb)).parameters


def _verb(name: str) -> Callable[..., Action]:
    """The function of a verb; its module is imported only now, to keep the start fast."""
    function: Callable[..., Action] = getattr(importlib.import_module(f"aurad_monai.cli.commands.{name}"), name)
    return function


def _sorted_by_fire(verb: str, words: list[str]) -> Action:
    """Let fire call the verb with its words; output of fire itself is suppressed."""
    for word in words:
        if word in ("-", "--"):  # fire's own separators, which could reach past the verb
            raise InputError("argument", word, "a prompt in quotes and flags", f"see aurad {verb} --help")
    function, noise = _verb(verb), io.StringIO()
    command = _switches_with_values(words, switches(function))
    action: Any = None
    try:
        with contextlib.redirect_stderr(noise), contextlib.redirect_stdout(noise):
            action = fire.Fire(SetParseFn(str)(function), command=command, name="aurad", serialize=lambda _: None)
    except SystemExit:
        pass  # raised by fire on a wrong argument
    if not isinstance(action, Action):
        raise InputError(verb, shlex.join(words), f"the flags of aurad {verb}", f"see aurad {verb} --help")
    return action


def _switches_with_values(words: list[str], names: Sequence[str]) -> list[str]:
    """`--accept_all` to `--accept_all=True`: fire would take the word after it, perhaps the prompt, for its value."""
    alone = {f"--{name}" for name in names} | {f"--{name.replace('_', '-')}" for name in names}
    return [f"{word}=True" if word in alone else word for word in words]


def _print_help() -> None:
    print("Synthetic chest radiographs with masks of anatomy and findings. For research, not for clinical use.\n")
    for verb in VERBS:
        usage, _, what = str(inspect.getdoc(_verb(verb))).split("\n")[:3]
        print(f"  {usage}\n      {what}")
    print("\naurad VERB --help shows the flags of a verb.")


def _report(line: str, code: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    print(line, file=sys.stderr, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
