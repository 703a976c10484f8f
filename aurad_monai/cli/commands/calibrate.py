# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad calibrate`: thresholds of the filter from real radiographs at a stated false-rejection rate."""

from __future__ import annotations

import json
import sys
from typing import Any

from aurad_monai.bundles import inventory
from aurad_monai.cli import values as cli_values
from aurad_monai.cli.commands.action import Action, refuse_unknown
from aurad_monai.cli.next_step import places
from aurad_monai.errors import InputError

FILTER_BUNDLE = "cxr_expert_filter"
NAMES = (
    "memorization",
    "orientation",
    "distance",
    "min_sharpness",
    "max_sharpness",
    "lungs",
    "cardiothoracic_ratio",
    "findings",
)


def calibrate(
    folder: str | None = None,
    *extra: str,
    output: str | None = None,
    criteria: str = ",".join(NAMES),
    rate: str = "0.01",
    section: str = "training",
    skip: str = "0",
    every: str = "1",
    write: str = "False",
    index: str = "False",
    only: str | None = None,
    overwrite: str = "False",
    bundle_dir: str | None = None,
    filter_bundle: str | None = None,
    debug: str = "False",
    **unknown: str,
) -> Action:
    """aurad calibrate DIR --output DIR [flags], or aurad calibrate DIR --index [flags]

    Compute thresholds that reject a stated share of real cases. DIR is a training set of real images
    (see docs/reference/training.md). The output gets thresholds.json, curves.png and run.json.
    Do not calibrate on test cases.

    --output      new folder for the output (required)
    --criteria    which, separated by commas: memorization, orientation, distance, min_sharpness, max_sharpness, lungs,
                  cardiothoracic_ratio (need an anatomy), findings (need pathology); default all
    --rate        share of real cases that each criterion may reject, 0.0001 to 0.5, default 0.01
    --section     section of the datalist, default training
    --skip        number of cases left out at the start, default 0
    --every       use every n-th case after them, default 1
    --write       write the thresholds into the bundle's configs/inference.json
    --index       instead of thresholds, index the training images of your own generator for the filter bundle:
                  models/copy_index.safetensors (memorization), models/radiograph_space.safetensors (distance)
    --only        of --index: copies or space, to build one of the two files
    --overwrite   replace an earlier output
    --bundle_dir  folder of bundles, default those of the package
    --filter_bundle  folder of one filter bundle, such as aurad train wrote, in the place of that of bundle_dir
    --debug       show the traceback of an error
    """
    refuse_unknown(calibrate, extra, unknown)
    where = places(bundle_dir, filter_bundle=filter_bundle)
    if cli_values.switch("index", index):
        folder = cli_values.text("folder", folder, "the training images of a generator", "see aurad calibrate --help")
        part = None if only is None else cli_values.one_of("only", only, ("copies", "space"))
        every_nth = cli_values.whole("every", every, 1, 10**9)
        return Action(lambda: _index(folder, section, every_nth, part, where))
    request: dict[str, Any] = {
        "folder": cli_values.text("folder", folder, "a training set of real cases", "see aurad calibrate --help"),
        "output": cli_values.text("output", output, "a new folder", "give --output DIR"),
        "criteria": _names(criteria),
        "rate": cli_values.real("rate", rate, 0.0001, 0.5),
        "section": section,
        "skip": cli_values.whole("skip", skip, 0, 10**9),
        "every": cli_values.whole("every", every, 1, 10**9),
        "write": cli_values.switch("write", write),
        "overwrite": cli_values.switch("overwrite", overwrite),
        "bundle_dir": where,
    }
    return Action(lambda: _calibrate(request))


def _index(folder: str, section: str, every: int, only: str | None, bundle_dir: inventory.Places) -> None:
    from aurad_monai.io.datalist import by_id, read_datalist

    unique = list(by_id(read_datalist(folder, section)).values())
    if not unique:
        raise InputError("folder", folder, f"cases in section {section}", "give --section NAME")
    from aurad_monai.filtering.build_index import build_index

    build_index(unique, inventory.bundle_folder(FILTER_BUNDLE, bundle_dir), every, only)


def _names(text: str) -> list[str]:
    """Fire may hand over a list in brackets; both forms name criteria by commas."""
    names = [name.strip(" '\"()[]") for name in text.split(",") if name.strip(" '\"()[]")]
    for name in names:
        if name not in NAMES:
            raise InputError("criteria", name, ", ".join(NAMES))
    return names or list(NAMES)


def _calibrate(request: dict[str, Any]) -> None:
    from aurad_monai.io.datalist import by_id, read_datalist
    from aurad_monai.io.output_folder import check_output, whole_or_nothing

    path = check_output(request["output"], request["overwrite"])
    listed = by_id(read_datalist(request["folder"], request["section"]))
    cases = list(listed.values())[request["skip"] :: request["every"]]
    if not cases:
        raise InputError("folder", request["folder"], f"cases in section {request['section']}", "lower --skip")
    root = inventory.bundle_folder(FILTER_BUNDLE, request["bundle_dir"])
    print("loading experts ...", file=sys.stderr, flush=True)
    from aurad_monai.bundles.bundle import open_bundle
    from aurad_monai.filtering import calibrate as thresholds
    from aurad_monai.filtering import threshold_curves

    bundle = open_bundle(root, device="cpu")
    names = [name for name in request["criteria"] if name != thresholds.FINDINGS]
    scores: dict[str, list[float]] = {}
    entries: dict[str, Any] = {}
    if names:
        expert, index, space = (bundle.get(name) for name in ("anatomy_expert", "copy_index", "radiograph_space"))
        scores = thresholds.measure(cases, expert, index, space, names)
        entries["thresholds"] = thresholds.image_thresholds(scores, request["rate"])
    if thresholds.FINDINGS in request["criteria"]:
        known = [case for case in cases if case.get("pathology")]
        if not known:
            raise InputError("folder", request["folder"], "cases with pathology", "leave findings out of --criteria")
        findings, marked = bundle.get("findings_expert"), bundle.get("marked_expert")
        found, _ = thresholds.finding_thresholds(known, findings, marked, request["rate"])
        entries |= found
    said = f"aurad calibrate, {len(cases)} cases of {request['section']}, {request['rate']:.2%} of real cases rejected"
    provenance = dict.fromkeys(request["criteria"], said)
    with whole_or_nothing(path) as partial:
        content = {"thresholds": entries, "provenance": provenance, "scores": scores}
        (partial / "thresholds.json").write_text(json.dumps(content, indent=2), encoding="utf-8")
        (partial / "manifest.jsonl").write_text("".join(json.dumps({"id": case["id"]}) + "\n" for case in cases))
        (partial / "run.json").write_text(json.dumps({"request": request, **inventory.describe_versions()}, indent=2))
        if any(scores.values()):
            chosen = entries["thresholds"]
            threshold_curves.draw_curves(scores, chosen, request["rate"], partial / "curves.png")
    if request["write"]:
        thresholds.write_thresholds(root / "configs" / "inference.json", entries, provenance)
    print(json.dumps(entries, indent=2))
    print(f"written {path}", flush=True)
