"""Reading mathematics, written as LaTeX, in Unicode or in ASCII, into a tree."""

from __future__ import annotations

from collections.abc import Sequence

from app.text.mathematics.characters import CLOSERS
from app.text.mathematics.chemistry import is_formula
from app.text.mathematics.fences import closing_tokens
from app.text.mathematics.symbols import (
    ACCENTS,
    COMMANDS,
    DROPPED_WITH_ARGUMENT,
    NAMES,
    NUMBER_SETS,
    TEXT_COMMANDS,
    Symbol,
)
from app.text.mathematics.tokens import Token, tokenize
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
from app.text.mathematics.words import plain_unit


def read_math(text: str, start: int, end: int, *, latex: bool = True) -> Group:
    """The tree of ``text[start:end]``, with places in ``text``.

    Takes linear time and never raises: what is malformed is read as far as it goes, what is nested too deep (more than
    ``MAX_DEPTH``) is read flat.

    Args:
        latex: whether this is LaTeX, rather than signs of Unicode and ASCII in prose.
    """
    return _Reader(text, tokenize(text, start, end, latex), latex).all(start, end)


MAX_DEPTH = 24
"""Far beyond what anybody could follow by ear, and well within the depth that Python's stack allows."""

_FRACTIONS = frozenset("frac dfrac tfrac cfrac sfrac nicefrac binom dbinom tbinom".split())
_INFIX = {"over", "atop", "choose"}
_ROOTS = {"sqrt": None, "surd": None, "cbrt": "3", "cubesurd": "3", "foursurd": "4"}
_ENCLOSING = {"abs": "|", "norm": "‖", "floor": "⌊", "ceil": "⌈", "set": "{"}
_DERIVATIVES = {"dv": "d", "pdv": "partial", "diff": "d", "diffp": "partial"}
"""Commands of the packages physics and diffcoeff."""
_ABOVE = {"overset", "stackrel"}
_NEGATED = {"equals": "not equal to", "divides": "does not divide", "contains": "does not contain"}
_QUOTES = str.maketrans("`\n\t\\{}", "'     ")
_UNCLOSED = -1


