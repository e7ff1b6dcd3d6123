"""One context of ElevenLabs' WebSockets: its text on the way to messages of sound with their alignments."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from typing import Any

from app.api.elevenlabs.alignment import AlignmentTrack
from app.api.elevenlabs.buffering import TextBuffer
from app.api.elevenlabs.messages import ClientMessage, audio_message
from app.api.elevenlabs.request import speed_of
from app.api.limits import LimitedSpeech
from app.api.service import Service
from app.audio.encode import StreamEncoder
from app.audio.formats import AudioFormat
from app.events import ChunkReady, FlushFailed, Options, TextTooLong
from app.messages import BYTES_PER_SAMPLE, SpeechChunk
from app.session import Session, State

MAX_WAITING = 2
"""Flushes that a session has waiting; what comes beyond is joined into one, so that nothing is refused."""
MAX_PUSH_BYTES = 131_072
"""Of PCM in one message of sound: in base64, with the alignment, far below the 1 MiB that some clients take."""


class ContextFailed(Exception):
    """A context that comes to no good end.

    Args:
        code: a word that programs can tell it by.
        sentence: what is wrong and what to do, for the user.
        retry_after_s: when the same may work, where that is known.
    """

    def __init__(self, code: str, sentence: str, retry_after_s: int | None = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class ContextRequest:
    """What the URL of a WebSocket asks for, for all its contexts."""

    options: Options
    audio_format: AudioFormat
    auto_mode: bool
    sync_alignment: bool
    inactivity_s: float
    """A context that gets no message for so long, and has nothing to say, is ended."""


class Context:
    """A session and an encoder of its own.

    Text is *generated* when the buffer lets it go, and *flushed* when the client says so: what was only generated is
    given up when the context is closed.

    Args:
        asked: of the WebSocket.
        service: whose limits hold.
        speech: the stage below, within the caller's limits.
        dialect: one of ``app.metrics.DIALECTS``.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        asked: ContextRequest,
        service: Service,
        speech: LimitedSpeech,
        dialect: str,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.is_closing = False
        """Whether it takes no messages any more."""
        self._asked = asked
        self._service = service
        self._clock = clock
        # Clients play what they get and count gaps of some seconds as failures, so nothing is held back for a listener.
        self._session = Session(speech, lambda: service.settings.session, service.metrics.dialect(dialect), paced=False)
        self._options = replace(asked.options, sample_rate_hz=asked.audio_format.sample_rate_hz)
        self._buffer = TextBuffer(auto_mode=asked.auto_mode)
        self._flushed = ""
        self._generated = ""
        """Waits behind ``_flushed`` for a place in the session, as that one does."""
        self._flushed_through = 0
        """Flushes of the session below this index are spoken to their end, whatever comes."""
        self._track = AlignmentTrack(sync=asked.sync_alignment)
        self._heard_at = clock()
        self._heard = asyncio.Event()
        self._failure: ContextFailed | None = None
        self._watching = asyncio.create_task(self._watch())

    async def take(self, message: ClientMessage) -> None:
        """Takes a message's settings, text and flush.

        Raises:
            TextTooLong: the text would not fit beside what is not spoken yet; it was not taken.
        """
        text = message.text or ""
        self._check_length(text)
        self.keep_alive()
        self._options = replace(self._options, speed=speed_of(message.voice_settings, self._options.speed))
        self._buffer.set_schedule(message.chunk_length_schedule)
        self._buffer.add(text)
        if message.flush:
            self._flush_all()
        else:
            ready = self._buffer.take_ready(triggered=message.try_trigger_generation)
            self._generated = _joined(self._generated, ready)
        await self._hand_over()

    async def end(self) -> None:
        """Speaks everything, and then ends."""
        self.is_closing = True
        self._flush_all()
        await self._hand_over()

    async def close(self) -> None:
        """Speaks what was flushed, gives up all else at once, and then ends."""
        self.is_closing = True
        self._generated = ""
        self._buffer.take_all()
        await self._session.withdraw(self._flushed_through)
        await self._hand_over()

    async def fail(self, failure: ContextFailed) -> None:
        """Gives everything up; ``messages`` raises the failure."""
        self.is_closing = True
        self._failure = failure
        await self._session.aclose()

    def keep_alive(self) -> None:
        """The client is still there."""
        self._heard_at = self._clock()
        self._heard.set()

    async def messages(self) -> AsyncGenerator[dict[str, Any], None]:
        """Yields the messages of sound in order, until the context has ended.

        Raises:
            ContextFailed: a flush could not be spoken, or nothing was heard of the client for too long.
        """
        encoder = StreamEncoder(self._asked.audio_format)
        context_ms = 0.0
        try:
            async for event in self._session.events():
                if isinstance(event, FlushFailed):
                    raise ContextFailed(event.code, event.message, event.retry_after_s)
                if not isinstance(event, ChunkReady):
                    continue
                async for message in self._encoded(event.chunk, encoder, context_ms):
                    yield message
                if event.chunk.final:
                    context_ms += self._end_ms(event.chunk)
                    await self._hand_over()
            if self._failure is not None:
                raise self._failure
            if tail := await encoder.finish():
                yield audio_message(tail, *self._track.take(math.inf))
        finally:
            encoder.close()

    async def aclose(self) -> None:
        """Gives everything up and waits until nothing of it runs any more."""
        self._watching.cancel()
        await self._session.aclose()
        await asyncio.gather(self._watching, return_exceptions=True)

    async def _encoded(
        self, chunk: SpeechChunk, encoder: StreamEncoder, context_ms: float
    ) -> AsyncGenerator[dict[str, Any], None]:
        """The messages of a chunk: none has sound of two segments, as far as the codec lets them be parted."""
        at = 0
        for segment in chunk.segments:
            start = self._bytes_in(segment.start_ms - chunk.start_ms)
            async for message in self._pushed(chunk, at, start, encoder, context_ms):
                yield message
            at = max(at, start)
            self._track.begin(segment, context_ms)
        async for message in self._pushed(chunk, at, len(chunk.pcm), encoder, context_ms):
            yield message

    async def _pushed(
        self, chunk: SpeechChunk, start: int, stop: int, encoder: StreamEncoder, context_ms: float
    ) -> AsyncGenerator[dict[str, Any], None]:
        for at in range(start, stop, MAX_PUSH_BYTES):
            pcm = chunk.pcm[at : min(at + MAX_PUSH_BYTES, stop)]
            if audio := await encoder.push(pcm):
                until_ms = context_ms + chunk.start_ms + self._ms_in(at + len(pcm))
                yield audio_message(audio, *self._track.take(until_ms))

    def _end_ms(self, chunk: SpeechChunk) -> float:
        return chunk.start_ms + self._ms_in(len(chunk.pcm))

    def _ms_in(self, length: int) -> float:
        return length / BYTES_PER_SAMPLE / self._asked.audio_format.sample_rate_hz * 1000

    def _bytes_in(self, length_ms: float) -> int:
        return max(0, round(length_ms * self._asked.audio_format.sample_rate_hz / 1000)) * BYTES_PER_SAMPLE

    def _flush_all(self) -> None:
        self._flushed = _joined(_joined(self._flushed, self._generated), self._buffer.take_all())
        self._generated = ""
        self._flushed_through = self._session.flushes

    async def _hand_over(self) -> None:
        """Gives the session what it has a place for."""
        if self._flushed and self._session.waiting < MAX_WAITING:
            text, self._flushed = self._flushed, ""
            await self._session.act(options=self._options, text=text, flush=True)
            self._flushed_through = self._session.flushes
        if self._generated and not self._flushed and self._session.waiting < MAX_WAITING:
            text, self._generated = self._generated, ""
            await self._session.act(options=self._options, text=text, flush=True)
        if self.is_closing and not self._flushed and not self._generated and self._session.state is State.OPEN:
            await self._session.act(end=True)

    def _check_length(self, text: str) -> None:
        limit = self._service.settings.session.max_buffered_characters
        own = len(self._buffer) + len(self._flushed) + len(self._generated)
        if text.strip() and self._session.unspoken_characters + own + len(text) > limit:
            raise TextTooLong(
                f"A context may hold {limit:,} characters that are not spoken yet, and this text goes beyond that."
            )

    async def _watch(self) -> None:
        """Generates text in auto mode when nothing comes after it, and ends a context whose client is silent."""
        while not self.is_closing:
            silent_s = self._clock() - self._heard_at
            quiet_s = self._service.settings.elevenlabs.quiet_ms / 1000
            waits_for_quiet = self._asked.auto_mode and len(self._buffer) > 0
            if waits_for_quiet and silent_s >= quiet_s:
                self._generated = _joined(self._generated, self._buffer.take_all())
                await self._hand_over()
                waits_for_quiet = False
            if silent_s >= self._asked.inactivity_s:
                if self._session.is_idle:
                    await self.fail(
                        ContextFailed(
                            "input_timeout_exceeded",
                            f"No text came for {self._asked.inactivity_s:g} s (inactivity_timeout): send it in time, "
                            "or say that it has ended.",
                        )
                    )
                    return
                self._heard_at = self._clock()
            left_s = self._asked.inactivity_s - silent_s
            await self._hear_within(quiet_s - silent_s if waits_for_quiet else left_s)

    async def _hear_within(self, seconds: float) -> None:
        self._heard.clear()
        # Before Python 3.12 asyncio.wait_for would lose a cancellation that comes with the event.
        hearing = asyncio.create_task(self._heard.wait())
        try:
            await asyncio.wait({hearing}, timeout=seconds)
        finally:
            hearing.cancel()


def _joined(one: str, following: str) -> str:
    """Two pieces with a space between them: each may end with its last word."""
    return f"{one} {following}" if one and following and not one[-1].isspace() else one + following
