"""From the windows of a flush's utterances to its chunks: silence trimmed, resampled, cut, aligned.

One assembler belongs to one flush: the resampler's state and the place in the text live in it, so a seam between
windows, utterances or chunks is never heard.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.audio.align import character_times
from app.audio.chunk import Chunker, to_pcm16
from app.audio.resample import Resampler
from app.messages import (
    FRAME_MS,
    FRAME_SAMPLES,
    MODEL_SAMPLE_RATE_HZ,
    Alignment,
    FloatArray,
    Prosody,
    SpeechChunk,
    Window,
)
from app.settings import SpeechSettings
from app.text.normalize import SpokenText
from app.text.phonemize import Phrase
from app.text.segment import Boundary

SAMPLES_PER_MS = MODEL_SAMPLE_RATE_HZ // 1000


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the spoken text that becomes one utterance."""

    number: int
    start: int
    """In the spoken text. Pieces tile it."""
    end: int
    phrase_start: int
    """Where the phrase's own text begins; what lies before it has no sound."""
    phrase: Phrase | None
    """None where nothing can be spoken."""
    boundary: Boundary


@dataclass(frozen=True, slots=True)
class _TimedCharacter:
    character: str
    start_ms: int
    duration_ms: int


class Assembler:
    """Chunks of one flush. Call ``begin`` for every piece, then ``push`` for each of its windows."""

    def __init__(self, spoken: SpokenText, source: str, sample_rate_hz: int, settings: SpeechSettings) -> None:
        self._spoken = spoken
        self._source = source
        self._sample_rate_hz = sample_rate_hz
        self._settings = settings
        self._resampler = Resampler(sample_rate_hz)
        self._chunker = Chunker(sample_rate_hz, settings.first_chunk_ms, settings.chunk_ms)
        knots = spoken.source_knots()
        self._source_positions = np.interp(np.arange(spoken.source_length + 1), *knots)
        self._next_source = 0
        self._source_characters: deque[_TimedCharacter] = deque()
        self._spoken_characters: deque[_TimedCharacter] = deque()
        self._kept_samples = 0
        self._sent_samples = 0
        self._pieces: deque[tuple[int, float]] = deque()
        """Number and start in ms of the piece that the next chunk begins in, and of those after it."""
        self._keep_from = 0
        self._keep_until = 0

    @property
    def audio_s(self) -> float:
        """Seconds of audio in all pieces begun so far."""
        return self._kept_samples / MODEL_SAMPLE_RATE_HZ

    def begin(self, piece: Piece, prosody: Prosody, *, last: bool) -> None:
        """Take a piece's prosody: its silence is measured and all its characters get their times."""
        assert piece.phrase is not None
        audible_from_ms, audible_until_ms = prosody.audible_ms
        total_ms = prosody.frames * FRAME_MS
        from_ms = max(0.0, audible_from_ms - self._settings.lead_silence_ms)
        until_ms = min(total_ms, audible_until_ms + self._silence_after_ms(piece.boundary, last))
        self._keep_from, self._keep_until = round(from_ms * SAMPLES_PER_MS), round(until_ms * SAMPLES_PER_MS)
        start_ms = self._kept_samples / SAMPLES_PER_MS
        self._kept_samples += self._keep_until - self._keep_from
        end_ms = self._kept_samples / SAMPLES_PER_MS
        self._pieces.append((piece.number, start_ms))

        boundaries = character_times(piece.phrase, prosody)
        boundaries = np.clip(boundaries - from_ms + start_ms, start_ms, end_ms)
        silent = np.full(piece.phrase_start - piece.start, boundaries[0])
        self._time_characters(piece.start, piece.end, np.concatenate([silent, boundaries]))

    def add_silent(self, piece: Piece) -> None:
        """Take a piece without sound: its characters get the present moment and no time."""
        now_ms = self._kept_samples / SAMPLES_PER_MS
        self._time_characters(piece.start, piece.end, np.full(piece.end - piece.start + 1, now_ms))

    def push(self, window: Window, *, last: bool) -> Iterator[list[SpeechChunk]]:
        """Take a window of the present piece; yields chunks as they are ready, the flush's first one alone.

        Args:
            last: nothing follows this window in the flush; the last chunk is final.
        """
        offset = window.first_frame * FRAME_SAMPLES
        samples = window.samples[max(0, self._keep_from - offset) : max(0, self._keep_until - offset)]
        if self._sent_samples == 0:
            head = self._first_chunk_samples()
            if head < len(samples):
                yield from self._emit(samples[:head], last=False)
                samples = samples[head:]
        yield from self._emit(samples, last=last)

    def finish_silent(self) -> SpeechChunk:
        """The only chunk of a flush that has no sound: empty, final, with all its characters."""
        return self._chunk(np.zeros(0, dtype=np.float32), final=True)

    def _silence_after_ms(self, boundary: Boundary, last: bool) -> float:
        """What stays of the silence after a piece; the next piece brings its lead."""
        settings = self._settings
        if last:
            return settings.final_silence_ms
        pause = {"sentence": settings.sentence_pause_ms, "clause": settings.clause_pause_ms, "none": 0}[boundary]
        return max(0, pause - settings.lead_silence_ms)

    def _time_characters(self, start: int, end: int, boundaries: NDArray[np.float64]) -> None:
        """Queue the characters of spoken positions ``start`` to ``end``, given their boundaries in flush ms."""
        at_end = end == len(self._spoken.text)
        first = self._next_source
        stop = len(self._source) if at_end else int(np.searchsorted(self._source_positions, end, side="left"))
        stop = max(first, stop)
        positions = self._source_positions[first : stop + 1]
        source_boundaries = np.interp(positions, np.arange(start, end + 1), boundaries)
        self._source_characters.extend(_timed(self._source[first:stop], source_boundaries))
        self._spoken_characters.extend(_timed(self._spoken.text[start:end], boundaries))
        self._next_source = stop

    def _first_chunk_samples(self) -> int:
        """Samples at 24 kHz that fill the first chunk and no second one."""
        needed = math.ceil(self._chunker.missing * MODEL_SAMPLE_RATE_HZ / self._sample_rate_hz)
        return needed + self._resampler.look_ahead

    def _emit(self, samples: FloatArray, *, last: bool) -> Iterator[list[SpeechChunk]]:
        pieces = self._chunker.push(self._resampler.push(samples, last), last)
        chunks = [self._chunk(piece, final=last and piece is pieces[-1]) for piece in pieces]
        if last and not chunks:
            chunks = [self._chunk(np.zeros(0, dtype=np.float32), final=True)]
        if chunks:
            yield chunks

    def _chunk(self, samples: FloatArray, *, final: bool) -> SpeechChunk:
        start_ms = self._sent_samples * 1000 / self._sample_rate_hz
        while len(self._pieces) > 1 and self._pieces[1][1] <= start_ms:
            self._pieces.popleft()
        segment, segment_start_ms = self._pieces[0] if self._pieces else (0, 0.0)
        self._sent_samples += len(samples)
        end_ms = None if final else self._sent_samples * 1000 / self._sample_rate_hz
        return SpeechChunk(
            pcm=to_pcm16(samples),
            start_ms=start_ms,
            segment=segment,
            segment_start_ms=segment_start_ms,
            alignment=_take(self._source_characters, end_ms),
            normalized_alignment=_take(self._spoken_characters, end_ms),
            final=final,
        )


def _timed(characters: str, boundaries: NDArray[np.float64]) -> Iterator[_TimedCharacter]:
    """Whole milliseconds, rounded down so that the last end is never past the audio."""
    whole = boundaries.astype(int).tolist()
    for character, start, end in zip(characters, whole, whole[1:], strict=False):
        yield _TimedCharacter(character, start, end - start)


def _take(waiting: deque[_TimedCharacter], before_ms: float | None) -> Alignment:
    """Remove and return the characters that start before a moment; all of them without one."""
    taken = []
    while waiting and (before_ms is None or waiting[0].start_ms < before_ms):
        taken.append(waiting.popleft())
    return Alignment(
        tuple(item.character for item in taken),
        tuple(item.start_ms for item in taken),
        tuple(item.duration_ms for item in taken),
    )
