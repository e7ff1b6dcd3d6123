"""The tree of a piece of mathematics."""

from __future__ import annotations

from dataclasses import dataclass

from app.text.mathematics.symbols import Role


@dataclass(frozen=True, slots=True)
class Node:
    """The characters [start, end) of the text that was read."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Atom(Node):
    """A sign or a number, or a word."""

    role: Role
    spoken: str


@dataclass(frozen=True, slots=True)
class Group(Node):
    """Nodes in a row, as one."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Fraction(Node):
    """One thing over another."""

    over: Group
    under: Group
    binomial: bool


@dataclass(frozen=True, slots=True)
class Root(Node):
    """A root; without an index the square root."""

    index: Group | None
    radicand: Group


@dataclass(frozen=True, slots=True)
class Scripted(Node):
    """Something with a subscript, a superscript or both; without a base where nothing stands before them."""

    base: Node | None
    lower: Group | None
    upper: Group | None


@dataclass(frozen=True, slots=True)
class Fenced(Node):
    """A row between two fences."""

    opening: str
    closing: str
    body: Group


@dataclass(frozen=True, slots=True)
class Accented(Node):
    """Something below an accent, or with one."""

    accent: str
    body: Group


@dataclass(frozen=True, slots=True)
class Table(Node):
    """The cells of an environment: a matrix, cases, equations one below the other."""

    environment: str
    rows: tuple[tuple[Group, ...], ...]


@dataclass(frozen=True, slots=True)
class Prose(Node):
    """Words that are spoken as they stand."""

    spoken: str


@dataclass(frozen=True, slots=True)
class Formula(Node):
    """A formula of chemistry, as it is written."""

    written: str
    at: int
    """Where its first character is."""


def only(node: Node | None) -> Node | None:
    """The one node of a group, or the node itself, whatever braces are round it; None where it has several or none."""
    while isinstance(node, Group):
        node = node.items[0] if len(node.items) == 1 else None
    return node
