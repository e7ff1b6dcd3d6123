"""From the windows of a flush's utterances to its chunks: silence trimmed, resampled, cut, aligned.

One assembler belongs to one flush: the resampler's state and the place in the text live in it, so a seam between
windows, utterances or chunks is never heard.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.audio.align import HybridAligner
from app.audio.chunk import Chunker, to_pcm16
from app.audio.loudness import amplified
from app.audio.resample import Resampler
from app.messages import (
    FRAME_MS,
    FRAME_SAMPLES,
    MODEL_SAMPLE_RATE_HZ,
    Alignment,
    FloatArray,
    NothingToResume,
    Prosody,
    SegmentTiming,
    SpeechChunk,
    Window,
)
from app.settings import SpeechSettings
from app.text.normalize import SpokenText
from app.text.phonemize import Phrase
from app.text.segment import Boundary

SAMPLES_PER_MS = MODEL_SAMPLE_RATE_HZ // 1000

_ALIGNER = HybridAligner()


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
    pause_before_ms: float = 0.0
    """Silence that was asked for, besides that of the boundaries."""
    pause_after_ms: float = 0.0
    rate: float = 1.0
    """Times the speed of the request."""


@dataclass(frozen=True, slots=True)
class _TimedCharacter:
    character: str
    start_ms: int
    duration_ms: int


@dataclass(slots=True)
class _TimedPiece:
    number: int
    start_ms: float
    end_ms: float
    source: list[_TimedCharacter] = field(default_factory=list)
    spoken: list[_TimedCharacter] = field(default_factory=list)
    is_told: bool = False
    """Whether a chunk has its timing."""

    def timing(self) -> SegmentTiming:
        self.is_told = True
        return SegmentTiming(self.start_ms, self.end_ms, _alignment(self.source), _alignment(self.spoken))


class Assembler:
    """Chunks of one flush. Call ``extend`` with what is said, ``begin`` for every piece of it, and then ``push`` for
    each of the piece's windows.

    Args:
        source: the text of the flush.
        sample_rate_hz: of the chunks.
        settings: of chunks and silences.
        from_sample: of the flush: the first one that is wanted, and with it the characters from there on.
        gain: what the samples are multiplied with.
    """

    def __init__(
        self, source: str, sample_rate_hz: int, settings: SpeechSettings, from_sample: int = 0, gain: float = 1.0
    ) -> None:
        self._spoken = ""
        self._is_whole = False
        self._source = source
        self._sample_rate_hz = sample_rate_hz
        self._settings = settings
        self._gain = gain
        self._resampler = Resampler(sample_rate_hz)
        first_chunk_ms = settings.chunk_ms if from_sample else settings.first_chunk_ms
        self._chunker = Chunker(sample_rate_hz, first_chunk_ms, settings.chunk_ms)
        self._from_sample = from_sample
        self._from_input, self._unwanted = self._resampler.start_for(from_sample)
        """The first sample at 24 kHz that the resampler gets, and how many of its own are thrown away first."""
        self._source_positions = np.zeros(1)
        self._next_source = 0
        self._source_characters: deque[_TimedCharacter] = deque()
        self._spoken_characters: deque[_TimedCharacter] = deque()
        self._kept_samples = 0
        self._sent_samples = from_sample
        self._pieces: deque[_TimedPiece] = deque()
        """The piece that the next chunk begins in, and those after it."""
        self._keep_from = 0
        self._keep_until = 0
        self._silence_before = 0
        """Samples at 24 kHz before those of the piece that are still to come."""

    @property
    def audio_s(self) -> float:
        """Seconds of audio in all pieces begun so far, from the first wanted sample on."""
        return max(0.0, self._kept_samples / MODEL_SAMPLE_RATE_HZ - self._from_sample / self._sample_rate_hz)

    def extend(self, spoken: SpokenText, last: bool) -> None:
        """Take the spoken form of the next block of the flush; the last one has to be here before its end is begun."""
        positions = np.interp(np.arange(spoken.source_length + 1), *spoken.source_knots()) + len(self._spoken)
        self._source_positions = np.concatenate([self._source_positions[:-1], positions])
        self._spoken += spoken.text
        self._is_whole = last

    def first_frame(self, piece: Piece, prosody: Prosody, *, last: bool) -> int | None:
        """The frame of a piece that is to be begun which the wanted audio begins in; None where it begins later.

        Raises:
            NothingToResume: where there is no such sample in the whole flush.
        """
        keep_from, keep_until = self._kept(piece, prosody, last=last)
        before = _pause_before(piece)
        end = self._kept_samples + before + keep_until - keep_from
        length = math.ceil(end * self._sample_rate_hz / MODEL_SAMPLE_RATE_HZ)
        if last and self._from_sample > length:
            raise NothingToResume(
                f"The speech of this text has {length:,} samples, so it cannot go on from sample {self._from_sample:,}."
            )
        if end <= self._from_input and not last:
            return None
        within = keep_from + max(0, self._from_input - self._kept_samples - before)
        return min(within // FRAME_SAMPLES, prosody.frames - 1)

    def begin(self, piece: Piece, prosody: Prosody, *, last: bool) -> None:
        """Take a piece's prosody: its silence is measured and all its characters get their times."""
        assert piece.phrase is not None
        keep_from, self._keep_until = self._kept(piece, prosody, last=last)
        before, start = _pause_before(piece), self._kept_samples
        # What lies before the first wanted sample is timed and not made.
        unwanted = max(0, self._from_input - start)
        self._silence_before = max(0, before - unwanted)
        self._keep_from = keep_from + max(0, unwanted - before)
        self._kept_samples += before + self._keep_until - keep_from
        self._pieces.append(_TimedPiece(piece.number, start / SAMPLES_PER_MS, self._kept_samples / SAMPLES_PER_MS))
        from_ms, start_ms, end_ms = (n / SAMPLES_PER_MS for n in (keep_from, start + before, self._kept_samples))

        boundaries = _ALIGNER.character_times(piece.phrase, prosody)
        boundaries = np.clip(boundaries - from_ms + start_ms, start_ms, end_ms)
        boundaries[-1] = end_ms
        silent = np.full(piece.phrase_start - piece.start, boundaries[0])
        self._time_characters(piece.start, piece.end, np.concatenate([silent, boundaries]))

    def add_silent(self, piece: Piece) -> None:
        """Take a piece without sound: its characters get the present moment and no time, and end the segment before."""
        now_ms = self._kept_samples / SAMPLES_PER_MS
        if not self._pieces:
            self._pieces.append(_TimedPiece(piece.number, now_ms, now_ms))
        self._time_characters(piece.start, piece.end, np.full(piece.end - piece.start + 1, now_ms))

    def push(self, window: Window, *, last: bool) -> Iterator[list[SpeechChunk]]:
        """Take a window of the present piece; yields chunks as they are ready, the flush's first one alone.

        Args:
            last: nothing follows this window in the flush; the last chunk is final.
        """
        offset = window.first_frame * FRAME_SAMPLES
        kept = window.samples[max(0, self._keep_from - offset) : max(0, self._keep_until - offset)]
        samples = amplified(kept, self._gain)
        if self._silence_before:
            samples = np.concatenate([np.zeros(self._silence_before, np.float32), samples])
            self._silence_before = 0
        if window.last:
            # A pause may be longer than the silence that the voice makes.
            missing = self._keep_until - max(self._keep_from, offset + len(window.samples))
            samples = np.concatenate([samples, np.zeros(max(0, missing), np.float32)])
        if self._sent_samples == self._from_sample:
            head = self._first_chunk_samples()
            if head < len(samples):
                yield from self._emit(samples[:head], last=False)
                samples = samples[head:]
        yield from self._emit(samples, last=last)

    def finish_silent(self) -> SpeechChunk:
        """The only chunk of a flush that has no sound: empty, final, with all its characters."""
        return self._chunk(np.zeros(0, dtype=np.float32), final=True)

    def _kept(self, piece: Piece, prosody: Prosody, *, last: bool) -> tuple[int, int]:
        """The samples of a piece, at 24 kHz, from which and until which it is heard; silence may be added to them."""
        audible_from_ms, audible_until_ms = prosody.audible_ms
        from_ms = max(0.0, audible_from_ms - self._settings.lead_silence_ms)
        until_ms = audible_until_ms + self._silence_after_ms(piece.boundary, last)
        if last or piece.boundary != "paragraph":
            until_ms = min(prosody.frames * FRAME_MS, until_ms)
        until_ms += piece.pause_after_ms
        return round(from_ms * SAMPLES_PER_MS), round(until_ms * SAMPLES_PER_MS)

    def _silence_after_ms(self, boundary: Boundary, last: bool) -> float:
        """What stays of the silence after a piece; the next piece brings its lead."""
        settings = self._settings
        if last:
            return settings.final_silence_ms
        pauses = {
            "paragraph": settings.paragraph_pause_ms,
            "sentence": settings.sentence_pause_ms,
            "clause": settings.clause_pause_ms,
            "none": 0,
        }
        return max(0, pauses[boundary] - settings.lead_silence_ms)

    def _time_characters(self, start: int, end: int, boundaries: NDArray[np.float64]) -> None:
        """Queue the characters of spoken positions ``start`` to ``end``, given their boundaries in flush ms."""
        at_end = self._is_whole and end == len(self._spoken)
        first = self._next_source
        stop = len(self._source) if at_end else int(np.searchsorted(self._source_positions, end, side="left"))
        stop = max(first, stop)
        positions = self._source_positions[first : stop + 1]
        source_boundaries = np.interp(positions, np.arange(start, end + 1), boundaries)
        source = list(_timed(self._source[first:stop], source_boundaries))
        spoken = list(_timed(self._spoken[start:end], boundaries))
        self._source_characters.extend(source)
        self._spoken_characters.extend(spoken)
        self._pieces[-1].source += source
        self._pieces[-1].spoken += spoken
        self._next_source = stop

    def _first_chunk_samples(self) -> int:
        """Samples at 24 kHz that fill the first chunk and no second one."""
        missing = self._chunker.missing + self._unwanted
        needed = math.ceil(missing * MODEL_SAMPLE_RATE_HZ / self._sample_rate_hz)
        return needed + self._resampler.look_ahead

    def _emit(self, samples: FloatArray, *, last: bool) -> Iterator[list[SpeechChunk]]:
        resampled = self._resampler.push(samples, last)
        wanted = resampled[self._unwanted :]
        self._unwanted -= len(resampled) - len(wanted)
        pieces = self._chunker.push(wanted, last)
        chunks = [self._chunk(piece, final=last and piece is pieces[-1]) for piece in pieces]
        if last and not chunks:
            chunks = [self._chunk(np.zeros(0, dtype=np.float32), final=True)]
        if chunks:
            yield chunks

    def _chunk(self, samples: FloatArray, *, final: bool) -> SpeechChunk:
        start_ms = self._sent_samples * 1000 / self._sample_rate_hz
        if self._from_sample and self._sent_samples == self._from_sample:
            self._leave_out(start_ms)
        self._sent_samples += len(samples)
        end_ms = None if final else self._sent_samples * 1000 / self._sample_rate_hz
        segments = tuple(
            piece.timing()
            for piece in self._pieces
            if not piece.is_told and (end_ms is None or piece.start_ms < end_ms)
        )
        while len(self._pieces) > 1 and self._pieces[1].start_ms <= start_ms:
            self._pieces.popleft()
        piece = self._pieces[0]
        return SpeechChunk(
            pcm=to_pcm16(samples),
            start_ms=start_ms,
            segment=piece.number,
            segment_start_ms=piece.start_ms,
            alignment=_take(self._source_characters, end_ms),
            normalized_alignment=_take(self._spoken_characters, end_ms),
            segments=segments,
            final=final,
        )

    def _leave_out(self, before_ms: float) -> None:
        """Drops the characters and the segments that were told with the samples before."""
        _take(self._source_characters, before_ms)
        _take(self._spoken_characters, before_ms)
        for piece in self._pieces:
            piece.is_told = piece.start_ms < before_ms


def _pause_before(piece: Piece) -> int:
    """Samples at 24 kHz."""
    return round(piece.pause_before_ms * SAMPLES_PER_MS)


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
    return _alignment(taken)


def _alignment(characters: Sequence[_TimedCharacter]) -> Alignment:
    return Alignment(
        tuple(item.character for item in characters),
        tuple(item.start_ms for item in characters),
        tuple(item.duration_ms for item in characters),
    )
