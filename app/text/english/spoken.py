"""All that is known of written English, in the order in which it is tried."""

from __future__ import annotations

from collections.abc import Iterator

from app.text.edits import Edit
from app.text.english import addresses, calendar, fractions, identifiers, money, quantities, roman, units, words
from app.text.english.rules import Accent, Rules, find_edits

_RULES: Rules = {
    "digit": (
        *calendar.DIGIT_RULES[:3],
        *addresses.DIGIT_RULES,
        *calendar.DIGIT_RULES[3:],
        *money.DIGIT_RULES,
        *units.RULES,
        *quantities.DIGIT_RULES[:2],
        calendar.YEAR,
        *quantities.DIGIT_RULES[2:],
    ),
    "letter": (
        words.EMOTICON,
        *addresses.LETTER_RULES,
        *calendar.LETTER_RULES,
        *money.LETTER_RULES,
        *words.LETTER_RULES,
        *fractions.LETTER_RULES,
        *roman.RULES,
        *identifiers.LETTER_RULES,
    ),
    "other": (
        words.EMOTICON,
        *money.OTHER_RULES,
        *calendar.OTHER_RULES,
        *addresses.OTHER_RULES,
        *quantities.OTHER_RULES,
        *words.OTHER_RULES,
        *identifiers.OTHER_RULES,
    ),
}


def english_edits(text: str, british: bool) -> Iterator[Edit]:
    """Numbers, dates, money, addresses, abbreviations and the like in words."""
    return find_edits(text, _RULES, Accent(british))
