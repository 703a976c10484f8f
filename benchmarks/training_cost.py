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


def seconds(path: Path) -> float:
    """Seconds of training in a history; a run that was resumed counts again from where its clock started anew."""
    total = before = 0.0
    for line in path.read_text(encoding="utf-8").splitlines():
        now = float(json.loads(line)["seconds"])
        total += now - before if now >= before else now
        before = now
    return total


def main() -> None:
    """Print a Markdown table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--watts", type=float, default=15.0, help="assumed power of a busy core with its memory")
    arguments.add_argument("--cores", type=float, default=2.0, help="most cores that a training had")
    given = arguments.parse_args()
    print("| training | epochs | hours | energy, at most (kWh) |\n| --- | --- | --- | --- |")
    hours = 0.0
    for path in sorted(HISTORY.glob("*.jsonl")):
        taken = seconds(path) / 3600
        hours += taken
        epochs = json.loads(path.read_text(encoding="utf-8").splitlines()[-1])["epoch"]
        print(f"| {path.stem} | {epochs} | {taken:.2f} | {taken * given.cores * given.watts / 1000:.3f} |")
    print(f"| all | | {hours:.2f} | {hours * given.cores * given.watts / 1000:.3f} |")


if __name__ == "__main__":
    main()
