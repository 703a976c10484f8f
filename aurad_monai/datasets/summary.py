# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What a site looks at before it trains: counts in report.json and report.md, and sheets of cases for the eye."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from aurad_monai import vocabulary
from aurad_monai.export.overview import ANATOMY_COLORS, PATHOLOGY_COLORS
from aurad_monai.io.datalist import load_channels, load_image
from aurad_monai.reporting import gray_picture, markdown_table, with_masks, with_outlines

Line = Mapping[str, Any]
SHEETS = "contact_sheets"
PANEL = 160
ACROSS, DOWN = 6, 3


def summarize(lines: Sequence[Line]) -> dict[str, Any]:
    """Counts of a prepared set.

    Returns:
        Numbers of radiographs and sections, findings by where their masks come from, views, sexes, flags, reasons of
        refusal, mean bytes a case, and seconds the experts took a radiograph.
    """
    used = [line for line in lines if "refused" not in line]
    masks: dict[str, Counter[str]] = {name: Counter() for name in vocabulary.FINDING_NAMES}
    for line in used:
        for name, origin in line["masks"].items():
            masks[name][origin or "none"] += 1
    return {
        "radiographs": len(lines),
        "used": len(used),
        "with_pathology": sum("pathology" in line for line in used),
        "sections": dict(Counter(line["section"] for line in used)),
        "findings": {name: dict(origins) for name, origins in masks.items() if origins},
        "views": dict(Counter(line.get("view", "unknown") for line in used)),
        "sexes": dict(Counter(line.get("sex", "unknown") for line in used)),
        "flags": dict(Counter(flag for line in used for flag in line["flags"])),
        "refused": dict(Counter(_reason(line["refused"]) for line in lines if "refused" in line)),
        "bytes_a_case": round(_mean(line["bytes"] for line in used)),
        "expert_seconds_a_case": round(_mean(line["timing"] for line in used), 4),
    }


def _mean(values: Iterable[float]) -> float:
    return float(np.mean([*values] or [0.0]))


def _reason(text: str) -> str:
    """What a refusal asks for, which is the same for all files of a kind."""
    return text.split("; ")[1] if text.count("; ") else text


def write_report(output: Path, lines: Sequence[Line]) -> Path:
    """Write report.json, report.md and a contact sheet for each finding, each flag and for "no finding"."""
    counts = summarize(lines)
    sheets = {name: shown for name, shown in _groups(lines).items() if shown}
    (output / SHEETS).mkdir(exist_ok=True)
    for name, shown in sheets.items():
        contact_sheet(output, shown).save(output / SHEETS / f"{name}.png")
    (output / "report.json").write_text(json.dumps(counts, indent=2), encoding="utf-8")
    path = output / "report.md"
    path.write_text(_markdown(counts, sorted(sheets)), encoding="utf-8")
    return path


def _groups(lines: Sequence[Line]) -> dict[str, list[Line]]:
    used = [line for line in lines if "refused" not in line]
    groups = {name: [line for line in used if line["masks"].get(name)] for name in vocabulary.FINDING_NAMES}
    groups["no_finding"] = [line for line in used if not line["masks"]]
    for flag in sorted({flag for line in used for flag in line["flags"]}):
        groups[f"flag_{flag}"] = [line for line in used if flag in line["flags"]]
    return groups


def contact_sheet(output: Path, lines: Sequence[Line]) -> Image.Image:
    """Up to 18 cases spread over the list: the radiograph with its anatomy in outline and its pathology in color."""
    count = min(len(lines), ACROSS * DOWN)
    shown = [lines[index] for index in np.linspace(0, len(lines) - 1, count).round().astype(int)]
    across = min(ACROSS, count)
    sheet = Image.new("RGB", (across * PANEL, -(-count // across) * PANEL))
    for place, line in enumerate(shown):
        panel = Image.fromarray(_panel(output, line)).resize((PANEL, PANEL), Image.Resampling.BILINEAR)
        ImageDraw.Draw(panel).text((3, 3), str(line["id"])[-24:], fill=(225, 225, 225))
        sheet.paste(panel, ((place % across) * PANEL, (place // across) * PANEL))
    return sheet


def _panel(output: Path, line: Line) -> npt.NDArray[np.uint8]:
    panel = gray_picture(load_image(output / line["image"]))
    if "pathology" in line:
        panel = with_masks(panel, load_channels(output / line["pathology"]), PATHOLOGY_COLORS, 0.35)
    panel = with_outlines(panel, load_channels(output / line["anatomy"]), ANATOMY_COLORS)
    return np.asarray(np.rint(panel), dtype=np.uint8)


def _markdown(counts: Mapping[str, Any], sheets: Sequence[str]) -> str:
    rows = []
    for name, value in counts.items():
        if name != "findings":
            shown = ", ".join(f"{key}: {number}" for key, number in value.items()) if isinstance(value, dict) else value
            rows.append((name.replace("_", " "), shown))
    found = [
        (vocabulary.finding(name).label, *(origins.get(origin, 0) for origin in ("outline", "box", "expert", "none")))
        for name, origins in counts["findings"].items()
    ]
    lines = ["# Prepared radiographs", "", *markdown_table(("", ""), rows), ""]
    lines += markdown_table(("finding", "outline", "box", "expert", "present, no mask"), found)
    lines.append("")
    lines += [f"## {name.replace('_', ' ')}\n\n![{name}]({SHEETS}/{name}.png)\n" for name in sheets]
    return "\n".join(lines)
