"""What holds of the chunks of any text, whatever Kokoro predicts and however its sound is cut into windows."""

import math
import re
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.audio.assemble import Assembler, Piece
from app.messages import FRAME_SAMPLES, MODEL_SAMPLE_RATE_HZ, Prosody, SpeechChunk, Window
from app.settings import SAMPLE_RATES_HZ, SpeechSettings
from app.text.normalize import SpokenText, spoken_form
from app.text.phonemize import Phrase, WordSpan


def phrase_of(text: str, start: int, end: int) -> Phrase:
    """Each word sounds as its letters and its own mark of stress, everything else as one space."""
    phonemes, words, text_knots, phoneme_knots = "", [], [start], [0]
    for match in re.finditer(r"\w+|\W+", text[start:end]):
        word = match.group()
        begin = len(phonemes)
        phonemes += "ˈ" + "".join(chr(97 + ord(letter) % 26) for letter in word) if word[0].isalnum() else " "
        if word[0].isalnum():
            words.append(WordSpan(start + match.start(), start + match.end(), begin, len(phonemes)))
        text_knots.append(start + match.end())
        phoneme_knots.append(len(phonemes))
    ids = (43,) * len(phonemes)
    return Phrase(ids, start, end, tuple(text_knots), tuple(phoneme_knots), tuple(words), text[start:end], phonemes)


@dataclass(frozen=True)
class Flush:
    text: str
    spoken: SpokenText
    pieces: list[Piece]
    prosodies: list[Prosody]
    """Of the pieces with a phrase."""
    cuts: list[list[int]]
    """Frames at which the sound of each is cut into windows."""
    settings: SpeechSettings

    def chunks(self, rate_hz: int, from_sample: int = 0) -> list[SpeechChunk]:
        """As ``app.speech`` drives an assembler."""
        assembler = Assembler(self.text, rate_hz, self.settings, from_sample)
        assembler.extend(self.spoken, last=True)
        voiced = [piece for piece in self.pieces if piece.phrase is not None]
        if not voiced:
            assembler.add_silent(self.pieces[0])
            return [assembler.finish_silent()]
        chunks: list[SpeechChunk] = []
        for index, (piece, prosody, cuts) in enumerate(zip(voiced, self.prosodies, self.cuts, strict=True)):
            ends_here = index + 1 == len(voiced)
            first = assembler.first_frame(piece, prosody, last=ends_here) if from_sample and not chunks else 0
            assembler.begin(piece, prosody, last=ends_here)
            if ends_here and self.pieces[-1] is not piece:
                assembler.add_silent(self.pieces[-1])
            if first is None:
                continue
            sound = np.random.default_rng(index).uniform(-0.9, 0.9, prosody.frames * FRAME_SAMPLES)
            edges = [first, *(cut for cut in cuts if first < cut < prosody.frames), prosody.frames]
            for start, end in pairwise(edges):
                samples = sound[start * FRAME_SAMPLES : end * FRAME_SAMPLES].astype(np.float32)
                window = Window(samples, start, end == prosody.frames)
                for batch in assembler.push(window, last=window.last and ends_here):
                    chunks += batch
        return chunks


ANY_CHARACTER = st.characters(exclude_categories=())
"""Lone surrogates, controls and unassigned ones as well."""

MESSAGES = st.lists(
    st.text(ANY_CHARACTER, max_size=12)
    | st.sampled_from(["Hello, ", "it is $5.", " knight's", "\n\n", "😀", "½ e\u0301"]),
    max_size=6,
)


