# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The overview picture of a run: cases side by side, from anatomy over pathology to the radiograph.

In: cases. Out: one RGB picture.
"""

from __future__ import annotations

import textwrap
from collections.abc import Container, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from aurad_monai import vocabulary
from aurad_monai.case import Case
from aurad_monai.filtering.criteria.criterion import NOT_JUDGED
from aurad_monai.filtering.not_judged import Counts
from aurad_monai.reporting import RGB, gray_picture, with_masks, with_outlines

FloatArray = npt.NDArray[np.floating[Any]]

ANATOMY_COLORS: tuple[RGB, ...] = ((86, 156, 214), (78, 201, 176), (222, 165, 86))
PATHOLOGY_COLORS: tuple[RGB, ...] = tuple(term.color for term in vocabulary.FINDINGS)
LARGEST = 8
"""At most so many cases are drawn."""
PANEL = 256
GAP = 8
TITLE = 22
OPACITY = 0.45
BACKGROUND: RGB = (18, 18, 20)
TEXT: RGB = (225, 225, 225)
REJECTED: RGB = (255, 150, 130)


def draw_overview(cases: Sequence[Case], prompt: str, note: str | None = None) -> Image.Image:
    """Draw accepted cases as columns of anatomy, pathology over the image, and the image.

    Args:
        cases: all attempts of a run; rejected ones are drawn only where none was accepted, each with its reason.
        prompt: written as the title.
        note: written below; None says how many of `cases` are accepted.

    Returns:
        RGB picture, 256 pixels a panel.
    """
    rejected = [case for case in cases if case.pathology is not None and case.anatomy is not None]
    shown = ([case for case in cases if case.accepted] or rejected)[:LARGEST]
    accepted = sum(case.accepted for case in cases)
    columns = max(len(shown), 2)
    canvas = Image.new("RGB", (columns * (PANEL + GAP) + GAP, 3 * (PANEL + GAP) + GAP + 2 * TITLE), BACKGROUND)
    draw = ImageDraw.Draw(canvas)
    silent = Counts.of(cases).note()
    known = f"{accepted} of {len(cases)} accepted; " + (f"{silent}; " if silent else "")
    note = note or f"{known}synthetic, for research, not for clinical use"
    _write(draw, (GAP, GAP), prompt, canvas.width - 2 * GAP)
    _write(draw, (GAP, canvas.height - TITLE), note, canvas.width - 2 * GAP)
    for column, case in enumerate(shown):
        left = GAP + column * (PANEL + GAP)
        for row, panel in enumerate(_panels(case)):
            canvas.paste(panel, (left, TITLE + GAP + row * (PANEL + GAP)))
    return canvas


def _panels(case: Case) -> list[Image.Image]:
    chest, pathology = case.masks
    height, width = chest.shape[-2:]
    plain = np.zeros((height, width, 3))
    anatomy = with_masks(plain, chest, ANATOMY_COLORS, 0.7)
    under = plain + 40.0 if case.image is None else gray_picture(case.image)
    covered = with_masks(under, pathology, PATHOLOGY_COLORS, OPACITY)
    panels = [_panel(anatomy), _panel(with_outlines(covered, chest, ANATOMY_COLORS))]
    _legend(panels[1], pathology, case.not_judged)
    _write(ImageDraw.Draw(panels[0]), (4, 4), case.id, PANEL - 8)
    if not case.accepted:
        for line, text in enumerate(textwrap.wrap(f"rejected: {'; '.join(case.reasons)}", 40)[:6]):
            _write(ImageDraw.Draw(panels[0]), (4, 20 + 14 * line), text, PANEL - 8, REJECTED)
    if case.image is not None:
        panels.append(_panel(under))
    return panels


def _panel(picture: FloatArray) -> Image.Image:
    return Image.fromarray(np.round(picture).astype(np.uint8)).resize((PANEL, PANEL), Image.Resampling.BILINEAR)


def _legend(panel: Image.Image, pathology: npt.NDArray[Any], not_judged: Container[str]) -> None:
    """Name every finding of the mask in its color, top left, and say which of them were not judged."""
    draw = ImageDraw.Draw(panel)
    present = [number for number, mask in enumerate(pathology) if mask.any()]
    for line, number in enumerate(present):
        term = vocabulary.FINDINGS[number]
        text = f"{term.label} ({NOT_JUDGED})" if term.name in not_judged else term.label
        _write(draw, (4, 4 + 13 * line), text, PANEL - 8, PATHOLOGY_COLORS[number])


def _write(draw: ImageDraw.ImageDraw, place: tuple[int, int], text: str, width: int, color: RGB = TEXT) -> None:
    """Write one line, cut to `width` pixels."""
    font = ImageFont.load_default(size=12)
    line = " ".join(text.split())[: width // 2]  # no letter is narrower than two pixels
    while line and draw.textlength(line, font=font) > width:
        line = line[:-5] + "..." if len(line) > 8 else ""
    draw.text(place, line, fill=color, font=font, stroke_width=1, stroke_fill=BACKGROUND)
