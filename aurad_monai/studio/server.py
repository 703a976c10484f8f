# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The studio as an application: its page, and one address for each thing that the workbench does.

In: a workbench. Out: a Starlette application. A fault of the input is one line that the page shows as a notice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from aurad_monai.browser.loopback import static_file
from aurad_monai.errors import InputError
from aurad_monai.studio.workbench import MAX_FILE, Workbench

PAGES = Path(__file__).parent / "pages"
MAX_BODY = 16 * 2**20
Work = Callable[[Mapping[str, Any]], dict[str, Any]]


def application(bench: Workbench) -> Starlette:
    """The ASGI application."""
    work: dict[str, Work] = {
        "sample": bench.sample,
        "render": bench.render,
        "without": bench.without,
        "seeds": bench.seeds,
        "save": bench.save,
        "export": bench.export,
    }

    async def start(request: Request) -> Response:
        return JSONResponse(bench.vocabulary())

    async def chest(request: Request) -> Response:
        content = await _body(request, MAX_FILE)
        ending = request.query_params.get("ending", "")
        return JSONResponse(await run_in_threadpool(bench.chest, content, ending))

    return Starlette(
        routes=[
            Route("/", lambda request: FileResponse(PAGES / "studio.html")),
            Route("/favicon.ico", lambda request: Response(status_code=204)),
            Route("/pages/{name}", _page),
            Route("/api/start", start),
            Route("/api/chest", chest, methods=["POST"]),
            *(Route(f"/api/{name}", partial(_answer, do), methods=["POST"]) for name, do in work.items()),
        ],
        exception_handlers={InputError: _unusable},
    )


async def _answer(do: Work, request: Request) -> Response:
    body = await _body(request, MAX_BODY)
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InputError("request", body[:40], "JSON", "reload the page") from error
    if not isinstance(content, dict):
        raise InputError("request", content, "a JSON object", "reload the page")
    return JSONResponse(await run_in_threadpool(do, content))


async def _body(request: Request, largest: int) -> bytes:
    """The body of a request, refused as soon as it is too long."""
    parts, length = [], 0
    async for part in request.stream():
        length += len(part)
        if length > largest:
            raise InputError(
                "request", f"more than {largest} bytes", f"at most {largest} bytes", "choose a smaller file"
            )
        parts.append(part)
    return b"".join(parts)


async def _page(request: Request) -> Response:
    found = static_file(PAGES, request.path_params["name"])
    return FileResponse(found) if found else Response(status_code=404)


async def _unusable(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=400)
