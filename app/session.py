"""A session without a protocol: text is buffered, flushed, spoken in order, cancelled, ended.

It knows neither WebSockets nor JSON. A dialect turns its messages into ``Session.act`` and makes its frames from
``Session.events``::

    OPEN ──end──▶ ENDING ──all was spoken──▶ ENDED        any ──aclose──▶ CLOSED

Each flush is one stream from Speech. While one is sent, the next one is prepared: its stream starts when the present
one has given its first chunks, and its chunks wait in memory, of which there are never many since Speech keeps to the
listener's clock.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
import uuid
from collections import deque
from collections.abc import AsyncGenerator, Callable
from enum import Enum

from app.drain import GOING_AWAY
from app.events import (
    Cancelled,
    ChunkReady,
    Ended,
    Event,
    FlushFailed,
    FlushMeta,
    GoingAway,
    IllegalStep,
    Options,
    TextTooLong,
    TooManyFlushes,
)
from app.flush import Flush
from app.logs import about, session_id
from app.messages import Speech, SpeechRequest
from app.metrics import DialectMetrics
from app.settings import SessionSettings

logger = logging.getLogger(__name__)

KEEP_ALIVE = " "
"""A text that says only that the client is still there, unless text is buffered."""

MAX_SEED = 2**32 - 1

_system_random = random.SystemRandom()


class State(Enum):
    """Where a session is on its way; the module's docstring draws the steps between them."""

    OPEN = "open"
    ENDING = "ending"
    ENDED = "ended"
    CLOSED = "closed"


