# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Registry of feature encoders for FD, KID and PRDC: name, weights, input size, feature layer.

Takes the name of an encoder; gives an `Encoder` from images (B, 1, H, W) in [0, 1] to features (B, F), with its card.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from aurad_monai.bundles.bundle import Bundle
from aurad_monai.errors import InputError
from aurad_monai.evaluation.images.radiomics import RADIOMICS, open_radiomics
from aurad_monai.evaluation.measure import Batch
from aurad_monai.experts.features import LayerFeatures
from aurad_monai.experts.published_weights import PUBLISHED, require
from aurad_monai.files import sha256
from aurad_monai.filtering.memorization.perceptual_descriptor import LENGTH, WHOLE, descriptors
from aurad_monai.weights import load_strictly, read_state

FloatArray = npt.NDArray[np.float32]
BUILT_IN = ("anatomy", "findings", "selfsupervised", "cosine")
KINDS = {
    "anatomy": "supervised: segmentation of lungs and cardiomediastinum, deepest layer, averaged over the image",
    "findings": "supervised: findings on real radiographs, deepest stage of the network, averaged over the image",
    "selfsupervised": "self-supervised: Barlow Twins on two crops of a training radiograph",
    "cosine": "hand-made: low cosine frequencies of gray-level ranks; nothing is learned",
    RADIOMICS: "hand-made: radiomics of pyradiomics as frd-score takes them; nothing is learned",
}


@dataclass(frozen=True)
class EncoderCard:
    """Description of an encoder for reports; metrics of different cards are not comparable.

    Args:
        name: as given.
        kind: self-supervised, supervised, hand-made, or unknown, and of what.
        weights_sha256: hash of its weight file; empty where it has none.
        preprocessing: from an image in [0, 1] to its input.
        features: numbers an image.
    """

    name: str
    kind: str
    weights_sha256: str
    preprocessing: str
    features: int


class Encoder:
    """A measure that gives `features/NAME` (B, F).

    Args:
        card: what it is.
        encode: images (B, 1, H, W) in [0, 1] to features (B, F).
        gaps: features may be infinite or no number.
    """

    def __init__(self, card: EncoderCard, encode: Callable[[FloatArray], FloatArray], gaps: bool = False) -> None:
        self.card, self.encode, self.gaps = card, encode, gaps
        self.identity = f"encoder {asdict(card)}"

    def __call__(self, batch: Batch) -> Mapping[str, FloatArray]:
        features = np.asarray(self.encode(batch.images), dtype=np.float32)
        shaped = features.ndim == 2 and len(features) == len(batch.cases)
        if not shaped or not (self.gaps or np.isfinite(features).all()):
            raise InputError("encoders", f"{self.card.name}: features {features.shape}", "finite features (B, F)")
        return {f"features/{self.card.name}": features}


def open_encoder(name: str, filter_bundle: Bundle, device: str = "cpu") -> Encoder:
    """Open an encoder.

    Args:
        name: one of `BUILT_IN`; radiomics; a torchxrayvision DenseNet121 or ResNet50 by the library's name; or
            package.module.name of something that called without arguments gives a torch module from (B, 1, S, S) in
            [0, 1] to features, where S is its `image_size` or else 256. The last two with =FILE for their weights (for
            a module a state dict, .safetensors or .pt read without pickle; required).
        filter_bundle: opened; its networks are the built-in encoders.
        device: where it runs.

    Raises:
        InputError: there is no such encoder, or its weights are not there or not its own.
    """
    name, _, file = name.partition("=")
    if name == "cosine":
        return Encoder(
            EncoderCard(name, KINDS[name], "", "64 x 64, gray levels replaced by ranks, blur taken away", LENGTH),
            lambda images: np.concatenate([descriptors(image, WHOLE) for image in images]),
        )
    if name == RADIOMICS:
        encode, features, versions = open_radiomics()
        card = EncoderCard(name, KINDS[name], "", f"8 bit; normalized and resampled; {versions}", features)
        return Encoder(card, encode, gaps=True)
    if name in BUILT_IN:
        return _of_filter(name, filter_bundle, device)
    if name in PUBLISHED and name.startswith(("densenet121", "resnet50")):
        return _of_xrayvision(name, file, device)
    if "." in name:
        return _of_module(name, file, device)
    allowed = f"{', '.join((*BUILT_IN, RADIOMICS))}, a torchxrayvision classifier, or package.module.name=WEIGHTS"
    raise InputError("encoders", name, allowed, "see aurad evaluate --help")


