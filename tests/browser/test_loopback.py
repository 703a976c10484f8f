# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The guard of pages on loopback: foreign hosts and sites are refused, every answer has the strict headers."""

from __future__ import annotations

import socket

import pytest

pytest.importorskip("starlette")
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from aurad_monai.browser.loopback import HEADERS, Guard, serve
from aurad_monai.errors import InputError

APP = Starlette(routes=[Route("/", lambda request: PlainTextResponse("page"), methods=["GET", "POST"])])


@pytest.fixture
def client() -> TestClient:
    return TestClient(Guard(APP), base_url="http://127.0.0.1:8765")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.1:8765", "localhost:80"])
def test_own_hosts_are_answered_with_every_header(client: TestClient, host: str) -> None:
    got = client.get("/", headers={"host": host})
    assert got.text == "page" and HEADERS.items() <= dict(got.headers).items()
    assert "'unsafe" not in got.headers["content-security-policy"]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "", "0.0.0.0:8765"])
def test_other_hosts_are_refused_with_the_headers(client: TestClient, host: str) -> None:
    got = client.get("/", headers={"host": host})
    assert got.status_code == 400 and HEADERS.items() <= dict(got.headers).items()


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_requests_of_other_sites_are_refused(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/", headers=headers).status_code == 403


def test_own_origin_is_answered(client: TestClient) -> None:
    headers = {"origin": "http://127.0.0.1:8765", "sec-fetch-site": "same-origin"}
    assert client.post("/", headers=headers).status_code == 200


def test_a_port_in_use_is_refused_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match="port: got"):
            serve(APP, taken.getsockname()[1], open_browser=False)
