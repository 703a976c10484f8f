# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Rebuild docs/results/evaluation.md from the default weights: run what is missing, write every table and its command.

    python benchmarks/results.py --data DATA [--only NAME,NAME] [--write_only]

DATA holds cxr, masks and pairs as `python -m aurad_monai.default_data` wrote them. Each step leaves its output in
runs/results-HASH, HASH being that of the default weights, and is skipped where it did; each can itself be stopped and
goes on. With other weights everything is made anew. `--only` runs some of the steps; `--write_only` none.
"""

from __future__ import annotations

import hashlib
import json
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import fire

from aurad_monai import inventory

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "results" / "evaluation.md"


@dataclass(frozen=True)
class Step:
    """One command.

    Args:
        name: of the step.
        title: of its section.
        command: as it stands in the docs, with DATA and RUNS for the two folders.
        done: file below RUNS that says it was done.
        table: Markdown file below RUNS that goes into the page, or "" for what the command prints.
        note: what a reader must know.
    """

    name: str
    title: str
    command: str
    done: str
    table: str = ""
    note: str = ""


STEPS = (
    Step(
        "set",
        "The set that is evaluated",
        "aurad synthesize benchmarks/results_plan.yaml --output RUNS/set --threads 2",
        "set/manifest.jsonl",
    ),
    Step(
        "evaluation",
        "Fidelity, adherence, control, privacy, authenticity",
        "aurad evaluate RUNS/set --reference DATA/cxr:validation --train DATA/cxr:training "
        "--masks DATA/pairs:validation:boxed,composed,normal --most 400 --privacy --authenticity "
        "--output RUNS/evaluation",
        "evaluation/report.md",
        "evaluation/report.md",
        "Of the masks beside which adherence stands, most are composed; anatomy of real images is the expert's own "
        "segmentation, so its Dice of 1 there says nothing.",
    ),
    Step(
        "masks",
        "Masks, before any image is painted",
        "python -m monai.bundle run --config_file \"['bundles/cxr_mask_latent_diffusion/configs/inference.json',"
        "'bundles/cxr_mask_latent_diffusion/configs/evaluate.json']\" --bundle_root bundles/cxr_mask_latent_diffusion "
        "--dataset_dir DATA/masks --output_dir RUNS/masks --count 1000",
        "masks/masks.md",
        "masks/masks.md",
    ),
    Step(
        "image_adherence",
        "Images painted from validation masks",
        "python -m benchmarks.image_adherence --pairs DATA/pairs --output RUNS/image_adherence.json --count 96",
        "image_adherence.txt",
    ),
    Step(
        "counterfactual",
        "Counterfactual: the same seed with and without a finding",
        "python benchmarks/counterfactual.py --pairs DATA/pairs --output RUNS/counterfactual.json --threads 2",
        "counterfactual.txt",
    ),
    *(
        Step(
            f"{task}_{finding}",
            f"Utility: {task} of {finding}",
            f"python benchmarks/utility.py --task {task} --findings {finding} --real DATA/pairs:training:{kinds} "
            f"--test DATA/pairs:validation:{kinds} --synthetic RUNS/set --output RUNS/utility_{task}_{finding} "
            "--threads 2",
            f"utility_{task}_{finding}/table.md",
            f"utility_{task}_{finding}/table.md",
            note,
        )
        for task in ("segmentation", "detection")
        for finding, kinds, note in (
            (
                "consolidation",
                "boxed,normal",
                "Real masks are radiologists' boxes refined to the opacity. The U-Net of the segmentation cells "
                "does not learn them in its 300 steps (Dice 0.00 with 10, 30 and 100% of real cases, one seed, and on "
                "the training cases too), so mixtures cannot be compared yet.",
            ),
            (
                "effusion",
                "composed,normal",
                "No real effusion has a mask here: lesions are composed into real radiographs, which flatters none of "
                "the mixtures but is no test on patients.",
            ),
        )
    ),
)


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


def accepted(report: Path) -> list[str]:
    """How many attempts of each prompt the experts accepted, as a table."""
    found = json.loads(report.read_text(encoding="utf-8"))
    rows = [*found["prompts"], {"prompt": "all", **{name: found[name] for name in ("attempts", "accepted")}}]
    counts = [(row["prompt"], row["attempts"], row["accepted"]) for row in rows]
    cells = [f"| {prompt} | {all_} | {kept} ({kept / all_:.0%}) |" for prompt, all_, kept in counts]
    return ["| prompt | attempts | accepted |", "| --- | --- | --- |", *cells]


def section(step: Step, runs: Path) -> list[str]:
    """What the page says of a step."""
    lines = [f"## {step.title}", ""]
    source = runs / (step.table or step.done)
    if not source.exists():
        lines += ["Not run yet.", ""]
    elif source.suffix in (".md", ".txt"):
        text = source.read_text(encoding="utf-8").split("```bash")[0].replace("# Evaluation\n\n", "", 1)
        lines += [text.replace("\n## ", "\n### ").strip(), ""]
    else:
        lines += [*accepted(runs / "set" / "report.json"), ""]
    lines += [step.note, ""] if step.note else []
    return [*lines, "```bash", step.command, "```", ""]


def main(data: str, only: str | tuple[str, ...] = "", write_only: bool = False, output: str = "") -> None:
    """Run and write."""
    runs = Path(output or ROOT / "runs" / f"results-{weights_hash()}").resolve()
    runs.mkdir(parents=True, exist_ok=True)
    names = only.split(",") if isinstance(only, str) else list(only)
    for step in [] if write_only else STEPS:
        if not only or step.name in names:
            run(step, str(Path(data).resolve()), runs)
    lines = [
        "# Evaluation of the default weights",
        "",
        f"Weights {weights_hash()} (sha256 over `aurad info`'s hashes).",
    ]
    lines += ["`DATA` and `RUNS` stand for the folders of prepared data and of results. All of it: `make results`.", ""]
    for step in STEPS:
        lines += section(step, runs)
    PAGE.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    print(PAGE)


if __name__ == "__main__":
    fire.Fire(main)
