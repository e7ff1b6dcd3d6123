"""A session without a protocol: order, preparation, options, limits, cancel, end."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest

from app.events import (
    Cancelled,
    ChunkReady,
    Ended,
    Event,
    FlushFailed,
    GoingAway,
    IllegalStep,
    Options,
    TextTooLong,
    TooManyFlushes,
)
from app.flush import SECONDS_PER_CHARACTER, UNEXPECTED_FAILURE
from app.messages import Overloaded, SynthesisFailed
from app.metrics import IngressMetrics
from app.session import Session, State
from app.settings import SessionSettings
from tests.fakes import PATIENCE_S, FakeClock, FakeSpeech


class Rig:
    """A session with fakes round it, and the events that came out of it."""

    def __init__(self) -> None:
        self.speech = FakeSpeech()
        self.clock = FakeClock()
        self.settings = SessionSettings()
        self.metrics = IngressMetrics(300, clock=self.clock)
        ids, seeds = itertools.count(), itertools.count(100)
        self.session = Session(
            self.speech,
            lambda: self.settings,
            self.metrics.dialect("test"),
            clock=self.clock,
            new_id=lambda: f"id{next(ids)}",
            draw_seed=lambda: next(seeds),
        )
        self.events = self.session.events()

    async def next(self) -> Event:
        return await asyncio.wait_for(anext(self.events), PATIENCE_S)

    async def take(self, count: int) -> list[Event]:
        return [await self.next() for _ in range(count)]

    async def rest(self) -> list[Event]:
        """Every event until the session's last one."""
        events = []
        while not events or not isinstance(events[-1], Ended):
            events.append(await self.next())
        return events

    async def is_silent(self) -> bool:
        """Whether nothing is there to hand out now, nor after everything that is ready to run has run."""
        waiting = asyncio.ensure_future(anext(self.events))
        for _ in range(20):
            await asyncio.sleep(0)
        silent = not waiting.done()
        waiting.cancel()
        await asyncio.wait({waiting})
        self.events = self.session.events()
        return silent


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    rig = Rig()
    yield rig
    await rig.session.aclose()
    assert rig.speech.open == 0


def said(events: list[Event], flush_index: int = 0) -> str:
    """The characters that the chunks of a flush are aligned with."""
    chunks = [e.chunk for e in events if isinstance(e, ChunkReady) and e.flush_index == flush_index]
    return "".join(character for chunk in chunks for character in chunk.alignment.characters)


def shape(events: list[Event]) -> list[str]:
    """The events in short: the flush index of a chunk, with a dot on the final one, and the names of the others."""
    names = []
    for event in events:
        if isinstance(event, ChunkReady):
            names.append(f"{event.flush_index}{'.' if event.chunk.final else ''}")
        else:
            names.append(type(event).__name__)
    return names


async def test_text_accumulates_until_it_is_flushed(rig: Rig) -> None:
    await rig.session.act(text="One two")
    await rig.session.act(text=" three")
    assert await rig.is_silent()
    assert not rig.speech.requests

    await rig.session.act(flush=True)
    events = await rig.take(3)

    assert shape(events) == ["0", "0", "0."]
    assert said(events) == "One two three"
    assert [request.text for request in rig.speech.requests] == ["One two three"]


async def test_flushes_are_spoken_in_order_each_chunk_once(rig: Rig) -> None:
    for text in ("a b", "c d", "e f"):
        await rig.session.act(text=text, flush=True)
    await rig.session.act(end=True)

    events = await rig.rest()

    assert shape(events) == ["0", "0.", "1", "1.", "2", "2.", "Ended"]
    assert [said(events, index) for index in range(3)] == ["a b", "c d", "e f"]


async def test_the_next_flush_is_prepared_after_the_first_chunk_and_before_the_last(rig: Rig) -> None:
    first, last = rig.speech.hold(0, 0), rig.speech.hold(0, 2)
    await rig.session.act(text="a b c", flush=True)
    await rig.session.act(text="d e", flush=True)
    await rig.session.act(text="f", flush=True)

    await first.reached()
    assert len(rig.speech.requests) == 1

    first.open()
    await last.reached()
    await rig.speech.started(1)
    assert shape(await rig.take(2)) == ["0", "0"]
    assert await rig.is_silent()
    assert [request.text for request in rig.speech.requests] == ["a b c", "d e"], "one at most is prepared"

    last.open()
    assert shape(await rig.take(4)) == ["0.", "1", "1.", "2."]


