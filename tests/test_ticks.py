"""Ticks: who is busy says so, who hangs does not, and nobody waits for one who never took the call."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from app.messages import Overloaded, ReplicaHung
from app.ticks import Taken, ticking, watched
from tests.fakes import FakeClock

TICK_S = 0.01


class Talk:
    """A stream of numbers that waits where it is told to."""

    def __init__(self, *items: int, stops_before: int | None = None) -> None:
        self.items = items
        self.stops_before = stops_before
        self.goes_on = asyncio.Event()
        self.is_closed = False

    async def __call__(self) -> AsyncGenerator[int, None]:
        try:
            for item in self.items:
                if item == self.stops_before:
                    await self.goes_on.wait()
                yield item
        finally:
            self.is_closed = True


async def test_a_stream_ticks_at_once_and_while_it_has_nothing_to_say() -> None:
    talk = Talk(1, 2, 3, stops_before=3)
    stream = ticking(talk(), "a", TICK_S)
    assert [await anext(stream) for _ in range(5)] == [Taken("a"), 1, 2, None, None]
    talk.goes_on.set()
    rest = [item async for item in stream]
    assert [item for item in rest if item is not None] == [3]
    assert talk.is_closed


async def test_an_error_comes_through() -> None:
    async def failing() -> AsyncGenerator[int, None]:
        yield 1
        raise ValueError("no more")

    stream = ticking(failing(), "a", TICK_S)
    assert [await anext(stream), await anext(stream)] == [Taken("a"), 1]
    with pytest.raises(ValueError, match="no more"):
        await anext(stream)


@pytest.mark.parametrize("waits_in", ["the stream", "a tick"])
async def test_closing_and_cancelling_reach_the_stream(waits_in: str) -> None:
    talk = Talk(1, stops_before=1)
    stream = ticking(talk(), "a", 60 if waits_in == "the stream" else TICK_S)
    assert await anext(stream) == Taken("a")
    if waits_in == "a tick":
        assert await anext(stream) is None
        await stream.aclose()
    else:
        waiting = asyncio.create_task(anext(stream))
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert talk.is_closed


class Replicas:
    """Makes calls; those of some numbers are never taken."""

    def __init__(self, *talks: AsyncGenerator[int | Taken | None, None] | None) -> None:
        self.talks = list(talks)
        self.calls = 0
        self.cancelled: list[object] = []
        self.hung: list[str] = []

    def call(self) -> AsyncGenerator[int | Taken | None, None]:
        talk = self.talks[min(self.calls, len(self.talks) - 1)]
        self.calls += 1
        return talk or self._silence()

    async def _silence(self) -> AsyncGenerator[int | Taken | None, None]:
        await asyncio.Event().wait()
        yield None

    def watched(self, **times: float) -> AsyncGenerator[int, None]:
        given = {"replica_within_s": 60.0, "hung_after_s": 3 * TICK_S, "taken_within_s": TICK_S, **times}
        return watched(self.call, self.cancelled.append, self.hung.append, **given)


async def test_what_is_said_comes_without_the_ticks_however_long_it_takes() -> None:
    talk = Talk(1, 2, stops_before=2)
    replicas = Replicas(ticking(talk(), "a", TICK_S))
    stream = replicas.watched(hung_after_s=60)
    assert await anext(stream) == 1
    following = asyncio.create_task(anext(stream))
    await asyncio.sleep(10 * TICK_S)
    talk.goes_on.set()
    assert await following == 2
    assert [item async for item in stream] == []
    assert (replicas.calls, len(replicas.cancelled)) == (1, 1)


async def test_one_who_falls_silent_hangs() -> None:
    talk = Talk(1, 2, stops_before=2)
    replicas = Replicas(ticking(talk(), "a", 60))
    stream = replicas.watched()
    assert await anext(stream) == 1
    with pytest.raises(ReplicaHung):
        await anext(stream)
    assert len(replicas.cancelled) == 1
    assert replicas.hung == ["a"]


async def test_a_call_that_nobody_takes_is_made_again() -> None:
    replicas = Replicas(None, None, ticking(Talk(1)(), "a", 60))
    assert [item async for item in replicas.watched(hung_after_s=60)] == [1]
    assert (replicas.calls, len(replicas.cancelled)) == (3, 3)


async def test_when_nobody_ever_takes_it_the_user_is_told() -> None:
    clock = FakeClock()
    replicas = Replicas(None)
    stream = watched(
        replicas.call,
        lambda call: clock.advance(50),
        replicas.hung.append,
        replica_within_s=120,
        taken_within_s=TICK_S,
        clock=clock,
    )
    with pytest.raises(Overloaded, match="For 120 s no part of the service was free"):
        await anext(stream)
    assert replicas.calls == 4
    assert replicas.hung == []
