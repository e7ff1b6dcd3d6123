"""Formulas of chemistry, said letter by letter: "H two O"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.text.edits import Edit
from app.text.mathematics.characters import ELEMENTS, SUBSCRIPTS, SUPERSCRIPTS
from app.text.mathematics.words import Words, in_words

_PIECE = re.compile(
    r"(?P<element>[A-Z][a-z]?)"
    r"|(?P<arrow><=>|<->|->|→|⇌|⟶)"
    r"|(?P<plus>(?<=\s)\+(?=\s))"
    r"|(?:\^\{?(?P<charge>\d*[+-])\}?|(?P<raised>[⁰¹²³⁴-⁹]*[⁺⁻])|(?P<sign>[+-]))"
    r"|_?\{?(?P<count>[\d₀-₉]+)\}?"
    r"|(?P<bracket>[()\[\]])"
)
_CANDIDATE = re.compile(
    r"(?<![^\W\d]|[\\$^_])[\[(]?[A-Z](?=[^\s]{0,30}[₀-₉])[A-Za-z()\[\]₀-₉]{1,60}[⁰¹²³⁴-⁹]{0,2}[⁺⁻]?(?![\w$^_])"
)
_ION = re.compile(r"(?<![\w\\$^_])(?:[A-Z][a-z]?){1,4}[¹²³⁴-⁹]?[⁺⁻](?!\w)")
_FOLLOWING = re.compile(r" ?(?:\+|→|⟶|⇌|->) ?\d{0,2}(?:[A-Z][a-z]?(?![a-z])|[()\[\]]|[₀-₉]){1,30}[¹²³⁴-⁹]?[⁺⁻]?(?!\w)")
"""The next substance of a reaction."""
_ELEMENT = re.compile("[A-Z][a-z]?")
_INDEXED = re.compile(r"(?:[A-Z][a-z]?(?:_(?:\d|\{\d{1,3}\}))?){2,30}")
_COUNTED = re.compile(r"_\{?[2-9]|_\{1\d")
_MOLECULES = frozenset("H₂ N₂ O₂ O₃ F₂ Cl₂ Br₂ I₂ S₈ P₄".split())
"""Molecules of one element."""
_TO_PLAIN = str.maketrans({**SUBSCRIPTS, **SUPERSCRIPTS})


def chemical_edits(text: str, start: int, end: int) -> Iterator[Edit]:
    """An edit for every formula with lowered numbers, ion and reaction in ``text[start:end]``, in order.

    Takes linear time.
    """
    found = [*_CANDIDATE.finditer(text, start, end), *_ION.finditer(text, start, end)]
    position = start
    for match in sorted(found, key=re.Match.start):
        if match.start() < position:
            continue
        formula = match.group()
        elements = _ELEMENT.findall(formula)
        letters = sum(map(str.isalpha, formula)) - sum(map(len, elements))
        known = letters == 0 and all(element in ELEMENTS for element in elements)
        balanced = formula.count("(") == formula.count(")") and formula.count("[") == formula.count("]")
        if known and balanced and (len(elements) > 1 or formula in _MOLECULES or formula[-1] in "⁺⁻"):
            first, last = match.start(), match.end()
            while first > position and text[first - 1].isdecimal() and match.start() - first < 3:
                first -= 1
            if first and text[first - 1].isalnum():
                continue
            while following := _FOLLOWING.match(text, last, end):
                last = following.end()
            words = Words()
            say_formula(words, text[first:last], first)
            yield Edit(first, last, words.parts())
            position = last


def is_formula(written: str) -> bool:
    """Whether LaTeX is a formula, with indices, of at least two elements: "H_2O"."""
    elements = _ELEMENT.findall(written)
    known = len(elements) > 1 and all(element in ELEMENTS for element in elements)
    return known and _INDEXED.fullmatch(written) is not None and _COUNTED.search(written) is not None


def say_formula(words: Words, formula: str, at: int) -> None:
    """Says a formula or a reaction, whose first character is the one at ``at``."""
    for match in _PIECE.finditer(formula):
        start, end = at + match.start(), at + match.end()
        kind = match.lastgroup
        if kind == "element":
            _say_element(words, match.group(), start)
        elif kind == "arrow":
            words.say(
                "is in equilibrium with" if "<" in match.group() or "⇌" in match.group() else "yields", start, end
            )
        elif kind == "plus":
            words.say("plus", start, end)
        elif kind == "count":
            words.say(in_words(match["count"].translate(_TO_PLAIN)), start, end)
        elif kind == "bracket":
            words.pause()
        else:
            charge = (match[kind or 0] or "").translate(_TO_PLAIN)
            number = charge.rstrip("+-")
            sign = "plus" if charge.endswith("+") else "minus"
            words.say(f"{in_words(number)} {sign}" if number else sign, start, end)


def _say_element(words: Words, element: str, start: int) -> None:
    letters = element if element in ELEMENTS else element[0]
    for index, letter in enumerate(element):
        # "A" and "I" would be heard as an article and as a word.
        name = {"a": "eh", "i": "i"}.get(letter.lower(), letter.upper())
        words.say(name if index < len(letters) else letter, start + index, start + index + 1)
