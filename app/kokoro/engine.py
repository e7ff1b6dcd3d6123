"""The engine: utterances of all sessions in, windows of sound out, one model thread, no Ray.

Batching is continuous: whenever the model is free the most urgent work is chosen anew, from utterances that wait for
their prosody and from those whose next window is due. What joins late joins at the next step.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np

from app.kokoro.interface import Encoded, Model, ModelLost
from app.kokoro.schedule import Costs, Job, Step, next_change, next_step
from app.logs import about
from app.messages import (
    FRAME_MS,
    MAX_PHONEMES,
    MODEL_SAMPLE_RATE_HZ,
    Overloaded,
    Prosody,
    ReplicaLost,
    SynthesisFailed,
    Utterance,
    Window,
)
from app.metrics import KokoroMetrics
from app.settings import KokoroSettings

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

STOPPED = "The service was stopped before this text was spoken. Send it again."
FAILED = "The model failed on this part of the text. Send the text again, or word it differently."
NOT_FINITE = "The model made no valid sound of this text. Word it differently, or take another voice."
STUCK_AFTER_S = 120.0
"""The longest utterance has about 40 s of audio: no machine that is of use needs three times that for a step."""

IDLE_AFTER_S = 30.0
"""Quiet for so long, the engine takes up work that can wait. A piece of it takes up to a second, which a newcomer then
waits."""


class _Entry(Job):
    """A job with what the engine keeps of it."""

    __slots__ = ("encoded", "output", "sent_prosody")

    encoded: Encoded | None
    output: asyncio.Queue[Window | Exception]
    sent_prosody: bool


class Engine:
    """Decodes utterances on a thread of its own. Use it from one event loop."""

    def __init__(
        self,
        load: Callable[[], Model[Any]],
        *,
        vocabulary_size: int,
        metrics: KokoroMetrics,
        settings: KokoroSettings,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Args:
        load: makes the model; it runs on the model thread, as everything with torch must.
        vocabulary_size: ids run from 1 to this less one; 0 is the pad, which the model adds itself.
        metrics: of this replica.
        settings: may be replaced while the engine runs.
        clock, sleep: seconds, monotonic.
        """
        self.settings = settings
        self._load = load
        self._vocabulary_size = vocabulary_size
        self._metrics = metrics
        metrics.waiting.set_function(lambda: self.waiting)
        metrics.active.set_function(lambda: len(self._jobs))
        metrics.waiting_audio.set_function(lambda: self.waiting_audio_s + self.active_audio_s)
        self._clock = clock
        self._sleep = sleep
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="kokoro-model")
        self._model: Model[Any] | None = None
        self._jobs: dict[int, _Entry] = {}
        self._changed = asyncio.Event()
        self._number = 0
        self._costs = Costs()
        self._scheduler: asyncio.Task[None] | None = None
        self._stepping_since: float | None = None
        self._lost: ModelLost | None = None

    @property
    def waiting(self) -> int:
        """Utterances that wait for their prosody: nothing was done for them yet."""
        return sum(not job.is_encoded for job in self._jobs.values())

    @property
    def waiting_audio_s(self) -> float:
        """Seconds of audio of the utterances that nothing was done for yet, estimated."""
        return sum(job.remaining_s for job in self._jobs.values() if not job.is_encoded)

    @property
    def active_audio_s(self) -> float:
        """Seconds of audio still to be decoded now of the others; what is held back for a listener is not counted."""
        now, jobs = self._clock(), self._jobs.values()
        return sum(job.remaining_s for job in jobs if job.is_encoded and job.waits_until(self.settings) <= now)

    async def run(self, work: Callable[[], Result]) -> Result:
        """Do something on the model thread, after the step that is being done."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def start(self) -> None:
        """Load the model; raises whatever ``load`` raises."""
        self._model = model = await self.run(self._load)
        for stage, size, batch, seconds in await self.run(lambda: list(model.warm_up())):
            self._costs.learn(stage, size, batch, seconds)
        self._scheduler = asyncio.create_task(self._run(), name="kokoro-engine")

    async def close(self) -> None:
        """Stop; what is not decoded yet fails with ``SynthesisFailed``."""
        if self._scheduler is not None:
            self._scheduler.cancel()
            await asyncio.gather(self._scheduler, return_exceptions=True)
        for job in self._jobs.values():
            job.output.put_nowait(SynthesisFailed(STOPPED))
        self._jobs.clear()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def check(self) -> None:
        """Raise ``RuntimeError`` when the engine can decode nothing more."""
        if self._scheduler is None:
            raise RuntimeError("the engine was not started")
        if self._lost is not None:
            raise RuntimeError(f"the model was lost: {self._lost}")
        if self._scheduler.done():
            raise RuntimeError("the engine's scheduler has stopped")
        if self._stepping_since is not None and self._clock() - self._stepping_since > STUCK_AFTER_S:
            raise RuntimeError(f"one step has taken more than {STUCK_AFTER_S:.0f} s")

    async def submit(
        self, utterance: Utterance, first_frame: int = 0, prosody: Prosody | None = None
    ) -> AsyncGenerator[Window, None]:
        """Decode one utterance. Closing the iterator takes it out of the queue.

        The silence before the first sound is left out, but for ``utterance.lead_ms``: the first window says where it
        begins, and has the prosody.

        Args:
            first_frame: where to begin, in frames of 25 ms; to resume what was cut off.
            prosody: what an earlier try predicted, so that the rest fits what was heard.

        Raises:
            SynthesisFailed: for an utterance that the model cannot take, or that it fails on.
            ReplicaLost: when the model was lost; another replica can go on.
            Overloaded: when ``max_waiting`` utterances wait already.
        """
        self._guard(utterance)
        if self._lost is not None:
            raise ReplicaLost()
        self.check()
        if self.waiting >= self.settings.max_waiting:
            self._metrics.utterances.labels("refused").inc()
            raise Overloaded(f"The service is busy: {self.waiting} utterances are waiting. Try again in a few seconds.")
        job = self._admit(utterance, first_frame, prosody)
        outcome = "dropped"
        try:
            last = False
            while not last:
                item = await job.output.get()
                if isinstance(item, Exception):
                    outcome = "failed"
                    raise item
                job.unread -= 1
                self._changed.set()
                last = item.last
                if last:
                    outcome = "spoken"
                yield item
        finally:
            self._metrics.utterances.labels(outcome).inc()
            figures = {"phonemes": len(utterance.phoneme_ids), "model_s": round(job.model_s, 4)}
            logger.info("utterance %s", outcome, extra={"outcome": outcome, **figures})
            self._jobs.pop(job.number, None)
            self._changed.set()

    def _admit(self, utterance: Utterance, first_frame: int, prosody: Prosody | None) -> _Entry:
        self._number += 1
        now = self._clock()
        dry_at = None if utterance.deadline_s is None else now + utterance.deadline_s
        job = _Entry(self._number, utterance, first_frame, prosody, now, dry_at)
        job.encoded, job.output, job.sent_prosody = None, asyncio.Queue(), False
        self._jobs[job.number] = job
        self._changed.set()
        return job

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
        try:
            await self._work()
        except Exception:
            # Nobody may wait for a scheduler that is gone: check() tells Serve, and another replica goes on.
            logger.exception("the scheduler failed")
            self._give_up()
            raise

    async def _work(self) -> None:
        while True:
            step = next_step(self._jobs.values(), self._clock(), self.settings, self._costs)
            if step is None:
                await self._wait()
            else:
                await self._do(step)
            if self._lost is not None:
                self._give_up()
                return

    async def _wait(self) -> None:
        """Until something changes, a job may go on, or it has been quiet long enough for work that can wait."""
        until_s = next_change(self._jobs.values(), self._clock(), self.settings)
        quiet = not self._jobs
        self._changed.clear()
        pause_s = IDLE_AFTER_S if quiet else until_s
        pause = None if pause_s is None else asyncio.ensure_future(self._sleep(pause_s))
        change = asyncio.ensure_future(self._changed.wait())
        tasks = {change} if pause is None else {change, pause}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
        if quiet and not self._jobs and pause is not None and pause.done():
            await self._tidy_up()

    async def _tidy_up(self) -> None:
        assert self._model is not None
        while not self._jobs:
            self._stepping_since = self._clock()
            try:
                is_more = await self.run(self._model.tidy_up)
            except ModelLost as lost:
                logger.error("the model is lost: %s", lost)
                self._lost = lost
                return
            except Exception:
                logger.exception("work that was put off failed")
                return
            finally:
                self._stepping_since = None
            if not is_more:
                self._changed.clear()
                if not self._jobs:
                    await self._changed.wait()
                return

    async def _do(self, step: Step) -> None:
        """One step; where a batch fails, each of it alone, so that one bad utterance fails alone."""
        try:
            await self._attempt(step)
        except ModelLost as lost:
            logger.error("the model is lost: %s", lost)
            self._lost = lost
            for job in step.jobs:
                self._fail(job, SynthesisFailed(FAILED))
        except Exception as error:
            if len(step.jobs) > 1:
                logger.warning("a batch of %d failed, each is tried alone: %r", len(step.jobs), error)
                self._metrics.retried.inc(len(step.jobs))
                for job in step.jobs:
                    if self._lost is None and job.number in self._jobs:
                        await self._do(Step(step.stage, (job,), job.size))
                return
            [job] = step.jobs
            if not isinstance(error, SynthesisFailed):
                with about(session=job.utterance.session, utterance=job.utterance.id):
                    logger.exception("an utterance could not be decoded")
                error = SynthesisFailed(FAILED)
            self._fail(job, error)

    async def _attempt(self, step: Step) -> None:
        assert self._model is not None
        jobs = [job for job in step.jobs if isinstance(job, _Entry)]
        self._stepping_since = began = self._clock()
        try:
            if step.stage == "prosody":
                for job in jobs:
                    self._metrics.took("queue", began - job.arrived)
                await self._encode(jobs)
            else:
                await self._decode(jobs)
        finally:
            seconds = self._clock() - began
            self._stepping_since = None
        self._costs.learn(step.stage, step.size, len(jobs), seconds)
        self._metrics.step(step.stage, len(jobs), seconds)
        for job in jobs:
            job.model_s += seconds / len(jobs)
            if job.is_encoded and not job.spans:
                audio_s = job.decoded_frames * FRAME_MS / 1000
                if audio_s:
                    self._metrics.real_time_factor.observe(job.model_s / audio_s)

    async def _encode(self, jobs: Sequence[_Entry]) -> None:
        assert self._model is not None
        model = self._model
        utterances = [job.utterance for job in jobs]
        prosodies = [job.prosody for job in jobs]
        encoded = await self.run(lambda: model.encode(utterances, prosodies))
        self._metrics.padded(sum(job.length for job in jobs), len(jobs) * max(job.length for job in jobs))
        for job, found in zip(jobs, encoded, strict=True):
            if job.utterance.prosody_only:
                job.output.put_nowait(Window(np.zeros(0, np.float32), 0, last=True, prosody=found.prosody))
                self._jobs.pop(job.number, None)
                continue
            try:
                job.spans = deque(found.plan(job.first_frame, grows=job.dry_at is None))
            except SynthesisFailed as failure:
                self._fail(job, failure)
            else:
                job.encoded, job.is_encoded = found, True

    async def _decode(self, jobs: Sequence[_Entry]) -> None:
        assert self._model is not None
        model = self._model
        parts = [(job.encoded, job.spans[0]) for job in jobs if job.encoded is not None]
        sounds = await self.run(lambda: model.decode(parts))
        now = self._clock()
        # Paired before the first is handed out: what a model that gave too few of them gave is tried again.
        for job, samples in list(zip(jobs, sounds, strict=True)):
            if not np.isfinite(samples).all():
                self._fail(job, SynthesisFailed(NOT_FINITE))
                continue
            span = job.spans.popleft()
            if job.dry_at is None:
                self._metrics.recent_first_windows.add(now - job.arrived)
            job.heard(span.frames, now)
            self._metrics.audio.inc(len(samples) / MODEL_SAMPLE_RATE_HZ)
            self._metrics.windows.inc()
            assert job.encoded is not None
            prosody = None if job.sent_prosody else job.encoded.prosody
            job.sent_prosody = True
            job.unread += 1
            job.output.put_nowait(Window(samples, span.start, last=not job.spans, prosody=prosody))

    def _fail(self, job: Job, failure: Exception) -> None:
        entry = self._jobs.pop(job.number, None)
        if entry is not None:
            entry.output.put_nowait(failure)

    def _give_up(self) -> None:
        """Nothing more can be decoded here; another replica can go on with what waits."""
        for job in list(self._jobs.values()):
            self._fail(job, ReplicaLost())
