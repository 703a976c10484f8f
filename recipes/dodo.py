# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Measures the default weights by doit (pydoit.org): the steps of results.yaml, each run again when its input changes.

    make results DATA=DIR                                    all steps that are not up to date, hours
    doit -f recipes/dodo.py list                             the steps, nothing is run
    doit -f recipes/dodo.py data=DIR evaluation encoders     some steps and what they need

Takes prepared data (`python -m recipes.default_data`); leaves output in runs/results and tables in docs/results/*.csv.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from doit import get_var
from doit.action import CmdAction
from doit.tools import config_changed

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # doit imports this file from its folder

from recipes.result_tables import UTILITY, collect_seconds, collect_utility, write_csv  # noqa: E402

RUNS = ROOT / "runs/results"
BUNDLES = {
    "mask": "cxr_mask_latent_diffusion",
    "image": "cxr_image_latent_diffusion",
    "filter": "cxr_expert_filter",
}
STEPS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "results.yaml").read_text(encoding="utf-8"))
TAKEN = re.compile(r"(?<!--output )(?<!--output_dir )RUNS/(\w+)")
DOIT_CONFIG = {"backend": "json", "dep_file": str(RUNS / "doit.json"), "verbosity": 2}
RUNS.mkdir(parents=True, exist_ok=True)


def command(step: dict[str, Any]) -> str:
    """The step's command line with its folders; what it prints goes to RUNS/NAME.txt where that says it is done."""
    text = step["command"].replace("RUNS", str(RUNS)).replace("DATA", str(Path(get_var("data") or "data").resolve()))
    words = shlex.split(text)
    module = ["-m", "aurad_monai.cli.main", *words[1:]] if words[0] == "aurad" else words[1:]
    line = shlex.join([sys.executable, *module])
    return (
        line if "done" in step else f"{line} > {shlex.quote(str(done(step)))}.part && mv {done(step)}.part {done(step)}"
    )


def timed(step: dict[str, Any]) -> str:
    """The command, after which RUNS/NAME.seconds says how long this run of it took; `doit` reads %% as %."""
    seconds = shlex.quote(str(RUNS / f"{step['name']}.seconds"))
    return f"begun=$(date +%%s) && {{ {command(step)}; }} && echo $(($(date +%%s) - begun)) > {seconds}"


def done(step: dict[str, Any]) -> Path:
    """The file that says a step was done."""
    return RUNS / step.get("done", f"{step['name']}.txt")


def needed(step: dict[str, Any]) -> list[str]:
    """Weights and configs of its bundles, files its command names, and output of the steps whose folder it takes."""
    files: list[Path] = []
    for name in step["uses"]:
        short, _, file = name.partition("/")
        folder = ROOT / "bundles" / BUNDLES[short]
        files += [folder / file] if file else [*(folder / "models").glob("*"), folder / "configs/inference.json"]
    files += [ROOT / path for path in re.findall(r"(?:bundles|recipes)/[\w./]+\.(?:json|yaml)", step["command"])]
    taken = {name.split(".")[0] for name in TAKEN.findall(step["command"])}
    files += [done(other) for other in STEPS if other["name"] in taken]
    return sorted(map(str, set(files)))


def task_measure() -> Iterator[dict[str, Any]]:
    """One task a step."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    for step in STEPS:
        # The paths of commands are below the clone, and doit works in the folder of this file.
        actions: list[Any] = [CmdAction(timed(step), cwd=str(ROOT))]
        if name := step.get("csv", step["name"]):
            table = RUNS / step.get("table", done(step).relative_to(RUNS))
            actions.append((write_csv, [table, ROOT / f"docs/results/{name}.csv"]))
        yield {
            "basename": step["name"],
            "doc": step["title"],
            "actions": actions,
            "file_dep": needed(step),
            "targets": [str(done(step))],
            "uptodate": [config_changed(step["command"])],
        }


def task_utility() -> dict[str, Any]:
    """Utility tables, collected."""
    return {
        "doc": "Utility of all tasks, as four tables",
        "actions": [(collect_utility, [RUNS, ROOT / "docs/results"])],
        "file_dep": [str(RUNS / f"utility_{task}/table.md") for task in UTILITY],
        "targets": [str(ROOT / "docs/results/utility.csv")],
    }


def task_cost() -> dict[str, Any]:
    """Seconds of each step that was run, and of all."""
    return {
        "doc": "Seconds of each step",
        "actions": [
            (collect_seconds, [[step["name"] for step in STEPS], RUNS, ROOT / "docs/results/results_cost.csv"])
        ],
        "task_dep": [step["name"] for step in STEPS],
    }
