"""Characters and their times, grouped into words and into the cues of captions. Pure functions."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

MARKS = ".,;:!?…–—-\"'“”‘’()[]{}«»¿¡"
"""What stands round a word without being spoken. A pause belongs to such a mark, and no part of it to the word."""

LINE_CHARACTERS = 42
"""The usual width of captions, of which two lines are on the screen at once."""
MIN_CUE_MS = 1_000.0
"""Shorter ones cannot be read: short sentences share a cue, and a cue stays for so long where nothing follows."""
MAX_CUE_MS = 7_000.0
SENTENCE_PAUSE_MS = 150.0
"""After the mark that ends a sentence there is at least so much silence, and none after that of "Dr."."""
LONG_PAUSE_MS = 700.0
"""Nobody wants to read the next words while nothing is said."""

_SENTENCE_END = re.compile(r"[.!?…।][\"'”’»)\]]*$")
_TAG = re.compile(r"<!--.*?-->|</?([\w:.-]*)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL)
_PARTING_TAGS = frozenset({"break", "p", "s", "speak"})
"""What stands before such a tag and what stands behind it are two words."""


@dataclass(frozen=True, slots=True)
class Character:
    """A character of the text."""

    text: str
    start_ms: float
    """From the start of the sound."""
    duration_ms: float

    @property
    def end_ms(self) -> float:
        """From the start of the sound."""
        return self.start_ms + self.duration_ms


@dataclass(frozen=True, slots=True)
class Word:
    """What stands between two spaces, with the marks round it."""

    text: str
    start_ms: float
    """From the start of the sound."""
    end_ms: float
    """Without the pause that a mark after it stands for."""
    ends_line: bool = False
    """Whether a line of the text ends with it."""


@dataclass(frozen=True, slots=True)
class Cue:
    """What is on the screen at once."""

    lines: tuple[str, ...]
    """One or two, of ``LINE_CHARACTERS`` at most."""
    start_ms: float
    """From the start of the sound; never before the end of the cue before."""
    end_ms: float


def words_of(characters: Iterable[Character]) -> list[Word]:
    """The words of a text, in order; together they have every character that is no space."""
    words: list[Word] = []
    unfinished: list[Character] = []
    for character in characters:
        if not character.text.isspace():
            unfinished.append(character)
            continue
        if unfinished:
            words.append(_word(unfinished))
            unfinished = []
        if words and character.text == "\n":
            words[-1] = replace(words[-1], ends_line=True)
    return [*words, _word(unfinished)] if unfinished else words


def without_markup(characters: Sequence[Character]) -> list[Character]:
    """The characters of a text in SSML that are no tags, and for an entity the character that it stands for."""
    text = "".join(character.text for character in characters)
    kept: list[Character] = []
    place = 0
    for tag in _TAG.finditer(text):
        kept += _without_entities(characters[place : tag.start()])
        if tag[1] in _PARTING_TAGS:
            kept.append(replace(characters[tag.start()], text=" "))
        place = tag.end()
    return [*kept, *_without_entities(characters[place:])]


def cues_of(words: Iterable[Word]) -> list[Cue]:
    """The words as captions.

    A cue ends where a sentence or a line of the text does, unless it would be too short to be read, before a long
    pause, and where it is full. It stays for ``MIN_CUE_MS`` if nothing else is said meanwhile.
    """
    groups: list[list[Word]] = []
    for word in (part for whole in words for part in _parts(whole)):
        if groups and _goes_on(groups[-1], word):
            groups[-1].append(word)
        else:
            groups.append([word])
    cues = []
    for group, following in zip_longest(groups, groups[1:]):
        start_ms, end_ms = group[0].start_ms, max(group[-1].end_ms, group[0].start_ms + MIN_CUE_MS)
        if following is not None:
            end_ms = min(end_ms, following[0].start_ms)
        cues.append(Cue(_lines(group), start_ms, end_ms))
    return cues


def _word(characters: Sequence[Character]) -> Word:
    word = "".join(character.text for character in characters)
    spoken = characters[len(word) - len(word.lstrip(MARKS)) : len(word.rstrip(MARKS))] or characters
    return Word(word, spoken[0].start_ms, spoken[-1].end_ms)


def _without_entities(characters: Sequence[Character]) -> Iterator[Character]:
    text = "".join(character.text for character in characters)
    place = 0
    for entity in re.finditer(r"&#?\w{1,32};", text):
        yield from characters[place : entity.start()]
        first, last = characters[entity.start()], characters[entity.end() - 1]
        yield Character(html.unescape(entity[0]), first.start_ms, last.end_ms - first.start_ms)
        place = entity.end()
    yield from characters[place:]


def _parts(word: Word) -> Iterator[Word]:
    """A word that is longer than a line, such as an address, in parts that fill one; the time is shared out evenly."""
    per_character_ms = (word.end_ms - word.start_ms) / len(word.text)
    for place in range(0, len(word.text), LINE_CHARACTERS):
        text = word.text[place : place + LINE_CHARACTERS]
        start_ms = word.start_ms + place * per_character_ms
        is_last = place + LINE_CHARACTERS >= len(word.text)
        end_ms = word.end_ms if is_last else start_ms + len(text) * per_character_ms
        yield Word(text, start_ms, end_ms, word.ends_line and is_last)


def _goes_on(group: Sequence[Word], word: Word) -> bool:
    """Whether a word still belongs to a cue."""
    first, last = group[0], group[-1]
    pause_ms = word.start_ms - last.end_ms
    if pause_ms >= LONG_PAUSE_MS or word.end_ms - first.start_ms > MAX_CUE_MS or not _lines([*group, word]):
        return False
    ends = last.ends_line or (pause_ms >= SENTENCE_PAUSE_MS and _SENTENCE_END.search(last.text) is not None)
    return not ends or word.start_ms - first.start_ms < MIN_CUE_MS


def _lines(words: Sequence[Word]) -> tuple[str, ...]:
    """The words in as few lines as they fit into, two of them as even as can be; nothing if they do not fit."""
    texts = [word.text for word in words]
    whole = " ".join(texts)
    if len(whole) <= LINE_CHARACTERS:
        return (whole,)
    splits = [(" ".join(texts[:place]), " ".join(texts[place:])) for place in range(1, len(texts))]
    fitting = [split for split in splits if max(map(len, split)) <= LINE_CHARACTERS]
    return min(fitting, key=lambda split: abs(len(split[0]) - len(split[1])), default=())
