"""What one replica tells of itself, and how it gives memory back."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from app.metrics import ReplicaMetrics, Snapshot

BYTES_PER_MB = 2**20
PROCESSOR_SAMPLE_S = 1.0
"""Shorter stretches say more about chance than about load."""


@dataclass(frozen=True, slots=True)
class ReplicaReport:
    """One replica, and the machine that it runs on, at one moment."""

    deployment: str
    replica: str
    node: str
    process_id: int
    memory_mb: float
    """Resident memory of the process."""
    gpu_memory_mb: float
    """Memory of the GPU that the process holds."""
    cpu_percent: float
    """Of the whole machine, over all its cores."""
    ram_percent: float
    """Of the whole machine."""
    node_memory_mb: float
    """Of the whole machine, used or not."""
    metrics: Snapshot
    first_chunks_s: tuple[float, ...] = ()
    """Times to a first chunk in the last minutes; of an ingress only."""


@dataclass(frozen=True, slots=True)
class FreedMemory:
    """What one replica gave back; more can be taken meanwhile than was freed, so it may be below zero."""

    deployment: str
    replica: str
    objects: int
    """Python objects that the garbage collector found."""
    memory_mb: float
    gpu_memory_mb: float


class Replica:
    """The process that this is called in."""

    def __init__(
        self,
        deployment: str,
        replica: str,
        node: str,
        metrics: ReplicaMetrics,
        *,
        gpu_memory_bytes: Callable[[], int] = lambda: 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Args:
        deployment, replica, node: names.
        gpu_memory_bytes: asks for the memory that the process holds on its GPU.
        clock: seconds, monotonic.
        """
        self._names = (deployment, replica)
        self._node = node
        self._metrics = metrics
        self._gpu_memory_bytes = gpu_memory_bytes
        self._clock = clock
        self._process = psutil.Process()
        self._cpu_percent = psutil.cpu_percent(None)  # begins the first stretch
        self._cpu_sampled_at = clock()

    @property
    def name(self) -> str:
        """That no other replica has."""
        return self._names[1]

    def report(self, first_chunks_s: tuple[float, ...] = ()) -> ReplicaReport:
        """How the replica is now; takes well below a millisecond."""
        now = self._clock()
        if now - self._cpu_sampled_at >= PROCESSOR_SAMPLE_S:
            self._cpu_percent, self._cpu_sampled_at = psutil.cpu_percent(None), now
        machine = psutil.virtual_memory()
        return ReplicaReport(
            *self._names,
            self._node,
            process_id=self._process.pid,
            memory_mb=self._memory_mb(),
            gpu_memory_mb=self._gpu_memory_bytes() / BYTES_PER_MB,
            cpu_percent=self._cpu_percent,
            ram_percent=machine.percent,
            node_memory_mb=machine.total / BYTES_PER_MB,
            metrics=self._metrics.snapshot(),
            first_chunks_s=first_chunks_s,
        )

    def free_memory(self, free_gpu_memory: Callable[[], None] = lambda: None) -> FreedMemory:
        """Collect garbage and give unused memory back to the system. It may take a while: not for an event loop.

        Args:
            free_gpu_memory: gives back what the process holds on its GPU without using it.
        """
        memory_mb, gpu_bytes = self._memory_mb(), self._gpu_memory_bytes()
        objects = gc.collect()
        free_gpu_memory()
        with contextlib.suppress(OSError, AttributeError):  # not glibc
            ctypes.CDLL(None).malloc_trim(0)
        return FreedMemory(
            *self._names,
            objects=objects,
            memory_mb=memory_mb - self._memory_mb(),
            gpu_memory_mb=(gpu_bytes - self._gpu_memory_bytes()) / BYTES_PER_MB,
        )

    def _memory_mb(self) -> float:
        return self._process.memory_info().rss / BYTES_PER_MB
