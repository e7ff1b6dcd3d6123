"""How far mathematics in prose was read, and what can be asked about the tokens next to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from app.text.mathematics.characters import CHARACTERS
from app.text.mathematics.plain_tokens import (
    GREEK,
    PlainToken,
    matching_brackets,
)
from app.text.mathematics.symbols import COMMANDS, FUNCTION_NAMES, Role


class Evidence(IntEnum):
    """How sure it is that something is mathematics."""

    NONE = 0
    SOME = 1
    """An operator of ASCII between operands: enough where white space or punctuation stands round the whole."""
    STRONG = 2
    """A sign of Unicode that is mathematics alone, or a command of LaTeX."""
    NEVER = 3


@dataclass
class Level:
    """The mathematics inside one bracket, or outside of all, as far as it was read."""

    closing: int
    """The token that ends the level; -1 outside of all brackets."""
    start: int = -1
    """The first token; -1 where there is none yet."""
    needed: Evidence = Evidence.NONE
    evidence: Evidence = Evidence.NONE
    pending: Evidence = Evidence.NONE
    """Of an operator whose right operand is still to come."""
    good_end: int = -1
    """The token after the last one that the mathematics can end with."""
    good_evidence: Evidence = Evidence.NONE


class Step(NamedTuple):
    """What a token is, in the place where it stands."""

    after: int
    """The token that comes next."""
    operand: bool | None
    """Whether an operand is complete with it, or else is still to come; None where that stays as it was."""
    evidence: Evidence = Evidence.NONE
    opens: int = -1
    """The token that closes the bracket that it opens."""


_WORD_BEFORE = re.compile(r"[\w\\@/.°%$€£#&]")
_QUOTES = re.compile(r"(?:^|\s)(?:'|\*{1,2})$")
_OPENS_TEXT = frozenset('([{"“‘«—–,;:¿|\u00a0')
LEADING_ROLES: frozenset[Role] = frozenset({"prefix", "big", "limit", "function"})
"""What signs are that have what they are of behind them."""


class State:
    """The tokens of a text, and the mathematics that was read up to one of them."""

    def __init__(self, text: str, tokens: list[PlainToken]) -> None:
        self._text = text
        self._tokens = tokens
        self._closing = matching_brackets(tokens)
        self._levels = [Level(-1)]
        self._operand = False
        """Whether the last token completed an operand."""
        self._last = -1
        """The last token that was taken, white space left out."""
        self._integral = False
        self._after_bound = -1
        """Where the other bound of a sum or an integral may follow."""

    def _at(self, index: int) -> str:
        return self._tokens[index].text if 0 <= index < len(self._tokens) else ""

    def _kind(self, index: int) -> str:
        return self._tokens[index].kind if 0 <= index < len(self._tokens) else ""

    def _spaced(self, index: int) -> bool:
        return self._kind(index - 1) == "space"

    def _next_to(self, index: int, sided: bool = False) -> bool:
        """Whether a quantity at ``index`` can stand next to the one before it, as a factor."""
        if not self._operand:
            return True
        last = self._tokens[self._last]
        if not self._spaced(index):
            return not (last.kind == "letters" and self._kind(index) == "number") and last.text not in "%!"
        return sided or last.kind == "command" or (bool(GREEK.search(last.text)) and last.kind == "letters")

    def _needed(self, start: int) -> Evidence:
        """The evidence that a run needs for what stands before it."""
        before = self._text[start - 1 : start]
        quoted = before in ("'", "*") and _QUOTES.search(self._text[max(0, start - 3) : start]) is not None
        if not before or before.isspace() or before in _OPENS_TEXT or quoted:
            return Evidence.SOME
        return Evidence.NEVER if _WORD_BEFORE.match(before) else Evidence.STRONG

    def _is_empty(self, index: int) -> bool:
        return self._levels[-1].start < 0 and self._tokens[index].text == ")"

    def _in_braces(self) -> bool:
        closing = self._levels[-1].closing
        return closing >= 0 and self._at(closing) in ("}", "\\}")

    def _leads(self, token: PlainToken) -> bool:
        """Whether a token is a sum, an integral, a limit or a function, which has its bounds behind it."""
        symbol = COMMANDS.get(token.text[1:] or "") if token.kind == "command" else CHARACTERS.get(token.text)
        bounded = symbol is not None and symbol.role in LEADING_ROLES
        return bounded or token.text in FUNCTION_NAMES or token.kind == "script" or token.text == "}"
