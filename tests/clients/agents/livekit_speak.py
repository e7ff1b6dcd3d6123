"""Speaks through LiveKit's plugin and prints what came: python livekit_speak.py URL VOICE TEXT INTERRUPTED NEXT

URL is where ``/voices`` and ``/text-to-speech`` are. Prints one JSON object; sounds are base64 of 16-bit PCM.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import time
from collections.abc import AsyncIterable
from typing import Any

import aiohttp
from livekit.agents import APIConnectOptions, APIError
from livekit.agents.tts import SynthesizedAudio
from livekit.agents.types import USERDATA_TIMED_TRANSCRIPT
from livekit.plugins.elevenlabs import TTS

PATIENCE_S = 30


async def heard(stream: AsyncIterable[SynthesizedAudio]) -> dict[str, Any]:
    """All that a stream brings until its end."""
    began, first_s, pcm, rate_hz, words = time.monotonic(), None, b"", 0, []
    async for audio in stream:
        first_s = first_s or time.monotonic() - began
        pcm += bytes(audio.frame.data.cast("B"))
        rate_hz = audio.frame.sample_rate
        timed = audio.frame.userdata.get(USERDATA_TIMED_TRANSCRIPT, [])
        words += [[str(word), word.start_time, word.end_time] for word in timed]
    return {"pcm": base64.b64encode(pcm).decode(), "rate_hz": rate_hz, "words": words, "first_s": first_s}


async def speak(voice: TTS, text: str) -> dict[str, Any]:
    """Speaks a text that comes word by word, as from a language model."""
    async with voice.stream() as stream:
        for word in text.split():
            stream.push_text(f"{word} ")
        stream.end_input()
        return await heard(stream)


async def interrupt(voice: TTS, text: str) -> None:
    """Begins to speak a text, and leaves at the first sound while more text could come."""
    async with voice.stream() as stream:
        stream.push_text(text)
        stream.flush()
        await anext(aiter(stream))


async def failure(voice: TTS, text: str) -> dict[str, Any]:
    """How a text fails, and after how long."""
    began = time.monotonic()
    try:
        async with voice.stream(conn_options=APIConnectOptions(max_retry=0)) as stream:
            stream.push_text(text)
            stream.end_input()
            await asyncio.wait_for(heard(stream), PATIENCE_S)
    except (APIError, asyncio.TimeoutError) as error:
        return {"name": type(error).__name__, "message": str(error), "seconds": time.monotonic() - began}
    return {}


async def main(url: str, voice_name: str, text: str, interrupted: str, following: str) -> None:
    answers: dict[str, Any] = {}
    connections: list[str] = []

    async def on_connection(*_: object) -> None:
        connections.append("new")

    tracing = aiohttp.TraceConfig()
    tracing.on_connection_create_end.append(on_connection)
    async with aiohttp.ClientSession(trace_configs=[tracing]) as session:
        options = {"base_url": url, "api_key": "any key", "http_session": session}
        async with TTS(**options) as voice:
            answers["stream"] = await speak(voice, text)
            await interrupt(voice, interrupted)
            answers["after_interruption"] = await speak(voice, following)
            answers["connections"] = len(connections)
            answers["synthesize"] = await heard(voice.synthesize(text))
            answers["voices"] = [[voice.id, voice.name, voice.category] for voice in await voice.list_voices()]
        async with TTS(voice_id=voice_name, encoding="pcm_24000", preferred_alignment="original", **options) as voice:
            answers["pcm"] = await speak(voice, following)
        async with TTS(voice_id="nobody", **options) as voice:
            answers["unknown_voice"] = await failure(voice, following)
    print(json.dumps(answers))


asyncio.run(main(*sys.argv[1:]))
