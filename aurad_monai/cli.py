# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The command line around the way of a case: `aurad info` and `aurad generate`. The only place that knows fire.

Fire only sorts words into arguments here. A verb checks them and leaves behind what is to be done, and nothing is done
before every word of the command line is understood. Exit codes: 0 done, 2 input that cannot be used (one line, no
traceback), 1 a fault of the program (one line; a traceback with --debug), 130 interrupted.
"""

from __future__ import annotations

import contextlib
import difflib
import inspect
import io
import json
import os
import shlex
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fire
from fire.decorators import SetParseFn

from aurad_monai import __version__, cli_values, inventory
from aurad_monai.errors import InputError

if TYPE_CHECKING:
    from aurad_monai.pipeline import Run

MOST_CASES = 1000
MOST_STEPS = 1000
LARGEST_SEED = 2**63 - 1
FLAGS = ("accept_all", "masks_only", "overwrite", "debug", "json", "vocabulary")
"""Flags that are given alone, without a value."""

Action = Callable[[], None]


class Verbs:
    """The verbs; each checks its words and sets `action`."""

    def __init__(self) -> None:
        self.action: Action | None = None

    @SetParseFn(str)  # type: ignore[untyped-decorator]
    def info(
        self,
        *extra: str,
        json: str = "False",
        vocabulary: str = "False",
        bundle_dir: str | None = None,
        debug: str = "False",
        **unknown: str,
    ) -> None:
        """aurad info [--json] [--vocabulary] [--bundle_dir DIR]

        Print what is installed: the vocabulary, the bundles with the hashes of their weights, and versions.

        --json         as one JSON object
        --vocabulary   the vocabulary alone
        --bundle_dir   folder of bundles, default those that came with the package
        """
        _refuse("info", self.info, extra, unknown)
        as_json, alone = cli_values.switch("json", json), cli_values.switch("vocabulary", vocabulary)
        self.action = lambda: _info(as_json, alone, bundle_dir)

    @SetParseFn(str)  # type: ignore[untyped-decorator]
    def generate(
        self,
        prompt: str | None = None,
        *extra: str,
        num: str = "4",
        seed: str = "0",
        output: str | None = None,
        anatomy: str | None = None,
        steps: str | None = None,
        guidance_scale: str | None = None,
        accept_all: str = "False",
        masks_only: str = "False",
        device: str | None = None,
        batch_size: str = "4",
        overwrite: str = "False",
        bundle_dir: str | None = None,
        debug: str = "False",
        **unknown: str,
    ) -> None:
        """aurad generate PROMPT --output DIR [flags]

        Make radiographs with masks from a prompt such as "small left pleural effusion and cardiomegaly".

        --output          the folder to be (required)
        --num             cases to attempt, 1 to 1000, default 4
        --seed            whole number from 0, default 0; the same seed gives the same cases
        --anatomy         label map (PNG, NIfTI), or a radiograph (PNG, JPEG, DICOM) to take it from; default sampled
        --steps           sampling steps, 1 to 1000, default as configured in the bundles
        --guidance_scale  how strongly the prompt steers, 0 to 100, default as configured in the bundles
        --accept_all      write the files of rejected cases too
        --masks_only      stop after the pathology mask
        --device          cpu, cuda, cuda:N or mps, default the best there is
        --batch_size      cases sampled at once, 1 to 256, default 4
        --overwrite       replace an earlier run in DIR
        --bundle_dir      folder of bundles, default those that came with the package
        --debug           show the traceback of an error
        """
        _refuse("generate", self.generate, extra, unknown)
        request = cli_values.Request(
            prompt=cli_values.text("prompt", prompt, "a sentence in quotes", "see aurad generate --help"),
            output=cli_values.text("output", output, "a new folder", "give --output DIR"),
            num=cli_values.whole("num", num, 1, MOST_CASES),
            seed=cli_values.whole("seed", seed, 0, LARGEST_SEED),
            anatomy=anatomy,
            steps=None if steps is None else cli_values.whole("steps", steps, 1, MOST_STEPS),
            guidance_scale=None
            if guidance_scale is None
            else cli_values.real("guidance_scale", guidance_scale, 0, 100),
            accept_all=cli_values.switch("accept_all", accept_all),
            masks_only=cli_values.switch("masks_only", masks_only),
            device=cli_values.device(device),
            batch_size=cli_values.whole("batch_size", batch_size, 1, 256),
            overwrite=cli_values.switch("overwrite", overwrite),
            bundle_dir=bundle_dir,
        )
        self.action = lambda: _generate(request)


VERBS = tuple(name for name in vars(Verbs) if not name.startswith("_"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; the console script exits with what it returns.

    Args:
        arguments: words after `aurad`; None takes those of the process.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = any(word.lower() in ("--debug", "--debug=true") for word in words)
    try:
        understand(words)()
        return 0
    except InputError as error:
        return _report(f"error: {error}", 2, debug)
    except KeyboardInterrupt:
        return _report("interrupted: nothing was written", 130, debug)
    except BrokenPipeError:  # the reader of `aurad info | head` has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        what = " ".join(str(error).split())[:300]
        return _report(f"error: {type(error).__name__}: {what}; --debug shows where", 1, debug)


def understand(words: Sequence[str]) -> Action:
    """Turn a command line into what is to be done, without doing it.

    Raises:
        InputError: an unknown verb or flag, a missing or wrong value.
    """
    if not words or words[0] in ("help", "-h", "--help"):
        return _print_help
    if words[0] == "--version":
        return lambda: print(f"aurad {__version__}")
    verb = words[0]
    if verb not in VERBS:
        near = difflib.get_close_matches(verb, VERBS, n=1)
        raise InputError("verb", verb, ", ".join(VERBS), f"did you mean {near[0]}?" if near else "see aurad --help")
    if any(word in ("-h", "--help") for word in words[1:]):
        return lambda: print(inspect.getdoc(getattr(Verbs, verb)))
    return _sorted_by_fire(verb, list(words[1:]))


def _sorted_by_fire(verb: str, words: list[str]) -> Action:
    """Let fire call the verb with its words; what fire itself would print is kept back."""
    for word in words:
        if word in ("-", "--"):  # fire's own separators, which could reach past the verb
            raise InputError("argument", word, "a prompt in quotes and flags", f"see aurad {verb} --help")
    verbs, noise = Verbs(), io.StringIO()
    try:
        with contextlib.redirect_stderr(noise), contextlib.redirect_stdout(noise):
            fire.Fire(verbs, command=[verb, *_switches_with_values(words)], name="aurad", serialize=lambda _: None)
    except SystemExit:
        pass  # fire's way of saying no; `action` is None then
    if verbs.action is None:
        raise InputError(verb, shlex.join(words), f"the flags of aurad {verb}", f"see aurad {verb} --help")
    return verbs.action


def _switches_with_values(words: list[str]) -> list[str]:
    """`--accept_all` to `--accept_all=True`: fire would take the word after it, perhaps the prompt, for its value."""
    names = {f"--{name}" for name in FLAGS} | {f"--{name.replace('_', '-')}" for name in FLAGS}
    return [f"{word}=True" if word in names else word for word in words]


def _refuse(verb: str, function: Callable[..., None], extra: Sequence[str], unknown: dict[str, str]) -> None:
    """Say which words are one too many."""
    kinds = inspect.signature(function).parameters.values()
    known = [parameter.name for parameter in kinds if parameter.kind is parameter.KEYWORD_ONLY]
    for name in unknown:
        near = difflib.get_close_matches(name, known, n=1)
        allowed = ", ".join(f"--{flag}" for flag in known)
        raise InputError("flag", f"--{name}", allowed, f"did you mean --{near[0]}?" if near else "")
    if extra:
        raise InputError(
            "argument", " ".join(extra), f"the flags of aurad {verb}", "put a prompt of several words in quotes"
        )


def _info(as_json: bool, vocabulary_alone: bool, bundle_dir: str | None) -> None:
    content: dict[str, Any] = {"vocabulary": inventory.describe_vocabulary()}
    if not vocabulary_alone:
        content["bundles"] = inventory.describe_bundles(bundle_dir)
        content["versions"] = inventory.describe_versions()
    print(json.dumps(content, indent=2) if as_json else inventory.as_text(content), flush=True)


def _generate(request: cli_values.Request) -> None:
    """Check what is cheap to check, then load the bundles, sample and write."""
    from aurad_monai.export.output_folder import check_output
    from aurad_monai.prompts.parse import parse

    parse(request.prompt)
    check_output(request.output, request.overwrite)
    anatomy = _existing_file(request.anatomy)
    bundles = inventory.describe_bundles(request.bundle_dir)

    started = time.perf_counter()
    print("loading bundles ...", file=sys.stderr, flush=True)
    from aurad_monai.pipeline import Pipeline  # torch and MONAI are only paid for from here on

    pipeline = Pipeline.from_bundles(request.bundle_dir, device=request.device)
    loading = time.perf_counter() - started
    run = pipeline(
        request.prompt,
        request.num,
        request.seed,
        anatomy=anatomy,
        steps=request.steps,
        guidance_scale=request.guidance_scale,
        batch_size=request.batch_size,
        accept_all=request.accept_all,
        masks_only=request.masks_only,
        progress=True,
    )
    _write(request, run, {"loading": loading, **run.timing}, bundles)


def _write(request: cli_values.Request, run: Run, timing: dict[str, float], bundles: list[dict[str, Any]]) -> None:
    from aurad_monai.export.run_folder import RunRecord, acceptance_rate, write_run

    record = RunRecord(
        command=request.command(),
        prompt=request.prompt,
        seed=request.seed,
        num=request.num,
        timing=timing,
        versions=inventory.describe_versions(),
        bundles=bundles,
        options=request.options(),
    )
    folder = write_run(request.output, run.cases, record, accept_all=request.accept_all, overwrite=request.overwrite)
    accepted = sum(case.accepted for case in run.cases)
    print(f"accepted {accepted} of {len(run.cases)} ({acceptance_rate(run.cases):.0%})")
    print("seconds  " + ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in timing.items()))
    if accepted < len(run.cases):
        print(f"rejected cases and their reasons: {folder / 'manifest.jsonl'}")
    print(f"overview {folder / 'overview.png'}", flush=True)


def _existing_file(anatomy: str | None) -> Path | None:
    """Missing and empty files are found before the bundles are loaded."""
    if anatomy is None:
        return None
    from aurad_monai.data.picture_file import file_kind

    file_kind(anatomy, "anatomy")
    return Path(anatomy)


def _print_help() -> None:
    print("Chest radiographs with the masks that explain them. For research, not for clinical use.\n")
    for verb in VERBS:
        usage, _, what = str(inspect.getdoc(getattr(Verbs, verb))).split("\n")[:3]
        print(f"  {usage}\n      {what}")
    print("\naurad VERB --help shows the flags of a verb.")


def _report(line: str, code: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    print(line, file=sys.stderr, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
