"""Saying the tree of a piece of mathematics in English, in words that can be heard one way only."""

from __future__ import annotations

from collections.abc import Sequence

from app.text.edits import Part
from app.text.mathematics.chemistry import say_formula
from app.text.mathematics.enclosed import say_fenced, say_table
from app.text.mathematics.scripts import say_scripted
from app.text.mathematics.shapes import (
    Derivative,
    after_operator,
    atoms,
    is_applied,
    is_digits,
    is_factor,
    is_limit_point,
    is_numeric,
    is_operand,
    is_sequence,
    is_short,
    is_single,
    is_vector,
    letter_of,
    read_derivative,
    with_fractions,
)
from app.text.mathematics.symbols import COPULA
from app.text.mathematics.tree import (
    Accented,
    Atom,
    Fenced,
    Formula,
    Fraction,
    Group,
    Node,
    Prose,
    Root,
    Scripted,
    Table,
    only,
)
from app.text.mathematics.words import LETTER_ORDINALS, Words, fraction_in_words, ordinal


def say_math(tree: Group, *, statement: bool = True) -> tuple[Part, ...]:
    """The parts of an edit that say ``tree``.

    Args:
        statement: whether relations have a verb: "x is less than 5" rather than "(for all) x less than 5".
    """
    speaker = Speaker(tree, statement)
    speaker.row(tree.items, last=True)
    return speaker.words.parts()


_ROOTS = {"2": "square", "3": "cube"}
_FENCES = {
    "(": "open parenthesis", "[": "open bracket", "{": "open brace", ")": "end parenthesis", "]": "end bracket",
    "}": "end brace",
}  # fmt: skip

_ALONE = {"approximately equal to": "approximately", "similar to": "about"}
"""Relations that have nothing before them."""


