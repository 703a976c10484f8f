# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Plot how the default networks were trained, from the histories their training left in docs/history.

python benchmarks/curves.py --output docs/images/training_curves.png
"""

from __future__ import annotations

import json
from pathlib import Path

import fire
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def main(output: str, histories: str = "docs/history") -> None:
    """One panel a network: training loss against iterations, and the validation metric where there is one."""
    files = sorted(Path(histories).glob("*.jsonl"))
    columns = 3
    rows = -(-len(files) // columns)
    figure, panels = plt.subplots(rows, columns, figsize=(4 * columns, 2.8 * rows), squeeze=False)
    for panel in panels.flat[len(files) :]:
        panel.axis("off")
    for panel, file in zip(panels.flat, files, strict=False):
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        iterations = [line["iteration"] for line in lines]
        panel.plot(iterations, [line["loss"] for line in lines], "o-", color="tab:blue", markersize=3)
        panel.set_title(file.stem.replace("_", " "), fontsize=10)
        panel.set_xlabel("iteration", fontsize=8)
        panel.set_ylabel("training loss", color="tab:blue", fontsize=8)
        metrics = sorted({name for line in lines for name in line if name.startswith("val_") and "psnr" not in name})
        if metrics:
            measured = [(line["iteration"], line[metrics[0]]) for line in lines if metrics[0] in line]
            twin = panel.twinx()
            twin.plot(*zip(*measured, strict=True), "s-", color="tab:orange", markersize=3)
            twin.set_ylabel(metrics[0], color="tab:orange", fontsize=8)
    figure.tight_layout()
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(output, dpi=90)


if __name__ == "__main__":
    fire.Fire(main)
