"""Pages of other origins, and bodies that are too long, over a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.fakes import PATIENCE_S, FakeService

ELSEWHERE = "https://elsewhere.example"
LIMIT = 2_000
HEADERS = {"content-type": "application/json"}


def body_of(length: int) -> bytes:
    return json.dumps({"text": "a"}).ljust(length).encode()


async def in_parts(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 100):
        yield body[start : start + 100]


async def preflight(http: httpx.AsyncClient, **headers: str) -> httpx.Response:
    asked = {"Origin": ELSEWHERE, "Access-Control-Request-Method": "POST", **headers}
    return await http.options("/synth_wav", headers=asked)


async def test_a_page_of_an_allowed_origin_may_ask_and_read(http: httpx.AsyncClient, service: FakeService) -> None:
    service.configure(allowed_origins=[ELSEWHERE])

    asked = await preflight(http, **{"Access-Control-Request-Headers": "content-type, xi-api-key, authorization"})
    answer = await http.post("/synth_wav", json={"text": "a"}, headers={"Origin": ELSEWHERE})
    error = await http.post("/synth_wav", json={}, headers={"Origin": ELSEWHERE})

    assert asked.status_code == 200
    for response in (asked, answer, error):
        assert response.headers["access-control-allow-origin"] == ELSEWHERE
        assert "Origin" in response.headers["vary"]
    exposed = answer.headers["access-control-expose-headers"].split(", ")
    assert exposed == ["request-id", "x-request-id", "character-cost", "retry-after"]


@pytest.mark.parametrize("allowed", [[], ["https://another.example"]])
async def test_a_page_of_another_origin_may_neither(
    http: httpx.AsyncClient, service: FakeService, allowed: list[str]
) -> None:
    service.configure(allowed_origins=allowed)

    asked = await preflight(http)
    answer = await http.post("/synth_wav", json={"text": "a"}, headers={"Origin": ELSEWHERE})

    assert asked.status_code == 400
    assert "access-control-allow-origin" not in asked.headers
    assert "access-control-allow-origin" not in answer.headers


async def test_every_origin_may_where_the_settings_say_so(http: httpx.AsyncClient, service: FakeService) -> None:
    service.configure(allowed_origins=["*"])

    assert (await preflight(http)).headers["access-control-allow-origin"] == ELSEWHERE


@pytest.mark.parametrize("way", ["with its length", "in parts"])
async def test_a_body_over_the_limit_is_413_and_is_not_read(
    http: httpx.AsyncClient, service: FakeService, way: str
) -> None:
    service.configure(max_message_bytes=LIMIT)

    async def post(length: int) -> httpx.Response:
        body = body_of(length)
        content = body if way == "with its length" else in_parts(body)
        return await http.post("/synth_wav", content=content, headers=HEADERS)

    fits, refused = await post(LIMIT), await post(LIMIT + 1)

    assert fits.status_code == 200
    assert (refused.status_code, refused.json()["code"]) == (413, "request_entity_too_large")
    assert refused.json()["error"] == "A body may have 2,000 bytes and this one has more: send it in parts."


async def test_a_body_that_says_it_is_too_long_is_refused_before_it_comes(address: str, service: FakeService) -> None:
    service.configure(max_message_bytes=LIMIT)
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST /synth_wav HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {LIMIT + 1}\r\n\r\n"
    )
    writer.write(head.encode())

    answer = await asyncio.wait_for(reader.readline(), PATIENCE_S)

    assert b" 413 " in answer
    writer.close()
