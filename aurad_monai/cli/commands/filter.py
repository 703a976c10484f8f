# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad filter`: run the expert filter on existing radiographs, with their masks and prompts."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aurad_monai.bundles import inventory
from aurad_monai.cli import values as cli_values
from aurad_monai.cli.commands.action import Action, refuse_unknown
from aurad_monai.cli.next_step import FILTER, IMAGE, flags, places, say_next
from aurad_monai.errors import InputError

if TYPE_CHECKING:
    from aurad_monai.filtering.verdict import ExpertFilter

SELF_TEST_FILES = ("self_test.json", "self_test.md")


def filter(
    folder: str | None = None,
    *extra: str,
    output: str | None = None,
    device: str | None = None,
    batch_size: str = "8",
    strict: str = "False",
    self_test: str = "False",
    train: str | None = None,
    max_cases: str = "100",
    overwrite: str = "False",
    bundle_dir: str | None = None,
    image_bundle: str | None = None,
    filter_bundle: str | None = None,
    debug: str = "False",
    **unknown: str,
) -> Action:
    """aurad filter DIR --output DIR [flags]

    Accept or reject each radiograph of a folder or a run of aurad generate, with reasons. DIR is not changed.

    DIR holds images/ID (PNG, JPEG, DICOM, NIfTI; or the files directly) and, where known, anatomy/ID.nii.gz or
    ID.png, pathology/ID.nii.gz or ID/FINDING.png, and prompts.csv with the columns id and prompt.
    --self_test takes a folder with datalist.json too, as FOLDER, FOLDER:SECTION or FOLDER:SECTION:KIND,KIND.
    The output gets manifest.jsonl (every result of every case), report.html (to look at, offline) and run.json.

    --output       new folder for the output (required)
    --device       cpu, cuda, cuda:N or mps, default cpu
    --batch_size   images in one forward pass of the experts, 1 to 256, default 8
    --strict       reject cases with a finding that is not judged (see aurad info)
    --self_test    DIR holds real cases: corrupt each (another prompt, mask or anatomy; mirrored, blurred, inverted
                   and more) and report how many are rejected, as self_test.md and self_test.json
    --train        of --self_test: training images of the generator, copies of which must be rejected
    --max_cases    of --self_test: cases of each corruption, default 100
    --overwrite    replace an earlier report in the output folder
    --bundle_dir   folder of bundles, default those of the package
    --image_bundle folder of the generator, such as aurad train wrote: copies of its training images are looked for too
    --filter_bundle folder of one filter bundle, such as aurad train wrote, in the place of that of bundle_dir
    --debug        show the traceback of an error
    """
    refuse_unknown(filter, extra, unknown)
    given = cli_values.text("folder", folder, "a folder with radiographs", "see aurad filter --help")
    target = cli_values.text("output", output, "a new folder", "give --output DIR")
    where = cli_values.device(device) or "cpu"
    size = cli_values.whole("batch_size", batch_size, 1, 256)
    where_bundles = places(bundle_dir, image_bundle=image_bundle, filter_bundle=filter_bundle)
    replace = cli_values.switch("overwrite", overwrite)
    if cli_values.switch("self_test", self_test):
        count = cli_values.whole("max_cases", max_cases, 1, 10_000_000)
        copied = None if train is None else cli_values.text("train", train, "training images", "give --train SET")
        return Action(lambda: _self_test(given, copied, count, target, where, replace, where_bundles))
    if train is not None:
        raise InputError("train", train, "--train with --self_test", "give --self_test")
    demanding = cli_values.switch("strict", strict)
    return Action(lambda: _filter(given, target, where, size, demanding, replace, where_bundles))