class _Reader:
    """Reads every token once, from left to right; only how deep it calls itself is limited."""

    def __init__(self, text: str, tokens: Sequence[Token], latex: bool) -> None:
        self._text = text
        self._latex = latex
        self._tokens = list(tokens)
        self._closing = closing_tokens(tokens)
        self._position = 0

    def all(self, start: int, end: int) -> Group:
        return Group(start, end, self._row(len(self._tokens), 0))

    def _row(self, end: int, depth: int, cell: bool = False) -> tuple[Node, ...]:
        """The nodes up to the token ``end``, in a cell of a table also up to the end of the cell."""
        items: list[Node] = []
        while self._position < end:
            token = self._tokens[self._position]
            if cell and token.kind in ("&", "line"):
                break
            if token.kind == "command" and token.text in _INFIX and depth < MAX_DEPTH:
                self._position += 1
                under = self._row(end, depth + 1, cell)
                over = Group(items[0].start if items else token.start, items[-1].end if items else token.end, (*items,))
                below = Group(token.end, under[-1].end if under else token.end, under)
                items = [Fraction(over.start, below.end, over, below, token.text == "choose")]
            elif token.kind in ("^", "_"):
                self._position += 1
                self._script(token, items, end, depth)
            else:
                node = self._node(end, depth)
                if node is not None:
                    items.append(node)
        return tuple(items)

    def _script(self, token: Token, items: list[Node], end: int, depth: int) -> None:
        """Puts the script after ``token`` on the last of the items."""
        if depth >= MAX_DEPTH:
            spoken = "to the power of" if token.kind == "^" else "sub"
            items.append(Atom(token.start, token.end, "binary", spoken))
            return
        script = self._argument(end, depth, digits=True)
        if script is None:
            return
        raised = token.kind == "^"
        if items and isinstance(named := only(items[-1]), Atom) and named.role in ("big", "limit", "function"):
            # Braces round the name of an operator only tell how its bounds are set.
            items[-1] = named
        base = items.pop() if items and _takes_scripts(items[-1]) else None
        if isinstance(base, Scripted) and (base.upper if raised else base.lower) is None:
            lower, upper = (base.lower, script) if raised else (script, base.upper)
            items.append(Scripted(base.start, script.end, base.base, lower, upper))
            return
        if isinstance(base, Scripted):
            # A second power or index stands for itself, so that a thousand in a row are not a thousand deep.
            items.append(base)
            base = None
        lower, upper = (None, script) if raised else (script, None)
        items.append(Scripted(base.start if base else token.start, script.end, base, lower, upper))

    def _node(self, end: int, depth: int) -> Node | None:
        """The next node, without its scripts."""
        index = self._position
        token = self._tokens[index]
        closing = self._closing.get(index, _UNCLOSED)
        nests = depth < MAX_DEPTH and index < closing < end
        self._position += 1
        if token.kind == "number":
            return Atom(token.start, token.end, "number", token.text)
        if token.kind == "symbol" and token.text == "$" and self._kind(end) == "number" and token.symbol:
            amount = self._tokens[self._position]
            self._position += 1
            return Prose(token.start, amount.end, f"${amount.text}")
        if token.kind == "symbol" and token.symbol:
            return self._fenced(token, closing, depth) if nests else _atom(token, token.symbol)
        if token.kind == "{" and nests:
            group = self._group(token, closing, depth)
            if self._latex or token.text != "{":
                return group
            # Outside LaTeX braces are those of a set.
            return Fenced(group.start, group.end, "{", "}", group)
        if token.kind == "begin" and nests:
            return self._table(token, closing, depth)
        if token.kind == "line":
            return Atom(token.start, token.end, "mark", ";")
        if token.kind == "command":
            return self._command(token, end, depth)
        return None

    def _group(self, token: Token, closing: int, depth: int) -> Group:
        items = self._row(closing, depth + 1)
        self._position = closing + 1
        return Group(token.start, self._tokens[closing].end, items)

    def _fenced(self, token: Token, closing: int, depth: int) -> Fenced:
        items = self._row(closing, depth + 1)
        self._position = closing + 1
        last = self._tokens[closing]
        opening = token.symbol.spoken if token.symbol else "."
        body = Group(token.end, max(token.end, last.start), items)
        return Fenced(token.start, last.end, opening, last.symbol.spoken if last.symbol else ".", body)

    def _table(self, token: Token, closing: int, depth: int) -> Table:
        environment = token.text.rstrip("*")
        if environment in ("array", "tabular", "alignat", "alignedat"):
            self._raw_argument(closing)
        rows: list[tuple[Group, ...]] = []
        cells: list[Group] = []
        at = token.end
        while self._position < closing:
            items = self._row(closing, depth + 1, cell=True)
            limit = self._tokens[self._position] if self._position < closing else self._tokens[closing]
            cells.append(Group(at, max(at + 1, limit.start), items))
            at = limit.end
            self._position += 1
            if limit.kind != "&":
                rows.append(tuple(cells))
                cells = []
        if cells:
            rows.append(tuple(cells))
        self._position = closing + 1
        rows = [row for row in rows if any(cell.items for cell in row)]
        return Table(token.start, self._tokens[closing].end, environment, tuple(rows))

    def _command(self, token: Token, end: int, depth: int) -> Node | None:
        name = token.text
        if depth >= MAX_DEPTH:
            return _atom(token, COMMANDS.get(name) or Symbol("word", name))
        if name in _FRACTIONS:
            over = self._required(end, depth)
            under = self._required(end, depth)
            return Fraction(token.start, under.end, over, under, name.endswith("binom"))
        if name in _ROOTS:
            return self._root(token, end, depth)
        if name in ACCENTS and (body := self._argument(end, depth)):
            return Accented(token.start, body.end, ACCENTS[name], body)
        if name in _ABOVE or name == "underset":
            script = self._required(end, depth)
            body = self._required(end, depth)
            base = body.items[0] if len(body.items) == 1 else body
            if isinstance(base, Atom) and base.role in ("relation", "binary"):
                return base
            lower, upper = (None, script) if name in _ABOVE else (script, None)
            return Scripted(token.start, body.end, base, lower, upper)
        if name in _ENCLOSING and (body := self._argument(end, depth)):
            opening = _ENCLOSING[name]
            return Fenced(token.start, body.end, opening, CLOSERS[opening], body)
        if name in _DERIVATIVES:
            sign = Atom(token.start, token.end, "letter", _DERIVATIVES[name])
            over = self._required(end, depth)
            under = self._required(end, depth)
            over = Group(token.start, over.end, (sign, *over.items))
            return Fraction(token.start, under.end, over, Group(under.start, under.end, (sign, *under.items)), False)
        if name in DROPPED_WITH_ARGUMENT:
            self._raw_argument(end)
            return None
        if name == "not":
            return self._negated(token, end, depth)
        if name in TEXT_COMMANDS or name in NAMES or name == "ce":
            return self._words(token, end, depth)
        symbol = COMMANDS.get(name.rstrip("*"))
        if symbol is None:
            return Atom(token.start, token.end, "word", name.rstrip("*"))
        if name in ("mathbb", "Bbb") and (letter := self._argument(end, depth)):
            named = only(letter)
            if isinstance(named, Atom) and named.spoken in NUMBER_SETS:
                return Atom(token.start, letter.end, "letter", NUMBER_SETS[named.spoken])
            return letter
        return _atom(token, symbol)

    def _root(self, token: Token, end: int, depth: int) -> Node | None:
        ordinal = _ROOTS[token.text]
        index = Group(token.start, token.end, (Atom(token.start, token.end, "number", ordinal),)) if ordinal else None
        self._skip_spaces(end)
        first = self._tokens[self._position] if self._position < end else None
        closing = self._closing.get(self._position, _UNCLOSED)
        if token.text == "sqrt" and first and first.text == "[" and self._position < closing < end:
            self._position += 1
            index = Group(first.end, self._tokens[closing].start, self._row(closing, depth + 1))
            self._position = closing + 1
        radicand = self._argument(end, depth, digits=not self._text.startswith("\\", token.start))
        if radicand is None:
            return Atom(token.start, token.end, "word", "the square root")
        if token.text.endswith("surd") and self._position < end and self._tokens[self._position].kind in ("^", "_"):
            # The sign of Unicode has no bar: its root is of all that has no space inside.
            items = list(radicand.items)
            script = self._tokens[self._position]
            self._position += 1
            self._script(script, items, end, depth)
            radicand = Group(radicand.start, items[-1].end, tuple(items))
        return Root(token.start, radicand.end, index, radicand)

    def _negated(self, token: Token, end: int, depth: int) -> Node | None:
        self._skip_spaces(end)
        node = self._node(end, depth + 1) if self._position < end else None
        if isinstance(node, Atom):
            spoken = _NEGATED.get(node.spoken, f"not {node.spoken}")
            return Atom(token.start, node.end, node.role, spoken)
        return node

    def _words(self, token: Token, end: int, depth: int) -> Node | None:
        """The argument of a command of text, of names or of chemistry."""
        self._skip_spaces(end)
        closing = self._closing.get(self._position, _UNCLOSED)
        if not (self._position < closing < end and self._tokens[self._position].kind == "{"):
            return None
        first, last = self._tokens[self._position], self._tokens[closing]
        raw = self._text[first.end : last.start].replace("\\_", " ")
        plain = not any(sign in raw for sign in "\\$^_")
        words = raw.translate(_QUOTES).split()
        if token.text == "ce" or is_formula(raw):
            self._position = closing + 1
            return Formula(token.start, last.end, raw, first.end)
        if plain and token.text in TEXT_COMMANDS:
            self._position = closing + 1
            return Prose(token.start, last.end, " ".join(words)) if words else None
        if self._is_after_number() and (unit := plain_unit(raw)):
            self._position = closing + 1
            return Prose(token.start, last.end, unit)
        if plain and token.text in NAMES and len(words) == 1 and len(words[0]) > 1 and words[0].isalpha():
            self._position = closing + 1
            symbol = COMMANDS.get(words[0])
            if symbol is None and token.text.startswith("operatorname"):
                symbol = Symbol("function", words[0])
            return Atom(token.start, last.end, *(symbol or Symbol("word", words[0])))
        return None

    def _is_after_number(self) -> bool:
        """Whether the command before the present token stands behind a number."""
        index = self._position - 1
        while index > 0 and self._tokens[index - 1].kind == "space":
            index -= 1
        return index > 0 and self._tokens[index - 1].kind == "number"

    def _required(self, end: int, depth: int) -> Group:
        at = self._tokens[self._position - 1].end
        return self._argument(end, depth) or Group(at - 1, at, ())

    def _argument(self, end: int, depth: int, digits: bool = False) -> Group | None:
        """The argument that follows: a group, or else a single node.

        Args:
            digits: whether a number of several digits is one argument, as in what is not quite LaTeX: "10^23", "x^-1".
        """
        while self._position < end and self._tokens[self._position].kind in ("space", "^", "_"):
            self._position += 1
        if self._position >= end or self._tokens[self._position].kind in ("&", "line", "end", "}"):
            return None
        token = self._tokens[self._position]
        if token.kind == "number" and len(token.text) > 1 and not digits:
            digit = Atom(token.start, token.start + 1, "number", token.text[0])
            rest = token._replace(text=token.text[1:], start=min(token.start + 1, token.end - 1))
            self._tokens[self._position] = rest
            return Group(digit.start, digit.end, (digit,))
        sign = token.symbol is not None and token.symbol.spoken in ("plus", "minus")
        node = self._node(end, depth + 1)
        items = [node] if node else []
        if sign and digits and self._position < end and self._tokens[self._position].kind in ("number", "symbol"):
            following = self._node(end, depth + 1)
            items += [following] if following else []
        if isinstance(node, Group) and len(items) == 1:
            return node
        if isinstance(node, Fenced) and ((node.opening == "(" and digits) or (node.opening == "{" and not self._latex)):
            return Group(node.start, node.end, node.body.items)
        return Group(token.start, items[-1].end if items else token.end, tuple(items))

    def _raw_argument(self, end: int) -> None:
        """Skips a group, if one follows."""
        self._skip_spaces(end)
        closing = self._closing.get(self._position, _UNCLOSED)
        if self._position < closing < end and self._tokens[self._position].kind == "{":
            self._position = closing + 1

    def _kind(self, end: int) -> str:
        return self._tokens[self._position].kind if self._position < end else ""

    def _skip_spaces(self, end: int) -> None:
        while self._position < end and self._tokens[self._position].kind == "space":
            self._position += 1


def _atom(token: Token, symbol: Symbol) -> Atom | None:
    if symbol.role == "skip" or symbol.spoken == ".":
        return None if symbol.role != "mark" else Atom(token.start, token.end, "mark", ".")
    return Atom(token.start, token.end, symbol.role, symbol.spoken)


def _takes_scripts(node: Node) -> bool:
    return not isinstance(node, Atom) or node.role not in ("binary", "relation", "mark", "open", "prefix")