class Session:
    """One client's text on its way to speech.

    Args:
        speech: the stage below.
        settings: read at every use, so that changed limits and defaults hold at once.
        metrics: of the dialect that the session is spoken to in.
        paced: False where the audio is wanted as a whole, as fast as it can be made.
        clock: seconds, monotonic.
        new_id: makes utterance ids.
        draw_seed: makes a seed, 0 to ``MAX_SEED``, for a flush whose client gave none.
    """

    def __init__(
        self,
        speech: Speech,
        settings: Callable[[], SessionSettings],
        metrics: DialectMetrics,
        *,
        paced: bool = True,
        clock: Callable[[], float] = time.monotonic,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
        draw_seed: Callable[[], int] = lambda: _system_random.randint(0, MAX_SEED),
    ) -> None:
        self.options = Options()
        self.state = State.OPEN
        self.is_draining = False
        """Whether it ends because the server does, not because the client wanted it."""
        self._speech = speech
        self._settings = settings
        self._metrics = metrics
        self._paced = paced
        self._clock = clock
        self._new_id = new_id
        self._draw_seed = draw_seed
        self._buffer = ""
        self._flushes = 0
        self._current: Flush | None = None
        self._waiting: deque[Flush] = deque()
        self._cancels = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._previous_ended_at = -math.inf
        self._heard_until = -math.inf

    async def act(
        self,
        *,
        cancel: bool = False,
        options: Options | None = None,
        text: str = "",
        flush: bool = False,
        end: bool = False,
        from_sample: int = 0,
    ) -> None:
        """Does what one message asks for: cancel first, then options, text, flush and end.

        All of it happens before the first await, or nothing does; after a cancel it then waits until the streams of
        the cancelled flushes are closed.

        Args:
            from_sample: what is flushed is spoken from there on; see ``SpeechRequest``.

        Raises:
            IllegalStep: anything but a cancel after the end was asked for.
            GoingAway: anything but a cancel after ``drain``.
            TextTooLong: the text would not fit beside what is not spoken yet.
            TooManyFlushes: too many flushes wait already.
        """
        if text == KEEP_ALIVE and (cancel or not self._buffer):
            text = ""
        self._check(cancel, options, text, flush, end)
        dropped = self._drop() if cancel else set()
        if cancel:
            self._cancels += 1
        self.options = options or self.options
        self._buffer += text
        if flush:
            self._flush(from_sample)
        if end:
            if self._buffer:
                self._flush(from_sample)
            self.state = State.ENDING
        self._wake.set()
        if dropped:
            await asyncio.wait(dropped)

    @property
    def flushes(self) -> int:
        """How many were asked for so far: the index of the next one."""
        return self._flushes

    @property
    def waiting(self) -> int:
        """Flushes that wait behind the one that is spoken."""
        return len(self._waiting)

    @property
    def unspoken_characters(self) -> int:
        """Of the text that is buffered and of the flushes that wait."""
        return len(self._buffer) + sum(len(flush.request.text) for flush in self._waiting)

    @property
    def is_idle(self) -> bool:
        """Whether no flush is spoken or waits."""
        return self._current is None and not self._waiting

    async def withdraw(self, first_index: int) -> None:
        """Gives up the flushes from ``first_index`` on and the text that is buffered; waits until their streams are
        closed. Those before are spoken to their end."""
        dropped = self._drop(first_index)
        self._wake.set()
        if dropped:
            await asyncio.wait(dropped)

    def drain(self) -> None:
        """Takes nothing more, and ends when all that was flushed is spoken; text that was not flushed is given up."""
        if self.state is State.OPEN:
            self.state, self.is_draining, self._buffer = State.ENDING, True, ""
            self._wake.set()

    async def events(self) -> AsyncGenerator[Event, None]:
        """Yields what to send, in order, for one consumer; asking for the next event says that the last one is sent.

        Ends after ``Ended``, or when the session is closed.
        """
        while self.state is not State.CLOSED:
            event = self._next()
            if event is None:
                self._wake.clear()
                await self._wake.wait()
                continue
            yield event
            if isinstance(event, Ended):
                return
            if isinstance(event, FlushFailed) or (isinstance(event, ChunkReady) and event.chunk.final):
                self._previous_ended_at = self._clock()
            # A send may never suspend: a cancel, and other sessions, get their turn between two chunks.
            await asyncio.sleep(0)

    async def aclose(self) -> None:
        """Gives everything up and waits until nothing of it runs any more. May be called twice."""
        self.state = State.CLOSED
        self._drop()
        self._wake.set()
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    def _check(self, cancel: bool, options: Options | None, text: str, flush: bool, end: bool) -> None:
        wanted = {"text": text, "flush": flush, "end": end, "options": options not in (None, self.options)}
        came = ", ".join(name for name, value in wanted.items() if value)
        if self.is_draining and came:
            raise GoingAway(GOING_AWAY)
        if self.state is State.ENDING and came:
            raise IllegalStep(f"The session has ended: it takes only a cancel now, but got {came}.")
        if self.state in (State.ENDED, State.CLOSED) and (came or cancel):
            raise IllegalStep(f"The session is {self.state.value}: it takes nothing now, but got {came or 'cancel'}.")

        limits = self._settings()
        waiting = [] if cancel else [self._buffer, *(flush.request.text for flush in self._waiting)]
        if text and sum(map(len, waiting)) + len(text) > limits.max_buffered_characters:
            raise TextTooLong(
                f"A session may hold {limits.max_buffered_characters:,} characters that are not spoken yet, and this "
                "text goes beyond that. It was not taken; what was buffered before stays."
            )
        if flush and not cancel and len(self._waiting) >= limits.max_pending_flushes:
            raise TooManyFlushes(
                f"A session may have {limits.max_pending_flushes} flushes waiting: wait for one to be spoken, "
                "or send longer texts and flush less often."
            )

    def _flush(self, from_sample: int) -> None:
        options, limits = self.options, self._settings()
        request = SpeechRequest(
            id=self._new_id(),
            text=self._buffer,
            voice=limits.default_voice if options.voice is None else options.voice,
            speed=options.speed,
            seed=self._draw_seed() if options.seed is None else options.seed,
            sample_rate_hz=options.sample_rate_hz or limits.default_sample_rate_hz,
            normalize=options.normalize,
            language=options.language,
            ssml=options.ssml,
            pronunciations=options.pronunciations,
            paced=self._paced,
            from_sample=from_sample,
            session=session_id(),
        )
        self._metrics.asked(request.text)
        self._waiting.append(Flush(self._flushes, request, self._clock()))
        self._flushes += 1
        self._buffer = ""
        self._schedule()

    def _schedule(self) -> None:
        """Makes the first flush that waits the present one where there is none, and prepares the one after it."""
        if self._current is None and self._waiting:
            self._current = self._waiting.popleft()
            self._start(self._current)
        if self._current is not None and self._current.answered:
            following = next((flush for flush in self._waiting if not flush.blank), None)
            if following is not None:
                self._start(following)

    def _start(self, flush: Flush) -> None:
        task = flush.start(self._speech, self._ahead_s(flush), self._changed)
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _changed(self) -> None:
        self._schedule()
        self._wake.set()

    def _ahead_s(self, flush: Flush) -> float | None:
        ahead_s = max(0.0, self._heard_until - self._clock())
        if self._current is not None and self._current is not flush:
            ahead_s += self._current.unsent_s()
        return ahead_s or None

    def _next(self) -> Event | None:
        if self._cancels:
            self._cancels -= 1
            return Cancelled()
        flush = self._current
        if flush is None:
            if self.state is not State.ENDING:
                return None
            self.state = State.ENDED
            return Ended()
        if flush.chunks:
            return self._hand_out(flush)
        if flush.failure is not None:
            self._ended(flush, flush.failure.code)
            self._metrics.ended("failed")
            self._advance()
            return FlushFailed(flush.index, flush.failure.code, str(flush.failure), flush.failure.retry_after_s)
        return None

    def _hand_out(self, flush: Flush) -> ChunkReady:
        chunk, now, meta = flush.chunks.popleft(), self._clock(), None
        if not flush.first_is_sent:
            flush.first_is_sent = True
            waited_s = now - max(flush.flushed_at_s, self._previous_ended_at)
            flush.first_chunk_ms = waited_s * 1000
            meta = FlushMeta(flush.first_chunk_ms, flush.request.seed, flush.request.id)
            if not flush.blank:
                self._metrics.first_chunk(waited_s)
        elif chunk.pcm and now > self._heard_until:
            self._metrics.underrun(now - self._heard_until)
        self._metrics.sent(flush.seconds_of(chunk))
        self._heard_until = max(self._heard_until, now) + flush.seconds_of(chunk)
        flush.sent_s += flush.seconds_of(chunk)
        if chunk.final:
            self._ended(flush, "spoken")
            self._metrics.ended("spoken")
            self._advance()
        return ChunkReady(flush.index, chunk, meta)

    def _advance(self) -> None:
        self._current = None
        self._schedule()

    def _ended(self, flush: Flush, outcome: str) -> None:
        """Logs what became of a flush: ``spoken``, ``dropped`` or the code of an error."""
        request = flush.request
        figures = {
            "outcome": outcome,
            "characters": len(request.text),
            "voice": request.voice,
            "audio_s": round(flush.sent_s, 3),
            "first_chunk_ms": None if flush.first_chunk_ms is None else round(flush.first_chunk_ms, 1),
        }
        if self._settings().log_text:
            figures["text"] = request.text
        with about(session=request.session, utterance=request.id):
            logger.info("utterance %s", outcome, extra=figures)

    def _drop(self, first_index: int = 0) -> set[asyncio.Task[None]]:
        """Forgets buffered text and the flushes from an index on; returns the tasks still on their way to an end."""
        flushes = [flush for flush in self._waiting if flush.index >= first_index]
        self._waiting = deque(flush for flush in self._waiting if flush.index < first_index)
        self._buffer = ""
        if self._current is None or self._current.index >= first_index:
            flushes += [self._current] if self._current else []
            self._current = None
            self._heard_until = -math.inf
        for flush in flushes:
            self._ended(flush, "dropped")
        self._metrics.ended("dropped", len(flushes))
        return {task for flush in flushes if (task := flush.drop()) is not None}
