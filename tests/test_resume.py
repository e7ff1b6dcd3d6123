"""Speech through as many sessions as it takes, against a fake service behind a real server."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from anyio import fail_after
from websockets.exceptions import ConnectionClosed

from app.client import ServerError
from app.drain import Drain
from app.messages import SynthesisFailed
from app.resume import AFTER_NOTHING_S, speak_lines, speak_through
from tests.fakes import FakeClock, FakeService, serving

WORD_SAMPLES = 4_410


@pytest.fixture
async def service() -> FakeService:
    return FakeService()


@pytest.fixture
async def address(service: FakeService) -> AsyncIterator[str]:
    async with serving(service) as address:
        yield f"ws://{address}"


async def test_a_text_goes_on_in_another_session_where_one_broke_off(service: FakeService, address: str) -> None:
    service.configure(drain_jitter_s=0.0, drain_s=0.0)
    service.speech.hold(0, 1)
    chunks = []
    async for chunk in speak_through(f"{address}/ws", "one two three", voice="af_bella"):
        chunks.append(chunk)
        if len(chunks) == 1:
            service.drain.begin()
            await service.speech.idle()
            service.drain = Drain(lambda: service.settings.session)
    assert "".join(character for chunk in chunks for character in chunk.chars) == "one two three"
    assert [chunk.offset_ms for chunk in chunks] == [0, 100, 200]
    first, second = service.speech.requests
    assert (first.from_sample, second.from_sample) == (0, WORD_SAMPLES)
    assert (first.seed, first.voice) == (second.seed, second.voice)


async def test_a_failure_of_the_text_is_not_tried_again(service: FakeService, address: str) -> None:
    service.speech.fail(0, 1, SynthesisFailed("The model failed on this part of the text."))
    with pytest.raises(ServerError, match="The model failed"):
        _ = [chunk async for chunk in speak_through(f"{address}/ws", "one two three")]
    assert len(service.speech.requests) == 1


async def test_a_server_that_is_full_is_asked_again_only_after_a_while(
    service: FakeService, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.configure(max_sessions=0)
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        service.configure(max_sessions=5)

    monkeypatch.setattr("app.resume._sleep", sleep)
    with fail_after(10):
        chunks = [chunk async for chunk in speak_through(f"{address}/ws", "one two")]
    assert "".join(character for chunk in chunks for character in chunk.chars) == "one two"
    assert waited == [AFTER_NOTHING_S]


async def test_a_server_that_is_not_warm_yet_is_asked_again_after_a_while(
    service: FakeService, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    voices, service.voices = service.voices, ()
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        service.voices = voices

    monkeypatch.setattr("app.resume._sleep", sleep)
    with fail_after(10):
        chunks = [chunk async for chunk in speak_through(f"{address}/ws", "one two")]
    assert "".join(character for chunk in chunks for character in chunk.chars) == "one two"
    assert waited == [AFTER_NOTHING_S]


async def lines_of(*lines: str) -> AsyncIterator[str]:
    for line in lines:
        yield line


async def test_lines_are_spoken_in_order_and_counted(service: FakeService, address: str) -> None:
    chunks = [chunk async for chunk in speak_lines(f"{address}/ws", lines_of("one two", "three"), speed=1.5)]

    assert ["".join(chunk.chars) for chunk in chunks] == ["one ", "two", "three"]
    assert [chunk.flush_index for chunk in chunks] == [0, 0, 1]
    assert [chunk.final for chunk in chunks] == [False, True, True]
    assert [(request.text, request.speed) for request in service.speech.requests] == [("one two", 1.5), ("three", 1.5)]


async def test_a_line_is_spoken_before_the_next_one_is_there(address: str) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def writer() -> AsyncIterator[str]:
        yield "first"
        assert await heard.get() == "first"
        yield "second"

    async for chunk in speak_lines(f"{address}/ws", writer()):
        heard.put_nowait("".join(chunk.chars))

    assert heard.get_nowait() == "second"


async def test_the_next_line_is_prepared_while_one_is_spoken_and_no_further_one_is_read(
    service: FakeService, address: str
) -> None:
    service.configure(max_pending_flushes=1)
    gate, read = service.speech.hold(0, 1), []

    async def writer() -> AsyncIterator[str]:
        for line in ("one two", "three", "four", "five"):
            read.append(line)
            yield line

    chunks = speak_lines(f"{address}/ws", writer())
    assert "".join((await anext(chunks)).chars) == "one "
    assert (await service.speech.started(1)).text == "three"
    assert read == ["one two", "three"]
    gate.open()
    assert ["".join(chunk.chars) for chunk in [chunk async for chunk in chunks]] == ["two", "three", "four", "five"]


@pytest.mark.parametrize("seed", [None, 7])
async def test_lines_go_on_in_another_session_where_one_broke_off(
    service: FakeService, address: str, seed: int | None
) -> None:
    service.speech.hold(1, 1)
    chunks = []
    async for chunk in speak_lines(f"{address}/ws", lines_of("one", "two three", "four"), seed=seed):
        chunks.append(chunk)
        if "".join(chunk.chars) == "two ":
            await service.break_off()

    assert "".join(character for chunk in chunks for character in chunk.chars) == "onetwo threefour"
    assert [(chunk.flush_index, chunk.offset_ms) for chunk in chunks] == [(0, 0), (1, 0), (1, 100), (2, 0)]
    second, resumed = (request for request in service.speech.requests if request.text == "two three")
    assert (second.from_sample, resumed.from_sample) == (0, WORD_SAMPLES)
    assert resumed.seed == second.seed
    last = service.speech.requests[-1]
    assert last.text == "four"
    assert (last.seed == seed) if seed is not None else (last.seed != second.seed)


async def test_a_line_that_comes_after_the_session_was_left_opens_another_one(
    service: FakeService, address: str
) -> None:
    left = asyncio.Event()

    async def writer() -> AsyncIterator[str]:
        yield "one"
        await left.wait()
        yield "two"

    said = []
    with fail_after(10):
        async for chunk in speak_lines(f"{address}/ws", writer(), open_within_s=0, reopen_within_s=0):
            said.append("".join(chunk.chars))
            if said == ["one"]:
                await service.break_off()
                left.set()
    assert said == ["one", "two"]


async def test_a_failure_to_read_a_line_is_raised(address: str) -> None:
    async def writer() -> AsyncIterator[str]:
        yield "one"
        raise ZeroDivisionError

    with fail_after(10), pytest.raises(ZeroDivisionError):
        _ = [chunk async for chunk in speak_lines(f"{address}/ws", writer())]


async def test_without_patience_a_service_that_is_not_there_is_an_error_at_once() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"ws://127.0.0.1:{closed.getsockname()[1]}/ws"
        with fail_after(10), pytest.raises(ConnectionRefusedError):
            _ = [chunk async for chunk in speak_lines(url, lines_of("one"), open_within_s=0)]


async def test_without_patience_a_full_server_is_an_error_at_once(service: FakeService, address: str) -> None:
    service.configure(max_sessions=0)
    with fail_after(10), pytest.raises(ConnectionClosed) as caught:
        _ = [chunk async for chunk in speak_lines(f"{address}/ws", lines_of("one"), open_within_s=0)]
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1013


async def test_patience_ends_when_no_session_brought_anything_for_so_long(
    service: FakeService, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, service.voices = FakeClock(), ()
    waited = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        clock.advance(seconds)

    monkeypatch.setattr("app.resume._clock", clock)
    monkeypatch.setattr("app.resume._sleep", sleep)
    with fail_after(10), pytest.raises(ServerError, match="not_ready"):
        _ = [chunk async for chunk in speak_lines(f"{address}/ws", lines_of("one"), open_within_s=3)]
    assert waited == [AFTER_NOTHING_S] * 3
