"""What the whole service does: gathered from all replicas, on a period for ``/stats`` and afresh for ``/metrics``."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
from pydantic import BaseModel, Field

from app.metrics import REQUESTS, SESSIONS, UTTERANCES, WAITING, exposition, total
from app.replica import FreedMemory, ReplicaReport
from app.settings import MonitorSettings

logger = logging.getLogger(__name__)

COLLECTED = "garbage collection completed"
COLLECTED_IN_PART = "garbage collection incomplete"


Answer = TypeVar("Answer", covariant=True)


@dataclass(frozen=True)
class Answers(Generic[Answer]):
    """What the replicas of one deployment answered."""

    came: Sequence[Answer]
    """Of those that answered in time."""
    complete: bool
    """Whether there are replicas, and all of them answered in time."""


class Fleet(Protocol):
    """All replicas of all deployments, by the name of the deployment."""

    async def reports(self) -> Mapping[str, Answers[ReplicaReport]]: ...

    async def free_memory(self) -> Mapping[str, Answers[FreedMemory]]: ...


class ReplicaStats(BaseModel):
    """One replica."""

    deployment: str
    replica: str
    node: str = Field(description="the machine that it runs on")
    process_id: int = Field(description="of its process on that machine")
    memory_mb: float = Field(description="resident memory of its process, MiB")
    gpu_memory_mb: float = Field(description="memory that it holds on its GPU, MiB")


class Stats(BaseModel):
    """What ``GET /stats`` says. Counts begin with the replicas that run now."""

    gpu_memory_mb: float = Field(description="memory that all replicas hold on their GPUs, MiB; 0 without one")
    cpu_percent: float = Field(description="load of all cores, mean over the machines that replicas run on")
    ram_percent: float = Field(description="memory in use, mean over the machines that replicas run on")
    total_requests: int = Field(description="flushes and files that were asked for")
    sessions: int = Field(description="WebSocket sessions that are open")
    utterances: int = Field(description="utterances that the model was asked for, whatever became of them")
    waiting_utterances: int = Field(description="utterances that wait for the model now")
    first_chunk_p50_ms: float | None = Field(description="null when nothing was spoken in the window")
    first_chunk_p95_ms: float | None
    first_chunk_count: int = Field(description="first chunks in the window")
    first_chunk_window_s: float
    sampled_s_ago: float = Field(description="age of these figures")
    replicas: list[ReplicaStats]
    missing: list[str] = Field(
        description="deployments of which not all replicas answered; the figures are of the others"
    )


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
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Args:
        clock, sleep: seconds.
        """
        self._fleet = fleet
        self._settings = settings
        self._clock = clock
        self._sleep = sleep
        self._gathering: asyncio.Task[_Sample] | None = None
        self._sample: _Sample | None = None

    async def watch(self) -> None:
        """Gather on a period; runs until cancelled."""
        while True:
            try:
                await self._gather()
            except Exception:
                logger.exception("the replicas could not be asked how they are")
            await self._sleep(self._settings.period_s)

    async def stats(self) -> Stats:
        """The newest figures of the watch; only the first call waits for any."""
        sample = self._sample or await self._gather()
        reports = sample.reports
        snapshots = [report.metrics for report in reports]
        times_ms = np.array([seconds for report in reports for seconds in report.first_chunks_s]) * 1000
        p50, p95 = np.percentile(times_ms, [50, 95]).round(1).tolist() if len(times_ms) else (None, None)
        return Stats(
            gpu_memory_mb=round(sum(report.gpu_memory_mb for report in reports), 1),
            cpu_percent=_mean_of_nodes(reports, lambda report: report.cpu_percent),
            ram_percent=_mean_of_nodes(reports, lambda report: report.ram_percent),
            total_requests=int(total(snapshots, REQUESTS)),
            sessions=int(total(snapshots, SESSIONS)),
            utterances=int(total(snapshots, UTTERANCES)),
            waiting_utterances=int(total(snapshots, WAITING)),
            first_chunk_p50_ms=p50,
            first_chunk_p95_ms=p95,
            first_chunk_count=len(times_ms),
            first_chunk_window_s=self._settings.window_s,
            sampled_s_ago=round(self._clock() - sample.taken_at, 3),
            replicas=[
                ReplicaStats(
                    deployment=report.deployment,
                    replica=report.replica,
                    node=report.node,
                    process_id=report.process_id,
                    memory_mb=round(report.memory_mb, 1),
                    gpu_memory_mb=round(report.gpu_memory_mb, 1),
                )
                for report in reports
            ],
            missing=sample.missing,
        )

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
        freed, missing = _sorted_out(answers)
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

    async def _gather(self) -> _Sample:
        """Ask all replicas, once for all who want to know at the same time."""
        if self._gathering is None or self._gathering.done():
            self._gathering = asyncio.create_task(self._ask())
        return await asyncio.shield(self._gathering)

    async def _ask(self) -> _Sample:
        self._sample = _Sample(await self._fleet.reports(), self._clock())
        return self._sample


class _Sample:
    def __init__(self, answers: Mapping[str, Answers[ReplicaReport]], taken_at: float) -> None:
        self.taken_at = taken_at
        self.deployments = sorted(answers)
        self.reports, self.missing = _sorted_out(answers)


def _sorted_out(answers: Mapping[str, Answers[Answer]]) -> tuple[list[Answer], list[str]]:
    """All answers, and the names of the deployments that some are missing of; both sorted by deployment."""
    names = sorted(answers)
    came = [answer for name in names for answer in answers[name].came]
    return came, [name for name in names if not answers[name].complete]


def _mean_of_nodes(reports: Sequence[ReplicaReport], value: Callable[[ReplicaReport], float]) -> float:
    """Replicas of one machine read the same clock at different moments: the mean of each machine, then of all."""
    nodes: defaultdict[str, list[float]] = defaultdict(list)
    for report in reports:
        nodes[report.node].append(value(report))
    return round(float(np.mean([np.mean(values) for values in nodes.values()])), 1) if nodes else 0.0
