# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Encoders by name: each says what it is, a module of one's own is loaded strictly, and what is unknown is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from aurad_monai.case import Case
from aurad_monai.errors import InputError
from aurad_monai.evaluation.images.encoder import Encoder, EncoderCard, open_encoder
from aurad_monai.evaluation.measure import Batch
from aurad_monai.files import sha256
from aurad_monai.filtering.memorization.perceptual_descriptor import LENGTH

IMAGES = np.random.default_rng(0).random((3, 1, 64, 64)).astype(np.float32)
BATCH = Batch([Case(f"{i}", image=image) for i, image in enumerate(IMAGES)])
NO_BUNDLE: Any = None


class Tiny(nn.Module):
    """Somebody's encoder."""

    image_size = 32

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(1, 5, 4, stride=4)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        assert images.shape[-1] == self.image_size
        features: torch.Tensor = self.layer(images)
        return features


NAME = f"{__name__}.Tiny"


@pytest.mark.parametrize("ending", ["pt", "safetensors"])
def test_a_module_of_ones_own(tmp_path: Path, ending: str) -> None:
    network, path = Tiny(), tmp_path / f"weights.{ending}"
    (save_file if ending == "safetensors" else torch.save)(network.state_dict(), path)
    encoder = open_encoder(f"{NAME}={path}", NO_BUNDLE)
    assert encoder.card.weights_sha256 == sha256(path) and encoder.card.features == 5
    assert "32 x 32" in encoder.card.preprocessing and encoder.card.weights_sha256 in encoder.identity
    found = encoder(BATCH)[f"features/{NAME}"]
    small = nn.functional.interpolate(torch.from_numpy(IMAGES), (32, 32), mode="bilinear", antialias=True)
    np.testing.assert_allclose(found, network(small).mean(dim=(2, 3)).detach().numpy(), atol=1e-6)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    save_file(nn.Linear(2, 2).state_dict(), tmp_path / "other.safetensors")
    (tmp_path / "torn.pt").write_bytes(b"torn")
    for file in ("other.safetensors", "torn.pt", "none.pt"):
        with pytest.raises(InputError):
            open_encoder(f"{NAME}={tmp_path / file}", NO_BUNDLE)


@pytest.mark.parametrize("name", ["nobody", "no.such.module=setup.py", "os.getcwd=setup.py", "cxas", f"{NAME}"])
def test_what_is_no_encoder_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        open_encoder(name, NO_BUNDLE)


def test_the_hand_made_one_needs_no_weights() -> None:
    encoder = open_encoder("cosine", NO_BUNDLE)
    assert encoder(BATCH)["features/cosine"].shape == (3, LENGTH) and encoder.card.weights_sha256 == ""
    assert "nothing is learned" in encoder.card.kind


def test_features_that_are_none_are_refused() -> None:
    card = EncoderCard("x", "unknown", "", "", 1)
    for features in (np.full((3, 2), np.nan), np.zeros((2, 2)), np.zeros(3)):
        with pytest.raises(InputError, match="finite features"):
            Encoder(card, lambda images, f=features: f)(BATCH)  # type: ignore[misc]
