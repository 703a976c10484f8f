# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Render the masks of two files into a run folder, for `aurad render` and the studio's save alike.

In: an opened pipeline, mask files, options by the names of the command line. Out: the run and what run.json says of it.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aurad_monai.bundles.inventory import describe_versions
from aurad_monai.export.run_folder import RunRecord, write_run
from aurad_monai.generation.pipeline import Pipeline, Run
from aurad_monai.io.anatomy_file import read_anatomy
from aurad_monai.request.inference_cases import read_masks

FIELDS = {"steps": "num_inference_steps"}
"""Options of the command line that `Settings` calls otherwise."""


@dataclass(frozen=True)
class RenderFiles:
    """Where the masks are and the run goes.

    Args:
        mask: pathology (NIfTI).
        anatomy: its anatomy (NIfTI or label map).
        output: folder of the run.
    """

    mask: Path
    anatomy: Path
    output: Path


def render_run(
    pipeline: Pipeline,
    files: RenderFiles,
    options: Mapping[str, Any],
    bundles: Sequence[Mapping[str, Any]],
    runs_on: Mapping[str, Any] | None = None,
    keep: Mapping[str, bool] | None = None,
    timing: Mapping[str, float] | None = None,
) -> tuple[Run, RunRecord]:
    """Render and write.

    Args:
        pipeline: opened.
        files: masks and output.
        options: num, seed, prompt and spacing, and settings of sampling by the names of the command line.
        bundles: their names, versions and hashes.
        runs_on: bundle_dir, device, engine and size, for the record.
        keep: accept_all and overwrite; a mask of one's own is usually kept whatever its verdict.
        timing: seconds spent before, by stage.

    Raises:
        InputError: a file is no mask, or the folder cannot be written.
    """
    kept = {"accept_all": True, "overwrite": False} if keep is None else dict(keep)
    size = pipeline.image_size
    pathology, chest = read_masks("pathology", files.mask, size), read_anatomy(files.anatomy, size)
    run = pipeline.render(pathology, chest, **{FIELDS.get(name, name): value for name, value in options.items()})
    words = ["aurad", "render", "FILE", "--anatomy", "FILE", "--output", files.output]
    for name, value in {**options, "size": (runs_on or {}).get("size")}.items():
        words += [f"--{name}", value] if value not in (None, "") else []
    words += [f"--{name}" for name, value in kept.items() if value and keep is None]
    record = RunRecord(
        command=shlex.join(map(str, words)),
        prompt=run.cases[0].prompt,
        seed=options["seed"],
        num=options["num"],
        timing={**(timing or {}), **run.timing},
        versions=describe_versions(),
        bundles=bundles,
        options={"mask": str(files.mask), "anatomy": str(files.anatomy), **(runs_on or {}), **options, **kept},
        names={"mask": str(files.mask), "anatomy": str(files.anatomy)},
    )
    write_run(files.output, run.cases, record, **kept)
    return run, record
