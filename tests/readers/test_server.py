# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The study's application: order, resume, blinding and refusals, through its HTTP interface."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette")
from starlette.testclient import TestClient

from aurad_monai.readers.server import StudyPages
from aurad_monai.readers.study import Study
from tests.readers.small_study import small_study

JUDGED = {"judged": "real", "confidence": 3, "finding": "none", "seconds": 1.0}


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return small_study(tmp_path / "study", 3, 1, 2)


@pytest.fixture
def client(study: Study) -> TestClient:
    return TestClient(StudyPages(study).application(), base_url="http://127.0.0.1:8765")


def _next(client: TestClient, reader: str = "anna") -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/next", params={"reader": reader}).json()
    return found


def _answer(client: TestClient, state: dict[str, Any], reader: str = "anna") -> dict[str, Any]:
    content = {"useful": "yes"} if state["part"] == "outlines" else JUDGED
    found: dict[str, Any] = client.post("/api/answer", json={"reader": reader, "item": state["item"], **content}).json()
    return found


def test_a_reader_goes_through_all_items_and_a_new_server_goes_on(client: TestClient, study: Study) -> None:
    seen = []
    for number in range(len(study.items)):
        state = _next(client)
        assert (state["done"], state["total"]) == (number, len(study.items))
        seen.append(state["item"])
        truth = _answer(client, state)["truth"]
        assert (truth is not None) == (state["part"] == "training")
        client = TestClient(StudyPages(study).application(), base_url="http://127.0.0.1:8765")  # killed and started
    assert seen == [item.id for item in study.order("anna")]
    assert "item" not in _next(client) and _next(client, "ben")["done"] == 0


def test_answering_twice_keeps_the_first(client: TestClient, study: Study) -> None:
    state = _next(client)
    assert _answer(client, state)["kept"] and not _answer(client, state)["kept"]
    assert len(StudyPages(study).answers.of("anna")) == 1


def test_pictures_are_served_and_nothing_else_of_the_folder(client: TestClient, study: Study) -> None:
    name = study.items[0].id
    got = client.get(f"/pictures/{name}.png")
    assert got.status_code == 200 and got.content == (study.folder / "pictures" / f"{name}.png").read_bytes()
    for path in (
        "/key.json",
        "/./key.json",
        "/pictures/../key.json",
        "/pictures/%2e%2e%2fkey.json",
        "/..%2fkey/key.json",
    ):
        assert client.get(path).status_code == 404
    assert client.get("/pages/server.py").status_code == 404 and client.get("/pages/study.js").status_code == 200


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"{" * 5000, b'{"item": "p0"}', b'{"item": []}', b"\xff", b"x" * 70000]
)
def test_what_is_no_answer_is_refused_in_one_line(client: TestClient, body: bytes) -> None:
    got = client.post("/api/answer", content=body)
    assert got.status_code == 400 and "\n" not in got.json()["error"]


def test_a_wrong_code_is_refused(client: TestClient) -> None:
    assert client.get("/api/next", params={"reader": "no code"}).status_code == 400
    assert client.get("/api/next").status_code == 400
