"""The tokens of prose, as far as mathematics may be among them."""

from __future__ import annotations

import re
from typing import NamedTuple

from app.text.mathematics.characters import SUBSCRIPTS, SUPERSCRIPTS
from app.text.mathematics.symbols import ACCENTS, TEXT_COMMANDS
from app.text.mathematics.tokens import NUMBER

_SUPER = re.escape("".join(SUPERSCRIPTS))
_SUB = re.escape("".join(SUBSCRIPTS))
_TOKEN = re.compile(
    r"(?P<space>[ \t\u00a0\u2009\u202f]{1,3})"
    r"|(?P<command>\\(?:[A-Za-z]+|[,;!:{}|]))"
    r"|(?P<scientific>(?<![\w.,])(?:\d+(?:\.\d+)?(?:e[-+−]?|E[-+−])|\d+\.\d+E)\d+(?!\w|\.\d))"
    rf"|(?P<number>{NUMBER}|[¼-¾⅐-⅞])"
    rf"|(?P<script>[{_SUPER}]+|[{_SUB}]+)"
    rf"|(?P<letters>(?:(?![{_SUPER}{_SUB}¼-¾⅐-⅞])[^\W\d_])+)"
    r"|(?P<digraph>=/=|\.\.\.|<=>|<->|!=|<=|>=|==|:=|->|=>|\*\*)"
    r"|(?P<character>(?s:.))"
)


class PlainToken(NamedTuple):
    """The characters [start, end) of a text."""

    kind: str
    text: str
    start: int
    end: int


def plain_tokens(text: str, start: int, end: int) -> list[PlainToken]:
    """The tokens of ``text[start:end]``, where most of what there is will be prose."""
    return [
        PlainToken(match.lastgroup or "", match.group(), *match.span()) for match in _TOKEN.finditer(text, start, end)
    ]


UNITS = frozenset("m cm mm km dm nm µm μm µs μs µg μg µL μL kΩ MΩ mΩ ft in yd mi s h kg g mg L l ha lb oz".split())
"""Letters that behind a number are a unit."""
ORDINARY_SHORT = frozenset(
    "ad ah am an as at be bc by do ed eg eh er ex go ha he hi ho id ie if in is it la me mr ms my no of oh ok on or os "
    "ox pm re sh so st nd rd th to tv up us vs we ye yo tbd gb mb kb".split()
)
"""Short words that are no product of variables."""
SCIENTIFIC_UNITS = UNITS | frozenset("A C F H Hz J K N Pa T V W Wb eV lm lx mol rad sr kPa kJ kW kN".split())
"""Letters that behind a number, and before a sign that joins units, are one."""
NUMBER_SUFFIXES = frozenset("st nd rd th am pm bc ad gb mb kb".split())
"""Letters that join a number without being a factor of it."""
AFTER_LETTER_A = frozenset("and are for if in is or the then to when where with".split())
"""Words that follow a variable rather than an article."""
SELF_EVIDENT_FUNCTIONS = frozenset("cos ln sinh cosh tanh arcsin arccos arctan".split())
"""Names of functions that are no words."""
INDICES = frozenset("i j k l m n t x y z max min".split())
EMOTICON_LETTERS = frozenset("oOuUTvqp")
DIFFERENTIAL = re.compile("d[a-zθφ]")
GREEK = re.compile("[\u0370-\u03ff\U0001d6a8-\U0001d7cb]")
TAKES_ARGUMENTS: dict[str, int] = {
    **dict.fromkeys("frac dfrac tfrac cfrac binom dbinom tbinom underset overset stackrel".split(), 2),
    **dict.fromkeys(
        "sqrt operatorname mathbb mathbf mathcal mathrm mathit mathfrak mathsf boldsymbol pmod ce".split(), 1
    ),
    **dict.fromkeys(ACCENTS, 1),
    **dict.fromkeys(TEXT_COMMANDS, 1),
}
"""Commands of LaTeX that may stand in prose without delimiters, with the number of their arguments."""

_BRACKETS = {"(": ")", "[": "]", "{": "}", "\\{": "\\}", "⌊": "⌋", "⌈": "⌉", "⟨": "⟩"}
_OPENING = {closer: opener for opener, closer in _BRACKETS.items()}


def matching_brackets(tokens: list[PlainToken]) -> dict[int, int]:
    """Per opening bracket, or bar, the token of the same line that closes it."""
    closing: dict[int, int] = {}
    waiting: list[int] = []
    bars: dict[str, int] = {}
    for index, token in enumerate(tokens):
        sign = token.text
        if sign == "\n":
            waiting.clear()
            bars.clear()
        elif sign in _BRACKETS:
            waiting.append(index)
        elif sign in _OPENING:
            while waiting:
                opened = waiting.pop()
                if tokens[opened].text == _OPENING[sign] or {tokens[opened].text, sign} in ({"(", "]"}, {"[", ")"}):
                    closing[opened] = index
                    break
        elif sign in ("|", "‖"):
            if sign in bars and tokens[index - 1].kind != "space":
                closing[bars.pop(sign)] = index
            elif index + 1 < len(tokens) and tokens[index + 1].kind != "space":
                bars[sign] = index
    return closing
