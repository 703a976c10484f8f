# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Every network of every bundle in every format of `aurad package --with`: difference from eager, size, time.

    python -m recipes.exports [--output docs/results/exports.csv] [--bundles bundles]

Takes the bundles; writes a row a file, and a row a bundle with the seconds of one core that packaging alone takes.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import torch

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.packaging.archive import write_zip
from aurad_monai.bundles.packaging.exports import FORMATS, export_network, networks
from aurad_monai.bundles.packaging.hugging_face import write_hugging_face_folder
from aurad_monai.files import whole_file

FIELDS = ("bundle", "file", "any batch", "any size", "largest difference from eager", "MB", "seconds of one core")


def rows(bundles: Path) -> Iterator[dict[str, str]]:
    """A row a file, then one for the zip and the folder for the hub."""
    for root in sorted(path for path in bundles.iterdir() if (path / "configs").is_dir()):
        with tempfile.TemporaryDirectory() as folder, torch.no_grad():
            start = time.process_time()
            write_zip(root, Path(folder))
            write_hugging_face_folder(root, Path(folder) / "hub")
            seconds = time.process_time() - start
            yield dict(zip(FIELDS, (root.name, "zip, hub folder", "", "", "", "", f"{seconds:.1f}"), strict=True))
            for network in networks(open_bundle(root, device="cpu")):
                for name in FORMATS:
                    start = time.process_time()
                    made = export_network(network, Path(folder) / f"{network.name}.{name}", name)
                    size = f"{made.path.stat().st_size / 2**20:.1f}"
                    told = (root.name, made.path.name, "yes", "yes" if made.any_size else "no")
                    told += (f"{made.difference:.1e}", size, f"{time.process_time() - start:.1f}")
                    yield dict(zip(FIELDS, told, strict=True))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--output", type=Path, default=Path("docs/results/exports.csv"))
    arguments.add_argument("--bundles", type=Path, default=Path("bundles"))
    warnings.simplefilter("ignore")
    chosen = arguments.parse_args()
    with whole_file(chosen.output) as partial, partial.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, FIELDS, lineterminator="\n")
        writer.writeheader()
        for row in rows(chosen.bundles):
            print(row, flush=True)
            writer.writerow(row)
