# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Merges configs as MONAI does, and beside them where each value comes from.

Takes configs in order; gives the content that MONAI would parse and a tree of the same form that says what is ours.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from monai.bundle import ConfigParser
from monai.bundle.utils import merge_kv

from aurad_monai.bundles.safety.origin import origins

FAULTS = (KeyError, ValueError, TypeError, IndexError, AttributeError, RecursionError)


@dataclass(frozen=True)
class Config:
    """One config of a bundle.

    Args:
        name: path below the bundle.
        content: as read from JSON, with today's names.
        ours: whether the lock knows it.
    """

    name: str
    content: Any
    ours: bool


def merged(configs: Sequence[Config]) -> tuple[Any, Any] | None:
    """Content and origins of configs merged in order; None where they cannot be merged.

    Numbers and nulls are the same in both trees, so that MONAI's merging takes the same way through them.
    """
    if len(configs) == 1 and not isinstance(configs[0].content, dict):
        return configs[0].content, configs[0].content
    trees = []
    for contents in ([c.content for c in configs], [origins(c.content, c.ours) for c in configs]):
        parser = ConfigParser(config={})
        try:
            with warnings.catch_warnings():  # MONAI tells of imports where none were
                warnings.simplefilter("ignore")
                for content in contents:
                    for name, value in copy.deepcopy(content).items():
                        merge_kv(parser, name, value)
        except FAULTS:
            return None
        trees.append(parser.get())
    return trees[0], trees[1]
