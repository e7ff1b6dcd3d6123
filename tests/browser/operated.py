"""A fleet with something to look at: five replicas of three deployments on two machines, and minutes that went by."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.fleet import Answers
from app.metrics import IngressMetrics, KokoroMetrics, SpeechMetrics
from app.monitor import Monitor
from app.replica import ReplicaReport
from app.settings import MonitorSettings
from tests.fakes import FakeFleet, FakeService

QUICK = MonitorSettings(period_s=0.5)


class OperatedFleet(FakeFleet):
    """The fake fleet with a Speech replica, and a second one of Kokoro; a test changes what it likes."""

    def __init__(self, metrics: IngressMetrics) -> None:
        super().__init__(metrics)
        metrics.ready.set(1)
        self.speech = SpeechMetrics()
        self.other_kokoro = KokoroMetrics()
        self.names = {"ingress": "i1a2b3c4", "speech": "s5d6e7f8", "kokoro": "k9a8b7c6", "other kokoro": "k5d4e3f2"}
        self.memory_mb = {"Ingress": 212.0, "Speech": 931.0, "Kokoro": 1640.0}
        self.gpu_memory_mb = 0.0
        self.ram_percent = 41.0
        self.cpu_percent = 63.0
        self.is_silent = False
        """Whether nobody can be asked any more."""

    async def reports(self) -> dict[str, Answers[ReplicaReport]]:
        if self.is_silent:
            raise RuntimeError("no replica can be asked")
        recent = self.ingress.recent_first_chunks.values()
        reports = [
            self._report("Ingress", "ingress", self.ingress, 4101, "a", recent),
            self._report("Speech", "speech", self.speech, 4102, "a"),
            self._report("Kokoro", "kokoro", self.kokoro, 4103, "a"),
            self._report("Kokoro", "other kokoro", self.other_kokoro, 977, "b"),
        ]
        return {
            name: Answers(
                [report for report in reports if report.deployment == name and name not in self.missing],
                complete=name not in self.missing | self.incomplete,
            )
            for name in ("Ingress", "Speech", "Kokoro")
        }

    def _report(
        self,
        deployment: str,
        which: str,
        metrics: IngressMetrics | SpeechMetrics | KokoroMetrics,
        process_id: int,
        node: str,
        recent: tuple[float, ...] = (),
    ) -> ReplicaReport:
        gpu_memory_mb = self.gpu_memory_mb if deployment == "Kokoro" else 0.0
        return ReplicaReport(
            deployment,
            self.names[which],
            node * 56,
            process_id,
            self.memory_mb[deployment],
            gpu_memory_mb,
            self.cpu_percent,
            self.ram_percent,
            24_000.0,
            metrics.snapshot(),
            recent,
        )


@asynccontextmanager
async def watched(fake: FakeService) -> AsyncIterator[OperatedFleet]:
    """Puts such a fleet behind ``fake``, asked twice a second."""
    fleet = OperatedFleet(IngressMetrics(300))
    fake.monitor = Monitor(fleet, QUICK)
    watch = asyncio.create_task(fake.monitor.watch())
    yield fleet
    watch.cancel()


class Past:
    """Five minutes that went by in a moment: the monitor of ``fake`` has seen them, and goes on from there."""

    def __init__(self, fake: FakeService, seconds: float = 300.0) -> None:
        self._left_s = seconds
        self._seconds = seconds
        self._random = random.Random(7)
        self._open = 0
        self.fleet = OperatedFleet(IngressMetrics(300, clock=self._clock))
        fake.monitor = Monitor(
            self.fleet, MonitorSettings(), clock=self._clock, wall_clock=self._wall_clock, sleep=self._sleep
        )
        self._monitor = fake.monitor

    async def pass_by(self) -> asyncio.Task[None]:
        """Returns the watch, which goes on in real time."""
        watch = asyncio.create_task(self._monitor.watch())
        while self._left_s > 0:
            await asyncio.sleep(0)
        return watch

    def _clock(self) -> float:
        return time.monotonic() - self._left_s

    def _wall_clock(self) -> float:
        return time.time() - self._left_s

    async def _sleep(self, seconds: float) -> None:
        if self._left_s > 0:
            self._left_s = max(0.0, self._left_s - seconds)
            self._live(1 - self._left_s / self._seconds)
            await asyncio.sleep(0)
        else:
            await asyncio.sleep(seconds)

    def _live(self, part: float) -> None:
        """What two seconds bring, a part of the way from then to now."""
        fleet, crowd = self.fleet, math.exp(-(((part - 0.62) / 0.16) ** 2))
        sessions = round(4 + 9 * crowd + self._random.random())
        fleet.ingress.sessions.set(sessions)
        waiting = round(5 * max(0.0, crowd - 0.55))
        dialect = fleet.ingress.dialect("native")
        dialect.ended("spoken", self._open)
        speaking = max(1, round(sessions * 0.35))
        self._open = speaking
        for _ in range(speaking):
            dialect.asked("some text")
        if 0.12 < part < 0.2:  # nobody spoke
            fleet.ingress.sessions.set(3)
            return
        fleet.speech.speaking.set(speaking)
        for kokoro in (fleet.kokoro, fleet.other_kokoro):
            kokoro.waiting.set(waiting)
            kokoro.active.set(waiting + speaking // 2)
            kokoro.waiting_audio.set(2.1 * (waiting + speaking / 2))
            batch = 1 + crowd * 2.4 + self._random.random() * 0.5
            for _ in range(6):
                kokoro.step("vocoder", round(batch + self._random.random()), 0.11)
            kokoro.audio.inc(2.4)
        for _ in range(2):
            dialect.first_chunk(0.26 + 0.42 * crowd + self._random.random() * (0.08 + 0.2 * crowd))
        fleet.memory_mb["Kokoro"] = 1560 + 90 * part + 60 * crowd
        fleet.memory_mb["Ingress"] = 190 + 22 * part
        fleet.cpu_percent = round(38 + 45 * crowd + 6 * self._random.random(), 1)