class Speaker:
    """Says the nodes of one tree."""

    def __init__(self, tree: Group, statement: bool) -> None:
        self.words = Words()
        self.statement = statement
        self._quantities = 0
        self._integrals = False
        letters = {atom.spoken for atom in atoms(tree) if atom.role == "letter" and atom.spoken != "d"}
        self._both_cases = {letter for letter in letters if letter.istitle() and letter.lower() in letters}

    def row(self, items: Sequence[Node], last: bool = False) -> None:
        """Nodes one after the other.

        Args:
            last: whether nothing is said after them, so that nothing has to tell where they end.
        """
        items = with_fractions(items)
        for index, node in enumerate(items):
            before = items[index - 1] if index else None
            after = items[index + 1] if index + 1 < len(items) else None
            if before is not None and is_operand(node):
                self._join(before, node, after)
            self.node(node, before, after, last and after is None)

    def node(self, node: Node, before: Node | None, after: Node | None, last: bool) -> None:
        """One node, with those that stand next to it in its row."""
        if isinstance(node, Atom):
            self._atom(node, before, after)
        elif isinstance(node, Group):
            self.row(node.items, last)
        elif isinstance(node, Prose):
            self.words.say(node.spoken, node.start, node.end, prose=True)
        elif isinstance(node, Formula):
            say_formula(self.words, node.written, node.at)
        elif isinstance(node, Fraction):
            self._fraction(node, after, last)
        elif isinstance(node, Root):
            self._root(node, last)
        elif isinstance(node, Scripted):
            say_scripted(self, node, before, after, last)
        elif isinstance(node, Fenced):
            say_fenced(self, node, before, last)
        elif isinstance(node, Accented):
            self.row(node.body.items, last)
            self.words.say(node.accent, node.end - 1, node.end)
        elif isinstance(node, Table):
            say_table(self, node, last)

    def letter(self, letter: str) -> str:
        """A variable; "capital" is said only where the small letter is there as well."""
        if letter in self._both_cases:
            return f"capital {self.letter(letter.lower())}"
        # The phonemizer takes a letter "A" for the article; "eh" is the letter's sound, whatever stands beside it.
        return "eh" if letter in ("a", "A") else letter.lower() if letter.istitle() else letter

    def quantity(self, group: Group, last: bool) -> None:
        """Something of several terms that is to be heard as one."""
        if is_single(group.items):
            self.row(group.items, last)
            return
        nested = self._quantities > 0
        self._quantities += 1
        self.words.say("open parenthesis" if nested else "the quantity", group.start, group.start + 1)
        self.row(group.items)
        self._quantities -= 1
        if nested:
            self.words.say("end parenthesis", group.end - 1, group.end)
        elif not last:
            self.words.pause()

    def close(self, spoken: str, end: int) -> None:
        """Says what ends here."""
        self.words.pause()
        self.words.say(spoken, end - 1, end)
        self.words.pause()

    def lead_over(self, node: Atom, after: Node | None, end: int) -> None:
        """What is said between a function, a sum or a limit that ends at ``end`` and what it is of."""
        self._integrals |= node.spoken.endswith("integral")
        differential = isinstance(after, Atom) and after.spoken == "d"
        if after is not None and not after_operator(after) and not differential:
            self.words.say("of", end - 1, end)

    def _join(self, before: Node, node: Node, after: Node | None) -> None:
        """What is said between two nodes where nothing is written."""
        differential = isinstance(node, Atom) and node.spoken == "d" and after is not None and letter_of(after)
        if self._integrals and differential and not after_operator(before):
            self.words.pause()
        elif is_applied(before, node):
            self.words.say("of", node.start, node.start + 1)
        elif not (is_operand(before) or (isinstance(before, Atom) and before.spoken == "factorial")):
            return
        elif isinstance(node, Fraction) and is_digits(before) and is_numeric(node):
            self.words.say("and", node.start, node.start + 1)
        elif is_factor(before, node):
            self.words.say("times", node.start, node.start + 1)

    def _atom(self, atom: Atom, before: Node | None, after: Node | None) -> None:
        spoken = atom.spoken
        if atom.role == "mark" and not (spoken == ":" and is_digits(before) and is_digits(after)):
            self.words.mark(spoken)
            return
        if atom.role == "mark":
            spoken = "to"
        elif atom.role == "letter":
            spoken = self.letter(spoken)
        elif atom.role == "relation":
            spoken = self._relation(spoken, before, after)
        elif atom.role == "binary":
            spoken = _operator(spoken, before, after)
        elif atom.role == "prefix":
            self.statement &= spoken == "not"
            if before is not None and is_operand(before):
                self.words.pause()
        elif atom.role == "bar":
            spoken = "divides"
        elif atom.role in ("open", "close"):
            spoken = _FENCES.get(spoken, spoken)
        elif spoken == "factorial" and isinstance(before, Atom) and before.role == "prefix":
            spoken = "a unique"
        self.words.say(spoken, atom.start, atom.end)
        if atom.role in ("function", "limit", "big"):
            self.lead_over(atom, after, atom.end)

    def _relation(self, spoken: str, before: Node | None, after: Node | None) -> str:
        if spoken == "to" and (is_limit_point(after) or is_sequence(before)):
            return "approaches"
        if before is None and spoken in _ALONE:
            return _ALONE[spoken]
        if before is None or not self.statement or not COPULA & {spoken, spoken.removeprefix("not ")}:
            return spoken
        random_variable = spoken == "similar to" and after is not None and len(letter_of(after)) == 1
        return "is distributed as" if random_variable else f"is {spoken}"

    def _fraction(self, fraction: Fraction, after: Node | None, last: bool) -> None:
        over, under = only(fraction.over), only(fraction.under)
        derivative = read_derivative(fraction)
        middle = (fraction.over.end - 1, max(fraction.over.end, fraction.under.start + 1))
        if not fraction.over.items and not fraction.under.items:
            return
        if fraction.binomial:
            self.quantity(fraction.over, last=False)
            self.words.say("choose", *middle)
            self.quantity(fraction.under, last)
        elif derivative is not None:
            self._derivative(fraction, derivative)
        elif isinstance(over, Atom) and isinstance(under, Atom) and fraction_in_words(over.spoken, under.spoken):
            count, _, name = fraction_in_words(over.spoken, under.spoken).partition(" ")
            self.words.say(count, over.start, over.end)
            self.words.say(name, under.start, under.end)
        else:
            followed = after is not None and is_operand(after)
            short = is_short(fraction.under.items) and not followed
            simple = is_short(fraction.over.items) and (is_single(fraction.under.items) or short)
            if not simple:
                self.words.say("the fraction", fraction.start, fraction.over.start + 1)
            self.row(fraction.over.items)
            if not simple:
                self.words.pause()
            self.words.say("over", *middle)
            self.row(fraction.under.items)
            if not simple and not last:
                self.close("end fraction", fraction.end)

    def _derivative(self, fraction: Fraction, derivative: Derivative) -> None:
        order = derivative.order
        order = LETTER_ORDINALS.get(order, ordinal(order) if order.isdecimal() else "")
        kind = "partial derivative" if derivative.partial else "derivative"
        self.words.say(" ".join(["the", *([order] if order else []), kind]), fraction.start, derivative.sign_end)
        if derivative.of:
            self.words.say("of", derivative.of[0].start, derivative.of[0].start + 1)
            self.row(derivative.of)
        for index, variable in enumerate(derivative.variables):
            joint = "and" if index else "with respect to"
            self.words.say(joint, variable.start - 1, variable.start)
            self.node(variable, None, None, last=True)
        if not derivative.of:
            self.words.say("of", fraction.end - 1, fraction.end)

    def _root(self, root: Root, last: bool) -> None:
        index = only(root.index)
        start, inside = root.start, root.radicand.start + 1
        if root.index is None:
            self.words.say("the square root of", start, inside)
        elif isinstance(index, Atom) and index.role == "number":
            self.words.say(f"the {_ROOTS.get(index.spoken, ordinal(index.spoken))} root of", start, inside)
        elif isinstance(index, Atom) and index.spoken in LETTER_ORDINALS:
            self.words.say(f"the {LETTER_ORDINALS[index.spoken]} root of", start, inside)
        else:
            self.words.say("the root of order", start, start + 1)
            self.row(root.index.items)
            self.words.pause()
            self.words.say("of", root.index.end - 1, inside)
        self.row(root.radicand.items)
        if not is_single(root.radicand.items) and not last:
            self.close("end root", root.end)


def _operator(spoken: str, before: Node | None, after: Node | None) -> str:
    vectors = is_vector(before) and is_vector(after)
    if spoken == "times" and (before is None or _is_comma(before)):
        return "star"
    if spoken == "over" and is_digits(before) and is_digits(after):
        return "divided by"
    if spoken == "times" and (vectors or _is_nabla(before)):
        return "cross"
    if spoken == "dot" and (before or after) and not (is_vector(before) or is_vector(after) or _is_nabla(before)):
        return "times"
    return spoken


def _is_comma(node: Node) -> bool:
    return isinstance(node, Atom) and node.role == "mark"


def _is_nabla(node: Node | None) -> bool:
    return isinstance(node, Atom) and node.spoken == "nabla"
