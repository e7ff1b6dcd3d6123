"""How the service was in the last minutes, for whoever comes to look now."""

from __future__ import annotations

from collections import defaultdict, deque

from pydantic import BaseModel, Field

from app.fleet import Sample
from app.metrics import ENDED, REQUESTS, SESSIONS, WAITING
from app.work import RECENT_S, Interval, added, percentiles_ms

MAX_POINTS = 1000
"""More cannot be told apart on a screen. They are the newest ones where the window has more samples."""


class Point(BaseModel):
    """The service at one moment. A figure is null where no replica answered that knows it."""

    at_s: float = Field(description="Unix time, by the clock of the ingress that took the sample")
    sessions: int | None = Field(description="WebSocket sessions that are open")
    open_flushes: int | None = Field(description="flushes and files that were asked for and have not ended")
    waiting_utterances: int | None = Field(description="utterances that wait for the model")
    batch_size: float | None = Field(
        description="utterances in a step of the model, mean since the sample before; null where it made none"
    )
    first_chunk_p50_ms: float | None = Field(
        description=f"of the first chunks of the {RECENT_S:.0f} s before; null where there were none"
    )
    first_chunk_p95_ms: float | None
    memory_mb: dict[str, float] = Field(description="resident memory of the replicas of each deployment, MiB")
    gpu_memory_mb: float = Field(description="memory that all replicas hold on their GPUs, MiB; 0 without one")
    cpu_percent: float = Field(description="load of all cores, mean over the machines that replicas run on")
    ram_percent: float = Field(description="memory in use, mean over the machines that replicas run on")


class StatsHistory(BaseModel):
    """What ``GET /stats/history`` says: the samples of the ingress that answers, which every ingress takes of the whole
    service."""

    window_s: float = Field(description="how far back it goes at most, s")
    period_s: float = Field(description="how often samples are taken, s")
    points: list[Point] = Field(description="oldest first; fewer after a start")


class History:
    """Keeps a point for every sample of the last ``window_s`` seconds."""

    def __init__(self, window_s: float, period_s: float) -> None:
        """Args:
        window_s, period_s: seconds.
        """
        self._window_s = window_s
        self._period_s = period_s
        self._points: deque[tuple[float, Point]] = deque(maxlen=MAX_POINTS)

    def add(self, sample: Sample, interval: Interval, first_chunks_s: list[float], at_s: float) -> None:
        """Keep a sample.

        Args:
            interval: what was done since the sample before.
            first_chunks_s: times to the first chunks of the last ``RECENT_S`` seconds.
            at_s: Unix time.
        """
        self._points.append((sample.taken_at, _point(sample, interval, first_chunks_s, at_s)))
        while self._points[0][0] < sample.taken_at - self._window_s:
            self._points.popleft()

    def after(self, at_s: float) -> StatsHistory:
        """What came after a moment of Unix time; all of it after 0."""
        points = [point for _, point in self._points if point.at_s > at_s]
        return StatsHistory(window_s=self._window_s, period_s=self._period_s, points=points)


def _point(sample: Sample, interval: Interval, first_chunks_s: list[float], at_s: float) -> Point:
    p50_ms, p95_ms = percentiles_ms(first_chunks_s)
    memory_mb: defaultdict[str, float] = defaultdict(float)
    for report in sample.reports:
        memory_mb[report.deployment] += report.memory_mb
    requests, ended = sample.total(REQUESTS), sample.total(ENDED) or 0.0
    return Point(
        at_s=round(at_s, 3),
        sessions=_whole(sample.total(SESSIONS)),
        open_flushes=None if requests is None else int(requests - ended),
        waiting_utterances=_whole(sample.total(WAITING)),
        batch_size=added(interval.work.values()).batch_size,
        first_chunk_p50_ms=p50_ms,
        first_chunk_p95_ms=p95_ms,
        memory_mb={name: round(value, 1) for name, value in memory_mb.items()},
        gpu_memory_mb=round(sum(report.gpu_memory_mb for report in sample.reports), 1),
        cpu_percent=sample.mean_of_nodes(lambda report: report.cpu_percent),
        ram_percent=sample.mean_of_nodes(lambda report: report.ram_percent),
    )


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
