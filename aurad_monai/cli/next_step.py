# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The command that usually follows, printed so that it can be copied; and where a verb's bundles are.

Takes words; gives a line on the terminal.
"""

from __future__ import annotations

import shlex
from pathlib import Path

from aurad_monai.bundles.inventory import Places

IMAGE, MASK, FILTER = "cxr_image_latent_diffusion", "cxr_mask_latent_diffusion", "cxr_expert_filter"


def say_next(*words: str | Path) -> None:
    """Print `next: aurad ...`, quoted as a shell needs it."""
    print(f"next: {shlex.join(['aurad', *map(str, words)])}", flush=True)


def places(
    bundle_dir: str | None,
    image_bundle: str | None = None,
    mask_bundle: str | None = None,
    filter_bundle: str | None = None,
) -> Places:
    """Where the bundles are: one folder of all, and folders of single ones that take the place of theirs."""
    single = {IMAGE: image_bundle, MASK: mask_bundle, FILTER: filter_bundle}
    given = {name: folder for name, folder in single.items() if folder is not None}
    return {"": bundle_dir, **given} if given else bundle_dir


def flags(where: Places) -> list[str]:
    """The flags that `places` made this of, as words of a command."""
    given = {"": where} if isinstance(where, str | Path) else where or {}
    names = {"": "bundle_dir", IMAGE: "image_bundle", MASK: "mask_bundle", FILTER: "filter_bundle"}
    return [word for key, folder in given.items() if folder is not None for word in (f"--{names[key]}", str(folder))]
