# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad synthesize`: generate a dataset from a plan, on one or many workers, resumable."""

from __future__ import annotations

import functools
import shlex
import sys
from pathlib import Path
from typing import Any

from aurad_monai.bundles import inventory
from aurad_monai.cli import values as cli_values
from aurad_monai.cli.commands.action import Action, refuse_unknown
from aurad_monai.cli.commands.generate import MAX_SEED, MAX_STEPS
from aurad_monai.cli.next_step import places
from aurad_monai.errors import InputError

MAX_ATTEMPTS = 10_000_000


def synthesize(
    plan: str | None = None,
    *extra: str,
    output: str | None = None,
    accepted: str | None = None,
    attempts: str | None = None,
    seed: str = "0",
    budget: str = "25",
    shard_size: str = "16",
    size: str | None = None,
    quality: str = "default",
    steps: str | None = None,
    guidance_scale: str | None = None,
    batch_size: str = "4",
    engine: str = "processes",
    workers: str = "1",
    threads: str | None = None,
    scheduler: str = "",
    device: str | None = None,
    resume: str = "False",
    overwrite: str = "False",
    bundle_dir: str | None = None,
    image_bundle: str | None = None,
    mask_bundle: str | None = None,
    filter_bundle: str | None = None,
    watermark: str | None = None,
    strict: str = "False",
    strict_prompt: str = "False",
    uncertain: str | None = None,
    debug: str = "False",
    **unknown: str,
) -> Action:
    """aurad synthesize PLAN --output DIR [flags]

    Generate a dataset from a plan: CSV (prompt,accepted), YAML (prompts or a distribution) or text (a prompt a line).

    --output          new folder for the output (required)
    --resume          continue an interrupted run in DIR
    --overwrite       replace an earlier run in DIR
    --accepted        accepted cases of each prompt where the plan gives no number, default 1
    --attempts        instead: attempts of each prompt, accepted or not, the same as aurad generate --num makes
    --seed            of each prompt, whole number from 0, default 0; a seed in the plan has precedence
    --budget          maximum attempts for each accepted case, default 25
    --shard_size      cases written together, default 16
    --size            edge of masks and radiographs in pixels: 256, 512 or 1024, default that of the bundle
    --quality         preset of sampling steps and guidance: default or fast
    --steps           number of sampling steps, 1 to 1000, default from --quality
    --guidance_scale  scale of classifier-free guidance, 0 to 100, default from --quality
    --batch_size      attempts sampled at once, 1 to 256, default 4; halved when out of memory
    --engine          processes, torchrun, ray or slurm, default processes; see docs/reference/synthesis.md
    --workers         number of workers, default 1; each loads the bundles
    --threads         CPU threads of a worker, default chosen by torch
    --scheduler       options of ray or slurm, such as partition=gpu,gpus_per_node=1,timeout_min=600
    --device          cpu, cuda, cuda:N or mps, default the fastest available
    --bundle_dir      folder of bundles, default those of the package
    --image_bundle    folder of one bundle, such as aurad train wrote, in the place of that of bundle_dir; in the same
                      way --mask_bundle and --filter_bundle
    --watermark       invisible watermark, a text of up to 14 letters; without a value: synthetic
    --strict          reject cases with a finding that is not judged (see aurad info)
    --strict_prompt   refuse prompts with words that no picture shows, which else are left out and named
    --uncertain       what "possible" and "cannot exclude" mean: present, absent or ignore; default refused
    --debug           show the traceback of an error
    """
    refuse_unknown(synthesize, extra, unknown)
    allowed = "a plan: a .csv, .yaml or .txt file"
    file = cli_values.text("plan", plan, allowed, "see aurad synthesize --help")
    settings = {
        "quality": cli_values.one_of("quality", quality, cli_values.QUALITIES),
        "num_inference_steps": None if steps is None else cli_values.whole("steps", steps, 1, MAX_STEPS),
        "guidance_scale": None if guidance_scale is None else cli_values.real("guidance_scale", guidance_scale, 0, 100),
        **({"strict": True} if cli_values.switch("strict", strict) else {}),
    }
    sampler: dict[str, Any] = {
        "bundle_dir": places(bundle_dir, image_bundle, mask_bundle, filter_bundle),
        "device": cli_values.device(device),
        "threads": None if threads is None else cli_values.whole("threads", threads, 1, 1024),
    }
    edge = cli_values.frame_size(size)
    if edge is not None:
        sampler["size"] = edge
    defaults = {
        "num": _count(accepted, attempts),
        "seed": cli_values.whole("seed", seed, 0, MAX_SEED),
        "budget": cli_values.whole("budget", budget, 1, 10_000),
        "shard_size": cli_values.whole("shard_size", shard_size, 1, 10_000),
        "strict_prompt": cli_values.switch("strict_prompt", strict_prompt),
        "uncertain": cli_values.uncertain(uncertain),
    }
    order = {
        "output": cli_values.text("output", output, "a new folder", "give --output DIR"),
        "engine": engine,
        "batch_size": cli_values.whole("batch_size", batch_size, 1, 256),
        "resume": cli_values.switch("resume", resume),
        "overwrite": cli_values.switch("overwrite", overwrite),
    }
    options = {
        "workers": cli_values.whole("workers", workers, 1, 10_000),
        "scheduler": cli_values.pairs("scheduler", scheduler),
    }
    mark = cli_values.watermark(watermark)
    return Action(lambda: _synthesize(file, defaults, settings, sampler, order, options, mark))


