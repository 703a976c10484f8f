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
from aurad_monai.datasets.experts import Sure
from aurad_monai.export.overview import ANATOMY_COLORS, PATHOLOGY_COLORS
from aurad_monai.io.datalist import load_channels, load_image
from aurad_monai.io.find_files import PassedOver
from aurad_monai.io.split import SECTIONS
from aurad_monai.io.table import read_table
from aurad_monai.reporting import gray_picture, markdown_table, with_masks, with_outlines
from aurad_monai.statistics import wilson

Line = Mapping[str, Any]
SHEETS = "contact_sheets"
PANEL = 160
ACROSS, DOWN = 6, 3
FAR = 2.0
"""So many times its prior, a finding's share is far above it."""
NAMED = 100
"""So many radiographs that were left out are named in report.md; all are in cases.jsonl."""


def summarize(
    lines: Sequence[Line], sure: Mapping[str, Sure] | None = None, passed_over: Sequence[PassedOver] = ()
) -> dict[str, Any]:
    """Counts of a prepared set.

    Args:
        lines: one a radiograph.
        sure: thresholds by which findings were taken from the findings expert.
        passed_over: files and rows that are no cases.

    Returns:
        Numbers of radiographs and sections, findings by where their masks come from, views, sexes, flags, reasons of
        refusal, findings taken from the expert alone beside their prior, mean bytes a case, and seconds the experts
        took a radiograph.
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
        "refused": dict(Counter(line.get("reason", line["refused"]) for line in lines if "refused" in line)),
        "passed_over": dict(Counter(item.reason for item in passed_over)),
        "left_out": dict(Counter(line["objection"] for line in lines if "objection" in line)),
        "by_experts": _by_experts(used, sure or {}),
        "bytes_a_case": round(_mean(line["bytes"] for line in used)),
        "expert_seconds_a_case": round(_mean(line["timing"] for line in used), 4),
    }


def _by_experts(used: Sequence[Line], sure: Mapping[str, Sure]) -> dict[str, dict[str, Any]]:
    """Share of radiographs whose labels leave a finding open in which the expert sees it, beside its prior."""
    shares = {}
    for name, known in sure.items():
        asked = [line for line in used if name in line.get("open", ())]
        if asked:
            count = sum(name in line["by_experts"] for line in asked)
            low, _ = wilson(count, len(asked))
            share = {"radiographs": len(asked), "found": count, "share": round(count / len(asked), 4)}
            shares[name] = {
                **share,
                "prior": known.prior,
                "precision": known.precision,
                "far_above": low > FAR * known.prior,
            }
    return shares


def said(counts: Mapping[str, Any]) -> list[str]:
    """What the console says of a prepared set beyond its size: what was left out, and what the experts found."""
    lines = [f"left out  {number}: {reason}" for reason, number in counts["refused"].items()]
    for name, row in counts["by_experts"].items():
        label, share, prior = vocabulary.finding(name).label, f"{row['share']:.1%}", f"{row['prior']:.1%}"
        found = f"{row['found']} of {row['radiographs']} radiographs, {share}; prior {prior}"
        lines.append(f"by the findings expert  {label}: {found}; precision {row['precision']:.0%}")
    for name, row in counts["by_experts"].items():
        if row["far_above"]:
            label = vocabulary.finding(name).label
            lines.append(f"warning: {label} is found far more often than expected: look at contact_sheets/{name}.png")
    if not counts["with_pathology"] and counts["used"]:
        lines.append("no findings are known: anatomy only was written (see --findings_by_experts)")
    return lines + [note for note in notes(counts) if not note.startswith("refused")]


def _mean(values: Iterable[float]) -> float:
    return float(np.mean([*values] or [0.0]))


def write_report(output: Path, lines: Sequence[Line], counts: Mapping[str, Any] | None = None) -> Path:
    """Write report.json, report.md and a contact sheet for each finding, each flag, for "no finding" and unknown ones.

    Args:
        output: the prepared set.
        lines: one a radiograph.
        counts: of `summarize`; None counts them.
    """
    counts = summarize(lines, None, read_passed_over(output)) if counts is None else counts
    sheets = {name: shown for name, shown in _groups(lines).items() if shown}
    (output / SHEETS).mkdir(exist_ok=True)
    for name, shown in sheets.items():
        contact_sheet(output, shown).save(output / SHEETS / f"{name}.png")
    (output / "report.json").write_text(json.dumps(counts, indent=2), encoding="utf-8")
    path = output / "report.md"
    path.write_text(_markdown(counts, sorted(sheets), lines), encoding="utf-8")
    return path


def read_passed_over(output: Path) -> list[PassedOver]:
    """What passed_over.csv of a prepared folder names."""
    path = output / "passed_over.csv"
    return [PassedOver(row["name"], row["reason"]) for row in read_table(path)] if path.is_file() else []


def notes(counts: Mapping[str, Any]) -> list[str]:
    """What a person has to know of a prepared set, a sentence each: what is not used, and a section without a case."""
    sentences = []
    for what in ("refused", "passed_over"):
        if counts[what]:
            reasons = ", ".join(f"{reason} {count}" for reason, count in Counter(counts[what]).most_common())
            sentences.append(f"{what.replace('_', ' ')}: {reasons}")
    missing = [section for section in SECTIONS if not counts["sections"].get(section)]
    if counts["used"] and missing:
        share = "lower" if "training" in missing else "raise"
        step = f"{share} --val_share, or add patients"
        sentences.append(f"no {missing[0]} case: all patients are in the other section; {step}")
    return sentences


def _groups(lines: Sequence[Line]) -> dict[str, list[Line]]:
    used = [line for line in lines if "refused" not in line]
    groups = {name: [line for line in used if line["masks"].get(name)] for name in vocabulary.FINDING_NAMES}
    groups["no_finding"] = [line for line in used if not line["masks"] and "pathology" in line]
    groups["findings_unknown"] = [line for line in used if not line["masks"] and "pathology" not in line]
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


def _markdown(counts: Mapping[str, Any], sheets: Sequence[str], cases: Sequence[Line]) -> str:
    rows = []
    for name, value in counts.items():
        if name not in ("findings", "by_experts"):
            shown = ", ".join(f"{key}: {number}" for key, number in value.items()) if isinstance(value, dict) else value
            rows.append((name.replace("_", " "), shown))
    found = [
        (vocabulary.finding(name).label, *(origins.get(origin, 0) for origin in ("outline", "box", "expert", "none")))
        for name, origins in counts["findings"].items()
    ]
    lines = [
        "# Prepared radiographs",
        "",
        *(f"- {note}" for note in notes(counts)),
        "",
        *markdown_table(("", ""), rows),
    ]
    lines.append("")
    lines += markdown_table(("finding", "outline", "box", "expert", "present, no mask"), found)
    lines.append("")
    if counts["by_experts"]:
        head = ("finding by the expert alone", "radiographs", "found", "share", "prior", "precision", "")
        table = [
            (
                vocabulary.finding(name).label,
                *list(row.values())[:-1],
                "far above its prior" if row["far_above"] else "",
            )
            for name, row in counts["by_experts"].items()
        ]
        lines += [*markdown_table(head, table), ""]
    left = [(line["id"], line["refused"]) for line in cases if "refused" in line]
    if left:
        more = f", the first {NAMED} of {len(left)}" if len(left) > NAMED else ""
        lines += [f"## Left out{more}", "", *markdown_table(("radiograph", "why"), left[:NAMED]), ""]
    lines += [f"## {name.replace('_', ' ')}\n\n![{name}]({SHEETS}/{name}.png)\n" for name in sheets]
    return "\n".join(lines)