def _filter(
    folder: str, output: str, device: str, batch_size: int, strict: bool, overwrite: bool, bundle_dir: inventory.Places
) -> None:
    """Check what is cheap to check, then load the experts, judge and write."""
    from aurad_monai.io.case_folder import CaseFolder
    from aurad_monai.io.output_folder import check_output

    check_output(output, overwrite)
    cases = CaseFolder(folder)
    root = inventory.bundle_folder(FILTER, bundle_dir)
    print("loading experts ...", file=sys.stderr, flush=True)
    from aurad_monai.filtering.filter_run import filter_cases  # torch and MONAI are only paid for from here on
    from aurad_monai.filtering.not_judged import Counts
    from aurad_monai.filtering.verdict import FilterRun
    from aurad_monai.filtering.write_report import write_report

    expert_filter = _open_filter(root, device, bundle_dir)
    run = FilterRun(strict=strict)
    judged = filter_cases(cases, expert_filter, batch_size, run=run)
    words = ["aurad", "filter", folder, "--output", output, "--device", device, "--batch_size", str(batch_size)]
    words += ["--strict"] if strict else []
    words += flags(bundle_dir)
    bundles = [item for item in inventory.describe_bundles(bundle_dir) if _is_used(item)]
    record = {"command": shlex.join(words), "versions": inventory.describe_versions(), "bundles": bundles}
    path = write_report(output, Path(folder).name or folder, judged, run.seconds, record, overwrite)
    accepted = sum(item.case.accepted for item in judged)
    print(f"accepted {accepted} of {len(judged)} ({accepted / len(judged):.0%})")
    for line in Counts.of(item.case for item in judged).lines():
        print(line)
    print(f"report {path / 'report.html'}", flush=True)
    if accepted and (Path(folder) / "manifest.jsonl").is_file():  # a run, which export reads
        say_next("export", folder, "--format", "monai")


def _open_filter(root: Path, device: str, bundle_dir: inventory.Places) -> ExpertFilter:
    """The filter, which knows the training images of a generator that brings an index of them."""
    import torch

    from aurad_monai.bundles.bundle import open_bundle

    expert_filter: ExpertFilter = open_bundle(root, device=torch.device(device)).get("filter")
    if generator := inventory.bundle_folders(bundle_dir).get(IMAGE):
        expert_filter.know_generator(generator)
    return expert_filter


def _is_used(bundle: Mapping[str, Any]) -> bool:
    """Whether a described bundle has a part in verdicts: the filter, or a generator that brings its training images."""
    return bundle["name"] == FILTER or bundle["name"] == IMAGE and f"models/{inventory.COPY_INDEX}" in bundle["weights"]


def _self_test(
    folder: str,
    train: str | None,
    max_cases: int,
    output: str,
    device: str,
    overwrite: bool,
    bundle_dir: inventory.Places,
) -> None:
    """Judge real cases unchanged and with each planted fault, print and write the table."""
    from aurad_monai.io.case_set import open_cases
    from aurad_monai.io.output_folder import check_output, whole_or_nothing

    path = check_output(output, overwrite, SELF_TEST_FILES)
    cases, training = open_cases(folder), open_cases(train, "training") if train else None
    print("loading experts ...", file=sys.stderr, flush=True)
    from aurad_monai.filtering.self_test import HEADER, FaultRow, as_json, self_test

    expert_filter = _open_filter(inventory.bundle_folder(FILTER, bundle_dir), device, bundle_dir)
    lines = [f"| {' | '.join(cells)} |" for cells in (HEADER, ["---"] * len(HEADER))]
    print("\n".join(lines), flush=True)
    rows: list[FaultRow] = []
    for row in self_test(cases, expert_filter, training, max_cases):
        rows.append(row)
        lines.append(f"| {' | '.join(row.cells())} |")
        print(lines[-1], flush=True)
    words = ["aurad", "filter", folder, "--self_test", "--max_cases", str(max_cases), "--output", output]
    words += ["--train", train] if train else []
    words += flags(bundle_dir)
    record = {"command": shlex.join(words), "versions": inventory.describe_versions(), "rows": as_json(rows)}
    with whole_or_nothing(path) as partial:
        (partial / SELF_TEST_FILES[0]).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        (partial / SELF_TEST_FILES[1]).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"report {path / SELF_TEST_FILES[1]}", flush=True)
