# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The pages of a reader study as an application: one item at a time, an answer kept before the next is shown.

In: an opened study. Out: a Starlette application. The key never leaves it, but for training items once answered.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from aurad_monai import vocabulary
from aurad_monai.browser.loopback import static_file
from aurad_monai.errors import InputError
from aurad_monai.readers.answers import Answers, checked_answer, checked_code
from aurad_monai.readers.study import Study

PAGES = Path(__file__).parent / "pages"
LARGEST_BODY = 64 * 1024


class StudyPages:
    """Answers the requests of the page.

    Args:
        study: what is shown.
    """

    def __init__(self, study: Study) -> None:
        self.study, self.answers = study, Answers(study.folder)
        self.items = {item.id: item for item in study.items}

    def application(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/", lambda request: FileResponse(PAGES / "study.html")),
                Route("/favicon.ico", lambda request: Response(status_code=204)),
                Route("/pages/{name}", self.page),
                Route("/api/next", self.next),
                Route("/api/answer", self.answer, methods=["POST"]),
                Route("/{folder}/{name}", self.picture),
            ],
            exception_handlers={InputError: _unusable},
        )

    async def page(self, request: Request) -> Response:
        """A script or style sheet."""
        found = static_file(PAGES, request.path_params["name"])
        return FileResponse(found) if found else Response(status_code=404)

    async def picture(self, request: Request) -> Response:
        """The radiograph or the outline of an item."""
        folder, name = request.path_params["folder"], request.path_params["name"].removesuffix(".png")
        path = self.study.folder / folder / f"{name}.png"
        if folder not in ("pictures", "outlines") or name not in self.items or not path.is_file():
            return Response(status_code=404)
        return FileResponse(path, media_type="image/png")

    async def next(self, request: Request) -> Response:
        """The first item of the reader's order that has no answer, and how many are done."""
        reader = checked_code(request.query_params.get("reader"))
        order, done = self.study.order(reader), {answer.item for answer in self.answers.of(reader)}
        left = [item for item in order if item.id not in done]
        state: dict[str, Any] = {"done": len(order) - len(left), "total": len(order), "pilot": self.study.pilot}
        if left:
            state |= {"item": left[0].id, "part": left[0].part, "findings": _findings()}
        return JSONResponse(state)

    async def answer(self, request: Request) -> Response:
        """Keep an answer; of a training item say what it really was."""
        body = await request.body()
        if len(body) > LARGEST_BODY:
            raise InputError("answer", f"{len(body)} bytes", f"at most {LARGEST_BODY}", "shorten the note")
        try:
            content = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise InputError("answer", body[:40], "JSON", "reload the page") from error
        if not isinstance(content, dict) or str(content.get("item")) not in self.items:
            raise InputError("item", content, "an item of this study", "reload the page")
        item = self.items[str(content["item"])]
        kept = self.answers.add(checked_answer(content, item.part == "outlines"))
        truth = self.study.truths[item.id]
        shown = {"kind": truth.kind, "findings": truth.findings} if item.part == "training" else None
        return JSONResponse({"kept": kept, "truth": shown})


def _findings() -> list[dict[str, str]]:
    return [{"name": term.name, "label": term.label} for term in vocabulary.FINDINGS]


async def _unusable(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=400)
