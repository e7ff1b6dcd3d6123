"""What the whole service does: gathered from all replicas, on a period for ``/stats`` and afresh for ``/metrics``."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from pydantic import BaseModel, Field

from app.fleet import Fleet, Sample, sorted_out
from app.history import History, StatsHistory
from app.metrics import exposition
from app.settings import MonitorSettings
from app.stats import Stats, stats_of
from app.work import RecentWork

logger = logging.getLogger(__name__)

COLLECTED = "garbage collection completed"
COLLECTED_IN_PART = "garbage collection incomplete"


class FreedByReplica(BaseModel):
    """What one replica gave back; below zero where it took more meanwhile."""

    deployment: str
    replica: str
    objects: int = Field(description="Python objects that the garbage collector found")
    memory_mb: float
    gpu_memory_mb: float


class GarbageReport(BaseModel):
    """What ``POST /gc`` says."""

    status: str
    freed_mb: float
    freed_gpu_mb: float
    replicas: list[FreedByReplica]
    missing: list[str] = Field(description="deployments of which not all replicas answered in time")


class Monitor:
    """Gathers from a fleet. Run ``watch`` as a task."""

    def __init__(
        self,
        fleet: Fleet,
        settings: MonitorSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Args:
        clock, sleep: seconds.
        wall_clock: Unix time, s.
        """
        self._fleet = fleet
        self._settings = settings
        self._clock = clock
        self._wall_clock = wall_clock
        self._sleep = sleep
        self._gathering: asyncio.Task[Sample] | None = None
        self._sample: Sample | None = None
        self._recent = RecentWork()
        self._history = History(settings.window_s, settings.period_s)

    async def watch(self) -> None:
        """Gather on a period, and remember; runs until cancelled."""
        while True:
            try:
                sample = await self._gather()
                interval = self._recent.add(sample)
                self._history.add(sample, interval, self._recent.first_chunks_s, self._wall_clock())
            except Exception:
                logger.exception("the replicas could not be asked how they are")
            await self._sleep(self._settings.period_s)

    async def stats(self) -> Stats:
        """The newest figures of the watch; only the first call waits for any."""
        sample = self._sample or await self._gather()
        window_s, period_s = self._settings.window_s, self._settings.period_s
        return stats_of(sample, self._recent, window_s=window_s, period_s=period_s, now=self._clock())

    def history(self, after_s: float = 0.0) -> StatsHistory:
        """What the watch saw in the last minutes; of these, what came after a moment of Unix time."""
        return self._history.after(after_s)

    async def metrics(self) -> bytes:
        """All metrics of all replicas as they are now, in the text format of Prometheus."""
        sample = await self._gather()
        return exposition(
            ((report.deployment, report.replica, report.metrics) for report in sample.reports),
            {name: name not in sample.missing for name in sample.deployments},
        )

    async def free_memory(self) -> GarbageReport:
        """Let every replica collect its garbage and give memory back."""
        answers = await self._fleet.free_memory()
        freed, missing = sorted_out(answers)
        return GarbageReport(
            status=COLLECTED_IN_PART if missing else COLLECTED,
            freed_mb=round(sum(found.memory_mb for found in freed), 1),
            freed_gpu_mb=round(sum(found.gpu_memory_mb for found in freed), 1),
            replicas=[
                FreedByReplica(
                    deployment=found.deployment,
                    replica=found.replica,
                    objects=found.objects,
                    memory_mb=round(found.memory_mb, 1),
                    gpu_memory_mb=round(found.gpu_memory_mb, 1),
                )
                for found in freed
            ],
            missing=missing,
        )

    async def _gather(self) -> Sample:
        """Ask all replicas, once for all who want to know at the same time."""
        if self._gathering is None or self._gathering.done():
            self._gathering = asyncio.create_task(self._ask())
        return await asyncio.shield(self._gathering)

    async def _ask(self) -> Sample:
        self._sample = Sample(await self._fleet.reports(), self._clock())
        return self._sample
