# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad prepare`: convert a dataset of radiographs into a training set with pseudo masks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from aurad_monai.bundles import inventory
from aurad_monai.cli import values as cli_values
from aurad_monai.cli.commands.action import Action, refuse_unknown
from aurad_monai.cli.next_step import say_next
from aurad_monai.datasets.sources import SOURCES
from aurad_monai.errors import InputError
from aurad_monai.plugins import as_help

if TYPE_CHECKING:
    from aurad_monai.datasets.prepare import Settings

MAX_WORKERS = 64


def prepare(
    source: str | None = None,
    *extra: str,
    root: str | None = None,
    output: str | None = None,
    size: str = "256",
    val_share: str = "0.1",
    chexmask: str = "",
    limit: str = "0",
    anatomy_expert: str = "built_in",
    findings_expert: str = "built_in",
    findings_by_experts: str = "False",
    gate: str = "drop",
    uncertain: str = "ignore",
    batch_size: str = "8",
    workers: str = "2",
    device: str | None = None,
    bundle_dir: str | None = None,
    debug: str = "False",
    **unknown: str,
) -> Action:
    """aurad prepare SOURCE --root DIR --output DIR [flags]

    Convert radiographs into a training set: anatomy, pathology, findings and prompt of each, split by patient.

    SOURCE            one of those listed below
    --root            folder of the unpacked source (required)
    --output          new folder for the output, or one to resume (required)
    --size            edge of the frame in pixels, a multiple of 8 from 64 to 2048, default 256
    --val_share       share of patients for validation, 0 to 0.9, default 0.1
    --chexmask        table of CheXmask with lung and heart masks
    --limit           only the first N radiographs, default all
    --anatomy_expert  segmentation network: built_in or pspnet, default built_in
    --findings_expert findings network: built_in, densenet121-res224-... or resnet50-res512-all, default built_in
    --findings_by_experts
                      findings that no label speaks of are those the built-in findings expert is sure of, at a threshold
                      of stated precision; without it, radiographs without labels get their anatomy only
    --gate            radiographs that are no upright frontal chest film of an adult: drop them, or flag them and keep
                      those in which two lungs are found, default drop
    --uncertain       what "possible" in reports means: present, absent or ignore (unknown), default ignore
    --batch_size      radiographs in one forward pass of the experts, 1 to 256, default 8
    --workers         processes that decode images, 0 to 64, default 2
    --device          cpu, cuda, cuda:N or mps, default the fastest available
    --bundle_dir      folder of bundles, default those of the package
    --debug           show the traceback of an error

    SOURCE is one of
    """
    refuse_unknown(prepare, extra, unknown)
    chosen = cli_values.text("source", source, ", ".join(SOURCES), "see aurad prepare --help")
    if chosen not in SOURCES:
        raise InputError("source", chosen, ", ".join(SOURCES), "see aurad prepare --help")
    folder = Path(cli_values.text("root", root, "the folder of the source", "give --root DIR"))
    target = cli_values.text("output", output, "a folder", "give --output DIR")
    edge = cli_values.whole("size", size, 64, 2048)
    if edge % 8:
        raise InputError("size", edge, "a multiple of 8", "the default networks want 256")
    share = cli_values.real("val_share", val_share, 0, 0.9)
    most = cli_values.whole("limit", limit, 0, 10**9)
    batch = cli_values.whole("batch_size", batch_size, 1, 256)
    processes = cli_values.whole("workers", workers, 0, MAX_WORKERS)
    where = cli_values.device(device)
    by_experts = cli_values.switch("findings_by_experts", findings_by_experts)
    if by_experts and findings_expert != "built_in":
        allowed = "the built-in findings expert, whose precision is known"
        raise InputError("findings_by_experts", findings_expert, allowed, "leave --findings_expert out")
    odd = cli_values.one_of("gate", gate, ("drop", "flag"))
    doubt = cli_values.one_of("uncertain", uncertain, cli_values.UNCERTAIN)

    def run() -> None:
        if not folder.is_dir():
            raise InputError("root", folder, "an existing folder", "give --root DIR")
        from aurad_monai.datasets.prepare import Settings

        experts = (anatomy_expert, findings_expert, by_experts, odd, doubt)
        settings = Settings(chosen, str(folder.resolve()), edge, share, chexmask, most, *experts)
        _prepare(settings, Path(target), batch, processes, where, bundle_dir)

    return Action(run)


prepare.__doc__ = f"{str(prepare.__doc__).rstrip()}\n{as_help(SOURCES)}"


def _prepare(
    settings: Settings, output: Path, batch_size: int, workers: int, device: str | None, bundle_dir: str | None
) -> None:
    print("loading experts ...", file=sys.stderr, flush=True)
    import torch

    from aurad_monai.datasets.experts import Experts
    from aurad_monai.datasets.prepare import prepare
    from aurad_monai.datasets.summary import read_passed_over, said, summarize, write_report

    chosen = device or ("cuda" if torch.cuda.is_available() else "cpu")
    bundle = inventory.bundles_root(bundle_dir) / "cxr_expert_filter"
    experts = Experts.from_bundle(bundle, chosen, settings.anatomy_expert, settings.findings_expert)
    if settings.findings_by_experts and not experts.sure:
        allowed = "a filter bundle whose findings expert has thresholds of stated precision"
        raise InputError("findings_by_experts", bundle, allowed, "leave --findings_by_experts out")
    lines = prepare(settings, output, experts, batch_size, workers)
    counts = summarize(lines, experts.sure, read_passed_over(output))
    report = write_report(output, lines, counts)
    print(f"used {counts['used']} of {counts['radiographs']}, {counts['with_pathology']} with known pathology")
    for line in said(counts):
        print(line)
    print(f"bytes a case {counts['bytes_a_case']}, expert seconds a case {counts['expert_seconds_a_case']}")
    print(f"datalist {output / 'datalist.json'}\nreport   {report}", flush=True)
    if counts["used"]:
        trained = output.with_name(f"{output.name}-image")
        say_next("train", output, "--bundle", "image", "--from_defaults", "--output", trained)