@st.composite
def prosodies(draw: st.DrawFn, phonemes: int) -> Prosody:
    """Any durations, now and then not as many as there should be; energy of silence, speech or in between."""
    count = draw(st.sampled_from([phonemes + 2] * 9 + [phonemes + 1, 3]))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    durations = random.integers(1, draw(st.integers(2, 12)), count)
    steps = 2 * int(durations.sum())
    loud = np.repeat(random.uniform(-9, 5, steps // 8 + 1), 8)[:steps]
    silent = draw(st.booleans())
    energy = np.full(steps, -9.0) if silent else loud
    return Prosody(durations, np.zeros(steps, np.float32), energy.astype(np.float32))


@st.composite
def flushes(draw: st.DrawFn) -> Flush:
    text = "".join(draw(MESSAGES)) or "a"
    spoken = spoken_form(text, draw(st.booleans()))
    length = len(spoken.text)
    pieces: list[Piece] = []
    start = 0
    for end in [*sorted(draw(st.sets(st.integers(1, max(1, length - 1)), max_size=2))), length]:
        # A stretch without a word is the silent beginning of the next piece, or the silent end of the flush.
        if start < end and re.search(r"[^\W_]", spoken.text[start:end]):
            boundary = draw(st.sampled_from(["paragraph", "sentence", "clause", "none"]))
            phrase_start = draw(st.integers(start, re.search(r"\w", spoken.text[start:end]).start() + start))
            phrase = phrase_of(spoken.text, phrase_start, end)
            if phrase.words:
                pieces.append(Piece(len(pieces), start, end, phrase_start, phrase, boundary))
                start = end
    if start < length or not pieces:
        pieces.append(Piece(len(pieces), start, length, start, None, "none"))
    voiced = [piece.phrase for piece in pieces if piece.phrase is not None]
    return Flush(
        text,
        spoken,
        pieces,
        [draw(prosodies(len(phrase.phoneme_ids))) for phrase in voiced],
        [sorted(draw(st.sets(st.integers(1, 60), max_size=3))) for _ in voiced],
        SpeechSettings(first_chunk_ms=draw(st.integers(20, 300)), chunk_ms=draw(st.integers(20, 300))),
    )


def milliseconds(chunk: SpeechChunk, rate_hz: int) -> float:
    return len(chunk.pcm) / 2 / rate_hz * 1000


@settings(max_examples=70, deadline=None)
@given(flushes(), st.sampled_from(sorted(SAMPLE_RATES_HZ)))
def test_every_character_is_told_once_in_order_and_within_the_sound(flush: Flush, rate_hz: int) -> None:
    chunks = flush.chunks(rate_hz)
    total_ms = sum(milliseconds(chunk, rate_hz) for chunk in chunks)
    for name, written in (("alignment", flush.text), ("normalized_alignment", flush.spoken.text)):
        told = [getattr(chunk, name) for chunk in chunks]
        assert "".join(character for part in told for character in part.characters) == written
        starts = [start for part in told for start in part.start_ms]
        durations = [duration for part in told for duration in part.duration_ms]
        assert starts == sorted(starts)
        assert min(starts + durations, default=0) >= 0
        ends = [start + duration for start, duration in zip(starts, durations, strict=True)]
        # Nothing is heard twice: a character ends where the next one begins, or before it.
        assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
        assert max(ends, default=0) <= math.ceil(total_ms)
        in_segments = [getattr(segment, name) for chunk in chunks for segment in chunk.segments]
        assert sum((part.characters for part in in_segments), ()) == tuple(written)
        assert [start for part in in_segments for start in part.start_ms] == starts
    assert [chunk.final for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    for chunk, following in pairwise(chunks):
        assert following.start_ms == pytest.approx(chunk.start_ms + milliseconds(chunk, rate_hz))


@settings(max_examples=50, deadline=None)
@given(flushes(), st.data())
def test_a_resumed_flush_tells_what_the_whole_one_tells_from_there_on(flush: Flush, data: st.DataObject) -> None:
    whole = flush.chunks(MODEL_SAMPLE_RATE_HZ)
    assume(len(whole) > 1)
    number = data.draw(st.integers(1, len(whole) - 1))
    heard, rest = whole[:number], whole[number:]
    samples = sum(len(chunk.pcm) for chunk in heard) // 2
    assert [replace(chunk, pcm=b"") for chunk in flush.chunks(MODEL_SAMPLE_RATE_HZ, samples)] == [
        replace(chunk, pcm=b"") for chunk in rest
    ]


def paragraphs(pause_ms: int) -> Flush:
    """Two pieces that sound from their first frame to their last one."""
    text = "one two three\nfour five six"
    middle = text.index("\n") + 1
    pieces = [
        Piece(number, start, end, start, phrase_of(text, start, end), boundary)
        for number, (start, end, boundary) in enumerate([(0, middle, "paragraph"), (middle, len(text), "sentence")])
    ]
    spoken = SpokenText(text, tuple((index, index + 1) for index in range(len(text))), len(text))
    prosodies = []
    for piece in pieces:
        durations = np.full(len(piece.phrase.phoneme_ids) + 2, 2)
        steps = 2 * int(durations.sum())
        prosodies.append(Prosody(durations, np.zeros(steps, np.float32), np.full(steps, 3.0, np.float32)))
    return Flush(text, spoken, pieces, prosodies, [[], []], SpeechSettings(paragraph_pause_ms=pause_ms))


@pytest.mark.parametrize("pause_ms", [50, 700, 2_000])
def test_a_paragraphs_pause_is_as_long_as_asked_for_however_little_silence_there_is(pause_ms: int) -> None:
    flush = paragraphs(pause_ms)
    pcm = b"".join(chunk.pcm for chunk in flush.chunks(MODEL_SAMPLE_RATE_HZ))
    samples = np.frombuffer(pcm, "<i2")
    first = flush.prosodies[0].frames * FRAME_SAMPLES
    # The lead of the next piece is part of the pause, and here it sounds.
    added = (pause_ms - flush.settings.lead_silence_ms) * MODEL_SAMPLE_RATE_HZ // 1000
    assert not samples[first : first + added].any()
    assert len(samples) == first + added + flush.prosodies[1].frames * FRAME_SAMPLES


def test_a_flush_is_resumed_within_a_paragraphs_pause() -> None:
    flush = paragraphs(2_000)
    whole = flush.chunks(MODEL_SAMPLE_RATE_HZ)
    silent = next(
        number for number, chunk in enumerate(whole) if chunk.pcm and not np.frombuffer(chunk.pcm, "<i2").any()
    )
    heard, rest = whole[: silent + 1], whole[silent + 1 :]
    resumed = flush.chunks(MODEL_SAMPLE_RATE_HZ, sum(len(chunk.pcm) for chunk in heard) // 2)
    assert resumed == rest


def test_the_pause_belongs_to_the_end_of_the_paragraph() -> None:
    chunks = paragraphs(2_000).chunks(MODEL_SAMPLE_RATE_HZ)
    (first, second) = (segment for chunk in chunks for segment in chunk.segments)
    assert first.alignment.characters[-1] == "\n"
    assert first.alignment.duration_ms[-1] >= 1_900
    assert first.alignment.start_ms[-1] + first.alignment.duration_ms[-1] == int(second.start_ms)
