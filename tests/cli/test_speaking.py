"""One speech into sinks, with the figures that it leaves, against a fake service behind a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from app.cli.speaking import Figures, Speaking
from app.cli.timings import Timeline, TimingsFormat
from app.client import ServerError
from app.messages import SynthesisFailed
from tests.fakes import FakeClock, FakeService, serving

RATE_HZ = 8_000
WORD_SAMPLES = 800


class Recorder:
    """A sink and a progress bar."""

    def __init__(self) -> None:
        self.pcm = b""
        self.shown: list[Figures] = []

    def write(self, pcm: bytes) -> None:
        self.pcm += pcm

    def finish(self) -> None:
        pass

    def show(self, figures: Figures) -> None:
        self.shown.append(replace(figures))


@pytest.fixture
async def service() -> FakeService:
    return FakeService()


@pytest.fixture
async def url(service: FakeService) -> AsyncIterator[str]:
    async with serving(service) as address:
        yield f"ws://{address}/ws"


def speaking(url: str, recorder: Recorder, clock: FakeClock, **options: object) -> Speaking:
    return Speaking(
        url,
        key=None,
        sample_rate_hz=RATE_HZ,
        options=options,
        sinks=[recorder],
        timeline=None,
        progress=recorder,
        clock=clock,
    )


async def test_every_line_goes_into_every_sink(service: FakeService, url: str) -> None:
    recorder, other, timeline = Recorder(), Recorder(), Timeline(RATE_HZ)
    made = Speaking(
        url,
        key=None,
        sample_rate_hz=RATE_HZ,
        options={"voice": "bf_emma", "normalize": False},
        sinks=[recorder, other],
        timeline=timeline,
        progress=recorder,
    )

    async def lines() -> AsyncIterator[str]:
        yield "one two"
        yield "three"

    await made.speak(lines())

    assert recorder.pcm == other.pcm == b"\1\0" * WORD_SAMPLES + b"\2\0" * WORD_SAMPLES + b"\1\0" * WORD_SAMPLES
    assert {(request.voice, request.normalize, request.sample_rate_hz) for request in service.speech.requests} == {
        ("bf_emma", False, RATE_HZ)
    }
    assert timeline.duration_ms == 300
    assert '{"text": "three", "start_ms": 200.0, "end_ms": 300.0}' in timeline.written(TimingsFormat.JSON)


async def test_time_in_which_nothing_was_asked_for_does_not_count(service: FakeService, url: str) -> None:
    recorder, clock = Recorder(), FakeClock()
    gates = [service.speech.hold(call, 0) for call in (0, 1)]
    made = speaking(url, recorder, clock)

    async def lines() -> AsyncIterator[str]:
        clock.advance(100)  # the writer thinks
        yield "one two"
        await gates[0].reached()
        clock.advance(0.25)
        gates[0].open()
        while made.figures.spoken_characters < len("one two"):
            await asyncio.sleep(0)
        clock.advance(1000)
        yield "three"
        await gates[1].reached()
        clock.advance(0.5)
        gates[1].open()

    await made.speak(lines())

    assert made.figures.first_sound_ms == 250
    assert made.figures.busy_s == 0.75
    assert made.figures.seconds == pytest.approx(0.3)
    assert made.figures.real_time_factor == pytest.approx(2.5)
    assert made.figures.first_chunk_ms is not None


async def test_progress_is_shown_of_the_characters_that_are_known(url: str) -> None:
    recorder = Recorder()

    async def lines() -> AsyncIterator[str]:
        yield "one two"

    await speaking(url, recorder, FakeClock()).speak(lines())

    assert [(figures.spoken_characters, figures.characters, figures.samples) for figures in recorder.shown] == [
        (0, 7, 0),
        (4, 7, WORD_SAMPLES),
        (7, 7, 2 * WORD_SAMPLES),
    ]


async def test_what_came_before_a_failure_is_in_the_figures(service: FakeService, url: str) -> None:
    service.speech.fail(1, 0, SynthesisFailed("The model lost its voice."))
    recorder = Recorder()
    made = speaking(url, recorder, FakeClock())

    async def lines() -> AsyncIterator[str]:
        yield "one two"
        yield "three"

    with pytest.raises(ServerError, match="The model lost its voice"):
        await made.speak(lines())
    assert made.figures.samples == 2 * WORD_SAMPLES
    assert len(recorder.pcm) == 2 * 2 * WORD_SAMPLES


def test_without_a_sample_there_is_no_real_time_factor() -> None:
    assert Figures(RATE_HZ, busy_s=2.0).real_time_factor == 0
