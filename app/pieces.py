"""From the text of a flush to the utterances that speak it, one after the other as they are wanted."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from app.audio.assemble import Piece
from app.messages import SpeechRequest
from app.settings import SpeechSettings
from app.text.blocks import blocks
from app.text.edits import Rewritten, unchanged
from app.text.marks import Dictionary, Pause, Rate
from app.text.normalize import SpokenText, spoken_form
from app.text.phonemize import Phonemizer, Phrase
from app.text.segment import Segment, split_segments
from app.text.ssml import spoken_ssml

Timed = Callable[[str], AbstractContextManager[None]]
"""Measures how long a stage takes."""


async def pieces_of(
    request: SpeechRequest,
    language: str,
    phonemizer: Phonemizer,
    dictionary: Dictionary,
    settings: SpeechSettings,
    tell: Callable[[SpokenText, bool], None],
    timed: Timed,
) -> AsyncGenerator[Piece, None]:
    """The pieces of a request, at least one; they tile what is said.

    Text without a sound is the silent beginning of the next piece, or at the end a piece of its own without a phrase.

    Args:
        language: that the text is read in, as the phonemizer is for.
        dictionary: words that are said in another way.
        tell: gets the spoken form of every block of the text, and whether it is the last, before the block's pieces.
        timed: measures the stages ``text`` and ``phonemes``.
    """
    number = start = told = 0
    asked = _Asked()
    texts = _blocks(request)
    # SSML is parsed as a whole, with the first block.
    following: _Block | None = await asyncio.to_thread(next, texts)
    while following is not None:
        block, following = following, next(texts, None)
        with timed("text"):
            spoken, segments = await asyncio.to_thread(
                _prepare, request, block, language, dictionary, settings, told == 0, following is not None
            )
        tell(spoken, following is None)
        told, first = told + len(spoken.text), told
        asked.enter(spoken, is_last=following is None)
        for segment in segments:
            asked.reach(segment.start)
            with timed("phonemes"):
                phrases = await asyncio.to_thread(_phonemize, phonemizer, spoken, segment)
            for phrase in phrases:
                at_end = phrase is phrases[-1]
                end = first + (segment.end if at_end else segment.start + phrase.text_end)
                boundary = segment.boundary if at_end else "none"
                yield Piece(
                    number,
                    start,
                    end,
                    first + segment.start + phrase.text_start,
                    phrase,
                    boundary,
                    asked.pause_before_ms(),
                    asked.pause_at_the_end_ms(segment.end) if at_end else 0.0,
                    asked.rate,
                )
                number, start = number + 1, end
        asked.reach(len(spoken.text))
    if start < told or number == 0:
        yield Piece(number, start, told, start, None, "none")


class _Block(NamedTuple):
    """A part of the text of a request."""

    text: Rewritten
    """Places are counted from the start of the block."""
    source_length: int


def _blocks(request: SpeechRequest) -> Iterator[_Block]:
    if not request.ssml:
        for text in blocks(request.text):
            yield _Block(unchanged(text), len(text))
        return
    whole = spoken_ssml(request.text)
    position = source_start = 0
    for text in blocks(whole.text):
        end = position + len(text)
        source_end = whole.spans[end][0] if end < len(whole.text) else len(request.text)
        spans = [(first - source_start, last - source_start) for first, last in whole.spans[position:end]]
        yield _Block(Rewritten(text, spans), source_end - source_start)
        position, source_start = end, source_end


def _prepare(
    request: SpeechRequest,
    block: _Block,
    language: str,
    dictionary: Dictionary,
    settings: SpeechSettings,
    is_first: bool,
    goes_on: bool,
) -> tuple[SpokenText, list[Segment]]:
    """Off the event loop: a block takes 10 ms."""
    spoken = spoken_form(block.text, request.normalize, language, dictionary=dictionary, goes_on=goes_on)
    segments: list[Segment] = []
    # No segment goes on over a pause or a change of the rate.
    marks = {pause.position for pause in spoken.pauses} | {rate.position for rate in spoken.rates}
    for start, end in pairwise(sorted({0, len(spoken.text), *marks})):
        text = spoken.text[start:end]
        found = split_segments(
            text,
            language,
            min_words=settings.min_segment_words,
            max_characters=settings.max_segment_characters,
            early_clause_characters=settings.early_clause_characters if is_first and not segments else None,
        )
        cut_off = end < len(spoken.text) and text.rstrip()[-1:] not in _SENTENCE_ENDS
        for segment in found:
            boundary = "none" if cut_off and segment is found[-1] else segment.boundary
            segments.append(Segment(start + segment.start, start + segment.end, boundary))
    return replace(spoken, source_length=block.source_length), segments


_SENTENCE_ENDS = (".", "!", "?", "…", "।")


def _phonemize(phonemizer: Phonemizer, spoken: SpokenText, segment: Segment) -> list[Phrase]:
    spellings = [
        spelling._replace(start=spelling.start - segment.start, end=spelling.end - segment.start)
        for spelling in spoken.spellings
        if segment.start <= spelling.start and spelling.end <= segment.end
    ]
    return phonemizer.phonemize(spoken.text[segment.start : segment.end], spellings)


class _Asked:
    """The pauses and the rate that the marks of a text ask for."""

    def __init__(self) -> None:
        self.rate = 1.0
        self._pause_ms = 0.0
        """Reached, and not given yet."""
        self._pauses: deque[Pause] = deque()
        self._rates: deque[Rate] = deque()
        self._last_word: int | None = None
        """Where the last word of the last block ends."""

    def enter(self, spoken: SpokenText, is_last: bool) -> None:
        """A block begins."""
        self._pauses.extend(spoken.pauses)
        self._rates.extend(spoken.rates)
        if is_last and spoken.pauses:
            self._last_word = max((index for index, letter in enumerate(spoken.text) if letter.isalnum()), default=-1)

    def reach(self, position: int) -> None:
        """What stands up to a position of the block counts from now on."""
        while self._pauses and self._pauses[0].position <= position:
            self._pause_ms += self._pauses.popleft().duration_ms
        while self._rates and self._rates[0].position <= position:
            self.rate = self._rates.popleft().factor

    def pause_before_ms(self) -> float:
        """Of the piece that comes now."""
        pause_ms, self._pause_ms = self._pause_ms, 0.0
        return pause_ms

    def pause_at_the_end_ms(self, end: int) -> float:
        """What comes after a piece that ends here, where no word comes any more."""
        if self._last_word is None or self._last_word >= end:
            return 0.0
        return sum(pause.duration_ms for pause in self._pauses)
