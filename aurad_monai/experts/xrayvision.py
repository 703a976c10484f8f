# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""torchxrayvision's classifiers as experts: DenseNet121 (by training set or all together), ResNet50, and an ensemble.

Take images (B, 1, H, W) in [0, 1]; give scores (B, findings), 0.5 at the operating point of each finding; they
are not calibrated probabilities (Cohen et al., MIDL 2022).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from aurad_monai import vocabulary
from aurad_monai.errors import InputError
from aurad_monai.experts.expert import FloatArray, check_batch
from aurad_monai.experts.published_weights import require
from aurad_monai.experts.xrayvision_import import import_xrayvision
from aurad_monai.weights import load_strictly, read_checkpoint, read_state

PER_DATASET = ("nih", "pc", "chex", "mimic_nb", "mimic_ch", "rsna")


class XrayVisionExpert:
    """One classifier.

    Args:
        name: `densenet121-res224-...` or `resnet50-res512-all`.
        path: its official weight file; None looks in the user's cache.
        device: where it runs.

    Raises:
        InputError: the weights are not there, or not those of this network.
    """

    targets = vocabulary.FINDING_NAMES
    value_range = (0.0, 1.0)

    def __init__(self, name: str, path: str | Path | None = None, device: str = "cpu") -> None:
        file = require(name, path)
        xrayvision = import_xrayvision()
        record = xrayvision.models.model_urls.get(name)
        if record is None or not name.startswith(("densenet121", "resnet50")):
            raise InputError("expert", name, "a DenseNet121 or ResNet50 of torchxrayvision", "see aurad info --experts")
        self.name, self.device, self.size = name, device, int(record["input_resolution"])
        self.network = _network(xrayvision, name, file).to(device).eval()
        self._operating_points = torch.tensor(record["op_threshs"], dtype=torch.float32)
        self._slots = _slots(record["labels"], self._operating_points)

    @torch.no_grad()
    def __call__(self, images: FloatArray) -> npt.NDArray[np.float32]:
        """Args: (B, 1, H, W) in [0, 1]. Returns scores (B, findings), 0.5 at the operating point, NaN where absent."""
        batch = torch.from_numpy(check_batch(images, self.value_range)).to(self.device)
        resized = functional.interpolate(batch, (self.size, self.size), mode="bilinear", antialias=True)
        raw = self.network(resized * 2048 - 1024).sigmoid().cpu()
        scaled = _at_operating_point(raw, self._operating_points).numpy()
        scores = np.full((len(images), len(self.targets)), np.nan, dtype=np.float32)
        for channel, slot in self._slots.items():
            scores[:, channel] = scaled[:, slot]
        return scores


class XrayVisionEnsemble:
    """Mean of the classifiers of the single data sets, over those that know a finding.

    Args:
        paths: weight file by data set; None looks for all of `PER_DATASET` in the user's cache.
        device: where they run.
    """

    targets = vocabulary.FINDING_NAMES
    value_range = (0.0, 1.0)
    size = 224

    def __init__(self, paths: dict[str, str] | None = None, device: str = "cpu") -> None:
        given: dict[str, str | None] = dict(paths) if paths else dict.fromkeys(PER_DATASET)
        self.members = [XrayVisionExpert(f"densenet121-res224-{data}", path, device) for data, path in given.items()]

    def __call__(self, images: FloatArray) -> npt.NDArray[np.float32]:
        """Args: images (B, 1, H, W) in [0, 1]. Returns scores (B, findings), NaN where no member knows the finding."""
        scores = np.stack([member(images) for member in self.members])
        known = np.isfinite(scores)
        mean = np.where(known, scores, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        return np.where(known.any(axis=0), mean, np.nan).astype(np.float32)


def _slots(labels: Sequence[str], operating_points: torch.Tensor) -> dict[int, int]:
    """Our channel to its output; outputs that were never trained have no name or no operating point."""
    found = {}
    for channel, term in enumerate(vocabulary.FINDINGS):
        label = term.code("torchxrayvision")
        if label in labels:
            slot = labels.index(label)
            if torch.isfinite(operating_points[slot]):
                found[channel] = slot
    return found


def _at_operating_point(outputs: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """Scale each side of the operating point to half the range, as `torchxrayvision.models.op_norm` does."""
    below, above = outputs / (2 * points), 1 - (1 - outputs) / (2 * (1 - points))
    return torch.where(outputs < points, below, above)


def _network(xrayvision: Any, name: str, file: Path) -> nn.Module:
    if name.startswith("densenet121"):
        network: nn.Module = xrayvision.models.DenseNet(weights=None, num_classes=18)
        state = _pickled_state(xrayvision, file)
        state = {key: value for key, value in state.items() if key != "op_threshs"}
    else:
        import torchvision

        network = torchvision.models.resnet50(num_classes=18, weights=None)
        network.conv1 = nn.Conv2d(1, 64, kernel_size=7, stride=2, padding=3, bias=False)
        state = read_state(file)
    return load_strictly(network, state, file)


def _pickled_state(xrayvision: Any, file: Path) -> dict[str, torch.Tensor]:
    """State of an official checkpoint, a pickled module: only the classes such a module is made of may be built."""
    models = xrayvision.models
    allowed = [models.DenseNet, models._DenseLayer, models._DenseBlock, models._Transition, set]
    allowed += [nn.Sequential, nn.Conv2d, nn.BatchNorm2d, nn.ReLU, nn.MaxPool2d, nn.AvgPool2d, nn.Linear]
    with torch.serialization.safe_globals(allowed):
        loaded = read_checkpoint(file, "an official torchxrayvision checkpoint")
    if isinstance(loaded, nn.Module):
        for module in loaded.modules():  # written by versions of torch that did not have it yet
            module.__dict__.setdefault("_non_persistent_buffers_set", set())
        return dict(loaded.state_dict())
    if isinstance(loaded, dict):
        return loaded
    raise InputError("weights", file, "an official torchxrayvision checkpoint", f"this is a {type(loaded).__name__}")
