# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The package's sampling call as a MONAI inferer, for a bundle that runs on its own in `SupervisedEvaluator`.

Takes the noise and conditions of `SeededNoiseBatch`; gives decoded data (B, C, H, W).
"""

from __future__ import annotations

from typing import Any

import torch
from monai.inferers import Inferer

from aurad_monai.diffusion.autoencoder import Autoencoder
from aurad_monai.diffusion.sample import sample_batch
from aurad_monai.diffusion.sampler import Network, Sampler


class SamplingInferer(Inferer):
    """`sample_batch` under the signature of a MONAI inferer.

    Args:
        sampler: scheduler, solver and guidance.
        autoencoder: decodes the latents.
    """

    def __init__(self, sampler: Sampler, autoencoder: Autoencoder) -> None:
        super().__init__()
        self.sampler, self.autoencoder = sampler, autoencoder.eval()

    def __call__(
        self, inputs: torch.Tensor, network: Network, condition: torch.Tensor, context: torch.Tensor, **_: Any
    ) -> torch.Tensor:
        """Decoded data of noise (B, L, h, w), condition (B, C, H, W) and context (B, tokens, features)."""
        return sample_batch(network, self.sampler, self.autoencoder, inputs, condition, context)
