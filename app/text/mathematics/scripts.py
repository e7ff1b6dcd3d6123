"""Saying what stands above and below: powers, indices, and the bounds of sums, integrals and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.text.mathematics.enclosed import say_fenced
from app.text.mathematics.shapes import (
    FUNCTION_LETTERS,
    is_digits,
    is_minus_one,
    is_short,
    is_single,
    is_vector,
    letter_of,
    set_letter,
)
from app.text.mathematics.tree import Atom, Fenced, Fraction, Group, Node, Prose, Root, Scripted, only

if TYPE_CHECKING:
    from app.text.mathematics.speech import Speaker

_PRIMES = {1: "prime", 2: "double prime", 3: "triple prime"}
_POWERS = {"2": "squared", "3": "cubed"}
_SIDES = {"plus": "from above", "minus": "from below"}
"""Of a number that is approached."""
_MARKED = {"times": "star", "star": "star", "plus": "plus", "minus": "minus", "dagger": "dagger"}


def say_scripted(speaker: Speaker, node: Scripted, before: Node | None, after: Node | None, last: bool) -> None:
    """Says a base with what is above and below it."""
    base = node.base
    if isinstance(base, Atom) and base.role in ("big", "limit"):
        _say_bounds(speaker, base, node)
        speaker.lead_over(base, after, node.end)
    elif isinstance(base, Atom) and base.role == "function":
        _say_function(speaker, base, node)
        speaker.lead_over(base, after, node.end)
    elif isinstance(base, Fenced) and (base.opening, base.closing) == (".", "|"):
        speaker.row(base.body.items)
        _say_evaluated(speaker, node)
    elif isinstance(base, Atom) and base.role == "bar":
        _say_evaluated(speaker, node)
    elif isinstance(base, Atom) and set_letter(base):
        _say_number_set(speaker, base, node)
    else:
        if isinstance(base, Fenced):
            say_fenced(speaker, base, before, last=False, scripted=True)
        elif base is not None:
            speaker.node(base, before, None, last=False)
        if node.lower:
            if isinstance(base, Fenced) and not _is_letter_alone(base):
                speaker.words.pause()
            speaker.words.say("sub", node.lower.start - 1, node.lower.start)
            name = only(node.lower)
            label = _label(node.lower)
            if isinstance(name, Atom) and name.role in ("function", "limit"):
                speaker.words.say(name.spoken.removeprefix("the "), name.start, name.end)
            elif label:
                speaker.words.say(label, node.lower.start, node.lower.end)
            else:
                speaker.row(node.lower.items)
            if len(node.lower.items) > 1 and not is_short(node.lower.items) and not (last and node.upper is None):
                speaker.close("end sub", node.lower.end)
        if node.upper:
            if isinstance(base, (Root, Fraction)) or (isinstance(base, Fenced) and not _is_letter_alone(base)):
                speaker.words.pause()
            bare = base is None or (isinstance(base, Group) and not base.items)
            if bare and not isinstance(before, Scripted):
                # The mass of an isotope.
                speaker.row(node.upper.items)
            else:
                _say_power(speaker, base, node.upper, last)


def _say_power(speaker: Speaker, base: Node | None, upper: Group, last: bool) -> None:
    words, start, end = speaker.words, upper.start, upper.end
    power = only(upper)
    letter = letter_of(base)
    primes = sum(isinstance(item, Atom) and item.spoken == "prime" for item in upper.items)
    first = upper.items[0] if upper.items else None
    if primes and primes == len(upper.items):
        words.say(_PRIMES.get(primes, f"{primes} primes"), start, end)
    elif isinstance(power, Atom) and power.spoken in _POWERS and base is not None:
        words.say(_POWERS[power.spoken], start, end)
    elif isinstance(power, Atom) and power.spoken in _SIDES and is_digits(base):
        words.say(_SIDES[power.spoken], start, end)
    elif isinstance(power, Atom) and power.spoken in _MARKED:
        words.say(_MARKED[power.spoken], start, end)
    elif isinstance(power, Atom) and _transposes(power.spoken, base):
        words.say("transpose", start, end)
    elif isinstance(first, Atom) and first.spoken in ("composed with", "degrees"):
        words.say("degrees", start, end)
        speaker.row(upper.items[1:])
    elif is_minus_one(upper) and (letter in FUNCTION_LETTERS or letter.isupper()):
        words.say("inverse", start, end)
    elif isinstance(power, Fenced) and power.opening == "(" and is_single(power.body.items):
        words.say("superscript", start - 1, start)
        speaker.row(power.body.items, last)
    elif _suffix(upper):
        words.append_suffix(_suffix(upper), start, end)
    elif isinstance(power, Prose):
        words.say(power.spoken, start, end)
    else:
        words.say("to the power of", start - 1, start + 1)
        speaker.row(upper.items)
        if not is_short(upper.items) and not last:
            speaker.close("end power", end)
        elif len(upper.items) > 1 and not last:
            words.pause()


def _say_bounds(speaker: Speaker, base: Atom, node: Scripted) -> None:
    speaker.words.say(base.spoken, base.start, base.end)
    statement, speaker.statement = speaker.statement, False
    if node.lower:
        word = "as" if base.spoken.startswith("the limit") else "from" if node.upper else "over"
        speaker.words.say(word, node.lower.start - 1, node.lower.start)
        speaker.row(node.lower.items)
    if node.upper:
        speaker.words.say("to", node.upper.start - 1, node.upper.start)
        speaker.row(node.upper.items)
    speaker.statement = statement


def _say_function(speaker: Speaker, base: Atom, node: Scripted) -> None:
    inverse = node.upper is not None and is_minus_one(node.upper)
    if inverse:
        speaker.words.say("inverse", base.start, base.end)
    speaker.words.say(base.spoken, base.start, base.end)
    if node.lower:
        speaker.words.say("base" if "log" in base.spoken else "sub", node.lower.start - 1, node.lower.start)
        speaker.row(node.lower.items)
    if node.upper and not inverse:
        _say_power(speaker, base, node.upper, last=False)


def _say_evaluated(speaker: Speaker, node: Scripted) -> None:
    speaker.words.pause()
    limits = [limit for limit in (node.lower, node.upper) if limit]
    for index, limit in enumerate(limits):
        word = "to" if index else "evaluated from" if len(limits) > 1 else "evaluated at"
        speaker.words.say(word, limit.start - 1, limit.start)
        speaker.row(limit.items)


def _say_number_set(speaker: Speaker, base: Atom, node: Scripted) -> None:
    scripts = [script for script in (node.lower, node.upper) if script]
    sign = only(scripts[0])
    if len(scripts) == 1 and isinstance(sign, Atom) and sign.spoken in ("plus", "minus"):
        kind = "positive" if sign.spoken == "plus" else "negative"
        speaker.words.say(base.spoken.replace("the ", f"the {kind} ", 1), base.start, node.end)
        return
    speaker.words.say(speaker.letter(set_letter(base)), base.start, base.end)
    for script in scripts:
        for item in script.items:
            if isinstance(item, Atom) and item.spoken == "times":
                # The space of matrices of m rows and n columns.
                speaker.words.say("by", item.start, item.end)
            else:
                speaker.row([item])


def _is_letter_alone(base: Fenced) -> bool:
    return base.opening in "([" and len(base.body.items) == 1


def _suffix(upper: Group) -> str:
    """What makes an ordinal number: "th"."""
    letters = "".join(item.spoken if isinstance(item, (Atom, Prose)) else " " for item in upper.items)
    return letters if letters in ("th", "st", "nd", "rd") else ""


def _transposes(power: str, base: Node | None) -> bool:
    letter = letter_of(base)
    matrix = isinstance(base, Fenced) or is_vector(base) or (bool(letter) and letter != "e")
    return power == "top" or (power == "T" and matrix)


def _label(lower: Group) -> str:
    """Letters in a subscript that are a word rather than several indices: "out"."""
    letters = "".join(item.spoken if isinstance(item, Atom) and item.role == "letter" else " " for item in lower.items)
    word = len(letters) > 2 and letters.isascii() and letters.isalpha() and not set(letters).isdisjoint("aeou")
    return letters.lower() if word and len(lower.items) == len(letters) else ""
