# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""List of experts for `aurad info --experts`: installed or not, where the weights are, license, how to get them.

Takes a folder of bundles and a cache folder; gives one `ExpertEntry` an expert. Nothing is imported or loaded.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.experts.published_weights import CACHE, PUBLISHED, PublishedWeights, locate

FILTER_BUNDLE = "cxr_expert_filter"
BUILT_IN = {
    "anatomy": ("model.pt", "left lung, right lung, cardiomediastinum"),
    "findings": ("findings.pt", "where each of the findings is seen"),
    "marked": ("marked.pt", "whether a finding is seen at its mask"),
    "held_out": ("evaluator.pt", "the same, for aurad evaluate --shown; never for the filter"),
    "radiograph_space": (
        "radiograph_space.safetensors",
        "orientation; distance from real radiographs",
    ),
}


@dataclass(frozen=True)
class ExpertEntry:
    """One expert.

    Args:
        name: of the expert.
        installed: whether the code it needs is installed.
        weights: path of its weights, "" where there are none.
        license: of the weights.
        targets: what it predicts.
        get: how to get what is missing, "" where nothing is missing.
    """

    name: str
    installed: bool
    weights: str
    license: str
    targets: str
    get: str


def describe_experts(bundle_dir: str | None = None, cache: str | Path | None = None) -> list[dict[str, object]]:
    """All experts as plain data, the built-in ones first; nothing is imported or loaded."""
    models = bundles_root(bundle_dir) / FILTER_BUNDLE / "models"
    entries = [_built_in(name, models / file, targets) for name, (file, targets) in BUILT_IN.items()]
    entries += [_published(item, cache) for item in PUBLISHED.values()]
    return [asdict(entry) for entry in entries]


def as_text(experts: list[dict[str, object]]) -> str:
    """A paragraph an expert."""
    lines = []
    for entry in experts:
        lines.append(str(entry["name"]))
        lines.append(f"  predicts   {entry['targets']}")
        lines.append(f"  installed  {'yes' if entry['installed'] else 'no'}")
        lines.append(f"  weights    {entry['weights'] or 'not found'} ({entry['license']})")
        lines += [f"  to get it  {entry['get']}"] if entry["get"] else []
    return "\n".join(lines)


def _built_in(name: str, path: Path, targets: str) -> ExpertEntry:
    found = str(path) if path.is_file() else ""
    return ExpertEntry(name, True, found, "Apache-2.0", targets, "" if found else "reinstall the bundle")


def _published(item: PublishedWeights, cache: str | Path | None) -> ExpertEntry:
    installed = find_spec("torchxrayvision") is not None
    path = locate(item.name, cache)
    steps = [] if installed else ["pip install torchxrayvision"]
    if path is None:
        steps.append(f"aurad info --experts --download {item.name}, or {item.file} in {cache or CACHE}")
    if item.noncommercial:
        steps.append("acknowledge noncommercial=True: for uses that are not commercial only")
    return ExpertEntry(
        item.name, installed, "" if path is None else str(path), item.license, item.targets, "; ".join(steps)
    )
