"""What the monitor remembers of the last minutes, on a clock that the test holds in its hands."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.fleet import Answers, Sample
from app.history import MAX_POINTS, History
from app.metrics import IngressMetrics, KokoroMetrics
from app.monitor import Monitor
from app.replica import ReplicaReport
from app.settings import MonitorSettings
from app.work import RECENT_S, Interval
from tests.fakes import PATIENCE_S, FakeClock, FakeFleet

PERIOD_S = 2.0
WINDOW_S = 60.0


class Rig:
    """A monitor that takes its next sample when the test says so, a period after the one before."""

    def __init__(self) -> None:
        self.clock, self.wall_clock = FakeClock(), FakeClock(1_000_000.0)
        self.ingress = IngressMetrics(WINDOW_S, clock=self.clock)
        self.fleet = FakeFleet(self.ingress)
        self.monitor = Monitor(
            self.fleet,
            MonitorSettings(period_s=PERIOD_S, window_s=WINDOW_S),
            clock=self.clock,
            wall_clock=self.wall_clock,
            sleep=self._sleep,
        )
        self._resting, self._wake = asyncio.Event(), asyncio.Event()

    async def _sleep(self, seconds: float) -> None:
        self._resting.set()
        await self._wake.wait()
        self._wake.clear()

    async def rested(self) -> None:
        """Wait until a sample is taken."""
        await asyncio.wait_for(self._resting.wait(), PATIENCE_S)
        self._resting.clear()

    async def sample(self, times: int = 1) -> None:
        """Let periods pass."""
        for _ in range(times):
            self.clock.advance(PERIOD_S)
            self.wall_clock.advance(PERIOD_S)
            self._wake.set()
            await self.rested()

    def first_chunk(self, seconds: float) -> None:
        self.ingress.dialect("native").first_chunk(seconds)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    rig = Rig()
    watch = asyncio.create_task(rig.monitor.watch())
    await rig.rested()
    yield rig
    watch.cancel()


async def test_every_sample_is_a_point_with_its_time(rig: Rig) -> None:
    rig.ingress.sessions.set(3)
    rig.fleet.kokoro.waiting.set(2)
    rig.ingress.dialect("native").asked("one")
    await rig.sample()
    rig.ingress.dialect("native").ended("spoken")
    rig.ingress.sessions.set(1)
    await rig.sample()

    history = rig.monitor.history()

    assert (history.window_s, history.period_s) == (WINDOW_S, PERIOD_S)
    assert [point.at_s for point in history.points] == [1_000_000, 1_000_002, 1_000_004]
    assert [point.sessions for point in history.points] == [0, 3, 1]
    assert [point.open_flushes for point in history.points] == [0, 1, 0]
    assert [point.waiting_utterances for point in history.points] == [0, 2, 2]
    assert history.points[-1].memory_mb == {"Ingress": 100.0, "Kokoro": 900.0}
    assert history.points[-1].gpu_memory_mb == 512.0
    assert (history.points[-1].cpu_percent, history.points[-1].ram_percent) == (40.0, 40.0)


async def test_only_what_came_after_a_moment_is_told(rig: Rig) -> None:
    await rig.sample(3)

    points = rig.monitor.history(1_000_002).points

    assert [point.at_s for point in points] == [1_000_004, 1_000_006]


async def test_the_history_is_as_long_as_the_window(rig: Rig) -> None:
    await rig.sample(40)

    points = rig.monitor.history().points

    assert points[-1].at_s - points[0].at_s == WINDOW_S


async def test_a_scrape_is_no_sample_of_the_history(rig: Rig) -> None:
    await rig.monitor.metrics()

    assert len(rig.monitor.history().points) == 1


async def test_a_window_of_too_many_samples_keeps_the_newest() -> None:
    sample = Sample(await FakeFleet(IngressMetrics(WINDOW_S)).reports(), taken_at=0.0)
    history = History(window_s=1e6, period_s=1)
    for second in range(MAX_POINTS + 5):
        history.add(sample, Interval(0.0), [], at_s=second + 1.0)

    points = history.after(0).points
    assert (len(points), points[0].at_s) == (MAX_POINTS, 6.0)


async def test_the_batch_size_of_a_point_is_that_of_its_own_steps(rig: Rig) -> None:
    rig.fleet.kokoro.step("vocoder", 8, 0.1)
    await rig.sample()
    rig.fleet.kokoro.step("prosody", 1, 0.1)
    rig.fleet.kokoro.step("vocoder", 4, 0.1)
    await rig.sample(2)

    assert [point.batch_size for point in rig.monitor.history().points] == [None, 8.0, 2.5, None]


async def test_what_was_done_before_the_first_sample_is_of_no_known_time() -> None:
    rig = Rig()
    rig.fleet.kokoro.step("vocoder", 8, 0.1)
    rig.first_chunk(0.3)
    watch = asyncio.create_task(rig.monitor.watch())
    await rig.rested()
    await rig.sample()
    watch.cancel()

    assert [point.batch_size for point in rig.monitor.history().points] == [None, None]
    assert [point.first_chunk_p50_ms for point in rig.monitor.history().points] == [None, None]


async def test_a_replica_that_began_anew_counts_from_nothing(rig: Rig) -> None:
    for _ in range(5):
        rig.fleet.kokoro.step("vocoder", 8, 0.2)
    rig.fleet.kokoro.audio.inc(10)
    await rig.sample()
    rig.fleet.kokoro = KokoroMetrics()
    rig.fleet.kokoro.step("vocoder", 2, 0.2)
    rig.fleet.kokoro.audio.inc(1)
    await rig.sample()

    stats = await rig.monitor.stats()

    assert [point.batch_size for point in rig.monitor.history().points] == [None, 8.0, 2.0]
    assert (stats.batch_size, stats.real_time_factor) == (7.0, pytest.approx(1.2 / 11, abs=1e-3))


async def test_what_a_silent_replica_did_meanwhile_counts_when_it_answers_again(rig: Rig) -> None:
    rig.fleet.missing = {"Kokoro"}
    rig.fleet.kokoro.step("vocoder", 4, 0.1)
    await rig.sample()
    rig.fleet.missing = set()
    await rig.sample()

    points = rig.monitor.history().points

    assert [point.batch_size for point in points] == [None, None, 4.0]
    assert [point.waiting_utterances for point in points] == [0, None, 0]
    assert points[1].memory_mb == {"Ingress": 100.0}


async def test_percentiles_of_a_point_are_those_of_the_half_minute_before(rig: Rig) -> None:
    rig.first_chunk(0.2)
    await rig.sample()
    rig.first_chunk(0.4)
    rig.first_chunk(0.6)
    await rig.sample()
    await rig.sample(int(RECENT_S / PERIOD_S))

    points = rig.monitor.history().points

    assert [point.first_chunk_p50_ms for point in points[:3]] == [None, 200.0, 400.0]
    assert points[2].first_chunk_p95_ms == 580.0
    assert [point.first_chunk_p50_ms for point in points[-2:]] == [500.0, None]


async def test_the_figures_of_now_are_means_of_the_recent_past(rig: Rig) -> None:
    rig.fleet.kokoro.step("vocoder", 2, 0.5)
    await rig.sample()
    rig.fleet.kokoro.step("vocoder", 4, 0.5)
    rig.fleet.kokoro.audio.inc(4)
    await rig.sample()
    stats = await rig.monitor.stats()

    kokoro = next(replica for replica in stats.replicas if replica.deployment == "Kokoro")
    assert (stats.batch_size, stats.real_time_factor) == (3.0, 0.25)
    assert (kokoro.batch_size, kokoro.real_time_factor) == (3.0, 0.25)

    await rig.sample(int(RECENT_S / PERIOD_S))

    assert (await rig.monitor.stats()).batch_size is None


async def test_two_replicas_of_one_deployment_are_told_apart_and_added_up(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, reports = KokoroMetrics(), rig.fleet.reports

    async def with_another() -> dict[str, Answers[ReplicaReport]]:
        answers = await reports()
        second = ReplicaReport("Kokoro", "k2", "node-b", 8, 800.0, 0.0, 60.0, 30.0, 16384.0, other.snapshot())
        return {**answers, "Kokoro": Answers([*answers["Kokoro"].came, second], complete=True)}

    monkeypatch.setattr(rig.fleet, "reports", with_another)
    await rig.sample()
    rig.fleet.kokoro.step("vocoder", 2, 0.1)
    other.step("vocoder", 6, 0.1)
    other.active.set(1)
    await rig.sample()
    stats = await rig.monitor.stats()

    found = [(replica.replica, replica.batch_size, replica.state) for replica in stats.replicas[1:]]
    assert found == [("k1", 2.0, "idle"), ("k2", 6.0, "speaking")]
    assert stats.batch_size == 4.0
    assert rig.monitor.history().points[-1].memory_mb == {"Ingress": 100.0, "Kokoro": 1700.0}


@pytest.mark.parametrize(
    ("ready", "draining", "asked", "state"),
    [(1, 0, 0, "idle"), (1, 0, 1, "speaking"), (0, 0, 1, "not ready"), (0, 1, 1, "draining"), (1, 1, 0, "draining")],
)
async def test_the_state_of_an_ingress_is_told_in_a_word(
    rig: Rig, ready: int, draining: int, asked: int, state: str
) -> None:
    rig.ingress.ready.set(ready)
    rig.ingress.draining.set(draining)
    for _ in range(asked):
        rig.ingress.dialect("native").asked("one")
    await rig.sample()

    [ingress, _] = (await rig.monitor.stats()).replicas

    assert ingress.state == state
