"""Mathematics in English text, as it is spoken: LaTeX, and signs of Unicode and ASCII."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.text.edits import Edit, Part, rewrite, unchanged
from app.text.mathematics.chemistry import chemical_edits, is_formula, say_formula
from app.text.mathematics.delimited import Piece, find_delimited
from app.text.mathematics.latex import read_math
from app.text.mathematics.plain import find_plain
from app.text.mathematics.signs import sign_edits, spaced
from app.text.mathematics.speech import say_math
from app.text.mathematics.words import LETTER_ORDINALS, Words, ordinal


def math_edits(text: str) -> list[Edit]:
    """An edit for every piece of mathematics in an English text, in the order of the text, without overlaps.

    The parts of an edit tell which characters of the piece every spoken bit stands for. What stays as digits is read
    by the passes after this one. Takes linear time and never raises, whatever the text.
    """
    edits: list[Edit] = []
    position = 0
    for piece in find_delimited(text):
        edits += _undelimited(text, position, piece.start)
        position = piece.end
        if piece.mathematics:
            edit = _delimited(text, piece)
            edits.append(edit)
            position = edit.end
    return [*edits, *_undelimited(text, position, len(text))]


def speakable_math(text: str) -> str:
    """An English text with its mathematics in words."""
    return rewrite(unchanged(text), math_edits(text)).text


_SUFFIX = re.compile("-?(?:th|st|nd|rd)(?![^\\W_])")
_GOES_ON = re.compile(r"\s{1,20}(\w)")
_NO_STATEMENT = re.compile(r"\b(?:let|for|all|every|any|each|some|with|given|no)\s+$", re.IGNORECASE)
_HAS_SIZE = re.compile(r"[ -](?:matri|grid|table|array|block|square|image|board|tensor|kernel|filter|system)")
_LONGEST_WORD = 12


def _is_statement(text: str, start: int) -> bool:
    """Whether the mathematics at ``start`` is a clause of its own, by the word before it."""
    return not _NO_STATEMENT.search(text[max(0, start - _LONGEST_WORD) : start])


def _sized(parts: tuple[Part, ...], text: str, end: int) -> tuple[Part, ...]:
    """The parts, as a size where that of a matrix is meant: "2 by 3"."""
    if not _HAS_SIZE.match(text, end) or not all(part.spoken == " times" for part in parts[1::2]):
        return parts
    return tuple(part._replace(spoken=" by") if part.spoken == " times" else part for part in parts)


def _delimited(text: str, piece: Piece) -> Edit:
    inner = text[piece.inner_start : piece.inner_end]
    if is_formula(inner):
        words = Words()
        say_formula(words, inner, piece.inner_start)
        parts = words.parts()
    else:
        tree = read_math(text, piece.inner_start, piece.inner_end)
        parts = _sized(say_math(tree, statement=_is_statement(text, piece.start)), text, piece.end)
    if parts and piece.display and (following := _GOES_ON.match(text, piece.end)) and parts[-1].spoken[-1].isalnum():
        # What is set apart on the page is set apart by a pause.
        mark = "." if following[1].isupper() else ","
        parts = (*parts[:-1], parts[-1]._replace(spoken=parts[-1].spoken + mark))
    suffix = _SUFFIX.match(text, piece.end)
    if not suffix or not parts:
        return spaced(text, Edit(piece.start, piece.end, parts))
    last = parts[-1]
    spoken = last.spoken.strip()
    named = LETTER_ORDINALS.get(spoken) or (ordinal(spoken) if spoken.isdecimal() else f"{spoken} th")
    named = " " * last.spoken.startswith(" ") + named
    return spaced(text, Edit(piece.start, suffix.end(), (*parts[:-1], Part(named, last.start, suffix.end()))))


def _undelimited(text: str, start: int, end: int) -> Iterator[Edit]:
    """The edits of ``text[start:end]``, which has no delimiters."""
    position = start
    for formula in chemical_edits(text, start, end):
        yield from _unmarked(text, position, formula.start)
        yield spaced(text, formula)
        position = formula.end
    yield from _unmarked(text, position, end)


def _unmarked(text: str, start: int, end: int) -> Iterator[Edit]:
    position = start
    for run in find_plain(text, start, end):
        yield from sign_edits(text, position, run.start)
        tree = read_math(text, run.start, run.end, latex=False)
        parts = _sized(say_math(tree, statement=_is_statement(text, run.start)), text, run.end)
        yield spaced(text, Edit(run.start, run.end, parts))
        position = run.end
    yield from sign_edits(text, position, end)
