"""Roman numerals where they are meant: after rulers, chapters, wars and the like."""

from __future__ import annotations

import re

from app.text.english.numbers import cardinal, ordinal
from app.text.english.rules import Accent, Match, Rule, Saying

_ROMAN = re.compile(r"(?=[IVXLC])(C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


def roman(text: str) -> int | None:
    """The value of a Roman numeral of up to 399, in capitals; None for what is none."""
    if not _ROMAN.fullmatch(text):
        return None
    values = [_ROMAN_VALUES[letter] for letter in text]
    return sum(-value if value < max(values[index:]) else value for index, value in enumerate(values))


_ROMAN_LETTERS = r"[IVXLC]{1,9}"
_NUMBERED = (
    "chapter part act scene volume vol book section article appendix phase stage type class level grade war unit "
    "step figure table tier title king louis bowl games olympiad apollo generation gen episode season series "
    "division group mark"
).split()
_RULERS = (
    "Henry Edward Richard George Louis Charles William James John Philip Philippe Napoleon Nicholas Alexander "
    "Catherine Elizabeth Mary Benedict Pius Paul Gregory Leo Innocent Clement Urban Boniface Francis Frederick "
    "Wilhelm Ferdinand Carlos Juan Felipe Leopold Albert Christian Gustav Gustaf Harald Haakon Olav Peter Ivan "
    "Ramses Ptolemy Cleopatra Constantine Theodosius Justinian Mehmed Selim Suleiman Otto Rudolf Maximilian "
    "Umberto Vittorio Edmund Robert David Malcolm Thutmose Darius Xerxes Artaxerxes Antiochus Sixtus Julius "
    "Stephen Victor Adrian Celestine Honorius Nicholas"
).split()

RULER = Rule(
    re.compile(rf"(?<=(?P<name>[a-z]) )(?P<roman>{_ROMAN_LETTERS})(?![\w-]|[.'’]\w)"),
    lambda match, accent: _say_roman(match, accent),
)


def _word_before(match: Match) -> str:
    found = re.search(r"([^\W\d_]+)[ \u00a0]$", match.string[max(0, match.start() - 24) : match.start()])
    return found[1] if found else ""


def _say_roman(match: Match, accent: Accent) -> Saying:
    value = roman(match["roman"])
    before = _word_before(match)
    if value is None:
        return None
    if before in _RULERS:
        return f"the {ordinal(str(value))}"
    if before.lower() in _NUMBERED and before[0].isupper():
        return cardinal(str(value))
    if before.lower() in _NUMBERED and len(match["roman"]) > 1:
        return cardinal(str(value))
    return None


SMALL_ROMAN = Rule(
    re.compile(r"(?<=[a-z.] )(?P<roman>[ivxl]{1,6})(?![\w'’.-])"),
    lambda match, accent: (
        cardinal(str(value))
        if _word_before(match).lower() in ("chapter", "scene", "section", "part", "book", "page", "volume", "appendix")
        and (value := roman(match["roman"].upper()))
        else None
    ),
)

RULES = (RULER, SMALL_ROMAN)
