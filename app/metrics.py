"""Every metric, in one place.

Each replica keeps a registry of its own and sets a metric where the thing itself changes. The ingress gathers the
snapshots of all replicas and labels every sample with the deployment and the replica that it comes from.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import psutil
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

NAMESPACE = "kokoro_serve"
SESSIONS = f"{NAMESPACE}_sessions"
REQUESTS = f"{NAMESPACE}_requests_total"
UTTERANCES = f"{NAMESPACE}_utterances_total"
ENDED = f"{NAMESPACE}_requests_ended_total"
READY = f"{NAMESPACE}_ready"
DRAINING = f"{NAMESPACE}_draining"
FIRST_CHUNKS = f"{NAMESPACE}_first_chunk_seconds_count"
SPEAKING = f"{NAMESPACE}_speaking_flushes"
WAITING = f"{NAMESPACE}_waiting_utterances"
ACTIVE = f"{NAMESPACE}_active_utterances"
WAITING_AUDIO = f"{NAMESPACE}_waiting_audio_seconds"
STEPS = f"{NAMESPACE}_batch_size_count"
STEPPED_UTTERANCES = f"{NAMESPACE}_batch_size_sum"
MODEL_TIME = f"{NAMESPACE}_model_seconds_total"
DECODED_AUDIO = f"{NAMESPACE}_decoded_audio_seconds_total"
UP = f"{NAMESPACE}_deployment_answers"

FIRST_CHUNK_BUCKETS_S = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.5, 2.5, 5.0, 10.0)
"""Fine where a listener begins to notice, up to the second; beyond it only how bad it was."""

STAGE_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0)

REAL_TIME_FACTOR_BUCKETS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0, 2.0)

DIALECTS = ("native", "synth_wav", "elevenlabs", "elevenlabs_multi", "elevenlabs_http", "openai")
"""The first, third and fourth are WebSockets; each context of ``elevenlabs_multi`` counts for itself."""

OUTCOMES = ("spoken", "failed", "dropped")
"""Of a flush; dropped ones were cancelled, or their client left."""

LOSSES = ("lost", "hung")
"""Why another replica had to go on: the one before is gone, or is there and silent."""

RECENT_FIRST_WINDOWS_S = 20.0
"""How long a first window says something of how a Kokoro replica is now."""

BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64)

MAX_RECENT = 10_000
"""Times kept for percentiles; more within a few minutes would not change them."""

Snapshot = tuple[Metric, ...]
"""What a registry held at one moment; it can be sent to another process."""


class ReplicaMetrics:
    """A registry of one replica, with what every process tells: its memory, processor time and open files."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        memory = self._gauge("host_memory_bytes", "Memory of the machine that the replica runs on", "state")
        memory.labels("total").set_function(lambda: psutil.virtual_memory().total)
        memory.labels("available").set_function(lambda: psutil.virtual_memory().available)

    def snapshot(self) -> Snapshot:
        """All metrics as they are now."""
        return tuple(self._registry.collect())

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(name, meaning, labels, namespace=NAMESPACE, registry=self._registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(name, meaning, labels, namespace=NAMESPACE, registry=self._registry)

    def _histogram(self, name: str, meaning: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, meaning, labels, namespace=NAMESPACE, registry=self._registry, buckets=buckets)

    def _stage_times(self) -> Histogram:
        return self._histogram("stage_seconds", "Time that a stage of one utterance took", STAGE_BUCKETS_S, "stage")


class IngressMetrics(ReplicaMetrics):
    """What an ingress replica counts."""

    def __init__(self, window_s: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Args:
        window_s: how long a time to a first chunk counts as recent.
        clock: seconds, monotonic.
        """
        super().__init__()
        self.sessions = self._gauge("sessions", "WebSocket sessions that are open")
        self.errors = self._counter("errors", "Errors that were told to clients", "code")
        self.requests = self._counter("requests", "Flushes of text to be spoken", "dialect")
        self.ended = self._counter("requests_ended", "Flushes by how they ended", "dialect", "outcome")
        self.characters = self._counter("characters", "Characters to be spoken", "dialect")
        self.sent_audio = self._counter("sent_audio_seconds", "Audio that was sent", "dialect")
        self.first_chunk = self._histogram(
            "first_chunk_seconds",
            "From a flush, or the end of the one before it, to its first chunk",
            FIRST_CHUNK_BUCKETS_S,
            "dialect",
        )
        self.underruns = self._counter(
            "underruns", "Chunks that came after a client that plays in real time had run out of sound", "dialect"
        )
        self.underrun_time = self._counter("underrun_seconds", "Time in which such a client had no sound", "dialect")
        self.resumed = self._counter("resumed_flushes", "Flushes that another Speech replica went on with", "reason")
        self.ready = self._gauge("ready", "1 while the replica says that the service is ready to speak")
        self.draining = self._gauge("draining", "1 while the replica lets its sessions come to an end")
        self.recent_first_chunks = RecentTimes(window_s, clock)
        self._begin_at_zero()

    def _begin_at_zero(self) -> None:
        # A series that begins with its first event hides that event from every rate.
        for dialect in DIALECTS:
            for metric in (self.requests, self.characters, self.sent_audio, self.first_chunk):
                metric.labels(dialect)
            self.underruns.labels(dialect)
            self.underrun_time.labels(dialect)
            for outcome in OUTCOMES:
                self.ended.labels(dialect, outcome)
        for reason in LOSSES:
            self.resumed.labels(reason)
        for code in ("overloaded", "too_many_sessions"):
            self.errors.labels(code)

    def taken_over(self, reason: str) -> None:
        """A flush goes on with another Speech replica, for one of ``LOSSES``."""
        self.resumed.labels(reason).inc()

    def dialect(self, name: str) -> DialectMetrics:
        """The same for the sessions of one dialect, ``native`` for example."""
        return DialectMetrics(self, name)


class DialectMetrics:
    """What the sessions of one dialect count."""

    def __init__(self, metrics: IngressMetrics, dialect: str) -> None:
        self._metrics = metrics
        self._dialect = dialect

    def asked(self, text: str) -> None:
        """A flush was asked for."""
        self._metrics.requests.labels(self._dialect).inc()
        self._metrics.characters.labels(self._dialect).inc(len(text))

    def first_chunk(self, seconds: float) -> None:
        """The first chunk of a flush is sent."""
        self._metrics.first_chunk.labels(self._dialect).observe(seconds)
        self._metrics.recent_first_chunks.add(seconds)

    def sent(self, audio_s: float) -> None:
        """A chunk is sent."""
        self._metrics.sent_audio.labels(self._dialect).inc(audio_s)

    def underrun(self, seconds: float) -> None:
        """A chunk is sent so long after all that went before it was heard."""
        self._metrics.underruns.labels(self._dialect).inc()
        self._metrics.underrun_time.labels(self._dialect).inc(seconds)

    def ended(self, outcome: str, number: int = 1) -> None:
        """Flushes ended, in one of ``OUTCOMES``."""
        self._metrics.ended.labels(self._dialect, outcome).inc(number)


class SpeechMetrics(ReplicaMetrics):
    """What a Speech replica counts."""

    def __init__(self) -> None:
        super().__init__()
        self.speaking = self._gauge("speaking_flushes", "Flushes that are being spoken")
        self.takeovers = self._counter("takeovers", "Utterances that another Kokoro replica went on with", "reason")
        for reason in LOSSES:
            self.takeovers.labels(reason)
        self._stages = self._stage_times()

    def took(self, stage: str, seconds: float) -> None:
        """A stage is done: ``text`` (spoken form and segments of a flush), ``phonemes`` (of a segment), ``kokoro``
        (from asking for an utterance to its first window) or ``sound`` (chunks of a window)."""
        self._stages.labels(stage).observe(seconds)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Time a stage; one that fails counts as well."""
        with self._stages.labels(stage).time():
            yield


class KokoroMetrics(ReplicaMetrics):
    """What a Kokoro replica counts."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Args:
        clock: seconds, monotonic.
        """
        super().__init__()
        self.recent_first_windows = RecentTimes(RECENT_FIRST_WINDOWS_S, clock)
        self.waiting = self._gauge("waiting_utterances", "Utterances that wait for the model")
        self.active = self._gauge("active_utterances", "Utterances that are being made or wait for it")
        self.waiting_audio = self._gauge("waiting_audio_seconds", "Audio that was asked for and is not made, estimated")
        self.gpu_memory = self._gauge("gpu_memory_bytes", "Memory that the process holds on its GPU")
        self.utterances = self._counter("utterances", "Utterances by how they ended", "outcome")
        self.audio = self._counter("decoded_audio_seconds", "Audio that was decoded")
        self.model_time = self._counter("model_seconds", "Time that the model was at work")
        self.windows = self._counter("windows", "Windows that were decoded, whole utterances counted in")
        self.retried = self._counter("retried_utterances", "Utterances of a failed batch that were tried alone")
        self._batches = self._histogram("batch_size", "Utterances in a step of the model", BATCH_BUCKETS, "stage")
        self._phonemes = self._counter("prosody_phonemes", "Phonemes whose prosody was predicted", "kind")
        self.real_time_factor = self._histogram(
            "real_time_factor", "Time on the model for each second of an utterance's audio", REAL_TIME_FACTOR_BUCKETS
        )
        self._stages = self._stage_times()

    def took(self, stage: str, seconds: float) -> None:
        """A stage is done: ``queue``, ``prosody`` or ``vocoder``."""
        self._stages.labels(stage).observe(seconds)

    def step(self, stage: str, batch: int, seconds: float) -> None:
        """A step of the model is done, with a batch of utterances."""
        self.took(stage, seconds)
        self.model_time.inc(seconds)
        self._batches.labels(stage).observe(batch)

    def padded(self, real: int, padded: int) -> None:
        """A batch had so many phonemes, and so many with its padding."""
        self._phonemes.labels("real").inc(real)
        self._phonemes.labels("padding").inc(padded - real)


class RecentTimes:
    """Seconds that something took within the last ``window_s``."""

    def __init__(self, window_s: float, clock: Callable[[], float]) -> None:
        self._window_s = window_s
        self._clock = clock
        self._times: deque[tuple[float, float]] = deque(maxlen=MAX_RECENT)

    def add(self, seconds: float) -> None:
        """Keep one."""
        self._times.append((self._clock(), seconds))

    def values(self) -> tuple[float, ...]:
        """The seconds, oldest first."""
        since = self._clock() - self._window_s
        return tuple(seconds for at, seconds in self._times if at >= since)


class _Gathered(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = tuple(families)

    def collect(self) -> Iterable[Metric]:
        return self._families


def exposition(snapshots: Iterable[tuple[str, str, Snapshot]], answers: dict[str, bool]) -> bytes:
    """The text format of Prometheus for many replicas.

    Args:
        snapshots: deployment, replica and what its registry held.
        answers: whether a deployment answered, by its name.
    """
    families: dict[str, Metric] = {}
    for deployment, replica, snapshot in snapshots:
        for metric in snapshot:
            family = families.setdefault(metric.name, Metric(metric.name, metric.documentation, metric.type))
            for sample in metric.samples:
                # When a process made a counter is told by its start time already.
                if not sample.name.endswith("_created"):
                    labels = {**sample.labels, "deployment": deployment, "replica": replica}
                    family.add_sample(sample.name, labels, sample.value)
    up = Metric(UP, "Whether all replicas of a deployment answered in time", "gauge")
    for deployment, did_answer in answers.items():
        up.add_sample(UP, {"deployment": deployment}, float(did_answer))
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Gathered([*families.values(), up]))
    return generate_latest(registry)


def totals(snapshot: Snapshot) -> dict[str, float]:
    """The sum of all samples of each name, whatever their labels; a name that the replica does not know is missing."""
    sums: dict[str, float] = {}
    for metric in snapshot:
        for sample in metric.samples:
            sums[sample.name] = sums.get(sample.name, 0.0) + sample.value
    return sums
