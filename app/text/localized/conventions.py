"""What differs from language to language in how numbers and abbreviations are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

Gender = Literal["m", "f", ""]
"""Of the noun that a number counts; empty where it stands alone."""


class Noun(NamedTuple):
    """What is counted: a unit or a currency."""

    one: str
    many: str
    gender: Gender = "m"


@dataclass(frozen=True, slots=True)
class Conventions:
    """A language's words and forms. Templates have the fields that are named beside them."""

    cardinal: Callable[[int, Gender], str]
    """The words of a whole number, 0 to ``LARGEST``."""
    ordinal: Callable[[int, str], str]
    """The words of an ordinal, 1 to ``LARGEST_ORDINAL``, in one of the forms of ``ordinal_marks``."""
    decimal_point: str
    """A comma that is read."""
    full_stop: str
    """A full stop in its place: "versión 2.0"."""
    zero: str
    minus: str
    percent: str
    conjunction: str
    """What "&" is read as."""
    range_word: str
    """What is between the numbers of "5-10"."""
    number_sign: str
    """What "n.º" is read as."""
    at: str
    slash: str
    hyphen: str
    underscore: str
    months: tuple[str, ...]
    first_of_month: str
    date: str
    """day, month, year"""
    hours: str
    """Of a full hour: hour"""
    one_hour: str
    """In place of ``hours`` at one o'clock: hour"""
    time: str
    """hour, hours (as above), minute"""
    hour_gender: Gender
    currencies: Mapping[str, tuple[Noun, Noun]]
    """By sign: the currency and its hundredth."""
    money_with_cents: str
    """whole, cents (the number alone), coin (their name)"""
    of: str
    """Between "millones" and what is counted."""
    units: Mapping[str, Noun]
    fractions: Mapping[str, str]
    """By the one character: ½."""
    and_fraction: str
    """Between a whole number and its fraction."""
    ordinal_marks: Mapping[str, str]
    """What stands behind the digits of an ordinal, to the form that ``ordinal`` knows."""
    abbreviations: Mapping[str, str]
    """As they are written, with their full stops."""
    closing: frozenset[str]
    """Those that may end a sentence: their last full stop then goes on to be one."""
    magnitudes: frozenset[str] = frozenset()
    """Words between an amount and a currency's sign: "5 millones €"."""
    plain_magnitudes: frozenset[str] = frozenset()
    """Those of them that need no ``of`` behind them."""
    century: str = ""
    """A pattern of what a Roman number follows: "siglo XX"."""
    century_after: str = ""
    """A pattern of what a Roman number precedes, as an ordinal: "XXe siècle"."""
    feminine_endings: tuple[str, ...] = ()
    feminine_nouns: frozenset[str] = frozenset()
    """Nouns that are feminine whatever their ending."""
    masculine_nouns: frozenset[str] = frozenset()
    """Nouns with a feminine ending that are masculine."""
    no_nouns: frozenset[str] = frozenset()
    """Words that a number does not count though they follow it."""
    indian_grouping: bool = False
    """"1,00,000" and a decimal point, in place of "100.000" and a decimal comma."""
    elides: bool = False
    """``of`` loses its vowel before another one: "millions d'euros"."""
    spaced_marks: bool = False
    """Spaces stand before "!?;:" and inside guillemets."""


LARGEST = 10**15 - 1
LARGEST_ORDINAL = 1000
