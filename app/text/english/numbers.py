"""Numbers in words."""

from __future__ import annotations

from functools import lru_cache

from num2words import num2words

MAX_DIGITS = 15
"""A number with more of them is read digit by digit, as nobody says "quadrillion" and is understood."""

NUMBER = r"\d{1,3}(?:,\d{3}){1,8}|\d{1,2}(?:,\d{2}){1,6},\d{3}|\d{1,40}"
"""A whole number, with or without commas between the thousands, or as India groups them."""

DECIMAL = rf"(?:{NUMBER})?\.\d{{1,40}}|(?:{NUMBER})"

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def digits(text: str, zero: str = "zero") -> str:
    """Digit by digit; what is no digit is left out."""
    return " ".join(zero if digit == "0" else _DIGITS[int(digit)] for digit in text if digit.isdecimal())


@lru_cache(maxsize=4096)
def cardinal(text: str, british: bool = False) -> str:
    """A whole number as people count: "1,204" is "one thousand two hundred four", with "and" before "four" in Britain.

    Leading zeros, and more than ``MAX_DIGITS``, are read digit by digit.
    """
    plain = text.replace(",", "")
    if len(plain) > MAX_DIGITS or (len(plain) > 1 and plain[0] == "0"):
        return digits(plain)
    words = str(num2words(int(plain))).replace(",", "")
    return words if british else words.replace(" and ", " ")


@lru_cache(maxsize=4096)
def ordinal(text: str, british: bool = False) -> str:
    """The place of a whole number in a row: "21" is "twenty-first"."""
    plain = text.replace(",", "")
    if len(plain) > MAX_DIGITS:
        return digits(plain)
    words = str(num2words(int(plain), to="ordinal")).replace(",", "")
    return words if british else words.replace(" and ", " ")


def decimal(text: str, british: bool = False) -> str:
    """A number that may have a point: the digits after it are read one by one."""
    whole, point, after = text.partition(".")
    if not point:
        return cardinal(whole, british)
    before = cardinal(whole, british) if whole else "zero" if british else ""
    return f"{before} point {digits(after)}".strip()


@lru_cache(maxsize=1024)
def year(text: str, british: bool = False) -> str:
    """A year of one to four digits: "1905" is "nineteen oh five", "2005" is "two thousand five"."""
    number = int(text)
    century, rest = divmod(number, 100)
    if len(text) < 4 or (century % 10 == 0 and rest < 10):
        return cardinal(str(number), british)
    if not rest:
        return f"{cardinal(str(century))} hundred"
    return f"{cardinal(str(century))} {f'oh {_DIGITS[rest]}' if rest < 10 else cardinal(str(rest))}"


def plural(words: str) -> str:
    """The plural of a number's last word: "nineteen nineties", "two thousands"."""
    return f"{words[:-1]}ies" if words.endswith("y") else f"{words}es" if words.endswith("x") else f"{words}s"
