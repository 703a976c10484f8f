# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Derives `packed_network_data_format` of the exported network in metadata.json from the base network's format.

`python -m aurad_monai.bundles.packaging.data_formats BUNDLE` rewrites it after a network's channels have changed.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

PACKED = "packed_network_data_format"

from aurad_monai.files import write_json


def packed_format(network: dict[str, Any]) -> dict[str, Any]:
    """The `packed_network_data_format` of a bundle from its `network_data_format`, see `diffusion.exportable.pack`."""
    latents, context = network["inputs"]["x"], network["inputs"]["context"]
    (velocity,) = network["outputs"].values()
    channels = latents["num_channels"]
    names = {**latents["channel_def"], str(channels): "time, 1000 is noise"}
    numbers = context["spatial_shape"]
    names[str(channels + 1)] = f"context, {numbers[0]} tokens of {numbers[1]} features row by row, then zeros"
    packed = {
        **latents,
        "format": "latents, condition, time and context",
        "num_channels": channels + 2,
        "value_range": [-10, 1000],
        "channel_def": names,
    }
    return {"inputs": {"image": packed}, "outputs": {"pred": velocity}}


def write_packed_format(metadata: Path) -> None:
    """Bring a metadata.json up to date, whole or not at all."""
    content = json.loads(metadata.read_text(encoding="utf-8"))
    content[PACKED] = packed_format(content["network_data_format"])
    write_json(metadata, content, indent=4)


if __name__ == "__main__":
    for bundle in sys.argv[1:]:
        write_packed_format(Path(bundle) / "configs" / "metadata.json")