def _count(accepted: str | None, attempts: str | None) -> str:
    """Cases of each prompt as a plan says it: "100", or "100 attempts"."""
    if attempts is None:
        return "1" if accepted is None else accepted
    if accepted is not None:
        raise InputError("attempts", attempts, "--accepted or --attempts", "leave one of them out")
    return f"{cli_values.whole('attempts', attempts, 1, MAX_ATTEMPTS)} attempts"


def _synthesize(
    plan: str,
    defaults: dict[str, Any],
    settings: dict[str, Any],
    sampler: dict[str, Any],
    order: dict[str, Any],
    options: dict[str, Any],
    watermark: str | None,
) -> int:
    """Read the plan, then leave the rest to `synthesis`; torch is loaded by workers only."""
    from aurad_monai.export.provenance import Provenance
    from aurad_monai.export.watermark import check_watermark
    from aurad_monai.generation.engines.engine import EngineOptions
    from aurad_monai.generation.read_plan import PlanDefaults, read_plan
    from aurad_monai.generation.replica import open_pipeline
    from aurad_monai.generation.synthesize import Order, synthesize

    marked: dict[str, Any] = {} if watermark is None else {"watermark": watermark}
    marked |= {name: sampler[name] for name in ("size",) if name in sampler}
    if watermark is not None:
        check_watermark(watermark)
    read = read_plan(plan, PlanDefaults(**defaults))
    record = {
        "command": shlex.join(["aurad", *sys.argv[1:]]),
        "versions": inventory.describe_versions(),
        "batch_size": order["batch_size"],
        "engine": order["engine"],
        **options,
        **sampler,
    }
    ordered = Order(
        read,
        open_sampler=functools.partial(open_pipeline, **sampler, **settings),
        made_by=Provenance(inventory.describe_bundles(sampler["bundle_dir"]), {**settings, **marked}),
        options=EngineOptions(**options),
        record=record,
        **order,
    )
    try:
        result = synthesize(ordered)
    except KeyboardInterrupt:  # the second Ctrl-C
        print("stopped at once; continue with --resume", file=sys.stderr, flush=True)
        return 130
    if result.report is not None:
        _print_report(result.folder, result.report)
    elif not result.finished:
        print(f"stopped: what is finished is in {result.folder}; continue with --resume", file=sys.stderr, flush=True)
    return result.exit_code


def _print_report(folder: Path, report: Any) -> None:
    from aurad_monai.filtering.not_judged import console_lines

    print(f"{report['accepted']} accepted of {report['attempts']} attempts, {report['wanted']} wanted")
    if report["failed"]:
        print(f"{report['failed']} attempts failed: see {folder / 'manifest.jsonl'}")
    for line in console_lines(report["not_judged"]):
        print(line)
    for entry in report["unsatisfied"][:20]:
        print(f"not satisfied, {entry['missing']} missing: {entry['prompt']}")
    print(f"report {folder / 'report.json'}", flush=True)
