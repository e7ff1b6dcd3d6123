"""The engine: utterances of all sessions in, windows of sound out, one model thread, no Ray.

Here utterances are decoded whole, one after another. Who has heard nothing yet goes first, then whoever runs dry
soonest.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from app.messages import MAX_PHONEMES, MODEL_SAMPLE_RATE_HZ, Overloaded, Prosody, SynthesisFailed, Utterance, Window
from app.metrics import KokoroMetrics

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

STOPPED = "The service was stopped before this text was spoken. Send it again."
FAILED = "The model failed on this part of the text. Send the text again, or word it differently."
STUCK_AFTER_S = 120.0
"""The longest utterance has about 40 s of audio: no machine that is of use needs three times that."""


class ModelLost(Exception):
    """The model can decode nothing more in this process, a broken CUDA context for example."""


class Model(Protocol):
    """What the engine drives, always on its model thread."""

    def decode(self, utterance: Utterance, first_frame: int = 0, prosody: Prosody | None = None) -> Window:
        """Decode one utterance from ``first_frame`` to its end; raises ``SynthesisFailed`` or ``ModelLost``."""
        ...


@dataclass(slots=True, eq=False)
class _Job:
    utterance: Utterance
    first_frame: int
    prosody: Prosody | None
    deadline: float | None
    """On the engine's clock; None when the listener has heard nothing yet."""
    number: int
    arrived: float
    result: asyncio.Future[Window] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def urgency(self) -> tuple[bool, float, int]:
        """Sorts the waiting jobs: smallest first."""
        return (self.deadline is not None, self.deadline or 0.0, self.number)


