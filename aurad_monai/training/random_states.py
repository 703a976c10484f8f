# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Random states of a training, and the rest of an epoch that was interrupted.

Takes a data loader; gives plain values and tensors that a checkpoint can hold, and the batches that were not seen yet.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import torch
from monai.transforms import Randomizable, Transform
from torch.utils.data import DataLoader, Dataset

LOGGER = logging.getLogger("aurad_monai.training")
RandomStates = dict[str, Any]


def capture(loader: Any) -> RandomStates:
    """States of Python, NumPy, torch with its GPUs, and of every random transform of a loader's dataset."""
    return {
        "python": random.getstate(),
        "numpy": _plain(np.random.get_state(legacy=True)),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "transforms": [_plain(generator.get_state(legacy=True)) for generator in _generators(loader)],
    }


def restore(states: RandomStates, loader: Any) -> None:
    """Set what `capture` gave; transforms keep theirs where the loader has others than it had."""
    random.setstate(states["python"])
    np.random.set_state(_numpy(states["numpy"]))
    torch.set_rng_state(states["torch"])
    if len(states["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(states["cuda"])
    generators = _generators(loader)
    if len(generators) != len(states["transforms"]):
        LOGGER.warning("the random transforms are others than those of the checkpoint: they start anew")
        return
    for generator, state in zip(generators, states["transforms"], strict=True):
        generator.set_state(_numpy(state))


class RestOfEpoch:
    """A loader whose first pass leaves out the batches that were seen; what follows depends on them no more.

    Cases come in the order of the interrupted pass: the sampler is asked with the random states of its start. Only with
    worker processes, which have random states of their own, augmentations differ.

    Args:
        loader: a torch `DataLoader`, or any iterable of batches.
        seen: batches to leave out.
        start: random states before the interrupted pass.
        now: random states at the interruption.
    """

    def __init__(self, loader: Any, seen: int, start: RandomStates, now: RandomStates) -> None:
        self.loader, self.seen, self.start, self.now = loader, seen, start, now

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator[Any]:
        seen, self.seen = self.seen, 0
        if not seen:
            return iter(self.loader)
        restore(self.start, self.loader)
        rest = iter(_behind(self.loader, seen))
        restore(self.now, self.loader)
        return rest


def _behind(loader: Any, seen: int) -> Iterable[Any]:
    """What a loader gives behind the first batches; of a torch loader these are not read."""
    batches = getattr(loader, "batch_sampler", None)
    if not isinstance(loader, DataLoader) or batches is None:
        return islice(loader, seen, None)
    torch.empty((), dtype=torch.int64).random_(generator=loader.generator)  # what a pass draws first, for its workers
    return DataLoader(
        loader.dataset,
        batch_sampler=list(batches)[seen:],
        collate_fn=loader.collate_fn,
        num_workers=loader.num_workers,
        pin_memory=loader.pin_memory,
        worker_init_fn=loader.worker_init_fn,
        generator=torch.Generator(),  # one of its own leaves the state of the others alone
    )


def _generators(loader: Any) -> list[np.random.RandomState]:
    """Random states of MONAI transforms in a loader's dataset, each once, always in the same order."""
    found: dict[int, np.random.RandomState] = {}
    waiting, seen = [getattr(getattr(loader, "loader", loader), "dataset", None)], set()
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, Randomizable):
            found.setdefault(id(item.R), item.R)
        waiting += _parts(item)
    return list(found.values())


def _parts(item: Any) -> list[Any]:
    """Datasets and transforms that a dataset or transform holds; data themselves are not looked through."""
    if not isinstance(item, (Transform, Dataset)):
        return []
    parts = [value for value in vars(item).values() if isinstance(value, (Transform, Dataset))]
    if isinstance(item, Transform):
        lists = (value for value in vars(item).values() if isinstance(value, (list, tuple)))
        parts += [part for values in lists for part in values if isinstance(part, Transform)]
    return parts


def _plain(state: Any) -> list[Any]:
    """A state of NumPy as a checkpoint can hold it."""
    name, keys, place, has_normal, normal = state
    return [name, torch.from_numpy(keys.astype(np.int64)), place, has_normal, normal]


def _numpy(state: list[Any]) -> Any:
    name, keys, place, has_normal, normal = state
    return name, keys.numpy().astype(np.uint32), place, has_normal, normal
