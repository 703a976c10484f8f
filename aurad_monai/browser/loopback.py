# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Serve an ASGI application on loopback alone, so that no other machine, site or font server has part in it.

Takes a Starlette application; `guarded` adds the checks and headers, `serve` runs it until Ctrl-C.
"""

from __future__ import annotations

import socket
import webbrowser
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from aurad_monai.errors import InputError

HOST = "127.0.0.1"
NAMES = (HOST, "localhost")
"""What a browser may call this machine; another Host header is a name that was rebound to it."""
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
"""Of every answer: nothing but files of this server, nothing kept by the browser."""
Scope = MutableMapping[str, Any]


class Guard:
    """ASGI middleware: refuse foreign Host and Origin headers, add `HEADERS` to every answer.

    Args:
        app: the application behind it.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer one request; 400 to a foreign Host, 403 to a request that another site sends."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Scope) -> None:
            if message["type"] == "http.response.start":
                added = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message = {**message, "headers": [*message.get("headers", []), *added]}
            await send(message)

        status = _refusal({key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]})
        if status:
            await with_headers({"type": "http.response.start", "status": status, "headers": []})
            await send({"type": "http.response.body", "body": b"this page is for the browser of this machine alone"})
            return
        await self.app(scope, receive, with_headers)


def _refusal(headers: dict[str, str]) -> int:
    """Status with which a request is refused; 0 where it is not."""
    host = headers.get("host", "")
    if host.rpartition(":")[0] not in NAMES and host not in NAMES:
        return 400
    origin = headers.get("origin")
    if origin is not None and origin != f"http://{host}":
        return 403
    return 403 if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none") else 0


def static_file(folder: Path, name: str) -> Path | None:
    """A file of a folder of pages by its bare name; None where there is none such."""
    return next((path for path in folder.iterdir() if path.name == name and path.is_file()), None)


def serve(app: Any, port: int, open_browser: bool = True, path: str = "/") -> None:
    """Run an application on loopback until Ctrl-C.

    Args:
        app: an ASGI application, guarded by this function.
        port: TCP port; 0 takes a free one.
        open_browser: open the page in the user's browser.
        path: of the page that is opened.

    Raises:
        InputError: the port is in use, or uvicorn is not installed.
    """
    try:
        import uvicorn
    except ImportError as error:
        raise InputError("extra", "no uvicorn", "an installed uvicorn", 'pip install "aurad-monai[studio]"') from error
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise InputError("port", port, "a port that no program uses", "give --port 0 for a free one") from error
    address = f"http://{HOST}:{listener.getsockname()[1]}{path}"
    print(f"open {address} in a browser of this machine; Ctrl-C ends it", flush=True)
    if open_browser:
        webbrowser.open(address)
    config = uvicorn.Config(Guard(app), log_level="warning", access_log=False, server_header=False)
    uvicorn.Server(config).run(sockets=[listener])