class Engine:
    """Decodes utterances on a thread of its own. Use it from one event loop."""

    def __init__(
        self,
        load: Callable[[], Model],
        *,
        vocabulary_size: int,
        metrics: KokoroMetrics,
        max_waiting: int = 256,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Args:
        load: makes the model; it runs on the model thread, as everything with torch must.
        vocabulary_size: ids run from 1 to this less one; 0 is the pad, which the model adds itself.
        metrics: of this replica.
        max_waiting: utterances that may wait before new ones are refused.
        clock: seconds, monotonic.
        """
        self._load = load
        self._vocabulary_size = vocabulary_size
        self._metrics = metrics
        metrics.waiting.set_function(lambda: len(self._waiting))
        self.max_waiting = max_waiting
        self._clock = clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="kokoro-model")
        self._model: Model | None = None
        self._waiting: list[_Job] = []
        self._arrived = asyncio.Event()
        self._number = 0
        self._scheduler: asyncio.Task[None] | None = None
        self._decoding_since: float | None = None
        self._lost: ModelLost | None = None

    @property
    def waiting(self) -> int:
        """Utterances that wait for the model."""
        return len(self._waiting)

    async def run(self, work: Callable[[], Result]) -> Result:
        """Do something on the model thread, after the utterance that is being decoded."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def start(self) -> None:
        """Load the model; raises whatever ``load`` raises."""
        loop = asyncio.get_running_loop()
        self._model = await loop.run_in_executor(self._thread, self._load)
        self._scheduler = asyncio.create_task(self._run(), name="kokoro-engine")

    async def close(self) -> None:
        """Stop; what is not decoded yet fails with ``SynthesisFailed``."""
        if self._scheduler is not None:
            self._scheduler.cancel()
            await asyncio.gather(self._scheduler, return_exceptions=True)
        for job in self._waiting:
            _fail(job, SynthesisFailed(STOPPED))
        self._waiting.clear()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def check(self) -> None:
        """Raise ``RuntimeError`` when the engine can decode nothing more."""
        if self._scheduler is None:
            raise RuntimeError("the engine was not started")
        if self._scheduler.done():
            raise RuntimeError("the engine's scheduler has stopped")
        if self._lost is not None:
            raise RuntimeError(f"the model was lost: {self._lost}")
        if self._decoding_since is not None and self._clock() - self._decoding_since > STUCK_AFTER_S:
            raise RuntimeError(f"one utterance has been decoded for more than {STUCK_AFTER_S:.0f} s")

    async def submit(
        self, utterance: Utterance, first_frame: int = 0, prosody: Prosody | None = None
    ) -> AsyncGenerator[Window, None]:
        """Decode one utterance. Closing the iterator takes it out of the queue.

        Args:
            first_frame: where to begin, in frames of 25 ms; to resume what was cut off.
            prosody: what an earlier try predicted, so that the rest fits what was heard.

        Raises:
            SynthesisFailed: for an utterance that the model cannot take, or that it fails on.
            Overloaded: when ``max_waiting`` utterances wait already.
        """
        self._guard(utterance)
        self.check()
        if len(self._waiting) >= self.max_waiting:
            self._metrics.utterances.labels("refused").inc()
            raise Overloaded(
                f"The service is busy: {len(self._waiting)} utterances are waiting. Try again in a few seconds."
            )
        self._number += 1
        now = self._clock()
        deadline = None if utterance.deadline_s is None else now + utterance.deadline_s
        job = _Job(utterance, first_frame, prosody, deadline, self._number, now)
        outcome = "dropped"
        self._waiting.append(job)
        self._arrived.set()
        try:
            window = await job.result
            outcome = "spoken"
            yield window
        except SynthesisFailed:
            outcome = "failed"
            raise
        finally:
            self._metrics.utterances.labels(outcome).inc()
            job.result.cancel()
            if job in self._waiting:
                self._waiting.remove(job)

    def _guard(self, utterance: Utterance) -> None:
        """Refuse what would fail inside the model; past its 512 positions CUDA would lose the whole context."""
        ids = utterance.phoneme_ids
        if not 1 <= len(ids) <= MAX_PHONEMES:
            raise SynthesisFailed(f"An utterance needs 1 to {MAX_PHONEMES} phonemes, this one has {len(ids)}.")
        if min(ids) < 1 or max(ids) >= self._vocabulary_size:
            raise SynthesisFailed(f"A phoneme id is outside 1 to {self._vocabulary_size - 1}.")
        if utterance.style.shape != (256,):
            raise SynthesisFailed(f"The style vector needs the shape (256,), this one has {utterance.style.shape}.")
        if not (math.isfinite(utterance.speed) and utterance.speed > 0):
            raise SynthesisFailed(f"The speed must be a positive number, not {utterance.speed}.")

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        assert self._model is not None
        while True:
            while not self._waiting:
                self._arrived.clear()
                await self._arrived.wait()
            job = min(self._waiting, key=_Job.urgency)
            self._waiting.remove(job)
            self._decoding_since = began = self._clock()
            self._metrics.took("queue", began - job.arrived)
            try:
                window = await loop.run_in_executor(
                    self._thread, self._model.decode, job.utterance, job.first_frame, job.prosody
                )
            except asyncio.CancelledError:
                _fail(job, SynthesisFailed(STOPPED))
                raise
            except SynthesisFailed as failure:
                _fail(job, failure)
            except ModelLost as lost:
                logger.error("the model is lost: %s", lost)
                self._lost = lost
                _fail(job, SynthesisFailed(FAILED))
            except Exception:
                logger.exception("utterance %s could not be decoded", job.utterance.id)
                _fail(job, SynthesisFailed(FAILED))
            else:
                self._count(window, self._clock() - began)
                if not job.result.done():
                    job.result.set_result(window)
            finally:
                self._decoding_since = None

    def _count(self, window: Window, seconds: float) -> None:
        audio_s = len(window.samples) / MODEL_SAMPLE_RATE_HZ
        self._metrics.took("decode", seconds)
        self._metrics.audio.inc(audio_s)
        self._metrics.real_time_factor.observe(seconds / audio_s)


def _fail(job: _Job, failure: SynthesisFailed) -> None:
    if not job.result.done():
        job.result.set_exception(failure)