def _of_filter(name: str, bundle: Bundle, device: str) -> Encoder:
    """The filter bundle's encoder, or the deepest layer of one of its two experts."""
    if name == "selfsupervised":
        encoder = bundle.get("encoder_network")
        return _network_encoder(name, KINDS[name], bundle.hashes["encoder.pt"], encoder, 256, device)
    network = bundle.get("network" if name == "anatomy" else "findings_network")
    layer = bundle.parser.get("anatomy_expert", {}).get("feature_layer", "")
    if name == "findings":
        layer = bundle.parser.get("findings_feature_layer", layer)  # bundles before 0.5.0: both were one U-Net
    weights = "model.pt" if name == "anatomy" else "findings.pt"
    encode = LayerFeatures(network, layer, grid=1).of
    return _network_encoder(name, KINDS[name], bundle.hashes[weights], encode, 256, device)


def _of_xrayvision(name: str, file: str, device: str) -> Encoder:
    from aurad_monai.experts.xrayvision import XrayVisionExpert

    path = require(name, file or None)
    expert = XrayVisionExpert(name, path, device)
    network: Any = expert.network
    if hasattr(network, "features2"):
        encode: Callable[[torch.Tensor], torch.Tensor] = network.features2
    else:
        encode = LayerFeatures(network, "avgpool", grid=1).of

    kind = "supervised: classification of findings in public data sets (torchxrayvision)"
    return _network_encoder(name, kind, sha256(path), encode, expert.size, device, (2048.0, -1024.0))


def _of_module(name: str, file: str, device: str) -> Encoder:
    """A module of the user's own; its descriptor runs, as any descriptor that is named on one's own command line."""
    path = Path(file)
    if not path.is_file():
        raise InputError("encoders", f"{name}={file}", f"{name}=FILE with its weights", "give a file that exists")
    module, _, attribute = name.rpartition(".")
    try:
        network = getattr(importlib.import_module(module), attribute)()
    except (ImportError, AttributeError, TypeError) as error:
        raise InputError("encoders", name, "an importable torch module", str(error)[:80]) from error
    if not isinstance(network, nn.Module):
        raise InputError("encoders", name, "something that gives a torch.nn.Module", f"not a {type(network).__name__}")
    _load(network, path)
    network = network.to(device).eval()
    kind = "unknown: a module of the user's own"
    return _network_encoder(name, kind, sha256(path), network, int(getattr(network, "image_size", 256)), device)


def _load(network: nn.Module, path: Path) -> None:
    load_strictly(network, read_state(path), path)


def _network_encoder(
    name: str,
    kind: str,
    digest: str,
    network: Callable[[torch.Tensor], torch.Tensor],
    size: int,
    device: str,
    scale: tuple[float, float] = (1.0, 0.0),
) -> Encoder:
    @torch.no_grad()
    def encode(images: FloatArray) -> FloatArray:
        batch = torch.from_numpy(np.asarray(images, dtype=np.float32)).to(device)
        batch = functional.interpolate(batch, (size, size), mode="bilinear", antialias=True)
        features = network(batch * scale[0] + scale[1])
        if features.ndim > 2:  # a map or tokens: averaged over places
            features = features.flatten(2).mean(dim=2)
        return np.asarray(features.float().cpu().numpy())

    low, high = scale[1], scale[0] + scale[1]
    preprocessing = f"1 channel, {size} x {size} bilinear with antialias, [{low:g}, {high:g}]"
    probe = encode(np.zeros((1, 1, size, size), dtype=np.float32))
    return Encoder(EncoderCard(name, kind, digest, preprocessing, int(probe.shape[-1])), encode)
