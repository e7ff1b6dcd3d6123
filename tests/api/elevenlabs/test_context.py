"""One context without a socket: what is joined, kept and given up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from app.api.auth import ANONYMOUS
from app.api.elevenlabs.context import Context, ContextFailed, ContextRequest
from app.api.elevenlabs.messages import ClientMessage
from app.api.limits import LimitedSpeech, Limits
from app.audio.formats import ELEVENLABS_FORMATS
from app.events import Options
from tests.api.elevenlabs.clients import audio_of, said
from tests.fakes import FakeService

Make = Callable[..., Context]


@pytest.fixture
async def make(service: FakeService) -> AsyncIterator[Make]:
    contexts = []

    def make(**changes: Any) -> Context:
        asked = {
            "options": Options(voice="af_heart"),
            "audio_format": ELEVENLABS_FORMATS["pcm_24000"],
            "auto_mode": False,
            "sync_alignment": False,
            "inactivity_s": 60.0,
            **changes,
        }
        speech = LimitedSpeech(service.speech, Limits(lambda: service.settings.auth), ANONYMOUS)
        contexts.append(Context(ContextRequest(**asked), service, speech, "elevenlabs"))
        return contexts[-1]

    yield make
    for context in contexts:
        await context.aclose()
    assert service.speech.open == 0


async def take(context: Context, text: str, **fields: Any) -> None:
    await context.take(ClientMessage(text=text, **fields))


async def messages_of(context: Context) -> list[dict[str, Any]]:
    return [message async for message in context.messages()]


async def test_more_pieces_than_may_wait_are_joined_and_none_is_lost(make: Make, service: FakeService) -> None:
    context, words = make(), [f"w{number}." for number in range(200)]
    for word in words:
        await take(context, word, flush=True)
    await context.end()
    assert said(await messages_of(context)).split() == words
    assert len(service.speech.requests) < 10


async def test_what_was_flushed_is_spoken_when_the_context_is_closed(make: Make) -> None:
    context = make()
    await take(context, "Flushed. ", flush=True)
    await take(context, "Not flushed.")
    await context.close()
    assert said(await messages_of(context)) == "Flushed. "


@pytest.mark.parametrize("generated", [1, 2, 5])
async def test_what_was_only_generated_gives_its_place_up_at_once(
    make: Make, service: FakeService, generated: int
) -> None:
    for call in (0, 1):
        service.speech.hold(call, 1)
    context = make(auto_mode=True)
    for number in range(generated):
        await take(context, f"It is sentence {number} now! ")
    reading = asyncio.create_task(messages_of(context))
    await service.speech.started(0)
    await context.close()
    await service.speech.idle()
    messages = await asyncio.wait_for(reading, 5)
    assert len(audio_of(messages)) <= 2 * 2400
    assert len(service.speech.requests) <= 2, "what was spoken, and what was prepared behind it"


async def test_a_flush_keeps_what_was_generated_before_it(make: Make, service: FakeService) -> None:
    gate = service.speech.hold(0, 0)
    context, spoken = make(auto_mode=True), ""
    for number in range(6):
        spoken += f"It is sentence {number} now! "
        await take(context, f"It is sentence {number} now! ")
    await take(context, "", flush=True)
    await take(context, "This one is not flushed!")
    await context.close()
    gate.open()
    assert said(await messages_of(context)) == spoken


async def test_a_context_within_its_limits_never_has_a_flush_refused(make: Make, service: FakeService) -> None:
    service.configure(max_buffered_characters=120, max_pending_flushes=3)
    context = make()
    for _ in range(10):
        await take(context, "ten chars.", flush=True)
    await context.end()
    assert said(await messages_of(context)) == "ten chars. " * 10


async def test_a_voice_that_falls_silent_fails_with_the_reason(make: Make) -> None:
    context = make(inactivity_s=0.05)
    await take(context, "Not flushed")
    with pytest.raises(ContextFailed, match=r"No text came for 0\.05 s") as failed:
        await asyncio.wait_for(messages_of(context), 5)
    assert failed.value.code == "input_timeout_exceeded"
    assert context.is_closing


async def test_text_without_a_sound_brings_no_message(make: Make, service: FakeService) -> None:
    context = make()
    service.speech.is_mute = True
    await take(context, "***", flush=True)
    await service.speech.started(0)
    await context.end()
    assert await messages_of(context) == []


@pytest.mark.parametrize(
    "name", ["mp3_22050_32", "mp3_44100_192", "opus_48000_64", "wav_16000", "ulaw_8000", "pcm_8000"]
)
async def test_no_message_is_longer_than_the_strictest_client_takes(make: Make, name: str) -> None:
    context = make(audio_format=ELEVENLABS_FORMATS[name])
    await take(context, "word " * 400, flush=True)
    await context.end()
    messages = await messages_of(context)
    assert messages
    assert all(len(message["audio"]) < 800_000 for message in messages)
    assert said(messages) == "word " * 400
