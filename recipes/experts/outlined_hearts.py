# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""How much wider radiologists outline an enlarged heart than the anatomy expert sees it in the same film.

    python -m recipes.experts.outlined_hearts --pairs DATA/pairs --output docs/results/outlined_hearts.csv

In: films with outlines of cardiomegaly and the anatomy that the expert sees (`recipes.default_data pairs`). Out: a row
a section: cardiothoracic ratio of the outline joined with the anatomy, as a case has it, and of the anatomy alone;
their difference (`outlined_heart` of the filter's thresholds is the median of training); and the share of these films
that the filter would reject for their heart, with and without that allowance.
"""

from __future__ import annotations

from pathlib import Path

import fire
import numpy as np

from aurad_monai import vocabulary
from aurad_monai.anatomy.cardiothoracic import cardiothoracic_ratio
from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.generation.pipeline import FILTER_BUNDLE
from aurad_monai.io.case_set import open_cases
from recipes.result_tables import save

COLUMNS = ("films of", "n", "outlined", "seen", "difference", "5th", "95th", "rejected", "rejected without allowance")


def row(pairs: str, section: str, tolerance: float, allowance: float) -> list[str]:
    """A line of the table."""
    channel, ratios = vocabulary.channel("cardiomegaly"), []
    cases = open_cases(f"{pairs}:{section}:outlined")
    for number in range(len(cases)):
        case = cases[number]
        if case.anatomy is not None and case.pathology is not None and case.pathology[channel].any():
            joined = case.anatomy.copy()
            joined[2] |= case.pathology[channel]
            ratios.append((cardiothoracic_ratio(joined), cardiothoracic_ratio(case.anatomy)))
    outlined, seen = np.array(ratios).T
    more = outlined - seen
    numbers = [outlined.mean(), seen.mean(), np.median(more), *np.quantile(more, [0.05, 0.95])]
    shares = [(more > tolerance + allowance).mean(), (more > tolerance).mean()]
    return [section, str(len(more)), *(f"{number:.3f}" for number in numbers), *(f"{share:.2f}" for share in shares)]


def main(pairs: str, output: str) -> None:
    """Write and print the table."""
    thresholds = open_bundle(bundles_root() / FILTER_BUNDLE).get("thresholds")
    limits = thresholds["cardiothoracic_ratio"], thresholds["outlined_heart"]
    rows = [list(COLUMNS), *(row(pairs, section, *limits) for section in ("training", "validation"))]
    save(rows, Path(output))
    print("\n".join(",".join(line) for line in rows))


if __name__ == "__main__":
    fire.Fire(main)
