"""What the replicas did lately: their counters, from one sample to the next."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field

import numpy as np

from app.fleet import Sample
from app.metrics import DECODED_AUDIO, FIRST_CHUNKS, MODEL_TIME, STEPPED_UTTERANCES, STEPS

RECENT_S = 30.0
"""Long enough for a figure of somebody who speaks now and then, short enough to say how it is now."""


@dataclass(frozen=True, slots=True)
class Work:
    """What was done since a replica started, or between two samples."""

    steps: float = 0.0
    """Of the model."""
    stepped_utterances: float = 0.0
    """Utterances in these steps; one counts in every step that it is part of."""
    model_s: float = 0.0
    """Time that the model was at work."""
    audio_s: float = 0.0
    """Audio that was decoded."""
    first_chunks: float = 0.0
    """First chunks that were sent."""

    @classmethod
    def counted(cls, totals: Mapping[str, float]) -> Work:
        """What the counters of one replica say."""
        names = (STEPS, STEPPED_UTTERANCES, MODEL_TIME, DECODED_AUDIO, FIRST_CHUNKS)
        return cls(*(totals.get(name, 0.0) for name in names))

    def since(self, before: Work) -> Work:
        """What came after ``before``. A count that went down began anew with its process: then all of it did."""
        differences = [now - then for now, then in zip(astuple(self), astuple(before), strict=True)]
        return self if min(differences) < 0 else Work(*differences)

    @property
    def batch_size(self) -> float | None:
        """Utterances in a step of the model, mean; None without any step."""
        return round(self.stepped_utterances / self.steps, 2) if self.steps else None

    @property
    def real_time_factor(self) -> float | None:
        """Seconds on the model for each second of audio; None where none was decoded."""
        return round(self.model_s / self.audio_s, 3) if self.audio_s else None


@dataclass(frozen=True, slots=True)
class Interval:
    """What all replicas did between two samples."""

    ended_at: float
    """Seconds, monotonic."""
    work: dict[str, Work] = field(default_factory=dict)
    """By replica."""
    first_chunks_s: tuple[float, ...] = ()
    """Times to the first chunks that were sent."""


class RecentWork:
    """The intervals of the last ``RECENT_S`` seconds.

    A replica that is seen for the first time has done nothing yet: what it did before is of no known time.
    """

    def __init__(self) -> None:
        self._intervals: deque[Interval] = deque()
        self._seen: dict[str, tuple[float, Work]] = {}

    def add(self, sample: Sample) -> Interval:
        """Take a sample in; returns what was done since the one before it."""
        work: dict[str, Work] = {}
        first_chunks_s: list[float] = []
        for report, totals in zip(sample.reports, sample.totals, strict=True):
            counted = Work.counted(totals)
            _, before = self._seen.get(report.replica, (0.0, counted))
            work[report.replica] = done = counted.since(before)
            self._seen[report.replica] = (sample.taken_at, counted)
            if done.first_chunks:
                first_chunks_s += report.first_chunks_s[-int(done.first_chunks) :]
        interval = Interval(sample.taken_at, work, tuple(first_chunks_s))
        self._intervals.append(interval)
        self._forget(sample.taken_at - RECENT_S)
        return interval

    def of(self, replica: str) -> Work:
        """What one replica did."""
        return added(found.work[replica] for found in self._intervals if replica in found.work)

    @property
    def of_all(self) -> Work:
        """What all of them did."""
        return added(work for found in self._intervals for work in found.work.values())

    @property
    def first_chunks_s(self) -> list[float]:
        """Times to the first chunks that were sent, oldest first."""
        return [seconds for found in self._intervals for seconds in found.first_chunks_s]

    def _forget(self, until: float) -> None:
        while self._intervals[0].ended_at <= until:
            self._intervals.popleft()
        self._seen = {replica: seen for replica, seen in self._seen.items() if seen[0] > until}


def added(parts: Iterable[Work]) -> Work:
    """All of it together."""
    return Work(*np.sum([(0.0,) * 5, *map(astuple, parts)], axis=0).tolist())


def percentiles_ms(times_s: Sequence[float]) -> tuple[float | None, float | None]:
    """The 50th and the 95th percentile, ms; None without any time."""
    if not times_s:
        return None, None
    p50, p95 = (np.percentile(times_s, [50, 95]) * 1000).round(1).tolist()
    return p50, p95
