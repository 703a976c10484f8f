# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Rebuild docs/results/evaluation.md from the default weights: run what is missing, write every table and its command.

    python benchmarks/results.py --data DATA [--only NAME,NAME] [--write_only]

The sections and their commands are listed in benchmarks/results_steps.yaml. DATA holds cxr, lungs, masks and pairs as
`python -m aurad_monai.default_data` wrote them. Each step leaves its output in runs/results-HASH, HASH being that of
the default weights, and is skipped where it did; each can itself be stopped, and goes on or is made anew. With other
weights everything is made anew. `--only` runs some of the steps; `--write_only` none.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fire
import yaml

from aurad_monai import inventory
from aurad_monai.errors import InputError

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "results" / "evaluation.md"


STEPS = ROOT / "benchmarks" / "results_steps.yaml"


@dataclass(frozen=True)
class Step:
    """One command, as results_steps.yaml says of each field."""

    name: str
    title: str
    command: str
    done: str = ""
    table: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "done", self.done or f"{self.name}.txt")
        object.__setattr__(self, "table", self.table or self.done)


def read_steps() -> list[Step]:
    """All steps in order."""
    return [Step(**entry) for entry in yaml.safe_load(STEPS.read_text(encoding="utf-8"))]


def weights_hash() -> str:
    """Of all default weights, in a few letters."""
    digests = [bundle["weights"] for bundle in inventory.describe_bundles()]
    return hashlib.sha256(repr(digests).encode()).hexdigest()[:12]


def run(step: Step, data: str, runs: Path) -> None:
    """Run one step where it was not done; what it prints is kept."""
    if (runs / step.done).is_file():
        return
    words = shlex.split(step.command.replace("DATA", data).replace("RUNS", str(runs)))
    words = (
        [sys.executable, "-m", "aurad_monai.cli", *words[1:]] if words[0] == "aurad" else [sys.executable, *words[1:]]
    )
    if step.name == "set" and (runs / "set" / "plan.json").is_file():
        words.append("--resume")
    print(shlex.join(words), flush=True)
    done = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    if step.done.endswith(".txt"):
        (runs / step.done).write_text(done.stdout, encoding="utf-8")


def accepted(found: dict[str, Any]) -> list[str]:
    """How many attempts of each prompt the experts accepted, as a table."""
    rows = [*found["prompts"], {"prompt": "all", **{name: found[name] for name in ("attempts", "accepted")}}]
    counts = [(row["prompt"], row["attempts"], row["accepted"]) for row in rows]
    cells = [f"| {prompt} | {all_} | {kept} ({kept / all_:.0%}) |" for prompt, all_, kept in counts]
    return ["| prompt | attempts | accepted |", "| --- | --- | --- |", *cells]


def flat(content: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every figure of nested JSON with its way there; a list of numbers is one figure, entries with a name go by it."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from flat(value, f"{path}, {key}" if path else key)
    elif isinstance(content, list) and any(isinstance(item, dict) for item in content):
        for number, item in enumerate(content):
            name = item.get("name", number)
            yield from flat({key: value for key, value in item.items() if key != "name"}, f"{path}, {name}")
    else:
        numbers = content if isinstance(content, list) else [content]
        yield path, " to ".join(f"{x:.4g}" if isinstance(x, float) else str(x) for x in numbers)


def shown(path: Path) -> list[str]:
    """A file as Markdown: its text without title and command, or a table of its figures."""
    text = path.read_text(encoding="utf-8")
    if path.suffix in (".md", ".txt"):
        body = re.sub(r"^# .*\n+", "", text).split("```bash")[0].strip()
        return [re.sub(r"^## ", "### ", body, flags=re.MULTILINE)]
    content = json.loads(text)
    if path.name == "report.json":
        return accepted(content)
    return [
        "| figure | value |",
        "| --- | --- |",
        *(f"| {name.replace('_', ' ')} | {x} |" for name, x in flat(content)),
    ]


def section(step: Step, runs: Path) -> list[str]:
    """What the page says of a step."""
    lines = [f"## {step.title}", ""]
    if not (runs / step.done).exists():
        lines += ["Not run yet.", ""]
    elif Path(step.table).suffix in (".md", ".txt", ".json"):
        lines += [*shown(runs / step.table), ""]
    lines += [step.note, ""] if step.note else []
    return [*lines, "```bash", step.command, "```", ""]


def main(data: str, only: str | tuple[str, ...] = "", write_only: bool = False, output: str = "") -> None:
    """Run and write."""
    runs = Path(output or ROOT / "runs" / f"results-{weights_hash()}").resolve()
    runs.mkdir(parents=True, exist_ok=True)
    names = [name for name in (only.split(",") if isinstance(only, str) else only) if name]
    steps = read_steps()
    if unknown := set(names) - {step.name for step in steps}:
        raise InputError("only", ", ".join(sorted(unknown)), ", ".join(step.name for step in steps))
    for step in [] if write_only else steps:
        if not names or step.name in names:
            run(step, str(Path(data).resolve()), runs)
    lines = [
        "# Evaluation of the default weights",
        "",
        f"Weights {weights_hash()} (sha256 over `aurad info`'s hashes).",
    ]
    lines += ["`DATA` and `RUNS` stand for the folders of prepared data and of results. All of it: `make results`.", ""]
    for step in steps:
        lines += section(step, runs)
    PAGE.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    print(PAGE)


if __name__ == "__main__":
    fire.Fire(main)
