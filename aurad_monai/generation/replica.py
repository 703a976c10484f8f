# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Samplers of a dataset's cases: the pipeline of three bundles, or whatever else attempts a batch of prompts.

In: prompts, seeds and ids. Out: a case each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from aurad_monai.bundles.inventory import Places
from aurad_monai.case import Case
from aurad_monai.generation.settings import Settings

if TYPE_CHECKING:
    from aurad_monai.generation.pipeline import Pipeline

OUT_OF_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory")


class CaseSampler(Protocol):
    """Attempts cases, all of a call in one batch.

    A case must depend on its prompt and seed alone (to rounding). `MemoryError` means "try fewer at once".
    """

    def __call__(self, prompts: Sequence[str], seeds: Sequence[int], ids: Sequence[str]) -> Sequence[Case]:
        """One case for each prompt, in order."""


OpenSampler = Callable[[], CaseSampler]
"""Called once in each worker process; must be picklable: a function of a module, or a `functools.partial` of one."""


class PipelineSampler:
    """The pipeline as a sampler.

    Args:
        pipeline: prompt in, filtered cases out.
        settings: of every call; repeats are not looked for, as a case must not depend on others.
    """

    def __init__(self, pipeline: Pipeline, settings: Settings) -> None:
        self.pipeline = pipeline
        self.settings = replace(settings, reject_repeats=False, progress=False)

    def __call__(self, prompts: Sequence[str], seeds: Sequence[int], ids: Sequence[str]) -> Sequence[Case]:
        """Attempt a batch; every way in which torch runs out of memory becomes `MemoryError`."""
        try:
            cases = [
                self.pipeline.resolve(prompt, seed, name=name)
                for prompt, seed, name in zip(prompts, seeds, ids, strict=True)
            ]
            return self.pipeline.generate(cases, replace(self.settings, batch_size=max(len(cases), 1))).cases
        except RuntimeError as error:
            if not any(words in str(error).lower() for words in OUT_OF_MEMORY_WORDS):
                raise
            raise MemoryError(" ".join(str(error).split())[:200]) from error


def open_pipeline(
    bundle_dir: Places = None,
    device: str | None = None,
    threads: int | None = None,
    size: int | None = None,
    **settings: Any,
) -> CaseSampler:
    """Load the three bundles in this process.

    Args:
        bundle_dir: where the bundles are; None takes those shipped with the package.
        device: None takes a GPU where there is one.
        threads: CPU threads of torch in this process; None leaves them.
        size: edge of masks and radiographs in pixels; None as the image bundle has it.
        settings: fields of `Settings`.
    """
    import torch

    from aurad_monai.generation.pipeline import Pipeline  # only workers pay for torch and MONAI

    if threads is not None:
        torch.set_num_threads(threads)
    return PipelineSampler(Pipeline.from_bundles(bundle_dir, device, size=size), Settings(**settings))
