# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Are masks labels? Networks trained on real, synthetic and both, tested on real cases; one cell of the table a job.

    python -m recipes.figures.utility --findings consolidation --real DATA/pairs:training:boxed,normal \
        --test DATA/pairs:validation:boxed,normal --synthetic runs/set --output runs/utility

Cells that OUTPUT holds already are skipped, so that the command can be stopped and started again; the table of what is
there is printed at the end and written to OUTPUT/table.md. `--task` is segmentation, detection, or classification; the
last takes readings for masks where a datalist has them (DATA/cxr). `--most_cells N` stops after so many, `--cells TEXT`
runs only cells whose name holds TEXT, `--table` only prints.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import fire
import torch

from aurad_monai.evaluation.utility import utility_classification, utility_detection, utility_segmentation
from aurad_monai.evaluation.utility.utility_cell import (
    Cell,
    Pictures,
    Recipe,
    grid,
    load_pictures,
    mixture,
    read_cells,
    save_cell,
)
from aurad_monai.evaluation.utility.utility_table import as_markdown
from aurad_monai.io.case_set import open_cases

TASKS: dict[str, Any] = {
    "segmentation": utility_segmentation,
    "detection": utility_detection,
    "classification": utility_classification,
}


def run_cell(cell: Cell, recipe: Recipe, real: Pictures, synthetic: Pictures | None, unseen: Pictures) -> dict:
    """Train and test one network."""
    start = time.time()
    pictures = mixture(cell, real, synthetic)
    task = TASKS[cell.task]
    outcome = task.assess(task.train(pictures, recipe, cell.seed), unseen)
    return {**outcome, "trained_on": len(pictures.ids), "seconds": round(time.time() - start, 1)}


def main(
    output: str,
    real: str = "",
    test: str = "",
    synthetic: str = "",
    findings: str | tuple[str, ...] = "consolidation",
    task: str = "segmentation",
    seeds: int = 3,
    cells: str = "",
    most_cells: int = 0,
    most_real: int = 200,
    steps: int = 300,
    size: int = 128,
    batch: int = 8,
    learning_rate: float = 3e-3,
    threads: int = 1,
    table: bool = False,
) -> None:
    """Run what is missing, print the table."""
    torch.set_num_threads(threads)
    folder, recipe = Path(output), Recipe(size, steps, batch, learning_rate)
    names = findings.split(",") if isinstance(findings, str) else list(findings)
    load = utility_classification.load_pictures if task == "classification" else load_pictures
    done = 0
    for finding in [] if table else names:
        missing = [c for c in grid(task, finding, range(seeds)) if not (folder / f"{c.name}.json").is_file()]
        missing = [cell for cell in missing if cells in cell.name]
        if not missing:
            continue
        trained = load(open_cases(real, "training"), finding, size, most_real, "real")
        unseen = load(open_cases(test), finding, size, 0, "test")
        made = load(open_cases(synthetic), finding, size, 0, "synthetic") if synthetic else None
        for cell in missing:
            if most_cells and done >= most_cells:
                break
            if cell.synthetic * len(trained.ids) > (0 if made is None else len(made.ids)):
                print(f"{cell.name}: skipped, too few synthetic cases", flush=True)
                continue
            outcome = run_cell(cell, recipe, trained, made, unseen)
            save_cell(folder, cell, recipe, {**outcome, "sets": {"real": real, "test": test, "synthetic": synthetic}})
            done += 1
            print(f"{cell.name}: {outcome['seconds']} s", flush=True)
    text = as_markdown(read_cells(folder))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "table.md").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    fire.Fire(main)
