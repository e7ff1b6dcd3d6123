"""From spoken text to the phoneme ids that Kokoro reads, with the place of every id in the text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

from app.languages import ENGLISH, LANGUAGES
from app.messages import MAX_PHONEMES
from app.text.espeak import EspeakPronouncer
from app.text.g2p import MARKS, Pronouncer, Sound
from app.text.marks import Spelling
from app.text.segment import even_cuts


class WordSpan(NamedTuple):
    """A word without the punctuation round it: the text [start, end) sounds as the phonemes [start, end)."""

    text_start: int
    text_end: int
    phoneme_start: int
    phoneme_end: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """What Kokoro speaks at once, and how it lies on the text it was made from."""

    phoneme_ids: tuple[int, ...]
    """1 to ``MAX_PHONEMES`` ids, without the pads round an utterance."""
    text_start: int
    text_end: int
    """The phrases of one text tile it."""
    text_knots: tuple[int, ...]
    """Text positions, strictly increasing from ``text_start`` to ``text_end``: where a character boundary lies among
    the phonemes is ``np.interp(boundary, text_knots, phoneme_knots)``."""
    phoneme_knots: tuple[int, ...]
    """Positions in ``phoneme_ids``, never decreasing, from 0 to their number."""
    words: tuple[WordSpan, ...]
    """Text positions in the whole text, phoneme positions in this phrase."""
    text: str
    """The characters [text_start, text_end) themselves."""
    phonemes: str
    """One character for each of ``phoneme_ids``."""


class Phonemizer:
    """Text to phonemes for one vocabulary and one language. Any thread may call it; calls wait for each other.

    The first one of a process takes about three seconds: it loads misaki, spaCy (which brings torch) and espeak. Those
    of languages besides English take some 20 ms after that.

    Args:
        vocabulary: phoneme character to id, the ``vocab`` of the model's configuration. What it lacks is not spoken.
        language: one of ``LANGUAGES``.

    Raises:
        ValueError: for another language.
    """

    def __init__(self, vocabulary: Mapping[str, int], language: str = "en-us") -> None:
        if language not in LANGUAGES:
            raise ValueError(f"language {language!r} is not one of {', '.join(LANGUAGES)}")
        self._vocabulary = dict(vocabulary)
        self._pronounce: Pronouncer | EspeakPronouncer
        if LANGUAGES[language].subtag == ENGLISH:
            self._pronounce = Pronouncer(british=language == "en-gb")
        else:
            self._pronounce = EspeakPronouncer(language)

    def phonemize(self, text: str, spellings: Sequence[Spelling] = ()) -> list[Phrase]:
        """The phrases of a text; none where nothing in it can be spoken. Never raises, whatever the text.

        More than ``MAX_PHONEMES`` phonemes are split after sentences, else after clauses, else between words, and only
        a single word that is too long is split inside itself.

        Args:
            spellings: words of ``text`` whose phonemes are given, in its order.
        """
        sounds = self._pronounce(text)
        heard = list(_heard(_spelled(text, sounds, spellings) if spellings else sounds, self._vocabulary))
        offsets = [0, *accumulate(len(sound.phonemes) for sound in heard)]
        cuts = even_cuts(0, offsets[-1], MAX_PHONEMES, _cut_levels(heard, offsets))
        groups = [group for group in _divide(heard, cuts) if any(map(_is_word, group))]
        edges = [0, *(group[0].start for group in groups[1:]), len(text)]
        return [self._phrase(text, group, *edges[index : index + 2]) for index, group in enumerate(groups)]

    def _phrase(self, text: str, sounds: list[Sound], text_start: int, text_end: int) -> Phrase:
        phonemes: list[str] = []
        words: list[WordSpan] = []
        text_knots, phoneme_knots = [text_start], [0]

        def knot(at: int) -> None:
            if at > text_knots[-1]:
                text_knots.append(at)
                phoneme_knots.append(len(phonemes))
            elif len(text_knots) > 1:
                # One character may have several sounds: the space and the word of "½" in "1½".
                phoneme_knots[-1] = len(phonemes)

        for sound in sounds[:-1] if sounds[-1].phonemes == " " else sounds:
            begin = len(phonemes)
            knot(sound.start)
            phonemes += sound.phonemes
            knot(sound.end)
            if _is_word(sound):
                words.append(WordSpan(sound.start, sound.end, begin, len(phonemes)))
        knot(text_end)
        return Phrase(
            tuple(self._vocabulary[phoneme] for phoneme in phonemes),
            text_start,
            text_end,
            tuple(text_knots),
            tuple(phoneme_knots),
            tuple(words),
            text[text_start:text_end],
            "".join(phonemes),
        )


_SILENT = frozenset(MARKS + " ˈˌː")
_SENTENCE_ENDS = frozenset(".!?…")
_CLAUSE_ENDS = frozenset(";:,—)")
_OPENING = frozenset("(“")
_CLOSING = frozenset(MARKS + " ") - _OPENING

_MAX_ROW = 12
"""Marks and spaces in a row that are spoken: a thousand dots are no longer a pause than these."""


def _is_word(sound: Sound) -> bool:
    return any(phoneme not in _SILENT for phoneme in sound.phonemes)


def _spelled(text: str, sounds: list[Sound], spellings: Sequence[Spelling]) -> list[Sound]:
    """``sounds`` with those of some words as they are given; an "'s" that was read with such a word stays."""
    left: list[Sound] = []
    endings: dict[int, str] = {}
    index = 0
    for sound in sounds:
        while index < len(spellings) and spellings[index].end <= sound.start:
            index += 1
        if index == len(spellings) or sound.end <= spellings[index].start:
            left.append(sound)
        elif text[spellings[index].end : sound.end].lower() == "'s":
            endings[spellings[index].end] = _possessive(spellings[index].phonemes)
    given = [
        Sound(spelling.phonemes + endings.get(spelling.end, ""), spelling.start, spelling.end)
        for spelling in spellings
        if spelling.start < spelling.end
    ]
    return sorted([*left, *given], key=lambda sound: sound.start)


def _possessive(phonemes: str) -> str:
    return "ᵻz" if phonemes[-1:] in "szʃʒʧʤ" else "s" if phonemes[-1:] in "ptkfθ" else "z"


def _heard(sounds: list[Sound], vocabulary: Mapping[str, int]) -> Iterator[Sound]:
    """The sounds that have phonemes in the vocabulary, reduced to those."""
    row = 0
    after_space = True
    for sound in sounds:
        sound = sound._replace(phonemes="".join(phoneme for phoneme in sound.phonemes if phoneme in vocabulary))
        if _is_word(sound):
            row = 0
        else:
            # Round a word that has no sound there are two spaces.
            doubled = after_space and sound.phonemes == " "
            sound = sound._replace(phonemes="" if doubled else sound.phonemes[: _MAX_ROW - row])
            row += len(sound.phonemes)
        if sound.phonemes:
            after_space = sound.phonemes == " "
            yield sound


def _cut_levels(sounds: list[Sound], offsets: list[int]) -> tuple[list[int], list[int], list[int]]:
    """Places among the phonemes after a sentence, a clause and a word, each with its marks and its space."""
    sentences: list[int] = []
    clauses: list[int] = []
    words: list[int] = []
    marks: set[str] = set()
    for (left, right), cut in zip(pairwise(sounds), offsets[1:], strict=False):
        if _is_word(left):
            marks.clear()
        else:
            marks.update(left.phonemes)
        if left.phonemes[-1] not in _OPENING and right.phonemes[0] not in _CLOSING:
            level = sentences if marks & _SENTENCE_ENDS else clauses if marks & _CLAUSE_ENDS else words
            level.append(cut)
    return sentences, clauses, words


def _divide(sounds: list[Sound], cuts: list[int]) -> list[list[Sound]]:
    """Groups of sounds between cuts among the phonemes; a sound that a cut falls into is shared out by length."""
    groups: list[list[Sound]] = [[]]
    position = 0
    ahead = list(reversed(cuts))
    for sound in sounds:
        while ahead and ahead[-1] < position + len(sound.phonemes):
            inside = ahead.pop() - position
            if inside:
                middle = sound.start + (sound.end - sound.start) * inside // len(sound.phonemes)
                groups[-1].append(Sound(sound.phonemes[:inside], sound.start, middle))
                sound = Sound(sound.phonemes[inside:], middle, sound.end)
                position += inside
            groups.append([])
        groups[-1].append(sound)
        position += len(sound.phonemes)
    return groups
