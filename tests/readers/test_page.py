# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A reader goes through a whole study in a real browser: no foreign request, no error, every answer kept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette")
from aurad_monai.readers.answers import Answers
from aurad_monai.readers.server import StudyPages
from tests.browser.chromium import opened, serious_faults
from tests.readers.small_study import small_study


def _answer(page: Any) -> None:
    if page.locator("#ask-useful").is_visible():
        page.check("input[name=useful][value=partly]")
    else:
        page.check("input[name=judged][value=generated]")
        page.check("input[name=confidence][value='4']")
        page.select_option("#finding", "mass")
    page.fill("#note", "seen")
    page.click("#send:enabled")


def _shown(page: Any, number: int) -> None:
    """Wait until the page with this number can be answered."""
    page.wait_for_selector(f"#progress:text-matches('^{number} of')")
    page.wait_for_selector("#send:enabled")


def test_a_whole_study_in_the_browser(tmp_path: Path) -> None:
    study = small_study(tmp_path / "study", 2, 1, 2)
    with opened(StudyPages(study).application()) as tab:
        page = tab.page
        page.fill("#code", "reader-1")
        page.click("#enter button")
        for number in range(1, len(study.items) + 1):
            _shown(page, number)
            if number == 3:
                _zoom_window_and_reload(page)
            if directory := os.environ.get("AURAD_SCREENSHOTS"):
                page.screenshot(path=f"{directory}/readers_{number}.png")
            _answer(page)
            if number <= 2:
                page.wait_for_selector("#truth:visible")
                page.click("#on")
        page.wait_for_selector("#end:visible")
        assert (tab.foreign, tab.errors) == ([], [])
    kept = Answers(study.folder).of("reader-1")
    assert [answer.item for answer in kept] == [item.id for item in study.order("reader-1")]
    assert all(answer.note == "seen" and answer.seconds > 0 for answer in kept)
    assert {answer.judged for answer in kept} == {"generated", ""}


def _picture(page: Any, same_as: str, same: bool) -> bool:
    """Whether the canvas becomes the same as a picture, or another one."""
    for _ in range(200):
        if (page.evaluate("document.getElementById('picture').toDataURL()") == same_as) == same:
            return True
        page.wait_for_timeout(50)
    return False


def _zoom_window_and_reload(page: Any) -> None:
    """Zoom and window change the canvas, 0 brings it back, a reload goes on with the same page."""
    plain = page.evaluate("document.getElementById('picture').toDataURL()")
    page.hover("#picture")
    page.mouse.wheel(0, -300)
    assert _picture(page, plain, same=False)
    page.focus("#picture")
    page.keyboard.press("0")
    assert _picture(page, plain, same=True)
    page.mouse.down(button="right")
    page.mouse.move(500, 300, steps=4)
    page.mouse.up(button="right")
    assert _picture(page, plain, same=False)
    page.reload()
    _shown(page, 3)
    assert _picture(page, plain, same=True)


def test_axe_finds_no_serious_fault(tmp_path: Path) -> None:
    study = small_study(tmp_path / "study", 2, 0, 0)
    with opened(StudyPages(study).application(), bypass_csp=True) as tab:
        assert serious_faults(tab.page) == []
        tab.page.fill("#code", "reader-1")
        tab.page.click("#enter button")
        _shown(tab.page, 1)
        assert serious_faults(tab.page) == []
