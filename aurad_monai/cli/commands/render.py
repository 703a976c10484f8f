# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad render`: radiographs of a given mask, such as one edited by hand, filtered like any other."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from aurad_monai.bundles import inventory
from aurad_monai.case import Case
from aurad_monai.cli import values as cli_values
from aurad_monai.cli.commands.action import Action, refuse_unknown
from aurad_monai.cli.commands.generate import MAX_CASES, MAX_SEED, MAX_STEPS
from aurad_monai.cli.next_step import places
from aurad_monai.errors import InputError


def render(
    mask: str | None = None,
    *extra: str,
    anatomy: str | None = None,
    output: str | None = None,
    num: str | None = None,
    seed: str = "0",
    prompt: str = "",
    spacing: str | None = None,
    size: str | None = None,
    quality: str = "default",
    steps: str | None = None,
    guidance_scale: str | None = None,
    accept_all: str = "False",
    device: str | None = None,
    engine: str = "torch",
    batch_size: str = "4",
    overwrite: str = "False",
    bundle_dir: str | None = None,
    image_bundle: str | None = None,
    mask_bundle: str | None = None,
    filter_bundle: str | None = None,
    debug: str = "False",
    **unknown: str,
) -> Action:
    """aurad render MASK --anatomy FILE --output DIR [flags], or aurad render SET --output DIR [flags]

    Generate radiographs for a pathology mask, such as an edited pathology/ID.nii.gz of a run.

    --anatomy         its anatomy: anatomy/ID.nii.gz of the run, or a label map (PNG, NIfTI) (required)
    --output          new folder for the output (required)
    SET is a set of cases with masks: a run, a folder as aurad filter takes it, or a folder with datalist.json as
    FOLDER, FOLDER:SECTION or FOLDER:SECTION:KIND,KIND. Every mask of it is rendered, view, sex and age as it states.

    --num             attempts, accepted or not, 1 to 1000, default 1; attempt i has seed + i. Of a set: masks, a random
                      sample of larger sets, default all
    --seed            whole number from 0, default 0; the noise depends on the seed alone, not on the mask
    --prompt          view, sex and age, such as "AP view, 60-year-old woman"; findings come from the mask
    --spacing         pixel spacing in mm for the files written; default unknown
    --size            edge of masks and radiographs in pixels: 256, 512 or 1024, default that of the bundle
    --quality         preset of sampling steps and guidance: default or fast
    --steps           number of sampling steps, 1 to 1000, default from --quality
    --guidance_scale  scale of classifier-free guidance, 0 to 100, default from --quality
    --accept_all      also write the files of rejected cases
    --device          cpu, cuda, cuda:N or mps, default the fastest available
    --engine          torch, or onnx (ONNX Runtime on the CPU), default torch
    --batch_size      cases sampled at once, 1 to 256, default 4
    --overwrite       replace an earlier run in DIR
    --bundle_dir      folder of bundles, default those of the package
    --image_bundle    folder of one bundle, such as aurad train wrote, in the place of that of bundle_dir; in the same
                      way --mask_bundle and --filter_bundle
    --debug           show the traceback of an error
    """
    refuse_unknown(render, extra, unknown)
    given = cli_values.text("mask", mask, "a pathology mask (NIfTI) or a set of cases", "see aurad render --help")
    is_set = anatomy is None and Path(given.partition(":")[0]).is_dir()
    chest = "" if is_set else cli_values.text("anatomy", anatomy, "the mask's chest", "give --anatomy FILE")
    where = cli_values.text("output", output, "a new folder", "give --output DIR")
    options: dict[str, Any] = {
        "num": None if num is None else cli_values.whole("num", num, 1, MAX_CASES),
        "seed": cli_values.whole("seed", seed, 0, MAX_SEED),
        "prompt": prompt,
        "spacing": None if spacing is None else cli_values.real("spacing", spacing, 0.01, 100),
        "steps": None if steps is None else cli_values.whole("steps", steps, 1, MAX_STEPS),
        "guidance_scale": None if guidance_scale is None else cli_values.real("guidance_scale", guidance_scale, 0, 100),
        "batch_size": cli_values.whole("batch_size", batch_size, 1, 256),
        "quality": cli_values.one_of("quality", quality, cli_values.QUALITIES),
    }
    keep = {
        "accept_all": cli_values.switch("accept_all", accept_all),
        "overwrite": cli_values.switch("overwrite", overwrite),
    }
    runs_on = {
        "bundle_dir": places(bundle_dir, image_bundle, mask_bundle, filter_bundle),
        "device": cli_values.device(device),
        "engine": cli_values.one_of("engine", engine, cli_values.ENGINES),
        "size": cli_values.frame_size(size),
    }
    if is_set:
        if prompt:
            raise InputError("prompt", prompt, "no prompt with a set, whose cases state view, sex and age")
        return Action(lambda: _render_set(given, where, options, keep, runs_on))
    options["num"] = options["num"] or 1
    return Action(lambda: _render((given, chest), where, options, keep, runs_on))


