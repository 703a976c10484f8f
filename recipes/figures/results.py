# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Rebuild docs/results/evaluation.md from the default weights: run what is missing, write every table and its command.

    python -m recipes.figures.results --data DATA [--only NAME,NAME] [--write_only]

The sections and their commands are listed in recipes/figures/results_steps.yaml. DATA holds cxr, lungs, masks and
pairs as
`python -m recipes.default_data` wrote them. A step leaves its output in runs/results/NAME-IDENTITY and is skipped
where it did. The identity follows from its command, the weights and configs that it uses, and the steps whose output it
takes: with other image weights only what uses them runs again. Each step can be stopped, and goes on or is made anew.
As many steps run side by side as there are cores, at most two. What each took is kept in
recipes/figures/results_costs.json,
by which the time of all is told before. `--only` runs some of the steps; `--write_only` none.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import fire
import yaml

from aurad_monai.bundles import inventory
from aurad_monai.errors import InputError
from aurad_monai.files import sha256
from aurad_monai.generation.pipeline import FILTER_BUNDLE, IMAGE_BUNDLE, MASK_BUNDLE

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "results" / "evaluation.md"
STEPS = Path(__file__).parent / "results_steps.yaml"
COSTS = Path(__file__).parent / "results_costs.json"
BUNDLES = {"mask": MASK_BUNDLE, "image": IMAGE_BUNDLE, "filter": FILTER_BUNDLE}
MOST_AT_ONCE = 2
TAKEN = re.compile(r"(?<!--output )(?<!--output_dir )RUNS/(\w+)")


@dataclass(frozen=True)
class Step:
    """One command, as results_steps.yaml says of each field."""

    name: str
    title: str
    command: str
    done: str = ""
    table: str = ""
    note: str = ""
    uses: Sequence[str] = tuple(BUNDLES)
    alone: bool = False
    takes: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "done", self.done or f"{self.name}.txt")
        object.__setattr__(self, "table", self.table or self.done)
        object.__setattr__(self, "takes", tuple(sorted(set(TAKEN.findall(self.command)))))


def read_steps() -> list[Step]:
    """All steps in order."""
    return [Step(**entry) for entry in yaml.safe_load(STEPS.read_text(encoding="utf-8"))]


@cache
def hashes(root: Path) -> dict[str, str]:
    """sha256 of every weight and config of the bundles below `root`, by its path there."""
    described = inventory.describe_bundles(root / "bundles")
    return {
        f"bundles/{bundle['name']}/{file}": digest
        for bundle in described
        for kind in ("weights", "configs")
        for file, digest in bundle[kind].items()
    }


def used(step: Step, root: Path = ROOT) -> dict[str, str]:
    """sha256 of what a step uses: see `uses` in results_steps.yaml; and of the configs and plans its command names."""
    known, found = hashes(root), {}
    for name in step.uses:
        short, _, file = name.partition("/")
        folder = f"bundles/{BUNDLES.get(short, short)}"
        chosen = [f"{folder}/{file}"] if file else [path for path in known if path.startswith(f"{folder}/models/")]
        chosen += [] if file else [f"{folder}/configs/inference.json"]
        if missing := [path for path in chosen if path not in known] or not chosen:
            raise InputError(f"uses of {step.name}", missing or name, f"{', '.join(BUNDLES)} or a file of one")
        found.update({path: known[path] for path in chosen})
    for path in re.findall(r"(?:bundles|recipes)/[\w./]+\.(?:json|yaml)", step.command):
        found[path] = known.get(path) or sha256(root / path)
    return dict(sorted(found.items()))


def identities(steps: Sequence[Step], root: Path = ROOT) -> dict[str, str]:
    """Of every step, in a few letters: another one means that it runs again. Threads change no figure."""
    found: dict[str, str] = {}
    for step in steps:
        content = (re.sub(r" --threads \d+", "", step.command), used(step, root), [found[name] for name in step.takes])
        found[step.name] = hashlib.sha256(repr(content).encode()).hexdigest()[:12]
    return found


