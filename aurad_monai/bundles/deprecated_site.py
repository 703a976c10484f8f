# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Old `site_STEP.json` of a trained bundle, which held expressions: accepted for one version.

Takes the content of a config; gives the same with names and numbers in the place of what `aurad train` used to write.
Anything but exactly that stays, and is judged as it is.
"""

from __future__ import annotations

import re
from typing import Any

IMPORTS = ["$from aurad_monai.training.handlers import loss_of"]
BOARD = {
    "_target_": "TensorBoardStatsHandler",
    "log_dir": "$@run_dir + '/tensorboard'",
    "tag_name": "loss",
    "output_transform": "$loss_of",
}
GRID = {"folder": "$@run_dir + '/samples'", "network": "$@ema.ema_model"}
CASES = re.compile(r"\$([1-9][0-9]{0,3}) \* \(read_datalist\(@dataset_dir, 'training'\)\)")


def without_expressions(content: Any, found: set[str]) -> Any:
    """The config as today's `aurad train` writes it; one that is no `site_STEP.json` stays.

    Args:
        content: of a config.
        found: old names are added to it.
    """
    if not isinstance(content, dict) or content.get("+imports") != IMPORTS or "train#stall_warning" not in content:
        return content
    found.add("site config")
    new = {name: value for name, value in content.items() if name != "+imports"}
    if new.get("train#tensorboard") == BOARD:
        board = "aurad_monai.training.handlers.TensorBoardLoss"
        new["train#tensorboard"] = {"_target_": board, "run_dir": "@run_dir"}
    grid = new.get("train#sample_grid")
    if isinstance(grid, dict) and GRID.items() <= {name: str(value) for name, value in grid.items()}.items():
        kept = {name: value for name, value in grid.items() if name not in GRID}
        new["train#sample_grid"] = {**kept, "run_dir": "@run_dir", "ema": "@ema"}
    if isinstance(new.get("train#cases"), str) and (repeats := CASES.fullmatch(new["train#cases"])):
        listed = {"_target_": "aurad_monai.io.datalist.read_datalist", "dataset_dir": "@dataset_dir"}
        new["train#cases"] = {**listed, "section": "training", "repeats": int(repeats[1])}
    return new
