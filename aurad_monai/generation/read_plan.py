# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Read a plan from disk: CSV, YAML, or text with a prompt a line.

In: the file and defaults. Out: a `Plan`, or an error that names the line or entry.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from aurad_monai.errors import InputError
from aurad_monai.files import read_text
from aurad_monai.generation.distribution import draw_prompts
from aurad_monai.generation.plan import MAX_SEED, Plan, Row, derive_seed
from aurad_monai.prompts.describe import describe
from aurad_monai.prompts.parse import PromptRules, plain_prompt, understand
from aurad_monai.prompts.refusals import refusal

MAX_CASES = 10_000_000
MAX_FILE_SIZE = 256 * 2**20
COUNTS = ("accepted", "attempts", "num")
"""Columns and keys that say how many; `num`, of earlier versions, counts accepted cases."""
PLAN_KEYS = ("seed", *COUNTS, "budget", "shard_size", "prompts", "distribution", "balance")
ROW_KEYS = ("prompt", *COUNTS, "seed")
COUNT = re.compile(r"(\d{1,9})(?:\s+(accepted|attempts))?(?:\s+each)?")
COUNT_ALLOWED = "a number of cases, such as '100 accepted' or '100 attempts'"
YAML, CSV, PROMPTS = (".yaml", ".yml"), (".csv",), (".txt",)


@dataclass(frozen=True)
class Wanted:
    """A row before it has its seed; `text` is its prompt in canonical words."""

    prompt: str
    text: str
    num: int
    until_accepted: bool
    seed: int | None


@dataclass(frozen=True)
class PlanDefaults:
    """What the command line gives where the plan says nothing.

    Args:
        num: cases of a prompt, such as "100" or "100 accepted" for accepted cases, or "100 attempts".
        seed: of the plan.
        budget: attempts a wanted case.
        shard_size: cases of a shard.
        strict_prompt: refuse words that no picture shows.
        uncertain: what "possible" means: present, absent or ignore; None refuses it.
    """

    num: str = "1"
    seed: int = 0
    budget: int = 25
    shard_size: int = 16
    strict_prompt: bool = False
    uncertain: str | None = None

    @property
    def rules(self) -> PromptRules:
        """How prompts are read."""
        return PromptRules(self.strict_prompt, self.uncertain)


def read_plan(path: str | Path, defaults: PlanDefaults | None = None) -> Plan:
    """Read a plan.

    Args:
        path: CSV with columns prompt and accepted or attempts, and seed if you like; YAML
            (docs/reference/synthesis.md); or text, a prompt a line.
        defaults: for what the plan leaves open.

    Raises:
        InputError: the file cannot be read or understood, or a prompt in it cannot; with the line or the entry.
    """
    file, given = Path(path), defaults or PlanDefaults()
    text = _read_text(file)
    suffix = file.suffix.lower()
    if suffix in YAML:
        return _from_yaml(text, given)
    if suffix in CSV:
        wanted = _from_csv(text, given)
    elif suffix in PROMPTS:
        wanted = _from_prompts(text, given)
    else:
        raise InputError("plan", path, ", ".join((*CSV, *YAML, *PROMPTS)), "see docs/reference/synthesis.md")
    return _plan(wanted, given.seed, given.budget, given.shard_size)


def _read_text(path: Path) -> str:
    try:
        return read_text(path, MAX_FILE_SIZE, "utf-8-sig")
    except (OSError, ValueError) as error:
        allowed = f"a text file in UTF-8 of at most {MAX_FILE_SIZE // 2**20} MB that can be read"
        raise InputError("plan", path, allowed) from error


def _from_csv(text: str, defaults: PlanDefaults) -> list[Wanted]:
    reader = csv.DictReader(text.splitlines(), restkey="more", strict=True)
    try:
        columns = [str(name).strip() for name in reader.fieldnames or ()]
        if "prompt" not in columns or not set(COUNTS) & set(columns):
            raise InputError("plan", ", ".join(columns) or "nothing", "a CSV file with columns prompt and accepted")
        _note_num(columns)
        reader.fieldnames = columns
        return [_wanted(f"plan line {reader.line_num}", row, None, defaults) for row in reader if any(row.values())]
    except csv.Error as error:
        raise InputError(
            f"plan line {reader.line_num}", str(error), "comma-separated values, prompts in quotes"
        ) from error


def _from_prompts(text: str, defaults: PlanDefaults) -> list[Wanted]:
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1)]
    kept = [(number, line) for number, line in lines if line and not line.startswith("#")]
    return [_wanted(f"plan line {number}", {"prompt": line}, defaults.num, defaults) for number, line in kept]


class WithoutAliases(yaml.SafeLoader):
    """YAML of plain values: aliases, of which a few lines unfold to gigabytes, are refused."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """A node that is written out."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias (*name); write it out")
        return super().compose_node(parent, index)


