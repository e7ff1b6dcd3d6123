"""The monitor over a fleet that the test holds in its hands."""

import asyncio

import pytest

from app.metrics import IngressMetrics
from app.monitor import Monitor
from app.settings import MonitorSettings
from tests.fakes import PATIENCE_S, FakeClock, FakeFleet


class Rig:
    """A monitor whose periods pass when the test says so."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.metrics = IngressMetrics(300, clock=self.clock)
        self.fleet = FakeFleet(self.metrics)
        self.slept: list[float] = []
        self.resting = asyncio.Event()
        self.wake = asyncio.Event()
        self.monitor = Monitor(self.fleet, MonitorSettings(period_s=2), clock=self.clock, sleep=self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.resting.set()
        await self.wake.wait()
        self.wake.clear()

    async def rested(self) -> None:
        """Wait until the watch has gathered and sleeps."""
        await asyncio.wait_for(self.resting.wait(), PATIENCE_S)
        self.resting.clear()


@pytest.fixture
async def rig():
    rig = Rig()
    watch = asyncio.create_task(rig.monitor.watch())
    await rig.rested()
    yield rig
    watch.cancel()


async def test_figures_come_from_the_period_and_not_from_the_question(rig: Rig) -> None:
    rig.metrics.dialect("native").asked("one")
    rig.clock.advance(1.5)
    for _ in range(5):
        stats = await rig.monitor.stats()

    assert (stats.total_requests, stats.sampled_s_ago) == (0, 1.5)
    assert (rig.fleet.asked, rig.slept) == (1, [2])

    rig.wake.set()
    await rig.rested()

    assert (await rig.monitor.stats()).total_requests == 1


async def test_a_scrape_is_of_this_moment(rig: Rig) -> None:
    rig.metrics.dialect("native").asked("one")

    text = (await rig.monitor.metrics()).decode()

    assert 'kokoro_serve_requests_total{deployment="Ingress",dialect="native",replica="i1"} 1.0' in text


async def test_many_scrapes_at_once_ask_the_replicas_once(rig: Rig) -> None:
    before = rig.fleet.asked
    await asyncio.gather(*(rig.monitor.metrics() for _ in range(20)))

    assert rig.fleet.asked == before + 1


async def test_a_scrape_that_is_given_up_does_not_take_others_with_it(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answer, reports = asyncio.Event(), asyncio.Event(), rig.fleet.reports

    async def slow():
        asked.set()
        await answer.wait()
        return await reports()

    monkeypatch.setattr(rig.fleet, "reports", slow)
    given_up = asyncio.create_task(rig.monitor.metrics())
    other = asyncio.create_task(rig.monitor.metrics())
    await asyncio.wait_for(asked.wait(), PATIENCE_S)
    given_up.cancel()
    await asyncio.wait([given_up])
    answer.set()

    assert b"kokoro_serve" in await asyncio.wait_for(other, PATIENCE_S)


async def test_a_deployment_that_does_not_answer_is_named(rig: Rig) -> None:
    rig.fleet.missing = {"Kokoro"}
    rig.wake.set()
    await rig.rested()
    stats = await rig.monitor.stats()

    assert stats.missing == ["Kokoro"]
    assert [replica.deployment for replica in stats.replicas] == ["Ingress"]
    assert b'kokoro_serve_deployment_answers{deployment="Kokoro"} 0.0' in await rig.monitor.metrics()


async def test_a_deployment_that_answered_in_part_is_named_and_what_came_counts(rig: Rig) -> None:
    rig.fleet.incomplete = {"Kokoro"}
    rig.wake.set()
    await rig.rested()
    stats, freed = await rig.monitor.stats(), await rig.monitor.free_memory()

    assert stats.missing == freed.missing == ["Kokoro"]
    assert [replica.deployment for replica in stats.replicas] == ["Ingress", "Kokoro"]
    assert [replica.deployment for replica in freed.replicas] == ["Ingress", "Kokoro"]
    assert freed.status == "garbage collection incomplete"
    assert b'kokoro_serve_deployment_answers{deployment="Kokoro"} 0.0' in await rig.monitor.metrics()


async def test_the_watch_goes_on_after_a_failure(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken():
        raise RuntimeError("no replica can be asked")

    with monkeypatch.context() as patch:
        patch.setattr(rig.fleet, "reports", broken)
        rig.wake.set()
        await rig.rested()
    rig.metrics.dialect("native").asked("one")
    rig.wake.set()
    await rig.rested()

    assert (await rig.monitor.stats()).total_requests == 1


async def test_percentiles_are_those_of_the_last_minutes(rig: Rig) -> None:
    for seconds in (9.0, 0.2, 0.3, 0.4):
        rig.metrics.dialect("native").first_chunk(seconds)
        rig.clock.advance(100)
    rig.wake.set()
    await rig.rested()
    stats = await rig.monitor.stats()

    assert (stats.first_chunk_count, stats.first_chunk_p50_ms, stats.first_chunk_p95_ms) == (3, 300.0, 390.0)


async def test_without_speech_there_is_no_percentile(rig: Rig) -> None:
    stats = await rig.monitor.stats()

    assert (stats.first_chunk_count, stats.first_chunk_p50_ms, stats.first_chunk_p95_ms) == (0, None, None)