@dataclass(frozen=True)
class Place:
    """Where the steps leave what they make: a folder a step and identity."""

    runs: Path
    identity: Mapping[str, str]

    def folder(self, name: str) -> Path:
        """Of a step as it is now."""
        return self.runs / f"{name}-{self.identity[name]}"

    def done(self, step: Step) -> bool:
        """Whether it ran to its end with what it uses now."""
        return (self.folder(step.name) / step.done).is_file()

    def latest(self, step: Step) -> Path | None:
        """Its folder, or else the one of the last time that it ran with other weights or another command."""
        if self.done(step):
            return self.folder(step.name)
        earlier = [path for path in self.runs.glob(f"{step.name}-*") if (path / step.done).is_file()]
        return max(earlier, key=lambda path: (path / step.done).stat().st_mtime, default=None)

    def filled(self, text: str, data: str) -> str:
        """A command with folders for DATA and RUNS."""
        text = re.sub(r"RUNS/(\w+)", lambda match: str(self.folder(match[1]) / match[1]), text)
        return text.replace("DATA", data)


def run(step: Step, data: str, place: Place, cores: int) -> None:
    """Run one step and keep what it prints and the seconds it took, tries that failed among them.

    Seconds are those of a processor, so that what else the machine does counts for nothing; of a step that runs alone,
    and may use all cores, those of a clock.
    """
    folder = place.folder(step.name)
    folder.mkdir(parents=True, exist_ok=True)
    words = shlex.split(place.filled(step.command, data))
    words = (
        [sys.executable, "-m", "aurad_monai.cli.main", *words[1:]]
        if words[0] == "aurad"
        else [sys.executable, *words[1:]]
    )
    if step.name == "set" and (folder / "set" / "plan.json").is_file():
        words.append("--resume")
    print(shlex.join(words), flush=True)
    record, printed, start = folder / "step.json", folder / "printed.txt", time.monotonic()
    before = json.loads(record.read_text(encoding="utf-8")).get("seconds", 0) if record.is_file() else 0
    environment = {**os.environ, "OMP_NUM_THREADS": str(cores if step.alone else 1)}
    with printed.open("w", encoding="utf-8") as told, (folder / "log.txt").open("a", encoding="utf-8") as log:
        process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=told, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start if step.alone else usage.ru_utime + usage.ru_stime
    content = {"command": step.command, "uses": used(step), "seconds": round(before + seconds, 1)}
    record.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    if status:
        raise InputError("only", step.name, "a step that runs to its end", f"see {folder / 'log.txt'}")
    if step.done.endswith(".txt"):
        printed.replace(folder / step.done)


def read_costs(kind: str = "") -> dict[str, float]:
    """Seconds of every step: `measured` when it last ran to its end anywhere, else `scaled` up from a part of it."""
    costs = json.loads(COSTS.read_text(encoding="utf-8"))
    return dict(costs[kind] if kind else costs["scaled"] | costs["measured"])


def next_step(waiting: Sequence[Step], running: Sequence[Step], costs: Mapping[str, float], cores: int) -> Step | None:
    """What can begin: the one with the longest way to the end; None where nothing can before something ends.

    Args:
        waiting: steps not yet begun.
        running: steps begun and not yet ended.
        costs: seconds by name.
        cores: steps at once, at most.
    """
    if len(running) >= cores or any(step.alone for step in running):
        return None
    open_ = {step.name for step in (*waiting, *running)}
    ready = [step for step in waiting if not open_ & set(step.takes) and not (step.alone and running)]

    def way(step: Step) -> float:
        after = [way(other) for other in waiting if step.name in other.takes]
        return costs.get(step.name, 0.0) + max(after, default=0.0)

    return max(ready, key=lambda step: (not step.alone, way(step)), default=None)


def expected(steps: Sequence[Step], costs: Mapping[str, float], cores: int) -> float:
    """Seconds from begin to end of these steps, begun as `run_all` does."""
    waiting, ends, clock = list(steps), [], 0.0
    while waiting or ends:
        while step := next_step(waiting, [step for _, step in ends], costs, cores):
            waiting.remove(step)
            ends.append((clock + costs.get(step.name, 0.0), step))
        ends.sort(key=lambda end: end[0])
        clock = ends.pop(0)[0]
    return clock


