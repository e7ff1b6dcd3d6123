"""The words of a piece of mathematics, collected in the order in which they are spoken."""

from __future__ import annotations

import re
from typing import NamedTuple

from num2words import num2words

from app.text.edits import Part
from app.text.mathematics.characters import SUPERSCRIPTS


class _Word(NamedTuple):
    spoken: str
    start: int
    end: int
    prose: bool = False


_NUMBER = re.compile(r"[\d,]*\.?\d+")
_MAX_DIGITS = 15
"""Of numbers that are spelled out: as many as a double-precision number has."""
_YEAR_LIKE = re.compile(r"[1-9][0-9]{3,14}(?:\.[0-9]+)?")
"""Numbers that are written with separators, so that nothing takes one for a year: "1024" as "1,024"."""
_UNIT_LIKE = re.compile("[a-zA-Z](?: |$)|in$")


class Words:
    """Collects what is spoken and what it stands for.

    Between two words stands a space; a mark joins the word before it. Numbers stay digits, unless the word behind one
    could be read as its unit: "2 m" is spelled out as "two m".
    """

    def __init__(self) -> None:
        self._words: list[_Word] = []
        self._pause = ""

    def say(self, spoken: str, start: int, end: int, *, prose: bool = False) -> None:
        """Words that stand for the characters [start, end), at least one; ``prose`` may be a unit."""
        if self._pause and self._words:
            last = self._words[-1]
            if last.spoken[-1] not in ",;:.?!":
                self._words[-1] = last._replace(spoken=last.spoken + self._pause)
        self._pause = ""
        if spoken:
            self._words.append(_Word(spoken, start, max(end, start + 1), prose))

    def append_suffix(self, suffix: str, start: int, end: int) -> None:
        """Makes an ordinal of the last word: "th" after an "n"."""
        last = self._words[-1] if self._words else _Word("", start, end)
        named = LETTER_ORDINALS.get(last.spoken) or (ordinal(last.spoken) if last.spoken.isdecimal() else "")
        if named:
            self._words[-1] = _Word(named, last.start, end)
        else:
            self.say(suffix, start, end)

    def pause(self, mark: str = ",") -> None:
        """A mark behind the last word, should another one follow."""
        if not self._pause or mark != ",":
            self._pause = mark

    def mark(self, mark: str) -> None:
        """A mark behind the last word, also where it is the very last."""
        self.pause(mark)
        self.say("", 0, 0)

    def parts(self) -> tuple[Part, ...]:
        """What was said. The spans start and end in the order of the text: where it is spoken in another order, as the
        upper bound of a sum that stands before the lower one, the later words keep the place of the earlier."""
        parts: list[Part] = []
        first = last = 0
        for index, (spoken, start, end, _) in enumerate(self._words):
            following = self._words[index + 1] if index + 1 < len(self._words) else None
            if following and not following.prose and _NUMBER.fullmatch(spoken) and _UNIT_LIKE.match(following.spoken):
                spoken = in_words(spoken)
            elif _YEAR_LIKE.fullmatch(spoken):
                whole, point, decimals = spoken.partition(".")
                spoken = f"{int(whole):,}{point}{decimals}"
            first, last = max(first, start), max(last, end)
            parts.append(Part(" " * bool(index) + spoken, first, last))
        return tuple(parts)


def in_words(number: str) -> str:
    """A number, written in plain digits, spelled out: "two point five"; one of too many digits stays as it is."""
    whole, point, decimals = number.replace(",", "").partition(".")
    if len(whole) > _MAX_DIGITS or not (whole + decimals).isascii():
        return number
    spelled = num2words(int(whole or 0)).replace(",", "")
    return " ".join([spelled, *(["point"] if point else []), *(num2words(int(digit)) for digit in decimals)])


SMALL_ORDINALS = {
    "2": "half", "3": "third", "4": "quarter", "5": "fifth", "6": "sixth", "7": "seventh", "8": "eighth", "9": "ninth",
    "10": "tenth",
}  # fmt: skip


def fraction_in_words(over: str, under: str) -> str:
    """A proper fraction of small numbers as it is said, "three quarters"; empty for any other."""
    if under not in SMALL_ORDINALS or not over.isdecimal() or not 0 < int(over[:3]) < int(under):
        return ""
    name = SMALL_ORDINALS[under]
    return f"{in_words(over)} {name}" + "s" * (over != "1")


def ordinal(number: str) -> str:
    """ "4" as "fourth"; a number that is none stays as it is."""
    if not (number.isascii() and number.isdecimal() and len(number) <= _MAX_DIGITS):
        return number
    return num2words(int(number), to="ordinal").replace(",", "")


LETTER_ORDINALS = {"n": "nth", "i": "eyeth", "j": "jayth", "k": "kayth", "l": "elth", "m": "emth"}
"""Spelled so that the phonemizer says one word."""

_UNIT = re.compile(r"(?:[A-Za-zµμΩ°%]{1,4}(?:\^\{?-?[0-9]\}?)?(?:\s|/|\\cdot\b|\\,|·)*){1,5}")
_RAISED = {plain: sign for sign, plain in SUPERSCRIPTS.items()}


def plain_unit(latex: str) -> str:
    """A unit in upright letters without its LaTeX, "m/s²", left for whoever reads units; empty for anything else."""
    if not _UNIT.fullmatch(latex):
        return ""
    dotted = re.sub(r"\\cdot\b|\\,", "·", latex)
    powers = re.sub(r"\^\{?(-?[0-9])\}?", lambda power: "".join(_RAISED[digit] for digit in power[1]), dotted)
    return " ".join(powers.split())