async def test_a_blank_flush_in_between_does_not_keep_the_next_from_being_prepared(rig: Rig) -> None:
    last = rig.speech.hold(0, 1)
    await rig.session.act(text="a b", flush=True)
    await rig.session.act(flush=True)
    await rig.session.act(text="c", flush=True)

    await last.reached()
    assert (await rig.speech.started(1)).text == "c"

    last.open()
    assert shape(await rig.take(4)) == ["0", "0.", "1.", "2."]


async def test_ahead_is_what_the_listener_still_has_to_hear(rig: Rig) -> None:
    """0.2 s were sent and 0.15 s of them heard; one character of the present flush is still unspoken."""
    hold_second, hold_last = rig.speech.hold(0, 1), rig.speech.hold(0, 2)
    await rig.session.act(text="a b c", flush=True)
    await hold_second.reached()
    await rig.take(1)
    hold_second.open()
    await hold_last.reached()
    await rig.take(1)
    rig.clock.advance(0.15)

    await rig.session.act(text="d", flush=True)

    assert (await rig.speech.started(0)).ahead_s is None
    assert (await rig.speech.started(1)).ahead_s == pytest.approx(0.05 + 1 * SECONDS_PER_CHARACTER)
    hold_last.open()


async def test_ahead_counts_what_has_come_but_is_not_sent_and_divides_the_guess_by_the_speed(rig: Rig) -> None:
    hold = rig.speech.hold(0, 1)
    await rig.session.act(options=Options(speed=2.0), text="a bcd", flush=True)
    await hold.reached()

    await rig.session.act(text="e", flush=True)

    assert (await rig.speech.started(1)).ahead_s == pytest.approx(0.1 + 3 * SECONDS_PER_CHARACTER / 2)
    hold.open()


async def test_ahead_is_none_again_once_everything_was_heard(rig: Rig) -> None:
    await rig.session.act(text="a", flush=True)
    await rig.take(1)
    rig.clock.advance(0.1)

    await rig.session.act(text="b", flush=True)

    assert (await rig.speech.started(1)).ahead_s is None


async def test_text_comes_while_audio_goes_out(rig: Rig) -> None:
    hold = rig.speech.hold(0, 1)
    await rig.session.act(text="a b", flush=True)
    await hold.reached()
    await rig.take(1)

    await rig.session.act(text="c")
    await rig.session.act(text=" d")
    hold.open()
    await rig.take(1)
    await rig.session.act(flush=True)

    assert said(await rig.take(2), 1) == "c d"


async def test_the_first_chunk_tells_the_time_the_seed_and_an_id(rig: Rig) -> None:
    hold = rig.speech.hold(0, 0)
    await rig.session.act(text="a b", flush=True)
    await hold.reached()
    rig.clock.advance(0.25)
    hold.open()

    first, second = await rig.take(2)

    assert isinstance(first, ChunkReady)
    assert first.meta is not None
    assert first.meta.first_chunk_ms == pytest.approx(250)
    assert (first.meta.seed, first.meta.utterance_id) == (100, "id0")
    assert rig.speech.requests[0].seed == 100
    assert rig.speech.requests[0].id == "id0"
    assert isinstance(second, ChunkReady)
    assert second.meta is None


async def test_first_chunk_time_counts_from_the_end_of_the_flush_before_where_that_was_later(rig: Rig) -> None:
    await rig.session.act(text="a b", flush=True)
    await rig.session.act(text="c", flush=True)
    hold = rig.speech.hold(1, 0)
    await rig.take(2)
    rig.clock.advance(5)  # the last chunk of the first flush is on its way to the client for so long
    following = asyncio.ensure_future(rig.next())
    await hold.reached()
    rig.clock.advance(0.5)
    hold.open()

    event = await following

    assert isinstance(event, ChunkReady)
    assert event.meta is not None
    assert event.meta.first_chunk_ms == pytest.approx(500)


