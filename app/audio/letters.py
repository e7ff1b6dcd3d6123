"""Which letters of a word are heard as which of its phonemes: the cheapest way to read one as the other."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from heapq import heappop, heappush
from itertools import accumulate
from typing import NamedTuple

from app.text.phonemes import VOWEL_KINDS, Kind, kind_of, units
from app.text.spellings import ALIKE, GROUPS, LETTERS, NAMES, VOWEL_LETTERS

MAX_LETTERS = 48
MAX_PHONEMES = 96
"""Longer words are shared out evenly: the search takes time with the product of both."""

SILENT_WEIGHT = 0.35
"""What a letter that is not heard gets of a sound that several letters share, next to 1: the "k" and the "gh" of
"knight"."""

INITIAL_WEIGHT = 1.15
FINAL_WEIGHT = 1.2
"""Of the letter that a word begins or ends with, in the sound that it shares: such sounds are longer, at the edge."""

_ALIKE = 0.5
_ANY_VOWEL = 0.5
_ANY_CONSONANT = 1.1
_UNLIKE = 1.7
_UNKNOWN = 0.5
"""What a letter costs that says a phoneme which the tables do not have for it."""

_SILENT = {"e": 0.4, "h": 0.5, "": 0.0}
_SILENT_LETTER = 0.9
_UNWRITTEN = {"ə": 0.5, "ᵊ": 0.5, "j": 0.5, "ʔ": 0.3}
_UNWRITTEN_PHONEME = 0.9
_READ_SIGN = 0.1
"""Each phoneme that a digit or a sign is read as."""
_GROUP = 0.02
"""Letters that are read together, where they can also be read one by one."""
_SPELLED_OUT = 0.05
"""A letter that says its name in a word that is not all in capitals."""

_UNDECOMPOSED = {"ß": "s", "æ": "a", "œ": "o", "ø": "o", "đ": "d", "ð": "t", "þ": "t", "ł": "l", "ı": "i"}


class Share(NamedTuple):
    """Where a boundary between letters lies: a share of the way from one phoneme boundary to another one."""

    after: int
    before: int
    share: float
    """0 to 1."""


class _Step(NamedTuple):
    cost: float
    letters: int
    phonemes: int
    """How many of each the step takes."""


def letter_shares(word: str, phonemes: str) -> tuple[Share, ...]:
    """The boundaries of a word's letters among its phonemes.

    Letters are read in groups, each as one or several phonemes, by dynamic programming over the spellings of
    ``app.text.spellings``: "kn" as n, "igh" as I, "x" as k and s. Letters that share a sound divide its time by
    weights, and letters without a sound of their own join a neighbour. A word of other letters than Latin ones, or a
    very long one, is shared out evenly.

    Args:
        word: its characters, at least one.
        phonemes: one character each, with stress marks; at least one.

    Returns:
        [characters + 1], never going back: from the first phoneme's start to the last one's end.
    """
    if len(word) <= MAX_LETTERS and len(phonemes) <= MAX_PHONEMES:
        return _known_shares(word, phonemes)
    return tuple(Share(0, len(phonemes), place / len(word)) for place in range(len(word) + 1))


@lru_cache(maxsize=4096)
def _known_shares(word: str, phonemes: str) -> tuple[Share, ...]:
    """Remembered, since words recur; of bounded size each."""
    letters = [_base(character) for character in word]
    heard = [unit for unit in units(phonemes) if unit.kind is not Kind.SPACE]
    if heard and any(letter in LETTERS for letter in letters):
        sounds = "".join(unit.sound for unit in heard)
        groups = _joined(_cheapest(letters, sounds, is_spelled=word.isupper()))
        edges = [0, *(unit.end for unit in heard[:-1]), len(phonemes)]
    else:
        sounds, groups, edges = "", [(len(letters), 1)], [0, len(phonemes)]
    return tuple(_shares(letters, sounds, groups, edges))


def _base(character: str) -> str:
    """A letter without accents and in small, "" for what is never heard, any other sign as it is."""
    if character in "'’-‐.":
        return ""
    small = unicodedata.normalize("NFD", character)[0].lower()[0]
    return _UNDECOMPOSED.get(small, small)


@lru_cache(maxsize=4096)
def _readings(spelling: str) -> dict[str, tuple[tuple[str, float], ...]]:
    """Sounds of a spelling with their costs, by the first phoneme."""
    found: dict[str, dict[str, float]] = {}
    for table, cost in ((LETTERS, 0.0), (GROUPS, _GROUP), (NAMES, _SPELLED_OUT)):
        for sound in table.get(spelling, ()):
            found.setdefault(sound[0], {}).setdefault(sound, cost)
    return {first: tuple(sounds.items()) for first, sounds in found.items()}


_LONGEST_SPELLING = max(map(len, GROUPS))


def _cheapest(letters: Sequence[str], sounds: str, is_spelled: bool) -> list[_Step]:
    """The steps of the cheapest way through all letters and all sounds.

    The cheapest ways are followed first (Dijkstra): one for a regular word is found without a look at most others.
    """
    goal = (len(letters), len(sounds))
    waiting: list[tuple[float, int, int, int, _Step | None]] = [(0.0, 0, 0, 0, None)]
    last_steps: dict[tuple[int, int], _Step | None] = {}
    while goal not in last_steps:
        cost, _, row, column, step = heappop(waiting)
        if (row, column) in last_steps:
            continue
        last_steps[row, column] = step
        for next_step in _steps(letters, sounds, row, column, is_spelled):
            reached = (row + next_step.letters, column + next_step.phonemes)
            if reached not in last_steps:
                # Of equally cheap ones the furthest comes first.
                heappush(waiting, (cost + next_step.cost, -sum(reached), *reached, next_step))
    way: list[_Step] = []
    while (step := last_steps[goal]) is not None:
        way.append(step)
        goal = (goal[0] - step.letters, goal[1] - step.phonemes)
    return way[::-1]


def _steps(letters: Sequence[str], sounds: str, row: int, column: int, is_spelled: bool) -> Iterator[_Step]:
    has_letter, has_sound = row < len(letters), column < len(sounds)
    if has_letter:
        letter = letters[row]
        yield _Step(_SILENT.get(letter, _SILENT_LETTER), 1, 0)
        if has_sound:
            yield _Step(_apart(letter, sounds[column]), 1, 1)
    if has_sound:
        is_read_sign = row > 0 and letters[row - 1] not in LETTERS and letters[row - 1] != ""
        cost = _UNWRITTEN.get(sounds[column], _UNWRITTEN_PHONEME)
        yield _Step(_READ_SIGN if is_read_sign else cost, 0, 1)
    if has_letter and has_sound:
        spelling = ""
        for letter in letters[row : row + _LONGEST_SPELLING]:
            # A letter that is never heard belongs to no group.
            if not letter:
                return
            spelling += letter
            for sound, cost in _readings(spelling).get(sounds[column], ()):
                if sounds.startswith(sound, column):
                    yield _Step(0.0 if is_spelled else cost, len(spelling), len(sound))


def _apart(letter: str, sound: str) -> float:
    if letter not in LETTERS:
        return _UNKNOWN if letter else _UNLIKE
    if sound in ALIKE.get(letter, ""):
        return _ALIKE
    is_vowel = kind_of(sound) in VOWEL_KINDS
    if (letter in VOWEL_LETTERS) != is_vowel:
        return _UNLIKE
    return _ANY_VOWEL if is_vowel else _ANY_CONSONANT


def _joined(steps: Sequence[_Step]) -> list[tuple[int, int]]:
    """Groups of at least one letter and one sound, as numbers of both.

    A silent letter goes with the sound before it, and so does a sound that is not written; in front of everything they
    go with what follows.
    """
    groups: list[tuple[int, int]] = []
    for _, letters, phonemes in steps:
        if groups and not (letters and phonemes and all(groups[-1])):
            letters, phonemes = groups[-1][0] + letters, groups[-1][1] + phonemes
            groups.pop()
        groups.append((letters, phonemes))
    return groups


def _shares(
    letters: Sequence[str], sounds: str, groups: Sequence[tuple[int, int]], edges: Sequence[int]
) -> Iterator[Share]:
    """Boundaries of the letters; ``edges`` are those of the sounds among the phonemes."""
    letter = sound = 0
    yield Share(0, 0, 0.0)
    for letter_count, sound_count in groups:
        after, before = edges[sound], edges[sound + sound_count]
        heard = sounds[sound : sound + sound_count]
        weights = [
            _weight(letters[index], heard, is_first=index == 0, is_last=index == len(letters) - 1)
            for index in range(letter, letter + letter_count)
        ]
        if max(weights) <= SILENT_WEIGHT * FINAL_WEIGHT:
            weights = [1.0] * letter_count
        total = sum(weights)
        for reached in accumulate(weights):
            yield Share(after, before, min(1.0, reached / total))
        letter, sound = letter + letter_count, sound + sound_count


def _weight(letter: str, heard: str, *, is_first: bool, is_last: bool) -> float:
    if letter in VOWEL_LETTERS:
        is_heard = any(kind_of(sound) in VOWEL_KINDS for sound in heard)
    else:
        is_heard = letter not in LETTERS or any(sound in heard for sound in LETTERS[letter])
    weight = 1.0 if is_heard and letter else SILENT_WEIGHT
    return weight * (INITIAL_WEIGHT if is_first else FINAL_WEIGHT if is_last else 1.0)
