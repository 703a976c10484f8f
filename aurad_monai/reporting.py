# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Parts of reports: Markdown and HTML tables, pages, and pictures with masks in color or in outline.

Takes cells, images and masks; gives lines, HTML, and pictures (H, W, 3) of 0 to 255.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt
from skimage.segmentation import find_boundaries

RGB = tuple[int, int, int]
Array = npt.NDArray[Any]

STYLE = """
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2.5rem }
table { border-collapse: collapse; display: block; overflow-x: auto }
th, td { padding: .25rem .8rem; text-align: left; border-bottom: 1px solid #8884 }
img { image-rendering: pixelated } .quiet { opacity: .7 }
"""
"""Of every page."""


def markdown_table(head: Sequence[str], rows: Iterable[Iterable[object]]) -> list[str]:
    """Lines of a Markdown table; a bar within a cell becomes a slash."""
    lines = [[str(cell).replace("|", "/") for cell in row] for row in rows]
    return [f"| {' | '.join(row)} |" for row in (list(head), ["---"] * len(head), *lines)]


def html_table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """An HTML table of cells that are HTML already."""
    lines = ["<tr>" + "".join(f"<th>{cell}</th>" for cell in head) + "</tr>"]
    lines += ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]
    return "<table>" + "\n".join(lines) + "</table>"


def html_picture(picture: bytes, words: str) -> str:
    """An HTML image that holds its PNG bytes."""
    return f'<img alt="{escape(words)}" src="data:image/png;base64,{base64.b64encode(picture).decode()}">'


def html_page(title: str, parts: Iterable[str], style: str = "") -> str:
    """A page that needs no network and no script.

    Args:
        title: of the window.
        parts: HTML of the body.
        style: CSS of this page, after `STYLE`.
    """
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}{style}</style>'
    body = "\n".join(parts)
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


def outline(mask: Array) -> npt.NDArray[np.bool_]:
    """The inner one-pixel border of a mask (H, W); closed where the mask ends at the border of the frame."""
    inside = np.pad(np.asarray(mask, dtype=bool), 1)
    return np.asarray(find_boundaries(inside, connectivity=1, mode="inner")[1:-1, 1:-1], dtype=bool)


def gray_picture(image: Array) -> npt.NDArray[np.float64]:
    """An image (1, H, W) of 0 to 1 as a picture."""
    return np.repeat(np.clip(image[0], 0, 1)[..., None] * 255.0, 3, axis=-1).astype(np.float64)


def with_masks(picture: Array, masks: Array, colors: Sequence[RGB], opacity: float) -> npt.NDArray[np.float64]:
    """A picture with masks (C, H, W) laid over it, each in its color."""
    covered = np.array(picture, dtype=np.float64)
    for mask, color in zip(masks, colors, strict=True):
        inside = np.asarray(mask, dtype=bool)
        covered[inside] = (1 - opacity) * covered[inside] + opacity * np.asarray(color)
    return covered


def with_outlines(picture: Array, masks: Array, colors: Sequence[RGB]) -> npt.NDArray[np.float64]:
    """A picture with the outlines of masks (C, H, W), each in its color."""
    drawn = np.array(picture, dtype=np.float64)
    for mask, color in zip(masks, colors, strict=True):
        drawn[outline(mask)] = color
    return drawn
