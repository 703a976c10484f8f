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
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import yaml
from doit import get_var
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


def command(step: dict[str, Any]) -> list[str]:
    """The words of the step's command, with its folders."""
    text = step["command"].replace("RUNS", str(RUNS)).replace("DATA", str(Path(get_var("data") or "data").resolve()))
    first, *rest = shlex.split(text)
    return [sys.executable, *(["-m", "aurad_monai.cli.main"] if first == "aurad" else []), *rest]


def run(step: dict[str, Any]) -> bool:
    """Run the step in the clone, wherever doit is; returns whether it succeeded.

    Where no file of its own says that it is done, what it prints becomes that file. RUNS/NAME.seconds says how long
    this run of it took.
    """
    begun, printed = time.monotonic(), RUNS / f"{step['name']}.part"
    with nullcontext() if "done" in step else printed.open("wb") as stream:
        if subprocess.run(command(step), stdout=stream, cwd=ROOT, check=False).returncode:
            return False
    if "done" not in step:
        printed.replace(done(step))
    (RUNS / f"{step['name']}.seconds").write_text(f"{time.monotonic() - begun:.0f}\n", encoding="utf-8")
    return True


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
        actions: list[Any] = [(run, [step])]
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
