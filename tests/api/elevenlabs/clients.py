"""A client of ElevenLabs' WebSockets that sees every frame."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.fakes import PATIENCE_S

VOICE = "af_heart"


class Client:
    """Sends JSON and hears it; keeps nothing to itself."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def say(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def hear(self) -> dict[str, Any]:
        return json.loads(await asyncio.wait_for(self.socket.recv(), PATIENCE_S))

    async def hear_until_final(self, context: str | None = None) -> list[dict[str, Any]]:
        """Every frame up to the final one, of one context where there are several."""
        frames = []
        while not frames or not (frames[-1].get("isFinal") and frames[-1].get("contextId") == context):
            frames.append(await self.hear())
        return frames

    async def hear_rest(self) -> tuple[list[dict[str, Any]], int, str]:
        """Every frame until the server closes, and the code and the reason of the close."""
        frames = []
        while True:
            try:
                frames.append(await self.hear())
            except ConnectionClosed as closed:
                if closed.rcvd is None:
                    raise
                return frames, closed.rcvd.code, closed.rcvd.reason

    async def hears_nothing(self, seconds: float = 0.05) -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(self.socket.recv(), seconds)


@asynccontextmanager
async def opened(
    address: str, kind: str, query: str = "output_format=pcm_24000", **options: Any
) -> AsyncIterator[Client]:
    """A connection to ``stream-input`` or ``multi-stream-input``."""
    voice = options.pop("voice", VOICE)
    url = f"ws://{address}/v1/text-to-speech/{voice}/{kind}?{query}"
    async with connect(url, compression=None, **options) as socket:
        yield Client(socket)


def audio_of(frames: list[dict[str, Any]]) -> bytes:
    return b"".join(base64.b64decode(frame["audio"]) for frame in frames if frame.get("audio"))


def said(frames: list[dict[str, Any]], part: str = "alignment") -> str:
    return "".join("".join(frame[part]["chars"]) for frame in frames if frame.get(part))


def assert_whole(alignment: dict[str, list[Any]]) -> None:
    """Three lists of one length, in order, that begin with a character and end with a space."""
    chars, starts, durations = (alignment[key] for key in ("chars", "charStartTimesMs", "charDurationsMs"))
    assert set(alignment) == {"chars", "charStartTimesMs", "charDurationsMs"}
    assert len(chars) == len(starts) == len(durations) > 0
    assert all(type(number) is int and number >= 0 for number in starts + durations)
    assert starts == sorted(starts)
    assert chars[-1] == " "
