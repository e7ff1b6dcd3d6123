"""Numbers as they are written, in words."""

from __future__ import annotations

import re

from app.text.localized.conventions import LARGEST, Conventions, Gender

SPACE = "[ \u00a0\u202f\u2009]"
_EUROPEAN = (
    # "1,234,567.89" is the way of the Americas; "1,234" alone is a decimal.
    r"(?:\d{1,3}(?:,\d{3}){2,5}(?:\.\d{1,12})?(?!\d)|\d{1,3},\d{3}\.\d{1,12}"
    rf"|(?:\d{{1,3}}(?:\.\d{{3}}){{1,5}}(?!\d)|\d{{1,3}}(?:{SPACE}\d{{3}}){{1,5}}(?!\d)|\d{{1,18}}(?:\.\d{{1,12}}(?![\d.]))?)"
    r"(?:,\d{1,12}(?!\d))?)"
)
_INDIAN = r"(?:\d{1,3}(?:,\d{2,3}){1,6}(?![\d,])|\d{1,18})(?:\.\d{1,12}(?![\d.]))?"
_GROUPED_BY_STOPS = re.compile(r"\d{1,3}(?:\.\d{3})+")
_GROUPED_BY_COMMAS = re.compile(r"\d{1,3}(?:,\d{3})+")

ROMAN = r"[IVXLC]{1,7}"
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


class Numerals:
    """How one language writes numbers and reads them."""

    def __init__(self, conventions: Conventions) -> None:
        self._words = conventions
        self.pattern = _INDIAN if conventions.indian_grouping else _EUROPEAN
        """Of a whole number or a decimal, in groups or without."""

    def digits_of(self, number: str) -> tuple[str, str]:
        """The digits before and after the decimal point of what ``pattern`` matches."""
        packed = re.sub(SPACE, "", number)
        stop, comma = packed.rfind("."), packed.rfind(",")
        if self._words.indian_grouping or packed.count(",") > 1 or 0 < comma < stop:
            whole, _, fraction = packed.replace(",", "").partition(".")
        elif comma > 0:
            whole, _, fraction = packed.replace(".", "").partition(",")
            if fraction == "000":
                # "1,000 personas": nobody writes such a decimal.
                whole, fraction = whole + fraction, ""
        elif _GROUPED_BY_STOPS.fullmatch(packed):
            whole, fraction = packed.replace(".", ""), ""
        else:
            whole, _, fraction = packed.partition(".")
        return whole, fraction

    def read(self, number: str, gender: Gender = "") -> str:
        """The words of what ``pattern`` matches."""
        whole, fraction = self.digits_of(number)
        if not fraction:
            return self.cardinal(whole, gender)
        significant = fraction.lstrip("0")
        zeros = [self._words.zero] * (len(fraction) - len(significant))
        together = len(significant) <= 3 and not self._words.indian_grouping
        rest = [significant] if together else list(significant)
        read = [*zeros, *(self.cardinal(digits) for digits in rest if digits)]
        is_comma = "," in number or self._words.indian_grouping
        point = self._words.decimal_point if is_comma else self._words.full_stop
        return f"{self.cardinal(whole)} {point} {' '.join(read)}"

    def cardinal(self, digits: str, gender: Gender = "") -> str:
        """The words of a whole number; digit by digit where it begins with a zero or is beyond ``LARGEST``."""
        if (len(digits) > 1 and int(digits[0]) == 0) or int(digits) > LARGEST:
            return " ".join(self._words.cardinal(int(digit), "") for digit in digits)
        return self._words.cardinal(int(digits), gender)

    def is_millions(self, number: str) -> bool:
        """Whether the words of a number end with "millones" or more, so that "de" follows them."""
        whole, fraction = self.digits_of(number)
        return not fraction and whole.endswith("000000") and 0 < int(whole) <= LARGEST


def amount(number: str) -> str:
    """A number of money without its commas where they can only part thousands: "$1,000" has no thousandths."""
    return number.replace(",", "") if _GROUPED_BY_COMMAS.fullmatch(number) else number


def roman(letters: str) -> int:
    """The value of what ``ROMAN`` matches."""
    values = [_ROMAN_DIGITS[letter] for letter in letters]
    return sum(
        -value if value < following else value for value, following in zip(values, [*values[1:], 0], strict=True)
    )