def keep_costs(steps: Sequence[Step], place: Place) -> None:
    """Take over the seconds of all steps that are done here."""
    measured, scaled = read_costs("measured"), read_costs("scaled")
    for step in steps:
        record = place.folder(step.name) / "step.json"
        if place.done(step) and record.is_file():
            told = json.loads(record.read_text(encoding="utf-8"))
            if "seconds" in told:
                measured[step.name] = told["seconds"]
    costs = {"measured": measured, "scaled": {name: x for name, x in scaled.items() if name not in measured}}
    COSTS.write_text(json.dumps(costs, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def with_taken(chosen: Collection[str], steps: Sequence[Step], place: Place) -> list[Step]:
    """Those of the chosen that are not done, and those that they need and that are not done."""
    names = set(chosen)
    for step in reversed(steps):
        names |= set(step.takes) if step.name in names and not place.done(step) else set()
    return [step for step in steps if step.name in names and not place.done(step)]


def run_all(steps: Sequence[Step], data: str, place: Place, cores: int) -> None:
    """Run all, side by side where they can; the first that fails ends it after those that run beside it."""
    waiting, costs = list(steps), read_costs()
    running: dict[Future[None], Step] = {}
    with ThreadPoolExecutor(cores) as pool:
        while waiting or running:
            while step := next_step(waiting, list(running.values()), costs, cores):
                waiting.remove(step)
                running[pool.submit(run, step, data, place, cores)] = step
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                del running[future]
                future.result()


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


def section(step: Step, place: Place) -> list[str]:
    """What the page says of a step."""
    lines, command, folder = [f"## {step.title}", ""], step.command, place.latest(step)
    if folder is None:
        lines += ["Not run yet.", ""]
    elif Path(step.table).suffix in (".md", ".txt", ".json"):
        lines += [*shown(folder / step.table), ""]
    if folder is not None and not place.done(step):
        command = json.loads((folder / "step.json").read_text(encoding="utf-8"))["command"]
        lines += ["**Of earlier weights or another command; not run again yet.**", ""]
    lines += [step.note, ""] if step.note else []
    return [*lines, "```bash", command, "```", ""]


def hours(seconds: float) -> str:
    """For the eye."""
    return f"{seconds / 3600:.1f} hours" if seconds >= 3600 else f"{seconds / 60:.1f} minutes"


def time_of(steps: Collection[Step], costs: Mapping[str, float], cores: int) -> str:
    """How long so many steps take, and of how many nobody knows."""
    unknown = [step.name for step in steps if step.name not in costs]
    tail = f"; {len(unknown)} of them, whose time is not known yet, are not counted" if unknown else ""
    length = hours(expected(list(steps), costs, cores))
    return f"{len(steps)} steps, about {length} on {cores} core{'s' * (cores > 1)}{tail}"


def page(steps: Sequence[Step], place: Place) -> str:
    """The whole of it."""
    costs, scaled = read_costs(), read_costs("scaled")
    lines = [
        "# Evaluation of the default weights",
        "",
        "`DATA` and `RUNS` stand for the folders of prepared data and of results. All of it: `make results`,",
        f"{time_of(steps, costs, MOST_AT_ONCE)}.",
        "",
    ]
    for step in steps:
        lines += section(step, place)
    lines += ["## What each step takes", ""]
    lines += [
        "Seconds of a processor; of a step that runs alone, of a clock. Steps marked so have not run to their end",
        "",
    ]
    lines[-2] += " as they are now: what a part of them, or the same with other weights, took is scaled up."
    lines += ["| step | seconds |", "| --- | --- |"]
    for step in steps:
        mark = ", scaled up" if step.name in scaled else ""
        lines.append(f"| {step.name} | {f'{costs[step.name]:.0f}{mark}' if step.name in costs else 'not known'} |")
    return "\n".join(lines).rstrip() + "\n"


def main(
    data: str, only: str | tuple[str, ...] = "", write_only: bool = False, output: str = "", cores: int = 0
) -> None:
    """Say how long it takes, run, write."""
    names = [name for name in (only.split(",") if isinstance(only, str) else only) if name]
    steps = read_steps()
    if unknown := set(names) - {step.name for step in steps}:
        raise InputError("only", ", ".join(sorted(unknown)), ", ".join(step.name for step in steps))
    place = Place(Path(output or ROOT / "runs" / "results").resolve(), identities(steps))
    cores = cores or min(MOST_AT_ONCE, len(os.sched_getaffinity(0)))
    keep_costs(steps, place)
    chosen = [] if write_only else with_taken(names or place.identity, steps, place)
    print(
        f"{time_of(chosen, read_costs(), cores)}; {len(steps) - len(chosen)} others are done or not asked for",
        flush=True,
    )
    try:
        run_all(chosen, str(Path(data).resolve()), place, cores)
    finally:
        keep_costs(steps, place)
        PAGE.write_text(page(steps, place), encoding="utf-8")
    print(PAGE)


if __name__ == "__main__":
    fire.Fire(main)