def _render(
    files: tuple[str, str],
    output: str,
    options: dict[str, Any],
    keep: dict[str, bool],
    runs_on: dict[str, Any],
) -> None:
    """Check what is cheap to check, then load the bundles, generate and write."""
    from aurad_monai.io.output_folder import check_output
    from aurad_monai.io.picture_file import file_kind
    from aurad_monai.prompts.parse import understand

    if options["prompt"]:
        for line in understand(options["prompt"]).lines():
            print(line, file=sys.stderr, flush=True)
    check_output(output, keep["overwrite"])
    for name, file in zip(("mask", "anatomy"), files, strict=True):
        file_kind(file, name)
    bundles = inventory.describe_bundles(runs_on["bundle_dir"])

    started = time.perf_counter()
    print("loading bundles ...", file=sys.stderr, flush=True)
    from aurad_monai.cli.commands.report import report
    from aurad_monai.generation.pipeline import Pipeline
    from aurad_monai.generation.render_run import RenderFiles, render_run

    pipeline = Pipeline.from_bundles(**runs_on)
    timing = {"loading": time.perf_counter() - started}
    where = RenderFiles(Path(files[0]), Path(files[1]), Path(output))
    run, record = render_run(pipeline, where, options, bundles, runs_on, keep, timing)
    report(Path(output).absolute(), run, record)


def _render_set(
    name: str, output: str, options: dict[str, Any], keep: dict[str, bool], runs_on: dict[str, Any]
) -> None:
    """Check what is cheap to check, then load the bundles, render every mask of the set and write."""
    from aurad_monai.io.case_set import open_cases
    from aurad_monai.io.output_folder import check_output

    check_output(output, keep["overwrite"])
    bundles = inventory.describe_bundles(runs_on["bundle_dir"])
    open_cases(name)
    started = time.perf_counter()
    print("loading bundles ...", file=sys.stderr, flush=True)
    from aurad_monai.cli.commands.report import write_and_report
    from aurad_monai.evaluation.evaluate import subsample
    from aurad_monai.export.run_folder import RunRecord
    from aurad_monai.generation.pipeline import Pipeline
    from aurad_monai.generation.settings import Settings
    from aurad_monai.request.resolve import resolve_set

    pipeline = Pipeline.from_bundles(**runs_on)
    cases = subsample(open_cases(name, size=pipeline.image_size), options["num"] or 0, options["seed"])
    loading = time.perf_counter() - started
    settings = Settings(
        options["steps"], options["guidance_scale"], options["quality"], options["batch_size"], keep["accept_all"]
    )
    names: dict[str, str] = {"mask": name}
    requests = numbered(resolve_set(cases, options["seed"], options["spacing"]), names)
    run = pipeline.generate(requests, settings, len(cases))
    if not run.cases:
        raise InputError("mask", name, "a set with masks of lungs and findings", "see its files")
    words = ["aurad", "render", "DIR", "--output", output]
    said = {**options, "size": runs_on["size"]}
    words += [word for key, value in said.items() if value not in (None, "") for word in (f"--{key}", str(value))]
    record = RunRecord(
        command=shlex.join(words),
        prompt="",
        seed=options["seed"],
        num=len(run.cases),
        timing={"loading": loading, **run.timing},
        versions=inventory.describe_versions(),
        bundles=bundles,
        options={"mask": name, **runs_on, **options, **keep},
        names=names,
    )
    write_and_report(output, run, record, **keep)


def numbered(cases: Iterable[Case], names: dict[str, str]) -> Iterator[Case]:
    """Cases with ids of our own; `names` gets the id that each had, which may be a name from a hospital."""
    for number, case in enumerate(cases):
        own = f"case_{number:06d}"
        names[own] = case.id
        yield replace(case, id=own)
