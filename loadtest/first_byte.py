"""Time to the first byte of sound over each API and in each format, with one text at a time.

python -m loadtest.first_byte                                  starts the service, measures, stops it
python -m loadtest.first_byte --url http://127.0.0.1:8000      measures one that runs
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

import httpx
import numpy as np
import typer
from tqdm import tqdm
from websockets.asyncio.client import ClientConnection, connect

from loadtest.first_chunk import service

TEXTS = (
    "Good morning, how are you today?",
    "The train leaves at nine.",
    "Please open the window a little.",
    "I will call you back tomorrow.",
    "Nobody knew where the key was.",
    "What a lovely garden you have!",
)
"""Short ones: how long a text is matters little for its first sound."""

VOICE = "af_heart"
MAX_BEHIND_MS = 30
"""How far behind the native API any other one may be."""

ELEVENLABS_SOCKET_FORMATS = ("pcm_44100", "pcm_24000", "mp3_44100_128", "mp3_22050_32", "opus_48000_64", "ulaw_8000")
ELEVENLABS_HTTP_FORMATS = ("pcm_44100", "mp3_44100_128", "mp3_22050_32", "opus_48000_64", "wav_24000", "ulaw_8000")
OPENAI_FORMATS = ("pcm", "wav", "mp3", "opus", "aac", "flac")

Ask = Callable[[str], Awaitable[float]]
"""Has a text spoken to its end and returns the seconds to the first byte of its sound."""


@dataclass(frozen=True, slots=True)
class Way:
    """One API in one format."""

    api: str
    audio_format: str
    ask: Ask


@dataclass(frozen=True, slots=True)
class FirstByte:
    """What was measured over one way; medians over the texts."""

    api: str
    audio_format: str
    first_ms: float
    behind_ms: float
    """Behind the native API, text by text."""


async def measure(url: str, rounds: int) -> list[FirstByte]:
    """Every text over every way, in turn, so that a busy moment hits no way alone.

    Args:
        url: ``http://host:port``.
        rounds: times that every text is spoken over every way.
    """
    async with contextlib.AsyncExitStack() as stack:
        ways = await _ways(url, stack)
        for way in ways:
            await way.ask(TEXTS[0])
        found = []
        for text in tqdm(TEXTS * rounds, unit="text"):
            found.append([await way.ask(text) * 1000 for way in ways])
    times_ms = np.array(found)
    behind_ms = np.median(times_ms - times_ms[:, :1], axis=0)
    return [
        FirstByte(way.api, way.audio_format, float(first), float(behind))
        for way, first, behind in zip(ways, np.median(times_ms, axis=0), behind_ms, strict=True)
    ]


def table(found: list[FirstByte]) -> list[str]:
    """A row of Markdown for each way."""
    rows = [f"| {one.api} | `{one.audio_format}` | {one.first_ms:.0f} ms | {one.behind_ms:+.0f} ms |" for one in found]
    return ["| API | format | first byte of sound | against the native API |", "|---|---|---|---|", *rows]


async def _ways(url: str, stack: contextlib.AsyncExitStack) -> list[Way]:
    """All ways, their connections open; the native one first."""
    socket_url = url.replace("http", "ws", 1)
    speech = f"/v1/text-to-speech/{VOICE}"
    http = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=60, trust_env=False))

    async def opened(path: str) -> ClientConnection:
        return await stack.enter_async_context(connect(socket_url + path, compression=None))

    ways = [Way("native `/ws`", "pcm 44.1 kHz", _native(await opened("/ws")))]
    for name in ELEVENLABS_SOCKET_FORMATS:
        query = f"output_format={name}&auto_mode=true&inactivity_timeout=180"
        single = _elevenlabs_socket(lambda query=query: connect(f"{socket_url}{speech}/stream-input?{query}"))
        ways.append(Way("ElevenLabs `stream-input`", name, single))
        many = await opened(f"{speech}/multi-stream-input?{query}")
        ways.append(Way("ElevenLabs `multi-stream-input`", name, _elevenlabs_contexts(many)))
    for name in ELEVENLABS_HTTP_FORMATS:
        path = f"{speech}/stream?output_format={name}"
        ways.append(Way("ElevenLabs `/stream`", name, _http(http, path, lambda text: {"text": text})))
    path = f"{speech}/stream/with-timestamps?output_format=mp3_44100_128"
    ways.append(Way("ElevenLabs `/stream/with-timestamps`", "mp3_44100_128", _http(http, path, lambda t: {"text": t})))
    for stream_format in ("audio", "sse"):
        for name in OPENAI_FORMATS if stream_format == "audio" else ("mp3",):
            body = {"model": "kokoro", "voice": VOICE, "response_format": name, "stream_format": stream_format}
            ask = _http(http, "/v1/audio/speech", lambda text, body=body: {**body, "input": text})
            ways.append(Way(f"OpenAI `/v1/audio/speech`, {stream_format}", name, ask))
    return ways


def _native(socket: ClientConnection) -> Ask:
    async def ask(text: str) -> float:
        began = time.perf_counter()
        await socket.send(json.dumps({"text": text, "flush": True}))
        return await _first_of(_frames(socket, lambda frame: frame.get("final")), began)

    return ask


def _elevenlabs_socket(open_socket: Callable[[], Any]) -> Ask:
    """Such a connection speaks one text: it is opened before the clock runs."""

    async def ask(text: str) -> float:
        async with open_socket() as socket:
            await socket.send(json.dumps({"text": " "}))
            began = time.perf_counter()
            await socket.send(json.dumps({"text": f"{text} ", "flush": True}))
            await socket.send(json.dumps({"text": ""}))
            return await _first_of(_frames(socket, lambda frame: frame.get("isFinal")), began)

    return ask


def _elevenlabs_contexts(socket: ClientConnection) -> Ask:
    names = iter(range(1_000_000))

    async def ask(text: str) -> float:
        name = f"c{next(names)}"
        began = time.perf_counter()
        await socket.send(json.dumps({"text": " ", "context_id": name}))
        await socket.send(json.dumps({"text": f"{text} ", "flush": True, "context_id": name}))
        await socket.send(json.dumps({"close_context": True, "context_id": name}))
        return await _first_of(_frames(socket, lambda frame: frame.get("isFinal")), began)

    return ask


def _http(http: httpx.AsyncClient, path: str, body_of: Callable[[str], dict[str, Any]]) -> Ask:
    async def ask(text: str) -> float:
        began = time.perf_counter()
        async with http.stream("POST", path, json=body_of(text)) as response:
            response.raise_for_status()
            return await _first_of(response.aiter_raw(), began)

    return ask


async def _frames(socket: ClientConnection, is_last: Callable[[dict[str, Any]], Any]) -> AsyncIterator[str]:
    """The sound in the frames up to the last one."""
    while True:
        frame = json.loads(await socket.recv())
        if "error" in frame:
            raise RuntimeError(f"the service answered: {frame['error']}")
        if frame.get("audio"):
            yield frame["audio"]
        if is_last(frame):
            return


async def _first_of(sound: AsyncIterator[str] | AsyncIterator[bytes], began: float) -> float:
    """Seconds from a moment to the first part of some sound, which is heard to its end."""
    first_s = None
    async for part in sound:
        if part and first_s is None:
            first_s = time.perf_counter() - began
    if first_s is None:
        raise RuntimeError("no sound came")
    return first_s


def main(
    url: Annotated[str | None, typer.Option(help="of a running service; default: start one")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="times that all texts are spoken over every API")] = 1,
) -> None:
    """Measure and print."""
    with contextlib.nullcontext(url) if url else service() as address:
        base = address.replace("ws", "http", 1).removesuffix("/ws")
        found = asyncio.run(measure(base, rounds))
    print("\n".join(table(found)))
    behind = [one for one in found if one.behind_ms > MAX_BEHIND_MS]
    print(f"more than {MAX_BEHIND_MS} ms behind the native API: {len(behind)} of {len(found) - 1}")


if __name__ == "__main__":
    typer.run(main)
