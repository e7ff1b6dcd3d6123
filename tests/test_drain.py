"""The end of an ingress, on a clock of the test."""

import asyncio

from app.drain import Drain
from app.settings import SessionSettings


async def test_sessions_are_reached_after_it_began_each_at_its_moment() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    chances = iter([0.0, 0.25, 1.0])
    settings = SessionSettings(drain_jitter_s=4.0, drain_s=30.0)
    drain = Drain(lambda: settings, sleep=sleep, chance=lambda: next(chances))
    reached = [asyncio.create_task(drain.reaches_session()) for _ in range(3)]
    await asyncio.sleep(0)
    assert not drain.is_begun
    assert slept == []
    drain.begin()
    await asyncio.gather(*reached)
    assert drain.is_begun
    assert slept == [0.0, 1.0, 4.0]
    await drain.runs_out()
    assert slept[-1] == 30.0