async def test_options_hold_from_the_next_flush(rig: Rig) -> None:
    changed = Options("bf_emma", speed=1.5, sample_rate_hz=16_000, seed=7, normalize=False)
    await rig.session.act(text="a", flush=True)
    await rig.session.act(options=changed)
    await rig.session.act(text="b", flush=True)
    await rig.session.act(text="c", flush=True, options=Options())
    await rig.take(3)

    first, second, third = rig.speech.requests

    assert (first.voice, first.speed, first.sample_rate_hz, first.normalize) == ("af_heart", 1.0, 44_100, True)
    assert (second.voice, second.speed, second.sample_rate_hz, second.normalize) == ("bf_emma", 1.5, 16_000, False)
    assert [first.seed, second.seed, third.seed] == [100, 7, 101]
    assert third.voice == "af_heart"


async def test_the_default_voice_is_read_at_every_flush(rig: Rig) -> None:
    await rig.session.act(text="a", flush=True)
    rig.settings = SessionSettings(default_voice="am_michael")
    await rig.session.act(text="b", flush=True)
    await rig.take(2)

    assert [request.voice for request in rig.speech.requests] == ["af_heart", "am_michael"]


@pytest.mark.parametrize("text", ["", " \n\t"])
async def test_a_flush_of_nothing_is_an_empty_final_without_speech(rig: Rig, text: str) -> None:
    await rig.session.act(text=text, flush=True)

    event = await rig.next()

    assert isinstance(event, ChunkReady)
    assert event.chunk.final
    assert event.chunk.pcm == b""
    assert said([event]) == text
    assert event.chunk.alignment.start_ms == (0,) * len(text)
    assert event.meta is not None
    assert not rig.speech.requests


async def test_a_single_space_is_appended_to_text_and_else_ignored(rig: Rig) -> None:
    await rig.session.act(text=" ")
    await rig.session.act(text="a")
    await rig.session.act(text=" ")
    await rig.session.act(text="b", flush=True)
    await rig.session.act(text=" ")
    await rig.session.act(flush=True)

    events = await rig.take(3)

    assert said(events) == "a b"
    assert said(events, 1) == ""


async def test_one_failure_leaves_the_other_flushes_and_keeps_the_index(rig: Rig) -> None:
    rig.speech.fail(0, 1, SynthesisFailed("That could not be said."))
    rig.speech.fail(1, 0, Overloaded("Too much is waiting."))
    for text in ("a b", "c", "d"):
        await rig.session.act(text=text, flush=True)

    events = await rig.take(4)

    assert shape(events) == ["0", "FlushFailed", "FlushFailed", "2."]
    assert events[1:3] == [
        FlushFailed(0, "synthesis_failed", "That could not be said."),
        FlushFailed(1, "overloaded", "Too much is waiting.", 2),
    ]


