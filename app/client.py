"""A client for the native WebSocket protocol; the command line, the benchmark and the tests use it."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import websockets

MAX_FRAME_BYTES = 2**24


class ServerError(Exception):
    """The server answered a message with an error."""

    def __init__(self, code: str, message: str, flush_index: int | None = None) -> None:
        super().__init__(f"{message} ({code})")
        self.code = code
        self.flush_index = flush_index


@dataclass(frozen=True, slots=True)
class Chunk:
    """A message with audio."""

    flush_index: int
    pcm: bytes
    """16-bit little-endian mono."""
    offset_ms: float
    """The chunk's start within its flush."""
    chars: list[str]
    char_start_times_ms: list[int]
    """From the chunk's start."""
    char_durations_ms: list[int]
    final: bool
    meta: dict[str, Any] | None = None
    """``first_chunk_ms``, ``seed`` and ``utterance_id``; in the first chunk of a flush."""


@dataclass(slots=True)
class Speech:
    """A whole flush."""

    pcm: bytes = b""
    chars: list[str] = field(default_factory=list)
    start_ms: list[float] = field(default_factory=list)
    """From the flush's start."""
    duration_ms: list[int] = field(default_factory=list)
    first_chunk_ms: float | None = None
    chunks: list[Chunk] = field(default_factory=list)


class GoingAway(Exception):
    """The server is about to stop: what was flushed is spoken still, and everything after it needs a new session."""


class Client:
    """An open session. Make one with ``connect``."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.socket = socket

    async def send(self, **message: Any) -> None:
        """Send one message: ``text``, ``flush``, ``end``, ``cancel``, ``voice``, ``speed`` …"""
        await self.socket.send(json.dumps(message))

    async def receive(self) -> Chunk | None:
        """The next chunk, or None for the answer to a cancel.

        Raises:
            ServerError: when the server answers with an error.
            GoingAway: once, when the server says that it is about to stop.
            websockets.ConnectionClosed: when the session is over.
        """
        message = json.loads(await self.socket.recv())
        if "error" in message:
            raise ServerError(message["code"], message["error"], message.get("flush_index"))
        if message.get("cancelled"):
            return None
        if message.get("going_away"):
            raise GoingAway
        alignment = message["alignment"]
        return Chunk(
            flush_index=message["flush_index"],
            pcm=base64.b64decode(message["audio"]),
            offset_ms=alignment["offset_ms"],
            chars=alignment["chars"],
            char_start_times_ms=alignment["char_start_times_ms"],
            char_durations_ms=alignment["char_durations_ms"],
            final=message.get("final", False),
            meta=message.get("meta"),
        )

    async def chunks(self) -> AsyncIterator[Chunk]:
        """The chunks of the present flush, up to its final one; it comes to its end also on a server that stops."""
        while True:
            try:
                chunk = await self.receive()
            except GoingAway:
                continue
            if chunk is None:
                return
            yield chunk
            if chunk.final:
                return

    async def speak(self, text: str, **options: Any) -> Speech:
        """Speak one text and wait for all of it."""
        await self.send(text=text, flush=True, **options)
        return await self.collect()

    async def collect(self) -> Speech:
        """The present flush as a whole, up to its final chunk."""
        speech = Speech()
        async for chunk in self.chunks():
            speech.chunks.append(chunk)
            speech.pcm += chunk.pcm
            speech.chars += chunk.chars
            speech.start_ms += [chunk.offset_ms + start for start in chunk.char_start_times_ms]
            speech.duration_ms += chunk.char_durations_ms
            if chunk.meta:
                speech.first_chunk_ms = chunk.meta["first_chunk_ms"]
        return speech


@asynccontextmanager
async def connect(url: str, *, key: str | None = None, **options: Any) -> AsyncIterator[Client]:
    """Open a session.

    Args:
        url: ``ws://host:port/ws``, or ``wss:``; the variable ``SSL_CERT_FILE`` names a file of certificates that are
            trusted in place of the system's.
        key: an API key, where the service wants one.
        options: for ``websockets.connect``.
    """
    async with connection(url, key, options) as socket:
        yield Client(socket)


def connection(url: str, key: str | None, options: dict[str, Any]) -> websockets.connect:
    """What opens a session, as an iterator one after the other; see ``connect``."""
    # PCM in base64 hardly shrinks: compressing it only costs time on both sides.
    headers = {"xi-api-key": key} if key else None
    return websockets.connect(url, max_size=MAX_FRAME_BYTES, compression=None, additional_headers=headers, **options)
