"""Keys over a real server: where they may stand, what they open, and what the wrong ones are told."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.fakes import PATIENCE_S, FakeService

OPERATORS_PATHS = [("GET", "/stats"), ("GET", "/stats/history"), ("GET", "/metrics"), ("POST", "/gc")]
SPEAK = {"text": "one two"}


def places(key: str) -> dict[str, dict[str, Any]]:
    """What a request has in addition, by the place that a client puts its key in."""
    return {
        "header": {"headers": {"xi-api-key": key}},
        "bearer": {"headers": {"Authorization": f"Bearer {key}"}},
        "bearer in lower case": {"headers": {"authorization": f"bearer {key}"}},
        "query": {"params": {"xi-api-key": key}},
        "query with underscores": {"params": {"xi_api_key": key}},
        "authorization in the query": {"params": {"authorization": key}},
        "bearer in the query": {"params": {"authorization": f"Bearer {key}"}},
        "single use token": {"params": {"single_use_token": key}},
    }


PLACES = list(places(""))


async def heard(socket: ClientConnection) -> dict[str, Any]:
    return json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S))


async def refused(socket: ClientConnection) -> tuple[str, int, str]:
    """The word of the one error frame, and the close that follows it."""
    frame = await heard(socket)
    assert set(frame) == {"error", "code"}
    await asyncio.wait_for(socket.wait_closed(), PATIENCE_S)
    assert socket.close_code is not None
    assert socket.close_reason
    assert frame["error"].startswith(socket.close_reason)
    return frame["code"], socket.close_code, frame["error"]


@pytest.mark.parametrize("place", PLACES)
async def test_a_key_opens_from_any_place(http: httpx.AsyncClient, service: FakeService, place: str) -> None:
    key = service.add_key()
    url, extra = "/synth_wav", places(key)[place]

    assert (await http.post(url, json=SPEAK, **extra)).status_code == 200
    wrong = await http.post(url, json=SPEAK, **places(key + "x")[place])

    assert (wrong.status_code, wrong.json()["code"]) == (401, "invalid_api_key")
    assert key not in wrong.text
    assert len(service.speech.requests) == 1


async def test_without_a_key_a_request_is_told_how_to_send_one(http: httpx.AsyncClient, service: FakeService) -> None:
    service.add_key()

    response = await http.post("/synth_wav", json=SPEAK)

    assert (response.status_code, response.json()["code"]) == (401, "missing_api_key")
    assert "xi-api-key" in response.json()["error"]
    assert response.headers["www-authenticate"] == "Bearer"


async def test_what_a_proxy_asked_for_is_no_key(http: httpx.AsyncClient, service: FakeService) -> None:
    service.add_key()

    response = await http.post("/synth_wav", json=SPEAK, auth=("reader", "password"))

    assert response.json()["code"] == "missing_api_key"


async def test_without_keys_in_the_settings_any_key_is_taken(http: httpx.AsyncClient) -> None:
    for key in ("anything", "sk_" + "0" * 48):
        for place in places(key).values():
            assert (await http.post("/synth_wav", json=SPEAK, **place)).status_code == 200
            assert (await http.get("/stats", **place)).status_code == 200


@pytest.mark.parametrize(("method", "path"), OPERATORS_PATHS)
async def test_operators_paths_want_an_admin_key(
    http: httpx.AsyncClient, service: FakeService, method: str, path: str
) -> None:
    reader, admin = service.add_key("reader"), service.add_key("boss", admin=True)

    nobody = await http.request(method, path)
    stranger = await http.request(method, path, headers={"xi-api-key": "x"})
    somebody = await http.request(method, path, headers={"xi-api-key": reader})
    boss = await http.request(method, path, headers={"xi-api-key": admin})

    assert (nobody.status_code, nobody.json()["code"]) == (401, "missing_api_key")
    assert (stranger.status_code, stranger.json()["code"]) == (401, "invalid_api_key")
    assert (somebody.status_code, somebody.json()["code"]) == (403, "admin_key_required")
    assert somebody.json()["error"] == 'This is for admin keys, and the key of "reader" is none.'
    assert boss.status_code == 200


@pytest.mark.parametrize("path", ["/health", "/", "/status", "/web/main.js", "/openapi.json"])
async def test_health_and_the_pages_stay_open(http: httpx.AsyncClient, service: FakeService, path: str) -> None:
    service.add_key()

    assert (await http.get(path)).status_code == 200


@pytest.mark.parametrize("place", PLACES)
async def test_a_session_takes_its_key_from_the_handshake(address: str, service: FakeService, place: str) -> None:
    given = places(service.add_key())[place]
    query = "".join(f"?{name}={quote(value)}" for name, value in given.get("params", {}).items())
    async with connect(f"ws://{address}/ws{query}", additional_headers=given.get("headers")) as socket:
        await socket.send(json.dumps({**SPEAK, "flush": True}))
        assert "audio" in await heard(socket)


@pytest.mark.parametrize("field", ["xi-api-key", "xi_api_key", "authorization"])
@pytest.mark.parametrize("scheme", ["", "Bearer "])
async def test_a_session_takes_its_key_from_the_first_message_which_does_all_that_it_says(
    address: str, service: FakeService, field: str, scheme: str
) -> None:
    key = service.add_key()
    async with connect(f"ws://{address}/ws") as socket:
        await socket.send(json.dumps({field: scheme + key, "speed": 9}))
        assert (await heard(socket))["message_index"] == 0, "it counts as a message"
        await socket.send(json.dumps({**SPEAK, "flush": True}))
        assert "audio" in await heard(socket)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"xi-api-key": "wrong"}, "invalid_api_key"),
        ({"text": "a", "flush": True}, "missing_api_key"),
        ({"xi-api-key": 5}, "missing_api_key"),
        ({"xi-api-key": ""}, "missing_api_key"),
        ([], "missing_api_key"),
    ],
)
async def test_a_session_without_a_right_key_is_told_and_closed_with_1008(
    http: httpx.AsyncClient, address: str, service: FakeService, message: Any, code: str
) -> None:
    admin = service.add_key(admin=True)
    async with connect(f"ws://{address}/ws") as socket:
        await socket.send(json.dumps(message))
        assert (await refused(socket))[:2] == (code, 1008)

    assert service.speech.requests == []
    assert f'errors_total{{code="{code}"' in (await http.get("/metrics", headers={"xi-api-key": admin})).text


@pytest.mark.parametrize("raw", ["{", b"\xff", "[" * 100_000])
async def test_a_first_message_that_cannot_be_read_has_no_key(
    address: str, service: FakeService, raw: str | bytes
) -> None:
    service.add_key()
    async with connect(f"ws://{address}/ws") as socket:
        await socket.send(raw)
        assert (await refused(socket))[0] == "missing_api_key"


async def test_a_wrong_key_in_the_handshake_is_told_at_once(address: str, service: FakeService) -> None:
    service.add_key()
    async with connect(f"ws://{address}/ws?xi-api-key=wrong") as socket:
        assert (await refused(socket))[:2] == ("invalid_api_key", 1008)


async def test_a_session_that_never_sends_its_key_is_closed(address: str, service: FakeService) -> None:
    service.add_key()
    service.configure_auth(key_within_s=0.02)
    async with connect(f"ws://{address}/ws") as socket:
        assert (await refused(socket))[:2] == ("missing_api_key", 1008)


async def test_a_client_that_leaves_before_it_sent_its_key_leaves_its_place(address: str, service: FakeService) -> None:
    service.configure(max_sessions=1)
    key = service.add_key()
    async with connect(f"ws://{address}/ws"):
        pass
    async with connect(f"ws://{address}/ws", additional_headers={"xi-api-key": key}) as socket:
        await socket.send(json.dumps({**SPEAK, "flush": True}))
        assert "audio" in await heard(socket)


async def test_without_keys_in_the_settings_a_session_may_say_any(address: str) -> None:
    async with connect(f"ws://{address}/ws?authorization=any", additional_headers={"xi-api-key": "any"}) as socket:
        await socket.send(json.dumps({**SPEAK, "xi-api-key": "any", "flush": True}))
        assert "audio" in await heard(socket)


async def test_a_key_that_comes_to_the_settings_shuts_the_service_at_once(
    http: httpx.AsyncClient, service: FakeService
) -> None:
    assert (await http.post("/synth_wav", json=SPEAK)).status_code == 200
    service.add_key()
    assert (await http.post("/synth_wav", json=SPEAK)).status_code == 401
