"""Speech from a running service into files and the loudspeaker, as it comes."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol

from app.cli.sinks import Sink
from app.cli.timings import Timeline
from app.client import Chunk
from app.messages import BYTES_PER_SAMPLE
from app.resume import speak_lines

REOPEN_WITHIN_S = 60.0
"""A service that is restarted is back by then."""


@dataclass(slots=True)
class Figures:
    """How a speech went so far."""

    sample_rate_hz: int
    characters: int = 0
    """Of the text that was sent."""
    spoken_characters: int = 0
    """Of those whose sound has come."""
    samples: int = 0
    first_chunk_ms: float | None = None
    """The server's time to the first chunk, from the first line."""
    first_sound_ms: float | None = None
    """From the first line to the first sound, as it was seen here."""
    busy_s: float = 0.0
    """While the server owed some speech."""

    @property
    def seconds(self) -> float:
        """Of sound."""
        return self.samples / self.sample_rate_hz

    @property
    def real_time_factor(self) -> float:
        """Of a second of sound, the part in which it came; waiting for text does not count."""
        return self.busy_s / self.seconds if self.samples else 0.0


class Progress(Protocol):
    """Shows how far a speech has come."""

    def show(self, figures: Figures) -> None: ...


class Speaking:
    """One speech.

    Args:
        url: of the service's WebSocket.
        key: an API key, where the service wants one.
        sample_rate_hz: that of the sinks.
        options: as of ``speak_lines``, without the rate.
        sinks: take the sound.
        timeline: takes the times of the characters, where they are wanted.
        progress: is told after each change.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str | None,
        sample_rate_hz: int,
        options: dict[str, Any],
        sinks: Sequence[Sink],
        timeline: Timeline | None,
        progress: Progress,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.figures = Figures(sample_rate_hz)
        self._url = url
        self._key = key
        self._options = {**options, "sample_rate": sample_rate_hz}
        self._sinks = sinks
        self._timeline = timeline
        self._progress = progress
        self._clock = clock
        self._begun_at_s = 0.0
        self._unspoken_lines = 0
        self._owed_since_s = 0.0

    async def speak(self, lines: AsyncIterable[str]) -> None:
        """Speak lines as they come, up to the last one.

        Raises:
            Exception: as of ``speak_lines``, without trying twice for the first session, and as of the sinks.
        """
        async with aclosing(
            speak_lines(
                self._url,
                self._sent(lines),
                key=self._key,
                open_within_s=0.0,
                reopen_within_s=REOPEN_WITHIN_S,
                **self._options,
            )
        ) as chunks:
            async for chunk in chunks:
                self._heard(chunk)

    async def _sent(self, lines: AsyncIterable[str]) -> AsyncGenerator[str, None]:
        async for line in lines:
            now_s = self._clock()
            if not self.figures.characters:
                self._begun_at_s = now_s
            if not self._unspoken_lines:
                self._owed_since_s = now_s
            self._unspoken_lines += 1
            self.figures.characters += len(line)
            self._progress.show(self.figures)
            yield line

    def _heard(self, chunk: Chunk) -> None:
        figures, now_s = self.figures, self._clock()
        if figures.first_chunk_ms is None and chunk.meta is not None:
            figures.first_chunk_ms = chunk.meta["first_chunk_ms"]
        if figures.first_sound_ms is None and chunk.pcm:
            figures.first_sound_ms = (now_s - self._begun_at_s) * 1000
        for sink in self._sinks:
            sink.write(chunk.pcm)
        if self._timeline is not None:
            self._timeline.add(chunk)
        figures.samples += len(chunk.pcm) // BYTES_PER_SAMPLE
        figures.spoken_characters += len(chunk.chars)
        figures.busy_s += now_s - self._owed_since_s
        self._owed_since_s = now_s
        if chunk.final:
            self._unspoken_lines -= 1
        self._progress.show(figures)
