"""The figures of ``GET /stats``: how the service and each of its replicas is now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, Field

from app.fleet import Sample
from app.metrics import (
    ACTIVE,
    DRAINING,
    ENDED,
    READY,
    REQUESTS,
    SESSIONS,
    SPEAKING,
    UTTERANCES,
    WAITING,
    WAITING_AUDIO,
)
from app.replica import ReplicaReport
from app.work import RECENT_S, RecentWork, Work, percentiles_ms

State = Literal["not ready", "draining", "speaking", "idle"]

_BATCH_SIZE = f"utterances in a step of the model, mean of the last {RECENT_S:.0f} s; null where it made none"
_REAL_TIME_FACTOR = (
    f"seconds on the model for each second of audio, over the last {RECENT_S:.0f} s; null where none was decoded"
)


class ReplicaStats(BaseModel):
    """One replica. What its deployment has nothing to do with is null."""

    deployment: str
    replica: str
    node: str = Field(description="the machine that it runs on")
    process_id: int = Field(description="of its process on that machine")
    state: State = Field(
        description="`not ready`: an ingress that waits for the others; `draining`: an ingress that is about to stop; "
        "`speaking`, or else `idle`"
    )
    sessions: int | None = Field(description="Ingress: WebSocket sessions that are open")
    open_flushes: int | None = Field(description="Ingress: asked for and not ended; Speech: being spoken")
    active_utterances: int | None = Field(description="Kokoro: being made, or waiting for it")
    waiting_utterances: int | None = Field(description="Kokoro: waiting for the model, nothing done for them yet")
    waiting_audio_s: float | None = Field(description="Kokoro: audio that was asked for and is not made, estimated, s")
    batch_size: float | None = Field(description=f"Kokoro: {_BATCH_SIZE}")
    real_time_factor: float | None = Field(description=f"Kokoro: {_REAL_TIME_FACTOR}")
    memory_mb: float = Field(description="resident memory of its process, MiB")
    gpu_memory_mb: float = Field(description="memory that it holds on its GPU, MiB")
    node_memory_mb: float = Field(description="memory of its machine, MiB")
    node_ram_percent: float = Field(description="of it in use")
    node_cpu_percent: float = Field(description="load of all cores of its machine")


class Stats(BaseModel):
    """What ``GET /stats`` says. Counts begin with the replicas that run now."""

    gpu_memory_mb: float = Field(description="memory that all replicas hold on their GPUs, MiB; 0 without one")
    memory_mb: float = Field(description="resident memory of all replicas' processes, MiB")
    cpu_percent: float = Field(description="load of all cores, mean over the machines that replicas run on")
    ram_percent: float = Field(description="memory in use, mean over the machines that replicas run on")
    total_requests: int = Field(description="flushes and files that were asked for")
    sessions: int = Field(description="WebSocket sessions that are open")
    open_flushes: int = Field(description="flushes and files that were asked for and have not ended")
    utterances: int = Field(description="utterances that the model was asked for, whatever became of them")
    waiting_utterances: int = Field(description="utterances that wait for the model now")
    waiting_audio_s: float = Field(description="audio that was asked for and is not made, estimated, s")
    batch_size: float | None = Field(description=_BATCH_SIZE)
    real_time_factor: float | None = Field(description=_REAL_TIME_FACTOR)
    first_chunk_p50_ms: float | None = Field(description="null when nothing was spoken in the window")
    first_chunk_p95_ms: float | None
    first_chunk_count: int = Field(description="first chunks in the window")
    first_chunk_window_s: float
    sampled_s_ago: float = Field(description="age of these figures")
    sample_period_s: float = Field(description="how often they are taken, s")
    replicas: list[ReplicaStats]
    missing: list[str] = Field(
        description="deployments of which not all replicas answered; the figures are of the others"
    )


def stats_of(sample: Sample, recent: RecentWork, *, window_s: float, period_s: float, now: float) -> Stats:
    """The figures of one sample.

    Args:
        recent: what the replicas did before it.
        window_s: what the first chunks in the reports are of, s.
        period_s: how often samples are taken, s.
        now: seconds, of the clock that the sample was taken by.
    """
    first_chunks_s = [seconds for report in sample.reports for seconds in report.first_chunks_s]
    p50_ms, p95_ms = percentiles_ms(first_chunks_s)
    work = recent.of_all
    return Stats(
        gpu_memory_mb=round(sum(report.gpu_memory_mb for report in sample.reports), 1),
        memory_mb=round(sum(report.memory_mb for report in sample.reports), 1),
        cpu_percent=sample.mean_of_nodes(lambda report: report.cpu_percent),
        ram_percent=sample.mean_of_nodes(lambda report: report.ram_percent),
        total_requests=int(sample.total(REQUESTS) or 0),
        sessions=int(sample.total(SESSIONS) or 0),
        open_flushes=int((sample.total(REQUESTS) or 0) - (sample.total(ENDED) or 0)),
        utterances=int(sample.total(UTTERANCES) or 0),
        waiting_utterances=int(sample.total(WAITING) or 0),
        waiting_audio_s=round(sample.total(WAITING_AUDIO) or 0.0, 1),
        batch_size=work.batch_size,
        real_time_factor=work.real_time_factor,
        first_chunk_p50_ms=p50_ms,
        first_chunk_p95_ms=p95_ms,
        first_chunk_count=len(first_chunks_s),
        first_chunk_window_s=window_s,
        sampled_s_ago=round(now - sample.taken_at, 3),
        sample_period_s=period_s,
        replicas=[
            _replica(report, totals, recent.of(report.replica))
            for report, totals in zip(sample.reports, sample.totals, strict=True)
        ],
        missing=sample.missing,
    )


def _replica(report: ReplicaReport, totals: Mapping[str, float], work: Work) -> ReplicaStats:
    open_flushes = _open_flushes(totals)
    active = _whole(totals, ACTIVE)
    audio_s = totals.get(WAITING_AUDIO)
    return ReplicaStats(
        deployment=report.deployment,
        replica=report.replica,
        node=report.node,
        process_id=report.process_id,
        state=_state(totals, is_speaking=bool(open_flushes or active)),
        sessions=_whole(totals, SESSIONS),
        open_flushes=open_flushes,
        active_utterances=active,
        waiting_utterances=_whole(totals, WAITING),
        waiting_audio_s=None if audio_s is None else round(audio_s, 1),
        batch_size=work.batch_size,
        real_time_factor=work.real_time_factor,
        memory_mb=round(report.memory_mb, 1),
        gpu_memory_mb=round(report.gpu_memory_mb, 1),
        node_memory_mb=round(report.node_memory_mb, 1),
        node_ram_percent=report.ram_percent,
        node_cpu_percent=report.cpu_percent,
    )


def _state(totals: Mapping[str, float], *, is_speaking: bool) -> State:
    if totals.get(DRAINING):
        return "draining"
    if totals.get(READY, 1.0) == 0:
        return "not ready"
    return "speaking" if is_speaking else "idle"


def _open_flushes(totals: Mapping[str, float]) -> int | None:
    if REQUESTS in totals:
        return int(totals[REQUESTS] - totals.get(ENDED, 0.0))
    return _whole(totals, SPEAKING)


def _whole(totals: Mapping[str, float], name: str) -> int | None:
    value = totals.get(name)
    return None if value is None else int(value)
