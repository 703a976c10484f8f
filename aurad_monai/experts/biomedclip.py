# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""An expert of image and text, BiomedCLIP (Zhang et al., arXiv 2303.00915): does a finding or its negation fit?

The folder is a download of microsoft/BiomedCLIP-PubMedBERT_256-vit_base_patch16_224: open_clip_config.json, its weights
as open_clip_model.safetensors, and the tokenizer's files. Nothing is fetched.
"""

from __future__ import annotations

import json
from collections.abc import Callable
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

PRESENT, ABSENT = "chest radiograph showing {}", "chest radiograph without {}"
CONFIG, WEIGHTS = "open_clip_config.json", "open_clip_model.safetensors"
Tokenizer = Callable[[list[str]], torch.Tensor]


class BiomedClipExpert:
    """Score findings by how much better a sentence that names one fits the image than its negation.

    Args:
        model: has `encode_image` and `encode_text`, as open_clip's models have.
        tokenizer: sentences to tokens (N, L).
        mean: of its three input channels.
        deviation: likewise.
        scale: factor of the difference of the two cosines before it becomes a score.
        device: where it runs.
    """

    targets = vocabulary.FINDING_NAMES
    value_range = (0.0, 1.0)
    size = 224

    def __init__(
        self,
        model: nn.Module,
        tokenizer: Tokenizer,
        mean: tuple[float, ...] = (0.48145466, 0.4578275, 0.40821073),
        deviation: tuple[float, ...] = (0.26862954, 0.26130258, 0.27577711),
        scale: float = 100.0,
        device: str = "cpu",
    ) -> None:
        self.model: Any = model.to(device).eval()
        self.device, self.scale = device, scale
        self.mean, self.deviation = (torch.tensor(values).view(1, 3, 1, 1).to(device) for values in (mean, deviation))
        labels = [term.label for term in vocabulary.FINDINGS]
        self._present, self._absent = (
            self._texts(tokenizer([words.format(label) for label in labels])) for words in (PRESENT, ABSENT)
        )

    @classmethod
    def from_folder(cls, folder: str | Path, device: str = "cpu") -> BiomedClipExpert:
        """Open a downloaded folder.

        Raises:
            InputError: open_clip is not installed, or the folder is not such a download.
        """
        root = Path(folder)
        try:
            import open_clip
        except ImportError as error:
            raise InputError("biomedclip", "open_clip missing", "open_clip", "pip install aurad-monai[clip]") from error
        try:
            settings = json.loads((root / CONFIG).read_text(encoding="utf-8"))["preprocess_cfg"]
            if not (root / WEIGHTS).is_file():
                raise FileNotFoundError(f"no {WEIGHTS}")
            model = open_clip.create_model(f"local-dir:{root}", load_weights=True)
            tokenizer = open_clip.get_tokenizer(f"local-dir:{root}")
        except (OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
            allowed = f"a download of BiomedCLIP with {CONFIG} and {WEIGHTS}"
            raise InputError("biomedclip", folder, allowed, " ".join(str(error).split())[:80]) from error
        return cls(model, tokenizer, tuple(settings["mean"]), tuple(settings["std"]), device=device)

    @torch.no_grad()
    def _texts(self, tokens: torch.Tensor) -> torch.Tensor:
        return functional.normalize(self.model.encode_text(tokens.to(self.device)).float(), dim=-1)

    @torch.no_grad()
    def __call__(self, images: FloatArray) -> npt.NDArray[np.float32]:
        """Args: (B, 1, H, W) in [0, 1]. Returns scores (B, findings) in [0, 1]; 0.5 where both sentences fit alike."""
        batch = torch.from_numpy(check_batch(images, self.value_range)).to(self.device)
        resized = functional.interpolate(batch, (self.size, self.size), mode="bicubic", antialias=True).clamp(0, 1)
        inputs = (resized.repeat(1, 3, 1, 1) - self.mean) / self.deviation
        seen = functional.normalize(self.model.encode_image(inputs).float(), dim=-1)
        margin = seen @ (self._present - self._absent).T
        scores: npt.NDArray[np.float32] = torch.sigmoid(self.scale * margin).cpu().numpy()
        return scores
