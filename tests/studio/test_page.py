# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The studio in a real browser with the shipped weights: paint, move, undo, compare, save; no foreign request."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("starlette")
from aurad_monai.generation.pipeline import Pipeline
from aurad_monai.studio.server import application
from aurad_monai.studio.workbench import Workbench
from tests.browser.chromium import Tab, opened, serious_faults


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    pytest.importorskip("playwright.sync_api")
    return Workbench(Pipeline.from_bundles(device="cpu", size=256), tmp_path_factory.mktemp("studio"))


@pytest.fixture
def tab(bench: Workbench) -> Iterator[Tab]:
    with opened(application(bench)) as tab:
        tab.page.wait_for_selector("body[data-ready=true]")
        yield tab
        assert tab.foreign == []


def _rendered(page: Any, count: int) -> None:
    page.wait_for_selector(f"body[data-rendered='{count}'][data-idle=true]")


def _shot(page: Any, name: str) -> None:
    if directory := os.environ.get("AURAD_SCREENSHOTS"):
        page.screenshot(path=f"{directory}/{name}.png")


def _count(page: Any, layer: str) -> int:
    """Pixels of a layer in the page."""
    return int(page.evaluate(f"layers[all().findIndex((term) => term.name === '{layer}')].reduce((a, b) => a + b, 0)"))


def test_from_prompt_to_saved_run(tab: Tab, bench: Workbench) -> None:
    page = tab.page
    page.fill("#prompt", "large left pleural effusion and right mass")
    page.click("#sample")
    _rendered(page, 1)
    _shot(page, "studio")
    assert page.inner_text("#decision") in ("accepted", "rejected")

    page.check("#layer-mass")
    before = _count(page, "mass")
    assert before > 0
    box = page.locator("#canvas").bounding_box()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.35 * box["width"], box["y"] + 0.35 * box["height"], steps=5)
    page.mouse.up()
    _rendered(page, 2)
    painted = _count(page, "mass")
    assert painted > before
    page.focus("#canvas")
    page.keyboard.press("ArrowLeft")
    _rendered(page, 3)
    page.keyboard.press("-")
    _rendered(page, 4)
    assert _count(page, "mass") < painted
    for number in (5, 6, 7):
        page.keyboard.press("Control+z")
        _rendered(page, number)
    assert _count(page, "mass") == before and page.is_disabled("#undo") and page.is_enabled("#redo")

    page.click("#compare")
    page.wait_for_selector("#comparison:visible")
    _shot(page, "studio_compare")
    page.fill("#name", "mine")
    page.click("#save")
    page.wait_for_selector(".notice.good")
    assert (bench.output / "mine" / "manifest.jsonl").is_file()

    page.reload()
    page.wait_for_selector("body[data-ready=true]")
    assert (
        _count(page, "mass") == before and page.input_value("#prompt") == "large left pleural effusion and right mass"
    )
    assert tab.errors == []


def test_two_tabs_do_not_mix_and_faults_are_notices(tab: Tab) -> None:
    first, second = tab.page, tab.page.context.new_page()
    second.goto(tab.address)
    second.wait_for_selector("body[data-ready=true]")
    for page, prompt in ((first, "chronic left mass"), (second, "right nodule")):
        page.fill("#prompt", prompt)
        page.click("#sample")
    for page in (first, second):
        _rendered(page, 1)
    assert _count(first, "mass") > 0 and _count(first, "nodule") == 0
    assert _count(second, "nodule") > 0 and _count(second, "mass") == 0
    assert first.inner_text("#understood") == "understood: left mass; left out: chronic"
    assert second.inner_text("#understood") == ""
    first.fill("#prompt", "left elbow fracture of the moon")
    first.click("#sample")
    first.wait_for_selector(".notice")
    text = first.inner_text(".notice")
    assert text.startswith("prompt: got") and "\n" not in text
    assert _count(first, "mass") > 0


def test_a_tablet_shows_everything_without_scrolling_sideways(bench: Workbench) -> None:
    with opened(application(bench), width=820, height=1180) as tab:
        tab.page.wait_for_selector("body[data-ready=true]")
        assert tab.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert tab.errors == [] and tab.foreign == []


def test_every_control_has_a_name(tab: Tab) -> None:
    unnamed = tab.page.evaluate(
        """[...document.querySelectorAll('input, select, button, canvas')].filter((one) => !(one.ariaLabel
           || one.textContent.trim() || (one.labels && one.labels.length) || one.alt)).map((one) => one.outerHTML)"""
    )
    assert unnamed == []
    ids: list[str] = tab.page.evaluate("[...document.querySelectorAll('[id]')].map((one) => one.id)")
    assert len(ids) == len(set(ids))


def test_axe_finds_no_serious_fault(bench: Workbench) -> None:
    with opened(application(bench), bypass_csp=True) as tab:
        tab.page.wait_for_selector("body[data-ready=true]")
        assert serious_faults(tab.page) == []
