# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Format of a diffusion network's one tensor `image`, derived from that of its three inputs so that they cannot differ.

    python -m recipes.data_formats BUNDLE [BUNDLE ...]

Takes bundle folders; writes `network_data_format` of their metadata.json from `denoising_data_format`, after a
network's channels changed. The Model Zoo and MONAI's checks read `network_data_format`, its `image` and its `pred`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from aurad_monai.files import write_json

PACKED, UNPACKED = "network_data_format", "denoising_data_format"


def packed_format(network: dict[str, Any]) -> dict[str, Any]:
    """Format of what `diffusion.export_wrapper.pack` joins, from a bundle's `denoising_data_format`."""
    latents, context = network["inputs"]["x"], network["inputs"]["context"]
    (output,) = network["outputs"].values()
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
    return {"inputs": {"image": packed}, "outputs": {"pred": output}}


def write_packed_format(metadata: Path) -> None:
    """Bring a metadata.json up to date, whole or not at all."""
    content = json.loads(metadata.read_text(encoding="utf-8"))
    content[PACKED] = packed_format(content[UNPACKED])
    write_json(metadata, content, indent=4)


if __name__ == "__main__":
    for bundle in sys.argv[1:]:
        write_packed_format(Path(bundle) / "configs" / "metadata.json")
