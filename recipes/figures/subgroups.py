# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Does the system serve every patient alike: acceptance by sex, age and view, for the same prompts, chests and noise.

python -m recipes.figures.subgroups [--num 8] [--steps 10] [--findings PROMPT ...] [--output docs/results/subgroups.md]

Every subgroup gets the same findings and seeds; only the words for the patient and the view differ. What differs in the
result is therefore the subgroup's doing, up to the width of the intervals.
"""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from aurad_monai.case import Case
from aurad_monai.generation.pipeline import Pipeline
from aurad_monai.statistics import wilson

FINDINGS = ("small left pleural effusion", "right lower zone consolidation", "moderate cardiomegaly")
SUBGROUPS = {
    "not stated": "",
    "female": "female",
    "male": "male",
    "aged 25": "25 year old",
    "aged 50": "50 year old",
    "aged 80": "80 year old",
    "PA view": "PA view",
    "AP view": "AP view",
}
COMMAND = "python -m recipes.figures.subgroups"


def row(name: str, cases: list[Case]) -> str:
    """A line of the table: acceptance with its interval, and by what cases were rejected."""
    accepted = sum(case.accepted for case in cases)
    low, high = wilson(accepted, len(cases))
    masks = sum(case.image is None for case in cases)
    return f"| {name} | {accepted / len(cases):.2f} ({low:.2f} to {high:.2f}) | {masks} | {len(cases)} |"


def main() -> None:
    """Print the table, and write it where asked."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--num", type=int, default=8, help="cases of each finding and subgroup")
    arguments.add_argument("--steps", type=int, default=None)
    arguments.add_argument("--findings", nargs="+", default=FINDINGS, help="prompts, each asked of every subgroup")
    arguments.add_argument("--output", type=Path)
    given = arguments.parse_args()
    pipeline = Pipeline.from_bundles()
    lines = ["| subgroup | accepted (95% interval) | rejected by their masks | n |", "| --- | --- | --- | --- |"]
    for name, words in SUBGROUPS.items():
        prompts = [f"{finding}, {words}" if words else finding for finding in given.findings]
        runs = [pipeline(prompt, given.num, 0, num_inference_steps=given.steps) for prompt in prompts]
        cases = [case for run in runs for case in run.cases]
        lines.append(row(name, cases))
        print(lines[-1], flush=True)
    command = COMMAND + f" --num {given.num}" + (f" --steps {given.steps}" if given.steps else "")
    command += "" if given.findings is FINDINGS else f" --findings {shlex.join(given.findings)}"
    text = "\n".join(["# Subgroups", "", *lines, "", "```bash", command, "```", ""])
    if given.output:
        given.output.parent.mkdir(parents=True, exist_ok=True)
        given.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
