"""Numbers without a unit: cardinals, ordinals, decimals, negatives, percentages, ratios and ranges."""

from __future__ import annotations

import re

from app.text.english import fractions
from app.text.english.numbers import DECIMAL, NUMBER, cardinal, decimal, digits, ordinal, plural
from app.text.english.rules import Accent, Match, Rule, Saying, part

_BEFORE = r"(?<![\w.,])"
_AFTER = r"(?![\w]|[.,]\d)"
_DASH = r"\s?[–—‒]\s?|-"
_SIGNS = {"-": "minus", "−": "minus", "–": "minus", "+": "plus", "±": "plus or minus", "~": "about", "≈": "about",
          "∼": "about", "<": "less than", ">": "more than", "≤": "at most", "≥": "at least"}  # fmt: skip
_MAGNITUDES = {"k": "thousand", "M": "million", "bn": "billion", "Bn": "billion", "tn": "trillion", "mn": "million"}


def _say_ordinal(match: Match, accent: Accent) -> Saying:
    return ordinal(match["number"], accent.british)


def _say_percent(match: Match, accent: Accent) -> Saying:
    name = {"%": "percent", "‰": "per mille"}[match["sign"]]
    parts = [part(match, "number", decimal(match["number"], accent.british))]
    if match["to"]:
        parts.append(part(match, "to", f" to {decimal(match['to'], accent.british)}"))
    return [*parts, part(match, "sign", f" {name}")]


def _say_range(match: Match, accent: Accent) -> Saying:
    return [
        part(match, "from", decimal(match["from"], accent.british)),
        part(match, "to", f" to {decimal(match['to'], accent.british)}"),
    ]


def _say_ratio(match: Match, accent: Accent) -> Saying:
    return _say_range(match, accent)


def _say_times(match: Match, accent: Accent) -> Saying:
    return f"{decimal(match['number'], accent.british)} times"


def _say_large(match: Match, accent: Accent) -> Saying:
    return f"{decimal(match['number'], accent.british)} {_MAGNITUDES[match['magnitude']]}"


def _say_signed(match: Match, accent: Accent) -> Saying:
    """The sign alone: the number after it is read by its own rule, unit and all."""
    return f"{_SIGNS[match['sign'].strip()]} "


def _say_number_sign(match: Match, accent: Accent) -> Saying:
    return "number "


def _say_list_number(match: Match, accent: Accent) -> Saying:
    """An item of a list is a paragraph of its own."""
    paragraph = "\n\n" if match.start() else ""
    return f"{paragraph}{cardinal(match['number'])}"


def _say_spaced(match: Match, accent: Accent) -> Saying:
    return cardinal(re.sub(r"\D", "", match["number"]), accent.british)


def _say_number(match: Match, accent: Accent) -> Saying:
    return decimal(match["number"], accent.british)


def _say_point(match: Match, accent: Accent) -> Saying:
    return f"{'zero ' if accent.british else ''}point {digits(match['after'])}"


def _say_glued(match: Match, accent: Accent) -> Saying:
    """Digits beside letters: "B2B", "MP3", "x86_64". More than three of them are a code, not a count."""
    number = match["number"]
    words = cardinal(number) if len(number) <= 3 else digits(number)
    if len(number) == 4 and number[0] != "0":
        words = f"{cardinal(number[:2])} {cardinal(number[2:]) if number[2] != '0' else digits(number[2:], 'oh')}"
    return _apart(match, words)


def _say_glued_decimal(match: Match, accent: Accent) -> Saying:
    return _apart(match, decimal(match["number"], accent.british))


def _apart(match: Match, words: str) -> str:
    """The words of a number with a space, or for "MP4s" an s, between them and the letters beside it."""
    before = match.string[max(0, match.start() - 2) : match.start()]
    after = match.string[match.end() : match.end() + 2]
    if after[:1] == "s" and not after[1:].isalnum():
        words = plural(words)[:-1]
    elif after[:1].isalpha():
        words += " "
    if not before[-1:].isalpha():
        return words
    # With a space "A320" would begin with an article.
    return f"-{words}" if before[-1:] in "Aa" and not before[:-1].isalnum() else f" {words}"


DIGIT_RULES = (
    Rule(re.compile(r"(?<![^\n])(?P<number>\d{1,3})(?=[.)]\s)"), _say_list_number),
    Rule(re.compile(rf"{_BEFORE}(?P<number>{NUMBER})(?:st|nd|rd|th)(?!\w)", re.IGNORECASE), _say_ordinal),
    Rule(
        re.compile(
            rf"{_BEFORE}(?P<number>{DECIMAL})(?:(?:\s?[–—‒−-]\s?)(?P<to>{DECIMAL}))?[ \u00a0\u202f]?(?P<sign>[%‰])"
        ),
        _say_percent,
    ),
    *fractions.DIGIT_RULES,
    Rule(re.compile(rf"{_BEFORE}(?P<number>{DECIMAL})[x×](?!\w)"), _say_times),
    Rule(re.compile(rf"{_BEFORE}(?P<number>{DECIMAL})(?P<magnitude>k|M|bn|Bn|tn|mn)(?!\w)"), _say_large),
    Rule(
        re.compile(rf"(?<![\w.,–—‒−-])(?P<from>{DECIMAL})(?:{_DASH})(?P<to>{DECIMAL})(?![\w%]|[–—‒−,.-]\w)"), _say_range
    ),
    Rule(re.compile(r"(?<![\w.,:])(?P<from>\d{1,4}):(?P<to>\d{1,4})(?![\w:]|[.,]\d)"), _say_ratio),
    Rule(
        re.compile(
            r"(?<![\w.,])(?P<number>[1-9]\d{0,2}(?:(?:[\u00a0\u202f\u2009]\d{3}){1,5}|(?: \d{3}){2,5}|[ ]000))"
            r"(?![ ]?\d)"
        ),
        _say_spaced,
    ),
    Rule(re.compile(r"(?<![\w.,])(?P<number>\d{1,20}\.\d{1,20})(?=[^\W\d_])"), _say_glued_decimal),
    Rule(re.compile(rf"{_BEFORE}(?P<number>{DECIMAL})(?![\w])"), _say_number),
    Rule(re.compile(r"(?<![.,])(?P<number>\d{1,20}\.\d{1,20})(?![.,]?\d)"), _say_glued_decimal),
    Rule(re.compile(r"(?P<number>\d{1,40})"), _say_glued),
)
"""The most special first."""

OTHER_RULES = (
    Rule(re.compile(r"(?<![\w.])\.(?P<after>\d{1,40})(?!\w|\.\d)"), _say_point),
    Rule(re.compile(r"(?<![^\s(\[\"'“‘/:,])(?P<sign>[-−–+]|[±~≈∼<>≤≥]\s?)(?=[$€£¥₹]?\.?\d)"), _say_signed),
    Rule(re.compile(r"(?<=\d),(?=\d)"), lambda match, accent: ", "),
    Rule(re.compile(r"#(?=\d)"), _say_number_sign),
)