def _from_yaml(text: str, defaults: PlanDefaults) -> Plan:
    try:
        content = yaml.load(text, WithoutAliases)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InputError("plan", " ".join(str(error).split())[:120], "valid YAML") from error
    if not isinstance(content, dict):
        raise InputError("plan", type(content).__name__, f"a mapping with some of {', '.join(PLAN_KEYS)}")
    _refuse_unknown("plan", content, PLAN_KEYS)
    if ("prompts" in content) == ("distribution" in content):
        raise InputError("plan", ", ".join(map(str, content)) or "nothing", "either prompts or distribution")
    seed = whole("seed", content.get("seed", defaults.seed), 0, MAX_SEED)
    _note_num(content)
    num = _stated("plan", content) or defaults.num
    if "prompts" in content:
        wanted = _listed(content["prompts"], num, defaults)
    else:
        count, until_accepted = _count("num", num)
        prompts = draw_prompts(content["distribution"], count, content.get("balance", ()), seed)
        wanted = [Wanted(prompt, prompt, 1, until_accepted, None) for prompt in prompts]
    budget = whole("budget", content.get("budget", defaults.budget), 1, 10_000)
    return _plan(wanted, seed, budget, whole("shard_size", content.get("shard_size", defaults.shard_size), 1, 10_000))


def _listed(entries: Any, num: str, defaults: PlanDefaults) -> list[Wanted]:
    if not isinstance(entries, list):
        raise InputError("prompts", entries, "a list of prompts, or of mappings with prompt and accepted")
    wanted = []
    for number, entry in enumerate(entries, start=1):
        row = entry if isinstance(entry, dict) else {"prompt": entry}
        _refuse_unknown(f"prompt {number} of the plan", row, ROW_KEYS)
        wanted.append(_wanted(f"prompt {number} of the plan", row, num, defaults))
    return wanted


def _wanted(place: str, row: Mapping[Any, Any], num: str | None, defaults: PlanDefaults) -> Wanted:
    """Check a row; every message starts with its place."""
    prompt = row.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        raise InputError(place, prompt, "a prompt", "put a prompt with commas in quotes")
    if row.get("more"):
        raise InputError(place, row["more"], "as many values as columns", "put a prompt with commas in quotes")
    try:
        understood = understand(prompt, defaults.rules)
        text = describe(understood.findings)
    except InputError as error:
        raise refusal(str(error.value), error.allowed, error.next_step, f"{place}: {error.argument}") from error
    count, until_accepted = _count(f"{place}: cases", _stated(place, row) or num)
    seed = row.get("seed")
    given = None if seed in (None, "") else whole(f"{place}: seed", seed, 0, MAX_SEED)
    for line in understood.lines():
        print(f"{place}: {line}", file=sys.stderr, flush=True)
    return Wanted(plain_prompt(prompt.strip(), defaults.rules), text, count, until_accepted, given)


def _stated(place: str, content: Mapping[Any, Any]) -> str | None:
    """How many cases an entry asks for, such as "100 attempts"; None where it says nothing."""
    given = {name: content[name] for name in COUNTS if content.get(name) not in (None, "")}
    if len(given) > 1:
        raise InputError(place, ", ".join(given), "accepted or attempts, not both")
    return next((str(value) if name == "num" else f"{value} {name}" for name, value in given.items()), None)


def _note_num(names: Iterable[Any]) -> None:
    if "num" in names:
        text = "num of a plan is now accepted or attempts; the next version refuses it"
        print(f"note: {text}", file=sys.stderr, flush=True)


def _count(place: str, value: object) -> tuple[int, bool]:
    """(cases, whether they are counted once accepted): the default is accepted cases."""
    match = COUNT.fullmatch(" ".join(str(value).split()))
    if match is None or int(match[1]) < 1:
        raise InputError(place, value, COUNT_ALLOWED)
    return int(match[1]), match[2] != "attempts"


def whole(place: str, value: object, lowest: int, highest: int) -> int:
    """A whole number within bounds, given as such or as digits."""
    number = int(str(value)) if re.fullmatch(r"\d{1,19}", str(value)) and not isinstance(value, bool) else None
    if number is None or not lowest <= number <= highest:
        raise InputError(place, value, f"a whole number from {lowest} to {highest}")
    return number


def _refuse_unknown(place: str, content: Mapping[Any, Any], known: Iterable[str]) -> None:
    unknown = [str(key) for key in content if key not in known]
    if unknown:
        raise InputError(place, ", ".join(unknown), ", ".join(known))


def _plan(wanted: list[Wanted], seed: int, budget: int, shard_size: int) -> Plan:
    if not wanted:
        raise InputError("plan", "nothing", "at least one prompt")
    before: Counter[str] = Counter()
    rows = []
    for row in wanted:
        own = derive_seed(seed, before[row.text]) if row.seed is None else row.seed
        before[row.text] += 1
        rows.append(Row(row.prompt, row.num, row.until_accepted, own))
    plan = Plan(tuple(rows), budget, shard_size)
    if plan.total > MAX_CASES:
        raise InputError("plan", f"{plan.total} cases", f"at most {MAX_CASES}", "split the plan")
    return plan
