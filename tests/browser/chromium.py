# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium for tests of pages: every host but loopback is blocked, and what it asked for is kept.

In: an application. Out: a page, with the addresses of foreign requests and the errors of its console.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from aurad_monai.browser.loopback import Guard

BINARY = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@dataclass
class Tab:
    """A page and what went wrong in it.

    Args:
        page: of Playwright.
        address: of the application.
        foreign: addresses outside loopback that the page asked for.
        errors: of its console and scripts.
    """

    page: Any
    address: str
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an application on a free port of loopback; gives its address."""
    uvicorn = pytest.importorskip("uvicorn")
    import socket

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(Guard(app), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def opened(app: Any, width: int = 1280, height: int = 900, bypass_csp: bool = False) -> Iterator[Tab]:
    """Open an application in Chromium; skips where Playwright or Chromium is missing."""
    playwright = pytest.importorskip("playwright.sync_api")
    if BINARY is None:
        pytest.skip("no Chromium is installed")
    with served(app) as address, playwright.sync_playwright() as play:
        rules = "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        browser = play.chromium.launch(
            executable_path=BINARY, args=["--no-sandbox", "--disable-gpu", f"--host-resolver-rules={rules}"]
        )
        context = browser.new_context(viewport={"width": width, "height": height}, bypass_csp=bypass_csp)
        tab = Tab(context.new_page(), address)
        tab.page.set_default_timeout(120_000)
        tab.page.on(
            "request", lambda r: tab.foreign.append(r.url) if not r.url.startswith((address, "blob:")) else None
        )
        tab.page.on("console", lambda m: tab.errors.append(m.text) if m.type == "error" else None)
        tab.page.on("pageerror", lambda error: tab.errors.append(str(error)))
        tab.page.goto(address)
        try:
            yield tab
        finally:
            browser.close()


def serious_faults(page: Any) -> list[str]:
    """Rules of accessibility that axe-core finds broken, serious and critical ones; skips without axe-core.

    AURAD_AXE is the path of axe.min.js of the npm package axe-core; the page must be opened with `bypass_csp`.
    """
    script = os.environ.get("AURAD_AXE")
    if not script:
        pytest.skip("AURAD_AXE does not name axe.min.js")
    page.add_script_tag(path=script)
    found = page.evaluate("axe.run().then((result) => result.violations)")
    return [f"{rule['id']}: {rule['help']}" for rule in found if rule["impact"] in ("serious", "critical")]
