# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from aurad_monai.diffusion.latent_cache import CachedLatents
from aurad_monai.diffusion.latents import MaskLatentSpace


def _batches() -> list[dict[str, Any]]:
    torch.manual_seed(1)
    mask = (torch.rand(3, 2, 32, 32) > 0.5).float()
    return [{"pathology": mask, "condition": torch.rand(3, 4, 32, 32), "context": torch.rand(3, 2, 5)}]


def test_encoded_once_and_read_again(tmp_path: Path) -> None:
    batches = _batches()
    space = MaskLatentSpace(2, 2, channels=(16, 16)).fit(batches, "pathology").eval()
    path = str(tmp_path / "cache" / "training.pt")
    first = CachedLatents(path, space, batches, "pathology")
    again = CachedLatents(path, space, iter(()), "pathology")  # nothing left to encode from
    assert len(first) == len(again) == 3
    case = again[1]
    assert case["latents"].shape == (2, 4, 4) and case["condition"].shape == (4, 4, 4)
    assert torch.allclose(case["latents"], space.encode(batches[0]["pathology"])[1], atol=1e-2)
    assert torch.allclose(case["context"], batches[0]["context"][1], atol=1e-3)
    assert list((tmp_path / "cache").iterdir()) == [tmp_path / "cache" / "training.pt"]
