"""Saying what stands between fences, and tables: sets, intervals, arguments, absolute values, matrices, cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.text.mathematics.shapes import is_applied, is_condition, is_modulus, is_short, is_single, split_list
from app.text.mathematics.tree import Atom, Fenced, Group, Node, Prose, Scripted, Table, only
from app.text.mathematics.words import in_words

if TYPE_CHECKING:
    from app.text.mathematics.speech import Speaker

_NAMED = {
    "|": ("the absolute value of", "end absolute value"),
    "‖": ("the norm of", "end norm"),
    "⌊": ("the floor of", "end floor"),
    "⌈": ("the ceiling of", "end ceiling"),
}
_MATRICES = frozenset("matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix array".split())


def say_fenced(speaker: Speaker, node: Fenced, before: Node | None, last: bool, scripted: bool = False) -> None:
    """Says a row between two fences, after the node before them; ``scripted`` if a script stands on the fences."""
    items, start, inside = node.body.items, node.start, node.body.start
    entries = split_list(items)
    fences = node.opening + node.closing
    if node.opening in "([{" and before is not None and _is_of(before, node):
        _say_argument(speaker, node, len(entries), last)
    elif fences == "{." and isinstance(cases := only(node.body), Table):
        _say_cases(speaker, cases)
    elif node.opening == "{":
        _say_set(speaker, node)
    elif node.opening in _NAMED:
        opened, closed = _NAMED[node.opening]
        speaker.words.say(opened, start, inside)
        speaker.row(items)
        if not is_short(items) and not last:
            speaker.close(closed, node.end)
    elif len(entries) == 2 and fences in ("[]", "(]", "[)", "⟨⟩"):
        kinds = {"[]": "the closed interval from", "⟨⟩": "the inner product of"}
        speaker.words.say(kinds.get(fences, "the half-open interval from"), start, inside)
        speaker.row(entries[0])
        comma = items[len(entries[0])]
        speaker.words.say("and" if fences == "⟨⟩" else "to", comma.start, comma.end)
        speaker.row(entries[1])
    elif len(entries) > 1 and node.opening in "([":
        name = "the list" if node.opening == "[" else "the pair" if len(entries) == 2 else "the tuple"
        speaker.words.say(name, start, inside)
        _say_given(speaker, items)
        if not last:
            speaker.words.pause()
    elif fences == "⟨⟩" and is_short(items):
        speaker.words.say("the expectation value of", start, inside)
        speaker.row(items)
    elif node.opening == "." or _is_heard_as_one(items, before, scripted):
        speaker.row(items, last)
    else:
        speaker.quantity(Group(start, node.end, items), last)


def _is_heard_as_one(items: Sequence[Node], before: Node | None, scripted: bool) -> bool:
    """Whether what stands in parentheses needs no word for them."""
    signed = len(items) == 2 and is_short(items) and _is_sign(items[0]) and not scripted
    return signed or is_single(items) or is_modulus(items) or _is_table(items) or _is_divisor(before, items)


def _is_sign(node: Node) -> bool:
    return isinstance(node, Atom) and node.role == "binary"


def _is_table(items: Sequence[Node]) -> bool:
    return len(items) == 1 and isinstance(items[0], Table)


def _is_divisor(before: Node | None, items: Sequence[Node]) -> bool:
    """Whether a product of two stands behind a slash."""
    return isinstance(before, Atom) and before.spoken == "over" and len(items) < 3 and is_short(items)


def _is_of(before: Node, node: Fenced) -> bool:
    applied = is_applied(before, node)
    before = before.base if isinstance(before, Scripted) and before.base else before
    function = isinstance(before, Atom) and before.role in ("function", "limit")
    return function or applied


def _say_argument(speaker: Speaker, node: Fenced, entries: int, last: bool) -> None:
    items = node.body.items
    given = any(map(is_condition, items))
    if given or entries > 1 or not any(map(_is_sign, items[1:])):
        statement, speaker.statement = speaker.statement, False
        _say_given(speaker, items)
        speaker.statement = statement
        related = any(isinstance(item, Atom) and item.role == "relation" for item in items)
        if (entries > 1 or related) and not last:
            speaker.words.pause()
    else:
        speaker.quantity(Group(node.start, node.end, items), last)


def _say_given(speaker: Speaker, items: Sequence[Node]) -> None:
    """Arguments, among them the condition of a probability."""
    for index, item in enumerate(items):
        if is_condition(item):
            speaker.row(items[:index])
            speaker.words.say("given", item.start, item.end)
            speaker.row(items[index + 1 :])
            return
    speaker.row(items)


def _say_set(speaker: Speaker, node: Fenced) -> None:
    items = node.body.items
    if not items:
        speaker.words.say("the empty set", node.start, node.end)
        return
    bars = [
        index
        for index, item in enumerate(items)
        if is_condition(item) or (isinstance(item, Atom) and item.spoken == ":")
    ]
    if not bars:
        speaker.words.say("the set", node.start, node.body.start)
        speaker.row(items)
        return
    bar = items[bars[0]]
    statement, speaker.statement = speaker.statement, False
    element = items[0] if bars[0] == 1 else None
    entries = len(split_list(element.body.items)) if isinstance(element, Fenced) and element.opening == "(" else 1
    kind = ("", " pairs", " tuples")[min(entries, 3) - 1]
    speaker.words.say(f"the set of all{kind}", node.start, node.body.start)
    speaker.row(element.body.items if isinstance(element, Fenced) and entries > 1 else items[: bars[0]])
    speaker.words.say("such that", bar.start, bar.end)
    speaker.statement = True
    speaker.row(items[bars[0] + 1 :])
    speaker.statement = statement


def say_table(speaker: Speaker, table: Table, last: bool) -> None:
    """Says a matrix row by row, cases one by one, or lines one after the other."""
    if not table.rows:
        return
    if table.environment in _MATRICES:
        _say_matrix(speaker, table, last)
    elif table.environment in ("cases", "dcases", "rcases"):
        _say_cases(speaker, table)
    else:
        for index, row in enumerate(table.rows):
            if index:
                speaker.words.pause(";")
            speaker.row([item for cell in row for item in cell.items])


def _say_matrix(speaker: Speaker, table: Table, last: bool) -> None:
    words, first = speaker.words, table.rows[0][0]
    columns = max(len(row) for row in table.rows)
    if columns == 1 or len(table.rows) == 1:
        name = "the column vector" if columns == 1 else "the row vector"
        words.say(name, table.start, first.start)
        _say_cells(speaker, [cell for row in table.rows for cell in row])
    else:
        determinant = "the determinant of " if table.environment == "vmatrix" else ""
        words.say(f"{determinant}the {len(table.rows)} by {columns} matrix", table.start, first.start)
        words.pause(":")
        for number, row in enumerate(table.rows, 1):
            dotted = all(isinstance(dots := only(cell), Atom) and dots.spoken == "dot dot dot" for cell in row)
            if not dotted:
                words.say(f"row {in_words(str(number))}", row[0].start, row[0].start + 1)
                words.pause(":")
            _say_cells(speaker, row[:1] if dotted else row)
            words.pause(";")
    if not last:
        speaker.close("end matrix", table.end)


def _say_cells(speaker: Speaker, cells: Sequence[Group]) -> None:
    for index, cell in enumerate(cells):
        if index:
            speaker.words.pause()
        speaker.row(cell.items)


def _say_cases(speaker: Speaker, table: Table) -> None:
    words = speaker.words
    words.pause()
    for number, row in enumerate(table.rows, 1):
        words.say(f"case {in_words(str(number))}", row[0].start, row[0].start + 1)
        words.pause(":")
        speaker.row(row[0].items)
        for condition in row[1:]:
            words.pause()
            opening = condition.items[0] if condition.items else None
            while isinstance(opening, Group) and opening.items:
                opening = opening.items[0]
            worded = isinstance(opening, Prose) or (isinstance(opening, Atom) and opening.role == "word")
            if opening is not None and not worded:
                words.say("if", condition.start, condition.start + 1)
            speaker.row(condition.items)
        words.pause(";")
