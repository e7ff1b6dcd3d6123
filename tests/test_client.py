"""The client against a fake service behind a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from websockets.exceptions import ConnectionClosedOK, InvalidStatus

from app.client import Client, ServerError, connect
from app.messages import SynthesisFailed
from tests.fakes import FakeService, serving

WORD_SAMPLES = 4_410


@pytest.fixture
async def service() -> FakeService:
    return FakeService()


@pytest.fixture
async def address(service: FakeService) -> AsyncIterator[str]:
    async with serving(service) as address:
        yield f"ws://{address}"


@pytest.fixture
async def client(address: str) -> AsyncIterator[Client]:
    async with connect(f"{address}/ws") as client:
        yield client


async def test_chunks_come_one_by_one_up_to_the_final_one(client: Client) -> None:
    await client.send(text="two words", flush=True)
    first, last = [chunk async for chunk in client.chunks()]
    assert (first.flush_index, first.offset_ms, first.final) == (0, 0, False)
    assert first.pcm == b"\1\0" * WORD_SAMPLES
    assert first.chars == list("two ")
    assert first.char_start_times_ms == [0, 25, 50, 75]
    assert first.char_durations_ms == [25] * 4
    assert first.meta
    assert first.meta.keys() == {"first_chunk_ms", "seed", "utterance_id"}
    assert (last.flush_index, last.offset_ms, last.final, last.meta) == (0, 100, True, None)
    assert last.pcm == b"\2\0" * WORD_SAMPLES
    assert last.chars == list("words")


async def test_chunks_come_while_the_rest_is_still_being_made(service: FakeService, client: Client) -> None:
    gate = service.speech.hold(0, 1)
    await client.send(text="two words", flush=True)
    chunks = client.chunks()
    assert (await anext(chunks)).chars == list("two ")
    gate.open()
    assert [chunk.final async for chunk in chunks] == [True]


async def test_collect_gives_a_flush_as_a_whole_with_times_from_its_start(client: Client) -> None:
    await client.send(text="two words", flush=True)
    speech = await client.collect()
    assert speech.pcm == b"\1\0" * WORD_SAMPLES + b"\2\0" * WORD_SAMPLES
    assert "".join(speech.chars) == "two words"
    assert speech.start_ms == [0, 25, 50, 75, 100, 120, 140, 160, 180]
    assert speech.duration_ms == [25] * 4 + [20] * 5
    assert speech.first_chunk_ms is not None
    assert speech.first_chunk_ms >= 0
    assert len(speech.chunks) == 2


async def test_speak_sends_its_options_and_leaves_the_next_flush_alone(service: FakeService, client: Client) -> None:
    first = await client.speak("one", voice="bf_emma", speed=1.5, sample_rate=8_000)
    second = await client.speak("two")
    request = service.speech.requests[0]
    assert (request.text, request.voice, request.speed, request.sample_rate_hz) == ("one", "bf_emma", 1.5, 8_000)
    assert len(first.pcm) == 2 * 800
    assert [speech.chunks[0].flush_index for speech in (first, second)] == [0, 1]
    assert ["".join(speech.chars) for speech in (first, second)] == ["one", "two"]


async def test_a_cancel_is_answered_with_none_and_ends_the_chunks(service: FakeService, client: Client) -> None:
    for call in (0, 1):
        service.speech.hold(call, 1)
    await client.send(text="never said", flush=True)
    assert await client.receive()
    await client.send(cancel=True)
    assert await client.receive() is None
    await client.send(text="nor this", flush=True)
    chunks = client.chunks()
    assert await anext(chunks)
    await client.send(cancel=True)
    assert [chunk async for chunk in chunks] == []
    assert "".join((await client.speak("this is")).chars) == "this is"


async def test_a_flush_that_fails_is_an_error_with_its_code_and_index(service: FakeService, client: Client) -> None:
    service.speech.fail(1, 1, SynthesisFailed("The model lost its voice."))
    await client.speak("fine")
    with pytest.raises(ServerError, match=r"The model lost its voice\. \(synthesis_failed\)") as caught:
        await client.speak("not fine")
    assert (caught.value.code, caught.value.flush_index) == ("synthesis_failed", 1)
    assert (await client.speak("fine again")).chunks[0].flush_index == 2


async def test_a_message_that_is_refused_is_an_error_without_an_index(client: Client) -> None:
    with pytest.raises(ServerError, match="af_hart") as caught:
        await client.speak("hello", voice="af_hart")
    assert (caught.value.code, caught.value.flush_index) == ("unknown_voice", None)


async def test_after_the_end_the_session_is_closed(client: Client) -> None:
    await client.send(text="bye", end=True)
    assert "".join((await client.collect()).chars) == "bye"
    with pytest.raises(ConnectionClosedOK):
        await client.receive()


async def test_a_path_without_a_session_refuses(address: str) -> None:
    with pytest.raises(InvalidStatus):
        async with connect(f"{address}/nowhere"):
            pass