@pytest.mark.parametrize("error", [RuntimeError("secret path /srv/x"), asyncio.CancelledError()])
async def test_a_fault_is_a_plain_failure_to_the_client_and_a_traceback_in_the_log(
    rig: Rig, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    rig.speech.fail(0, 0, error)
    await rig.session.act(text="a", flush=True)

    assert await rig.next() == FlushFailed(0, "synthesis_failed", UNEXPECTED_FAILURE)
    assert "id0" in caplog.text


async def test_a_stream_that_stops_without_a_final_chunk_is_a_failure(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.speech.fail(0, 1, None)
    await rig.session.act(text="a b", flush=True)

    assert shape(await rig.take(2)) == ["0", "FlushFailed"]


async def test_cancel_stops_what_is_spoken_and_what_waits_and_drops_the_buffer(rig: Rig) -> None:
    holds = rig.speech.hold(0, 1), rig.speech.hold(1, 1)
    for text in ("a b c", "d e", "f"):
        await rig.session.act(text=text, flush=True)
    await rig.session.act(text="g")
    for hold in holds:
        await hold.reached()
    await rig.take(1)

    await rig.session.act(cancel=True)

    assert rig.speech.open == 0, "the streams are closed when the step is done"
    assert sorted(rig.speech.closed) == ["a b c", "d e"]
    assert await rig.next() == Cancelled()
    assert await rig.is_silent()
    await rig.session.act(text="h", flush=True)
    events = await rig.take(1)
    assert shape(events) == ["3."], "the index goes on counting"
    assert said(events, 3) == "h"


async def test_chunks_that_wait_in_memory_do_not_come_after_a_cancel(rig: Rig) -> None:
    await rig.session.act(text="a b c", flush=True)
    await rig.speech.idle()
    await rig.take(1)

    await rig.session.act(cancel=True)

    assert await rig.next() == Cancelled()
    assert await rig.is_silent()


async def test_every_cancel_is_answered_once_even_when_nothing_is_spoken(rig: Rig) -> None:
    await rig.session.act(cancel=True)
    await rig.session.act(cancel=True)

    assert await rig.take(2) == [Cancelled(), Cancelled()]
    assert await rig.is_silent()


async def test_in_one_step_cancel_comes_first_then_text_flush_and_end(rig: Rig) -> None:
    rig.speech.hold(0, 0)
    await rig.session.act(text="old", flush=True)
    await rig.speech.started(0)

    await rig.session.act(cancel=True, text="new", flush=True, end=True)

    events = await rig.rest()
    assert shape(events) == ["Cancelled", "1.", "Ended"]
    assert said(events, 1) == "new"


async def test_after_a_cancel_the_listener_is_silent(rig: Rig) -> None:
    await rig.session.act(text="a b c", flush=True)
    await rig.take(3)
    await rig.session.act(cancel=True, text="d", flush=True)

    assert (await rig.speech.started(1)).ahead_s is None


async def test_end_speaks_what_is_left_and_takes_only_a_cancel_after_it(rig: Rig) -> None:
    hold = rig.speech.hold(0, 1)
    await rig.session.act(text="a b", end=True)
    await hold.reached()

    for step in ({"text": "c"}, {"flush": True}, {"end": True}, {"options": Options(speed=2.0)}):
        with pytest.raises(IllegalStep, match=f"has ended: .* got {next(iter(step))}"):
            await rig.session.act(**step)  # type: ignore[arg-type]
    await rig.session.act(text=" ")
    hold.open()

    assert shape(await rig.rest()) == ["0", "0.", "Ended"]
    with pytest.raises(IllegalStep, match="got cancel"):
        await rig.session.act(cancel=True)


async def test_end_with_nothing_left_only_ends(rig: Rig) -> None:
    await rig.session.act(end=True)

    assert await rig.rest() == [Ended()]


async def test_cancel_after_end_stops_everything_and_ends(rig: Rig) -> None:
    hold = rig.speech.hold(0, 1)
    await rig.session.act(text="a b", end=True)
    await hold.reached()
    await rig.take(1)

    await rig.session.act(cancel=True)

    assert await rig.rest() == [Cancelled(), Ended()]


async def test_the_limit_counts_all_text_that_is_not_spoken_yet(rig: Rig) -> None:
    rig.settings = SessionSettings(max_buffered_characters=10)
    hold = rig.speech.hold(0, 0)
    await rig.session.act(text="1234567890", flush=True)
    await hold.reached()
    await rig.session.act(text="12345", flush=True)
    await rig.session.act(text="1234")
    with pytest.raises(TextTooLong):
        await rig.session.act(text="12", flush=True, options=Options(speed=2.0))

    await rig.session.act(text="5", end=True)
    hold.open()

    events = await rig.rest()
    assert [said(events, index) for index in range(3)] == ["1234567890", "12345", "12345"]
    assert rig.session.options == Options(), "a step that is refused changes nothing"


async def test_a_cancel_makes_room_for_the_text_that_comes_with_it(rig: Rig) -> None:
    rig.settings = SessionSettings(max_buffered_characters=5)
    await rig.session.act(text="12345")

    await rig.session.act(cancel=True, text="abcde", flush=True)

    assert said(await rig.take(2), 0) == "abcde"


async def test_too_many_flushes_are_refused_and_the_waiting_ones_are_spoken(rig: Rig) -> None:
    rig.settings = SessionSettings(max_pending_flushes=2)
    hold = rig.speech.hold(0, 0)
    for text in ("a", "b", "c"):
        await rig.session.act(text=text, flush=True)
    with pytest.raises(TooManyFlushes):
        await rig.session.act(text="d", flush=True)
    await rig.session.act(end=True)
    await hold.reached()
    hold.open()

    assert shape(await rig.rest()) == ["0.", "1.", "2.", "Ended"]


async def test_closing_cancels_everything_and_ends_the_events(rig: Rig) -> None:
    rig.speech.hold(0, 1)
    await rig.session.act(text="a b", flush=True)
    await rig.session.act(text="c", flush=True)
    await rig.take(1)
    waiting = asyncio.ensure_future(anext(rig.events, None))
    await rig.speech.started(1)

    await rig.session.aclose()
    await rig.session.aclose()

    assert rig.speech.open == 0
    assert rig.session.state is State.CLOSED
    assert await asyncio.wait_for(waiting, PATIENCE_S) is None


async def test_a_whole_file_is_asked_for_without_pacing() -> None:
    speech = FakeSpeech()
    session = Session(speech, SessionSettings, IngressMetrics(300).dialect("test"), paced=False)
    await session.act(text="a", flush=True, end=True)

    assert shape([event async for event in session.events()]) == ["0.", "Ended"]
    assert not speech.requests[0].paced
    await session.aclose()


async def test_withdrawing_gives_up_the_flushes_from_an_index_on_and_speaks_those_before(rig: Rig) -> None:
    gate = rig.speech.hold(0, 1)
    await rig.session.act(text="a b", flush=True)
    await rig.session.act(text="c d", flush=True)
    await rig.session.act(text="e", flush=True)
    await rig.session.act(text="buffered")
    await rig.next()
    await rig.speech.started(1)

    await rig.session.withdraw(1)

    assert rig.speech.closed == ["c d"]
    gate.open()
    await rig.session.act(end=True)
    events = await rig.rest()
    assert [event.flush_index for event in events if isinstance(event, ChunkReady)] == [0]
    assert rig.session.flushes == 3
    assert len(rig.speech.requests) == 2


async def test_withdrawing_all_stops_what_is_spoken(rig: Rig) -> None:
    rig.speech.hold(0, 1)
    await rig.session.act(text="a b", flush=True)
    await rig.next()
    await rig.session.withdraw(0)
    assert rig.speech.closed == ["a b"]
    await rig.session.act(end=True)
    assert [type(event) for event in await rig.rest()] == [Ended]


async def test_a_server_that_stops_speaks_what_was_flushed_and_takes_nothing_more(rig: Rig) -> None:
    await rig.session.act(text="one two", flush=True)
    await rig.session.act(text="three", flush=True)
    await rig.session.act(text="not flushed")
    await rig.next()
    rig.session.drain()
    assert rig.session.is_draining
    with pytest.raises(GoingAway):
        await rig.session.act(text="more", flush=True)
    events = await rig.rest()
    assert shape(events) == ["0.", "1.", "Ended"]
    assert [request.text for request in rig.speech.requests] == ["one two", "three"]


async def test_a_session_that_its_client_has_ended_is_not_one_that_the_server_stops(rig: Rig) -> None:
    await rig.session.act(text="one two", end=True)
    rig.session.drain()
    assert not rig.session.is_draining


async def test_time_without_sound_is_counted_but_not_before_a_flush(rig: Rig) -> None:
    await rig.session.act(text="one two three", flush=True)
    await rig.next()
    rig.clock.advance(0.05)
    await rig.next()
    rig.clock.advance(0.25)
    await rig.next()
    await rig.session.act(text="four", end=True)
    rig.clock.advance(9)
    await rig.rest()
    underruns = rig.metrics.underruns.labels("test")._value.get()
    assert (underruns, rig.metrics.underrun_time.labels("test")._value.get()) == (1, pytest.approx(0.1))


async def test_only_the_flush_of_its_message_begins_at_a_sample(rig: Rig) -> None:
    await rig.session.act(text="one two", flush=True, from_sample=4_410)
    await rig.session.act(text="three", end=True)
    await rig.rest()
    assert [request.from_sample for request in rig.speech.requests] == [4_410, 0]
