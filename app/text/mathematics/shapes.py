"""What a piece of mathematics is, as far as how it is said depends on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.text.mathematics.symbols import NUMBER_SETS
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
from app.text.mathematics.words import fraction_in_words

FUNCTION_LETTERS = frozenset("f g h F G H P E O T L Phi Psi Gamma Theta Omega zeta phi psi".split())
"""Letters before a parenthesis that are functions of what is in it, whatever that is."""

_FACTOR_LETTERS = frozenset("a b c d e i k m n pi alpha beta gamma lambda mu delta omega".split())
"""Letters before a parenthesis that are factors of it."""


def is_operand(node: Node) -> bool:
    """Whether a node is a quantity rather than a sign between two."""
    if isinstance(node, Atom):
        return node.role in ("letter", "number", "function", "big", "limit")
    return not isinstance(node, (Formula, Prose, Table)) and not (isinstance(node, Scripted) and node.base is None)


def after_operator(node: Node) -> bool:
    """Whether a node after a function or a sum ends it, instead of being what it is of."""
    return isinstance(node, Atom) and node.role in ("binary", "relation", "mark", "close", "postfix", "bar")


def letter_of(node: Node | None) -> str:
    """The letter that a node is, below its scripts and accents; empty for anything else."""
    while not isinstance(node, Atom):
        if isinstance(node, Scripted):
            node = node.base
        elif isinstance(node, (Accented, Group)):
            node = only(node.body if isinstance(node, Accented) else node)
        else:
            return ""
    plain = node.role == "letter" and " " not in node.spoken and node.spoken != "infinity"
    return node.spoken if plain else ""


def is_single(items: Sequence[Node]) -> bool:
    """Whether nodes are one thing that can be heard as one: "x", "3", "x sub 1", "x squared"."""
    if len(items) != 1:
        return False
    node = items[0]
    if isinstance(node, Group):
        return is_single(node.items)
    if isinstance(node, Scripted):
        scripts = [script for script in (node.lower, node.upper) if script]
        return isinstance(node.base, (Atom, Accented)) and all(is_short(script.items) for script in scripts)
    if isinstance(node, Accented):
        return is_single(node.body.items)
    return isinstance(node, (Atom, Prose))


def is_short(items: Sequence[Node]) -> bool:
    """Whether nodes are a product that is said in one go, with a sign or without one: "2 n", "minus i pi"."""
    signed = bool(items) and isinstance(items[0], Atom) and items[0].spoken in ("minus", "plus", "plus or minus")
    factors = items[1:] if signed else items
    if not factors or len(factors) > 3:
        return False
    return all(
        (is_single([factor]) and not (isinstance(factor, Atom) and factor.role not in ("letter", "number", "word")))
        or (isinstance(factor, Atom) and factor.role == "postfix")
        for factor in factors
    )  # fmt: skip


def is_vector(node: Node | None) -> bool:
    """Whether a node is a letter below an arrow."""
    if isinstance(node, Scripted):
        return is_vector(node.base)
    return isinstance(node, Accented) and node.accent == "vector"


def split_list(items: Sequence[Node]) -> list[Sequence[Node]]:
    """The entries between the commas."""
    entries: list[Sequence[Node]] = []
    start = 0
    for index, item in enumerate(items):
        if isinstance(item, Atom) and item.role == "mark" and item.spoken in ",;":
            entries.append(items[start:index])
            start = index + 1
    return [*entries, items[start:]]


def is_applied(before: Node, fenced: Node) -> bool:
    """Whether a fence holds the arguments of what stands before it, rather than a factor."""
    letter = letter_of(before)
    fenced = without_scripts(fenced)
    if not isinstance(fenced, Fenced) or fenced.opening not in ("([{" if letter in ("L", "F", "E", "P") else "(["):
        return False
    if isinstance(before, Prose) or (isinstance(before, Atom) and before.role == "word"):
        return before.end == fenced.start and len(before.spoken) > 2 and before.spoken.isalnum()
    conditional = any(map(is_condition, fenced.body.items))
    if letter and (fenced.opening == "[" or conditional or len(split_list(fenced.body.items)) > 1):
        return True
    if isinstance(before, Atom) and before.role == "postfix":
        return before.spoken.endswith("prime")
    if isinstance(before, Scripted) and not letter:
        return False
    if letter in FUNCTION_LETTERS:
        return True
    if not letter or letter in _FACTOR_LETTERS or (isinstance(before, Scripted) and before.upper):
        return _has_primes(before)
    return all(is_single(entry) or not entry for entry in split_list(fenced.body.items))


def _has_primes(node: Node) -> bool:
    upper = node.upper if isinstance(node, Scripted) else None
    return upper is not None and all(isinstance(item, Atom) and item.spoken == "prime" for item in upper.items)


def is_condition(node: Node) -> bool:
    """Whether a node is a bar that stands alone: "given"."""
    return isinstance(node, Atom) and (node.role == "bar" or node.spoken == "divides")


def without_scripts(node: Node) -> Node:
    """What a script stands on, if it stands on a fence."""
    return node.base if isinstance(node, Scripted) and isinstance(node.base, Fenced) else node


def is_factor(before: Node, node: Node) -> bool:
    """Whether two quantities next to each other need a "times" to be heard as a product."""
    node = without_scripts(node)
    if isinstance(before, Atom) and before.role in ("function", "big", "limit"):
        return False
    if isinstance(before, Scripted) and isinstance(before.base, Atom) and before.base.role not in ("letter", "number"):
        return False
    if isinstance(before, Fraction) and _is_operator(before):
        return False
    if isinstance(node, Root) or _is_article_first(node):
        return True
    if isinstance(node, (Fenced, Fraction)):
        return not (isinstance(node, Fenced) and is_modulus(node.body.items))
    if isinstance(before, Atom) and before.role == "number" and isinstance(node, Atom) and node.role == "number":
        return False
    if isinstance(before, Fraction):
        return not is_numeric(before)
    return isinstance(before, (Fenced, Root)) or _has_long_power(before)


def _has_long_power(node: Node) -> bool:
    """Whether a power is said as "to the power of"."""
    if not isinstance(node, Scripted) or node.upper is None or not isinstance(node.base, Atom) or set_letter(node.base):
        return False
    power = only(node.upper)
    inverse = is_minus_one(node.upper) and (node.base.spoken in FUNCTION_LETTERS or node.base.spoken.isupper())
    named = isinstance(power, Atom) and (power.role in ("binary", "postfix") or power.spoken in ("2", "3", "T", "top"))
    return not (inverse or named or _has_primes(node) or isinstance(power, (Prose, Fenced)))


def _is_article_first(node: Node) -> bool:
    """Whether a function or a sum is said with "the"."""
    while isinstance(node, Scripted) and node.base:
        node = node.base
    named = isinstance(node, Atom) and node.role in ("function", "limit", "big")
    return named and isinstance(node, Atom) and node.spoken.startswith("the ")


def _is_operator(fraction: Fraction) -> bool:
    derivative = read_derivative(fraction)
    return derivative is not None and not derivative.of


def is_numeric(fraction: Fraction) -> bool:
    """Whether a fraction is one of two numbers."""
    return all(isinstance(part, Atom) and part.role == "number" for part in (only(fraction.over), only(fraction.under)))


def is_digits(node: Node | None) -> bool:
    """Whether a node is a number."""
    return isinstance(node, Atom) and node.role == "number"


def is_minus_one(group: Group) -> bool:
    """Whether a superscript makes an inverse."""
    return [item.spoken if isinstance(item, Atom) else "" for item in group.items] == ["minus", "1"]


def is_modulus(items: Sequence[Node]) -> bool:
    """Whether a fence holds a "mod n"."""
    return bool(items) and isinstance(items[0], Atom) and items[0].spoken == "modulo"


def is_limit_point(node: Node | None) -> bool:
    """Whether an arrow that points to a node means that something approaches it."""
    if isinstance(node, Scripted):
        node = node.base
    return isinstance(node, Atom) and (node.role in ("number", "binary") or node.spoken == "infinity")


def is_sequence(node: Node | None) -> bool:
    """Whether a node is a term of a sequence, "x sub n"."""
    return isinstance(node, Scripted) and letter_of(only(node.lower)) in tuple("ijkmnt")


def set_letter(node: Node | None) -> str:
    """The letter of a set of numbers, "R" for the real ones; empty for anything else."""
    if not isinstance(node, Atom) or node.role != "letter":
        return ""
    return next((letter for letter, spoken in NUMBER_SETS.items() if spoken == node.spoken), "")


def atoms(node: Node) -> Iterator[Atom]:
    """All signs of a tree."""
    if isinstance(node, Atom):
        yield node
    elif isinstance(node, Group):
        for item in node.items:
            yield from atoms(item)
    else:
        for name in node.__slots__:
            part = getattr(node, name)
            if isinstance(part, Node):
                yield from atoms(part)
            elif isinstance(part, tuple):
                for row in part:
                    for cell in row:
                        yield from atoms(cell)


class Derivative(NamedTuple):
    """What a fraction of differentials means."""

    partial: bool
    order: str
    """Empty for a first derivative."""
    sign_end: int
    """Where the sign over the fraction ends."""
    of: tuple[Node, ...]
    """Empty for an operator."""
    variables: tuple[Node, ...]


def read_derivative(fraction: Fraction) -> Derivative | None:
    """A fraction as a derivative, if it is one: "d y over d x"."""
    over, under = fraction.over.items, fraction.under.items
    sign = _differential(over[0]) if over else ""
    if not sign or len(under) < 2 or len(over) > 3:
        return None
    variables: list[Node] = []
    for mark, variable in zip(under[::2], under[1::2], strict=False):
        if _differential(mark) != sign or not letter_of(variable):
            return None
        bare = variable.base if isinstance(variable, Scripted) and variable.lower is None else variable
        variables.append(bare or variable)
    if len(under) % 2:
        return None
    order = only(over[0].upper) if isinstance(over[0], Scripted) else None
    order_spoken = order.spoken if isinstance(order, Atom) else ""
    return Derivative(sign == "partial", order_spoken, over[0].end, over[1:], tuple(variables))


def with_fractions(items: Sequence[Node]) -> Sequence[Node]:
    """A row whose fractions with a slash are fractions, where they are small ones of numbers, or derivatives."""
    if not any(_is_slash(item) for item in items):
        return items
    row: list[Node] = []
    index = 0
    while index < len(items):
        found = _slashed(items, index) if not (row and _is_slash(row[-1])) else None
        row.append(found[0] if found else items[index])
        index += found[1] if found else 1
    return row


def _slashed(items: Sequence[Node], index: int) -> tuple[Fraction, int] | None:
    """The fraction that starts at ``index`` and how many nodes it takes."""
    for over, under in ((1, 1), (1, 2), (2, 2)):
        slash, end = index + over, index + over + 1 + under
        if end > len(items) or not _is_slash(items[slash]) or (end < len(items) and _is_slash(items[end])):
            continue
        above, below = items[index:slash], items[slash + 1 : end]
        fraction = Fraction(above[0].start, below[-1].end, _group(above), _group(below), False)
        if read_derivative(fraction) or (is_numeric(fraction) and _is_named(above[0], below[0])):
            return fraction, end - index
    return None


def _is_slash(node: Node) -> bool:
    return isinstance(node, Atom) and node.role == "binary" and node.spoken == "over"


def _is_named(over: Node, under: Node) -> bool:
    return isinstance(over, Atom) and isinstance(under, Atom) and bool(fraction_in_words(over.spoken, under.spoken))


def _group(items: Sequence[Node]) -> Group:
    return Group(items[0].start, items[-1].end, tuple(items))


def _differential(node: Node) -> str:
    letter = letter_of(node)
    return letter if letter in ("d", "partial") else ""
