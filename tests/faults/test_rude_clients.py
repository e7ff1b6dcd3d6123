"""Clients that vanish and clients that never read: what they took is given back."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.client import ClientProtocol
from websockets.uri import parse_uri

from tests.faults.fleet import Fleet
from tests.faults.report import tell

VANISHING, DEAF = 100, 50
BACK_WITHIN_S = 120.0
"""A connection that answers no ping is closed after 40 s."""
KEPT_MB = 80.0
"""What a process may have grown by: allocators keep some of what was used."""

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


@asynccontextmanager
async def raw_session(fleet: Fleet) -> AsyncIterator[tuple[asyncio.StreamWriter, ClientProtocol]]:
    """A WebSocket of which the test writes every byte and reads none after the handshake."""
    reader, writer = await asyncio.open_connection("127.0.0.1", fleet.port, limit=2**12)
    protocol = ClientProtocol(parse_uri(fleet.ws))
    protocol.send_request(protocol.connect())
    writer.write(b"".join(protocol.data_to_send()))
    protocol.receive_data(await reader.readuntil(b"\r\n\r\n"))
    try:
        yield writer, protocol
    finally:
        writer.transport.abort()


async def vanish(fleet: Fleet) -> None:
    """Sends half a message and is gone."""
    async with raw_session(fleet) as (writer, protocol):
        protocol.send_text(json.dumps({"text": "This will never be whole.", "flush": True}).encode())
        frame = b"".join(protocol.data_to_send())
        writer.write(frame[: len(frame) // 2])
        await writer.drain()


async def stay_deaf(fleet: Fleet, until: asyncio.Event) -> None:
    """Has something spoken and reads nothing of it."""
    async with raw_session(fleet) as (writer, protocol):
        protocol.send_text(json.dumps({"text": "Nobody reads it.", "flush": True}).encode())
        writer.write(b"".join(protocol.data_to_send()))
        await writer.drain()
        await until.wait()


def memory_mb(fleet: Fleet) -> dict[int, float]:
    return {found["process_id"]: found["memory_mb"] for found in fleet.stats()["replicas"]}


async def until_nothing_is_open(fleet: Fleet) -> float:
    """Waits for it, and returns the seconds that it took."""
    began = time.monotonic()
    gauges = ("sessions", "speaking_flushes", "active_utterances")
    while any([await asyncio.to_thread(fleet.metric, f"kokoro_serve_{gauge}") for gauge in gauges]):
        assert time.monotonic() - began < BACK_WITHIN_S, "sessions stay open"
        await asyncio.sleep(0.5)
    return time.monotonic() - began


async def test_clients_that_vanish_or_never_read_leave_nothing_behind(fleet: Fleet) -> None:
    await fleet.hear("All is well.", seed=1)
    await until_nothing_is_open(fleet)
    before = await asyncio.to_thread(memory_mb, fleet)

    await asyncio.gather(*(vanish(fleet) for _ in range(VANISHING)))
    vanished_s = await until_nothing_is_open(fleet)

    never = asyncio.Event()
    deaf = [asyncio.create_task(stay_deaf(fleet, never)) for _ in range(DEAF)]
    while await asyncio.to_thread(fleet.metric, "kokoro_serve_sessions") < DEAF:
        await asyncio.sleep(0.2)
    began = time.monotonic()
    heard = await fleet.hear("Who reads is served as before.", seed=2)
    served_s = time.monotonic() - began
    deaf_s = await until_nothing_is_open(fleet)
    never.set()
    await asyncio.gather(*deaf)

    grown_mb = {process: mb - before[process] for process, mb in (await asyncio.to_thread(memory_mb, fleet)).items()}
    most_mb = max(grown_mb.values())
    tell(
        f"{VANISHING} clients vanish within a message",
        f"nothing of them open after {vanished_s:.1f} s",
    )
    tell(
        f"{DEAF} clients have something spoken and never read",
        f"one who reads had it all in {served_s:.1f} s meanwhile; they were closed after {deaf_s:.0f} s more, and no "
        f"process holds more than {most_mb:.0f} MiB above what it held before",
    )
    assert heard.chars == "Who reads is served as before."
    assert most_mb < KEPT_MB
