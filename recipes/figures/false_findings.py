# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Findings that `aurad prepare --findings_by_experts` sees on radiographs readers called normal.

    python -m recipes.figures.false_findings --data ROOT --output docs/results/false_findings.csv

In: the public collection; of its adult validation patients the films of RSNA's class Normal. Out: a row for any finding
and for each finding: films, films with it, share with its 95% interval; and how many films the gate left out.
"""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import fire
import torch

from aurad_monai import vocabulary
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.datasets.experts import Experts
from aurad_monai.datasets.prepare import Settings, prepare
from aurad_monai.files import whole_file
from aurad_monai.statistics import wilson
from recipes.public_cxr import manifest

COLUMNS = ("finding", "films", "with it", "share", "low", "high")
FILTER_BUNDLE = "cxr_expert_filter"


def main(data: str, output: str, bundle: str = "", threads: int = 1) -> None:
    """Prepare the normal films as a site without labels would, and count what the experts add."""
    torch.set_num_threads(threads)
    normal = [row for row in manifest(Path(data)) if row["split"] == "val" and row["rsna_class"] == "Normal"]
    rows = [row for row in normal if row["population"] == "adult"]
    experts = Experts.from_bundle(bundle or bundles_root() / FILTER_BUNDLE)
    with tempfile.TemporaryDirectory() as name:
        site = Path(name) / "site"
        site.mkdir()
        for row in rows:
            source = (Path(data) / row["image"]).resolve()
            (site / f"{row['id']}{source.suffix}").symlink_to(source)
        lines = prepare(Settings("folder", str(site), findings_by_experts=True), Path(name) / "prepared", experts)
    used = [line for line in lines if "refused" not in line]
    counts = {"any": sum(bool(line["by_experts"]) for line in used)}
    counts |= {finding: sum(finding in line["by_experts"] for line in used) for finding in vocabulary.FINDING_NAMES}
    table = [
        (finding, len(used), count, *(round(value, 3) for value in (count / len(used), *wilson(count, len(used)))))
        for finding, count in counts.items()
        if finding == "any" or finding in experts.sure
    ]
    table.append(("left out by the gate", len(lines), len(lines) - len(used), "", "", ""))
    with whole_file(Path(output)) as part, part.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([COLUMNS, *table])
    print(Path(output).read_text(encoding="utf-8"))


if __name__ == "__main__":
    fire.Fire(main)
