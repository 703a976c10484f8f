# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What every network of every bundle says of one fixed input, for comparing versions of MONAI, torch and Python.

`python -m tests.bundles.golden` writes golden.json anew; run it when weights have changed, and only then.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from aurad_monai.bundles.bundle import open_bundle
from tests.bundles import tiny

PATH = Path(__file__).with_name("golden.json")
COMMAND = "python -m tests.bundles.golden"
NETWORKS = {
    tiny.MASK: {"network": "model.pt", "autoencoder": "autoencoder.pt"},
    tiny.IMAGE: {"network": "model.pt", "autoencoder": "autoencoder.pt"},
    tiny.EXPERTS: {"network": "model.pt", "findings_network": "findings.pt", "encoder_network": "encoder.pt"},
}
"""Bundle to its properties and their weight files."""

KEPT = 16
"""Numbers kept of an output, beside its mean and deviation."""


@torch.no_grad()
def answers(bundle: str) -> dict[str, Any]:
    """Each network's answer to standard normal noise of 64 x 64, drawn by numpy, whose generator never changes."""
    opened = open_bundle(tiny.BUNDLES / bundle, device="cpu")
    found = {}
    for name, weights in NETWORKS[bundle].items():
        network = opened.get(name).eval()
        channels = int(getattr(network, "in_channels", 1))  # MONAI's ResNet does not say
        channels += 2 if name == "network" and bundle in tiny.DIFFUSION else 0  # time and context
        noise = np.random.default_rng(7).standard_normal((1, channels, 64, 64), dtype=np.float32)
        output = network(torch.from_numpy(noise)).double().flatten()
        places = np.linspace(0, output.numel() - 1, KEPT).astype(int)
        values = [round(float(output[place]), 6) for place in places]
        statistics = {"mean": round(float(output.mean()), 6), "std": round(float(output.std()), 6)}
        found[name] = {"sha256": opened.hashes[weights], **statistics, "values": values}
    return found


if __name__ == "__main__":
    PATH.write_text(json.dumps({name: answers(name) for name in NETWORKS}, indent=1) + "\n", encoding="utf-8")
