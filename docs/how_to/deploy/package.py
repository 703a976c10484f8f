# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The folder of a MONAI Application Package, as its container holds it: `app/` and `models/`.

    python docs/how_to/deploy/package.py --output map

Takes the application beside this file and the filter bundle; gives a folder that runs by `app/run.sh`, and from which
`monai-deploy package` makes a container where there is Docker.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from aurad_monai.bundles.inventory import bundle_folder
from aurad_monai.io.output_folder import check_output, whole_or_nothing

HERE = Path(__file__).parent
APP = ("app.py", "app.yaml", "requirements.txt")
RUN = """#!/bin/sh
# The paths of a MAP's container are the folders beside this one, unless the environment names others.
cd "$(dirname "$0")" || exit 1
export HOLOSCAN_INPUT_PATH="${HOLOSCAN_INPUT_PATH:-../input}"
export HOLOSCAN_OUTPUT_PATH="${HOLOSCAN_OUTPUT_PATH:-../output}"
export HOLOSCAN_MODEL_PATH="${HOLOSCAN_MODEL_PATH:-../models}"
ulimit -s 32768
exec "${PYTHON:-python3}" app.py
"""


def package(output: str, bundle: str | None) -> Path:
    """Write the folder whole or not at all; returns its path."""
    path = check_output(output)
    source = Path(bundle) if bundle else bundle_folder("cxr_expert_filter")
    with whole_or_nothing(path) as partial:
        (partial / "app").mkdir()
        for name in APP:
            shutil.copy2(HERE / name, partial / "app" / name)
        (partial / "app" / "run.sh").write_text(RUN, encoding="utf-8")
        (partial / "app" / "run.sh").chmod(0o755)
        shutil.copytree(source, partial / "models" / source.name, ignore=shutil.ignore_patterns("runs"))
        (partial / "input").mkdir()
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", required=True, help="new folder")
    parser.add_argument("--bundle", help="filter bundle, default that of the package")
    words = parser.parse_args()
    print(f"packaged {package(words.output, words.bundle)}")
