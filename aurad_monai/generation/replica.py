# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Who makes the cases of a dataset: the pipeline of three bundles, or whatever else attempts a batch of prompts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from aurad_monai.export.case import ExportableCase

if TYPE_CHECKING:
    from aurad_monai.generation.pipeline import Pipeline

OUT_OF_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory")


class CaseSampler(Protocol):
    """Attempts cases, all of a call in one batch.

    A case must depend on its prompt and seed alone (to rounding). `MemoryError` means "try fewer at once".
    """

    def __call__(self, prompts: Sequence[str], seeds: Sequence[int], ids: Sequence[str]) -> Sequence[ExportableCase]:
        """One case for each prompt, in order."""


OpenSampler = Callable[[], CaseSampler]
"""Called once in each worker process; must be picklable: a function of a module, or a `functools.partial` of one."""


class PipelineSampler:
    """The pipeline as a sampler.

    Args:
        pipeline: prompt in, judged cases out.
        steps: network evaluations of each sampler; None as the quality says.
        guidance_scale: None as the quality says.
        quality: fast, default or best, as the bundles' configs have them.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        steps: int | None = None,
        guidance_scale: float | None = None,
        quality: str = "default",
    ) -> None:
        self.pipeline, self.steps, self.guidance_scale, self.quality = pipeline, steps, guidance_scale, quality

    def __call__(self, prompts: Sequence[str], seeds: Sequence[int], ids: Sequence[str]) -> Sequence[ExportableCase]:
        """Attempt a batch; every way in which torch runs out of memory becomes `MemoryError`."""
        try:
            return self.pipeline.attempt(prompts, seeds, ids, self.steps, self.guidance_scale, quality=self.quality)
        except RuntimeError as error:
            if not any(words in str(error).lower() for words in OUT_OF_MEMORY_WORDS):
                raise
            raise MemoryError(" ".join(str(error).split())[:200]) from error


def open_pipeline(
    bundle_dir: str | None = None,
    device: str | None = None,
    steps: int | None = None,
    guidance_scale: float | None = None,
    threads: int | None = None,
    quality: str = "default",
) -> CaseSampler:
    """Load the three bundles in this process.

    Args:
        bundle_dir: None takes those shipped with the package.
        device: None takes a GPU where there is one.
        steps: see `PipelineSampler`.
        guidance_scale: see `PipelineSampler`.
        threads: CPU threads of torch in this process; None leaves them.
        quality: see `PipelineSampler`.
    """
    import torch

    from aurad_monai.generation.pipeline import Pipeline  # only workers pay for torch and MONAI

    if threads is not None:
        torch.set_num_threads(threads)
    return PipelineSampler(Pipeline.from_bundles(bundle_dir, device), steps, guidance_scale, quality)
