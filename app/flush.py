"""A flush: the text that is spoken as one stream from Speech."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace

from app.logs import name_task
from app.messages import BYTES_PER_SAMPLE, Alignment, Speech, SpeechChunk, SpeechRequest, SynthesisFailed

logger = logging.getLogger(__name__)

SECONDS_PER_CHARACTER = 0.065
"""How long a character of English lasts at speed 1, for audio that is not known yet."""

UNEXPECTED_FAILURE = "The speech could not be made because of a fault in the server; try again."


class Flush:
    """What was asked, what Speech gave that is not sent yet, and how it ended.

    A flush of nothing but spaces needs no Speech: it has its one chunk from the beginning.

    Args:
        index: its place among the flushes of its session, from 0.
        request: without ``ahead_s``, which is known only at the start.
        flushed_at_s: on the session's clock.
    """

    def __init__(self, index: int, request: SpeechRequest, flushed_at_s: float) -> None:
        self.index = index
        self.request = request
        self.flushed_at_s = flushed_at_s
        self.blank = not request.text.strip()
        self.chunks: deque[SpeechChunk] = deque()
        self.failure: SynthesisFailed | None = None
        self.answered = False
        """Whether its first chunks, or its failure, have come."""
        self.first_is_sent = False
        self.first_chunk_ms: float | None = None
        """From the flush to its first chunk, once that is handed out."""
        self.sent_s = 0.0
        """Audio that was handed out."""
        self._task: asyncio.Task[None] | None = None
        self._complete = False
        self._dropped = False
        self._aligned_characters = 0
        if self.blank:
            silent = (0,) * len(request.text)
            nothing = Alignment(tuple(request.text), silent, silent)
            self._take([SpeechChunk(b"", 0.0, 0, 0.0, nothing, nothing, final=True)])

    def start(self, speech: Speech, ahead_s: float | None, changed: Callable[[], None]) -> asyncio.Task[None] | None:
        """Asks Speech for it, unless that was done or is not needed.

        Args:
            speech: the stage below.
            ahead_s: as in ``SpeechRequest``.
            changed: called whenever ``chunks`` or ``failure`` changed.

        Returns:
            The task that was begun, if one was; it ends when the stream is closed, and raises nothing.
        """
        if self._task is not None or self.blank:
            return None
        self._task = asyncio.create_task(self._speak(speech, replace(self.request, ahead_s=ahead_s), changed))
        return self._task

    def drop(self) -> asyncio.Task[None] | None:
        """Gives it up: nothing changes any more. Returns the task that still closes the stream, if one does."""
        self._dropped = True
        if self._task is None or self._task.done():
            return None
        self._task.cancel()
        return self._task

    def seconds_of(self, chunk: SpeechChunk) -> float:
        """Length of one of its chunks."""
        return len(chunk.pcm) / BYTES_PER_SAMPLE / self.request.sample_rate_hz

    def unsent_s(self) -> float:
        """Seconds of audio still to send: what has come, and a guess at what has not."""
        seconds = sum(self.seconds_of(chunk) for chunk in self.chunks)
        if not self._complete and self.failure is None:
            unspoken = max(0, len(self.request.text) - self._aligned_characters)
            seconds += unspoken * SECONDS_PER_CHARACTER / self.request.speed
        return seconds

    async def _speak(self, speech: Speech, request: SpeechRequest, changed: Callable[[], None]) -> None:
        name_task(utterance=request.id)
        try:
            async with aclosing(speech.speak(request)) as stream:
                async for chunks in stream:
                    self._take(chunks)
                    changed()
                    if self._complete:
                        return
            raise RuntimeError("Speech ended a flush without a final chunk")
        except SynthesisFailed as failure:
            self._fail(failure)
        except asyncio.CancelledError:
            if self._dropped:
                raise
            # Not given up here, so the work below was cancelled: without an end of the flush its client would wait.
            logger.error("utterance %s was cancelled below the session", request.id)
            self._fail(SynthesisFailed(UNEXPECTED_FAILURE))
        except Exception:
            logger.exception("utterance %s failed", request.id)
            self._fail(SynthesisFailed(UNEXPECTED_FAILURE))
        changed()

    def _take(self, chunks: list[SpeechChunk]) -> None:
        self.answered = True
        self.chunks.extend(chunks)
        self._aligned_characters += sum(len(chunk.alignment.characters) for chunk in chunks)
        self._complete = any(chunk.final for chunk in chunks)

    def _fail(self, failure: SynthesisFailed) -> None:
        self.answered = True
        self.failure = failure
