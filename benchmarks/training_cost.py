# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What the default weights cost: hours of training by network from docs/history, and an upper bound of the energy.

python benchmarks/training_cost.py [--watts 15]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

HISTORY = Path(__file__).parent.parent / "docs" / "history"


def spent(path: Path, watts: float) -> tuple[float, float]:
    """Hours and kWh of a history; a run that was resumed counts again from where its clock started anew.

    Lines of a training on a GPU name its power in `watts`: 700 for an H200, the most its maker says it takes.
    """
    hours = energy = before = 0.0
    for line in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        now = float(line["seconds"])
        taken = (now - before if now >= before else now) / 3600
        hours, energy, before = hours + taken, energy + taken * line.get("watts", watts) / 1000, now
    return hours, energy


def main() -> None:
    """Print a Markdown table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--watts", type=float, default=15.0, help="assumed power of a busy core with its memory")
    arguments.add_argument("--cores", type=float, default=2.0, help="most cores that a training had")
    given = arguments.parse_args()
    print("| training | epochs | hours | energy, at most (kWh) |\n| --- | --- | --- | --- |")
    hours = energy = 0.0
    for path in sorted(HISTORY.glob("*.jsonl")):
        taken, used = spent(path, given.cores * given.watts)
        hours, energy = hours + taken, energy + used
        epochs = json.loads(path.read_text(encoding="utf-8").splitlines()[-1])["epoch"]
        print(f"| {path.stem} | {epochs} | {taken:.2f} | {used:.3f} |")
    print(f"| all | | {hours:.2f} | {energy:.3f} |")


if __name__ == "__main__":
    main()
