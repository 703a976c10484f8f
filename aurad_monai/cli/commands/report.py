# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""How a verb that attempts cases ends: the run folder is written, and the user is told what is in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aurad_monai.export.run_folder import RunRecord, acceptance_rate, write_run
from aurad_monai.filtering.not_judged import Counts

if TYPE_CHECKING:
    from aurad_monai.generation.pipeline import Run


def write_and_report(
    output: str, run: Run, record: RunRecord, accept_all: bool, overwrite: bool, masks_only: bool = False
) -> None:
    """Write a run into `output` and report it."""
    report(write_run(output, run.cases, record, accept_all=accept_all, overwrite=overwrite), run, record, masks_only)


def report(folder: Path, run: Run, record: RunRecord, masks_only: bool = False) -> None:
    """Print acceptance, what was not judged, seconds by stage, and where to look in the folder of a run."""
    accepted = sum(case.accepted for case in run.cases)
    print(f"accepted {accepted} of {len(run.cases)} ({acceptance_rate(run.cases):.0%})")
    for line in Counts.of(run.cases).lines():
        print(line)
    if masks_only:
        print("not judged  any radiograph: masks only were asked for")
    print("seconds  " + ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in record.timing.items()))
    if accepted < len(run.cases):
        print(f"rejected cases and their reasons: {folder / 'manifest.jsonl'}")
    print(f"overview {folder / 'overview.png'}", flush=True)
