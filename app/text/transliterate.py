"""Letters that English readers do not know, in ones that they do: "Nguyễn" as "Nguyen", "Москва" as "Moskva"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import groupby

from app.text.edits import Edit, Part, replaced

Known = Callable[[str], bool]

_READ_BY_ESPEAK = frozenset("àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿāēīōūăĕĭŏŭąęěėőűů")
"""Letters that espeak's English has a sound for; of all others it says the name, or the code point."""

_RESPELLED = {
    "š": "sh", "ş": "sh", "ș": "sh", "ś": "sh", "č": "ch", "ć": "ch", "ž": "zh", "ź": "zh", "ż": "zh", "ț": "ts",
    "ţ": "ts", "ğ": "", "ṛ": "ri", "ṣ": "sh",
}  # fmt: skip
"""What English readers write for letters whose plain form would mislead them."""

_MARKS = {"。": ".", "、": ",", "،": ",", "؟": "?", "؛": ";", "।": ".", "։": ".", "።": "."}
"""Punctuation of other scripts that makes pauses."""

_WITHOUT_VOWELS = frozenset(
    "ARABIC HEBREW SYRIAC DEVANAGARI BENGALI GURMUKHI GUJARATI ORIYA TAMIL TELUGU KANNADA MALAYALAM SINHALA LAO "
    "TIBETAN MYANMAR KHMER".split()
)
"""Scripts that do not write every vowel, by the first word of their letters' names."""

_VOWELS = frozenset("aeiou")
_SYLLABLES = (("zh", "j"), ("x", "sh"), ("q", "ch"), ("c", "ts"))
"""Beginnings of Mandarin syllables, and what English readers write for them."""

_OWN_WORD = re.compile("[éè]e?s?$|ñas?$", re.IGNORECASE)
"""Endings that tell a word from another one without diacritics: "résumé", "rosé", "piña"."""

_MAX_SYLLABLES = 3
"""Chinese characters in a row that are read as one word: most names have two or three."""


def transliterations(text: str, known: Known) -> Iterator[Edit]:
    """Edits after which all words have letters that English readers know. Takes time linear in the text's length.

    Words lose their diacritics where they are ``known`` without; else single letters do where espeak's English has no
    sound for them, and some are respelled. Words of other scripts are romanised; Chinese characters by their Mandarin
    reading, since the Japanese one depends on the word. A Greek letter alone among others is said by its name.

    Args:
        known: whether the dictionary has a word of plain letters.
    """
    position = 0
    for kind, characters in groupby(text, _kind):
        run = "".join(characters)
        start, position = position, position + len(run)
        if run.isascii():
            continue
        if kind == "greek" and len(run) == 1:
            yield replaced(start, position, _spaced(_greek_name(run), text, start, position))
        elif kind == "other":
            yield from (
                replaced(index, index + 1, _MARKS[mark]) for index, mark in enumerate(run, start) if mark in _MARKS
            )
        elif not _OWN_WORD.search(run) or not all(map(_is_read, run)):
            yield Edit(start, position, tuple(_romanised(run, start, known)))


def _romanised(run: str, start: int, known: Known) -> Iterator[Part]:
    plain = [_plain(character) for character in run]
    if len(run) == 1 or not known("".join(plain)):
        plain = [_respelled(character) for character in run]
    shouted = len(run) > 1 and run.isupper()
    apart = len(run) > _MAX_SYLLABLES
    for index, (character, letters) in enumerate(zip(run, plain, strict=True)):
        if character.isupper():
            letters = letters.upper() if shouted else letters.capitalize()
        elif _lacks_vowel(run[index : index + 2]):
            letters += "a"
        elif apart and index and _script(character) == "CJK":
            letters = f" {letters}"
        yield Part(letters, start + index, start + index + 1)


def _lacks_vowel(pair: str) -> bool:
    """Whether a vowel is to be said between two characters and none is written."""
    return (
        len(pair) == 2
        and all(_script(character) in _WITHOUT_VOWELS and character.isalpha() for character in pair)
        and _plain(pair[0])[-1:] not in _VOWELS
        and _plain(pair[1])[:1] not in _VOWELS
    )


@lru_cache(maxsize=4096)
def _kind(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] not in "LM" and category != "Nl":
        return "other"
    name = unicodedata.name(unicodedata.normalize("NFKC", character)[0], "")
    return "greek" if name.startswith("GREEK ") else "letter"


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]


def _is_read(character: str) -> bool:
    return character.isascii() or character.lower() in _READ_BY_ESPEAK


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    """ASCII letters, small ones but for the first."""
    from anyascii import anyascii

    letters = "".join(filter(str.isalpha, anyascii(character)))
    return letters if character.isascii() else letters.lower()


def _respelled(character: str) -> str:
    if _is_read(character):
        return character
    plain = _plain(character)
    if _script(character) == "CJK":
        for beginning, spelling in _SYLLABLES:
            if plain.startswith(beginning) and not plain.startswith("ch"):
                return spelling + plain.removeprefix(beginning)
    return _RESPELLED.get(character.lower(), plain)


def _greek_name(character: str) -> str:
    """ "GREEK SMALL LETTER ALPHA WITH TONOS" is "alpha"."""
    name = unicodedata.name(unicodedata.normalize("NFKC", character)[0])
    return name.removesuffix(" SYMBOL").partition(" WITH ")[0].split()[-1].lower()


def _spaced(word: str, text: str, start: int, end: int) -> str:
    """The word with a space where it would touch another one."""
    before = " " if text[start - 1 : start].isalnum() and start else ""
    return before + word + (" " if text[end : end + 1].isalnum() else "")
