"""What ends a WebSocket: messages that are too long, age, silence."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.fakes import PATIENCE_S, FakeService

LIMIT = 2_000


@asynccontextmanager
async def session(address: str) -> AsyncIterator[ClientConnection]:
    async with connect(f"ws://{address}/ws", compression=None) as socket:
        yield socket


async def closing(socket: ClientConnection) -> tuple[int | None, str | None]:
    await asyncio.wait_for(socket.wait_closed(), PATIENCE_S)
    return socket.close_code, socket.close_reason


async def speaks(socket: ClientConnection) -> None:
    await socket.send(json.dumps({"text": "a", "flush": True}))
    assert json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S))["final"]


def message_of(length: int, character: str = "x") -> str:
    """A message of so many bytes in UTF-8."""
    empty = json.dumps({"note": ""})
    text = character * ((length - len(empty)) // len(character.encode()))
    padding = "x" * (length - len(empty) - len(text.encode()))
    return json.dumps({"note": text + padding}, ensure_ascii=False)


@pytest.mark.parametrize("character", ["x", "é", "語", "😀"])
async def test_a_message_over_the_limit_closes_with_1009(
    http: httpx.AsyncClient, address: str, service: FakeService, character: str
) -> None:
    service.configure(max_message_bytes=LIMIT)
    async with session(address) as socket:
        await socket.send(message_of(LIMIT, character))
        await speaks(socket)
        await socket.send(message_of(LIMIT + 1, character))
        code, reason = await closing(socket)

    assert code == 1009
    assert reason is not None
    assert "2,000 bytes and this one has 2,001" in reason
    assert 'errors_total{code="message_too_big"' in (await http.get("/metrics")).text


async def test_a_binary_message_over_the_limit_closes_too(address: str, service: FakeService) -> None:
    service.configure(max_message_bytes=LIMIT)
    async with session(address) as socket:
        await socket.send(b"x" * (LIMIT + 1))
        assert (await closing(socket))[0] == 1009


async def test_a_message_over_the_limit_stops_what_is_spoken(address: str, service: FakeService) -> None:
    service.configure(max_message_bytes=LIMIT)
    service.speech.hold(0, 1)
    async with session(address) as socket:
        await socket.send(json.dumps({"text": "a b", "flush": True}))
        await socket.recv()
        await socket.send(message_of(LIMIT + 1))
        assert (await closing(socket))[0] == 1009
    await service.speech.idle()


async def test_a_session_does_not_grow_older_than_it_may(address: str, service: FakeService) -> None:
    service.configure(max_age_s=0.05)
    service.speech.hold(0, 0)
    async with session(address) as socket:
        await socket.send(json.dumps({"text": "a", "flush": True}))
        code, reason = await closing(socket)

    assert code == 1001
    assert reason == "A session lasts 0.05 s at most (session.max_age_s): open a new one."
    await service.speech.idle()


async def test_a_session_without_anything_to_do_is_closed(address: str, service: FakeService) -> None:
    service.configure(idle_timeout_s=0.05)
    async with session(address) as socket:
        await speaks(socket)
        code, reason = await closing(socket)

    assert code == 1001
    assert reason is not None
    assert "session.idle_timeout_s" in reason


async def test_a_session_that_speaks_is_not_idle(address: str, service: FakeService) -> None:
    service.configure(idle_timeout_s=0.05)
    hold = service.speech.hold(0, 0)
    async with session(address) as socket:
        await socket.send(json.dumps({"text": "a", "flush": True}))
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(socket.recv(), 0.25)
        hold.open()
        assert json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S))["final"]
        assert (await closing(socket))[0] == 1001


async def test_a_session_that_hears_from_its_client_is_not_idle(address: str, service: FakeService) -> None:
    service.configure(idle_timeout_s=0.5)
    async with session(address) as socket:
        for _ in range(8):
            await asyncio.sleep(0.1)
            await socket.send(json.dumps({"text": " "}))
        await speaks(socket)


async def test_a_session_may_be_idle_for_ever(address: str, service: FakeService) -> None:
    service.configure(idle_timeout_s=0)
    async with session(address) as socket:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(socket.recv(), 0.1)
        await speaks(socket)
