# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The picture of a run: accepted cases, their contours, colors and legend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from aurad_monai import vocabulary
from aurad_monai.export.overview import BACKGROUND, GAP, LARGEST, PANEL, PATHOLOGY_COLORS, TITLE, draw_overview

MakeCase = Callable[..., Any]


def _panel(picture: Any, column: int, row: int) -> Any:
    left, top = GAP + column * (PANEL + GAP), TITLE + GAP + row * (PANEL + GAP)
    return np.asarray(picture)[top : top + PANEL, left : left + PANEL].astype(int)


def test_a_color_for_every_finding() -> None:
    assert len(set(PATHOLOGY_COLORS)) == len(vocabulary.FINDING_NAMES)


def test_third_row_is_the_image_itself(make_case: MakeCase) -> None:
    case = make_case("a")
    picture = draw_overview([case], "prompt")
    assert np.abs(_panel(picture, 0, 2)[..., 0] - case.image[0] * 255).max() <= 1


def test_pathology_is_colored_over_the_image(make_case: MakeCase) -> None:
    case = make_case("a", image=np.full((1, 256, 256), 0.5, np.float32))
    panel = _panel(draw_overview([case], "prompt"), 0, 1)
    inside, outside = panel[200, 190], panel[250, 128]
    assert inside[2] > inside[0] + 40  # effusion is blue
    assert np.ptp(outside) == 0
    legend = panel[2:32, 2:120]
    assert (np.ptp(legend, axis=-1) > 60).sum() > 50  # names written in color


def test_legend_and_note_say_what_was_not_judged(make_case: MakeCase) -> None:
    case, silent = make_case("a"), make_case("a", not_judged={"effusion": "no power"})
    seen, unseen = (np.asarray(draw_overview([item], "prompt")).astype(int) for item in (case, silent))
    changed = np.abs(seen - unseen).sum(axis=-1) > 0
    top = TITLE + GAP + PANEL + GAP
    assert changed[top : top + 40].any() and changed[-TITLE:].any()  # the panel's legend, the note below
    changed[top : top + 40] = changed[-TITLE:] = False
    assert not changed.any()


def test_rejected_cases_are_drawn_only_where_none_is_accepted(make_case: MakeCase) -> None:
    accepted, rejected = make_case("a"), make_case("b", accepted=False, reasons=("the left lung is too small",))
    both, alone = draw_overview([rejected, accepted], "p"), draw_overview([rejected], "p")
    assert np.abs(_panel(both, 0, 2)[..., 0] - accepted.image[0] * 255).max() <= 1
    assert not (_panel(both, 1, 2) - np.array(BACKGROUND)).any()
    assert np.abs(_panel(alone, 0, 2)[..., 0] - rejected.image[0] * 255).max() <= 1
    reason = _panel(alone, 0, 0)[18:50] - _panel(draw_overview([accepted], "p"), 0, 0)[18:50]
    assert (np.abs(reason).sum(axis=-1) > 60).sum() > 100  # a sentence over the anatomy


def test_many_cases_and_long_prompts_fit(make_case: MakeCase) -> None:
    picture = draw_overview([make_case(f"case-{number}") for number in range(LARGEST + 3)], "large mass " * 200)
    assert picture.width == LARGEST * (PANEL + GAP) + GAP


def test_masks_without_image_and_other_sizes_are_drawn(make_case: MakeCase) -> None:
    case = make_case("a", image=None, anatomy=np.ones((3, 64, 64), np.uint8), pathology=np.ones((13, 64, 64), np.uint8))
    picture = draw_overview([case], "prompt")
    assert _panel(picture, 0, 1).max() > 0
    assert np.ptp(_panel(picture, 0, 2), axis=-1).max() <= 2  # background only
