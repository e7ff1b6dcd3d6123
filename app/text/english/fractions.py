"""Fractions and mixed numbers: "3/4", "1½", "7/250"."""

from __future__ import annotations

import re

from app.text.edits import Part
from app.text.english.numbers import cardinal, ordinal, plural
from app.text.english.rules import Accent, Match, Rule, Saying, part

VULGAR = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5), "⅘": (4, 5),
    "⅙": (1, 6), "⅚": (5, 6), "⅐": (1, 7), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8), "⅑": (1, 9),
    "⅒": (1, 10),
}  # fmt: skip
_VULGAR = "".join(VULGAR)
_MEASURES = (
    "cup|teaspoon|tablespoon|mile|inch|pound|pint|quart|gallon|hour|liter|litre|meter|metre|kilo|kilometer|kilometre"
    "|ounce"
)
_OF = rf"(?:[ \u00a0](?=(?:{_MEASURES})\b))?"
"""Before what a fraction is of: "3/4 cup" is three quarters of a cup."""

_FRACTIONS = {2: ("half", "halves"), 4: ("quarter", "quarters")}
_NAMED_PARTS = (25, 30, 32, 50, 60, 64, 100, 1000)
"""Denominators above twenty that people still make an ordinal of: "one hundredth"."""


def fraction(numerator: str, denominator: str, british: bool = False) -> str:
    """ "3/4" is "three quarters", "7/250" is "seven over two hundred fifty"."""
    above, below = cardinal(numerator, british), int(denominator)
    if below in _FRACTIONS:
        one, many = _FRACTIONS[below]
    elif 2 < below <= 10 or (int(numerator) < below and (2 < below <= 20 or below in _NAMED_PARTS)):
        one = ordinal(denominator, british)
        many = plural(one)
    else:
        return f"{above} over {cardinal(denominator, british)}"
    return f"{above} {one if int(numerator) == 1 else many}"


def _say_mixed(match: Match, accent: Accent) -> Saying:
    above, below = match["above"], match["below"]
    if match["whole"]:
        if int(above) >= int(below):
            return None
        # "an eighth" is "one eighth" after a whole number, but "a half" is what people say.
        part_words = "a half" if (above, below) == ("1", "2") else fraction(above, below, accent.british)
        return [
            part(match, "whole", cardinal(match["whole"], accent.british)),
            Part(f" and {part_words}", match.start("above"), match.end("below")),
        ]
    if (above, below) in (("24", "7"), ("9", "11"), ("50", "50")):
        return f"{cardinal(above)} {cardinal(below)}"
    words = fraction(above, below, accent.british)
    return f"{_of(words, match)}" if match["of"] else words


def _of(words: str, match: Match) -> str:
    article = "an" if match.string[match.end()] in "aeiou" or match.string.startswith("hour", match.end()) else "a"
    return f"half {article} " if words == "one half" else f"{words} of {article} "


def _say_vulgar(match: Match, accent: Accent) -> Saying:
    above, below = VULGAR[match["fraction"]]
    words = fraction(str(above), str(below), accent.british)
    if not match["whole"]:
        if match["of"]:
            return _of(words, match)
        return f"{words} " if match.string[match.end() : match.end() + 1].isalnum() else words
    return [
        part(match, "whole", cardinal(match["whole"], accent.british)),
        part(match, "fraction", f" and {'a half' if (above, below) == (1, 2) else words}"),
    ]


ASCII = Rule(
    re.compile(
        r"(?<![\w.,/])(?:(?P<whole>\d{1,6})[ \u00a0-])?(?P<above>\d{1,4})[/⁄](?P<below>\d{1,4})(?![\w/⁄]|[.,]\d)"
        rf"(?P<of>{_OF})"
    ),
    _say_mixed,
)
AFTER_WHOLE = Rule(re.compile(rf"(?<![\w.,])(?P<whole>\d{{1,6}})[ \u00a0]?(?P<fraction>[{_VULGAR}])"), _say_vulgar)
ALONE = Rule(re.compile(rf"(?<!\w)(?P<fraction>[{_VULGAR}])(?P<whole>)(?P<of>{_OF})"), _say_vulgar)

DIGIT_RULES = (ASCII, AFTER_WHOLE)
LETTER_RULES = (ALONE,)
