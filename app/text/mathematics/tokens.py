"""The tokens of mathematics: LaTeX, Unicode and ASCII, with their places in the text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal, NamedTuple

from app.text.mathematics.characters import (
    CHARACTERS,
    CLOSERS,
    DIGRAPHS,
    SUBSCRIPTS,
    SUPERSCRIPTS,
    number_set,
    plain_letter,
)
from app.text.mathematics.symbols import COMMANDS, FUNCTION_NAMES, Symbol

Kind = Literal["symbol", "command", "number", "space", "{", "}", "^", "_", "&", "line", "begin", "end"]


class Token(NamedTuple):
    """The characters [start, end) of the text that was tokenized."""

    kind: Kind
    text: str
    """A command's or environment's name, a number's digits, a symbol's characters as they are written."""
    start: int
    end: int
    symbol: Symbol | None = None
    """Of the kind ``symbol`` alone."""


_SUPER = re.escape("".join(SUPERSCRIPTS))
_SUB = re.escape("".join(SUBSCRIPTS))
_NOT_LETTERS = _SUPER + _SUB + "¼-¾⅐-⅞"
NUMBER = r"\d{1,3}(?:,\d{3}){1,6}(?:\.\d+)?(?!,?\d)|\d+(?:\.\d+)?|(?<!\d)\.\d+"
_TOKEN = re.compile(
    r"(?P<begin>\\begin\s*\{(?P<opened>[^{}\s]*)\})"
    r"|(?P<end>\\end\s*\{(?P<closed>[^{}\s]*)\})"
    r"|(?P<line>\\\\(?:\[[\w.\s]{0,20}\])?)"
    r"|\\(?P<command>[A-Za-z]+\*?|(?s:.))"
    r"|(?P<scientific>\d+(?:\.\d+)?[eE][-+−]?\d+)(?!\w|\.\d)"
    rf"|(?P<number>\d{{1,3}}(?:\{{,\}}\d{{3}}|\\,\d{{3}})+(?:\.\d+)?|{NUMBER})"
    r"|(?P<space>\s+)"
    rf"|(?P<super>[{_SUPER}]+)"
    rf"|(?P<sub>[{_SUB}]+)"
    rf"|(?P<letters>(?:(?![{_NOT_LETTERS}])[^\W\d_])+)"
    r"|(?P<digraph>=/=|<=>|<->|\+/-|\.\.\.|<=|>=|==|:=|->|=>|\+-|\*\*|''|\|\|)"
    r"|(?P<unequal>!=)"
    r"|(?P<character>(?s:.))"
)
_UNDERSCORE = "\\_"
_VOWEL = re.compile("[aeiouy]", re.IGNORECASE)
_SHORT_WORDS = frozenset("and are for has if is not or the when with where then else otherwise odd even iff".split())
_STRUCTURE: dict[str, Kind] = {"{": "{", "}": "}", "^": "^", "_": "_", "&": "&"}
_ESCAPED = {
    "{": Symbol("open", "{"),
    "}": Symbol("close", "}"),
    "|": Symbol("bar", "‖"),
    "%": CHARACTERS["%"],
    "&": Symbol("word", "and"),
    "#": CHARACTERS["#"],
    "$": Symbol("word", "dollars"),
}
_SIDES: dict[str, Literal["open", "close"]] = {"left": "open", "right": "close"}


def tokenize(text: str, start: int, end: int, latex: bool) -> list[Token]:
    """The tokens of ``text[start:end]``, with places in ``text``. Takes linear time.

    Args:
        latex: whether "!=" is a factorial and an equals sign, as in LaTeX, rather than "not equal to".
    """
    tokens: list[Token] = []
    for token in _raw_tokens(text, start, end, latex):
        side = tokens[-1] if tokens and tokens[-1].kind == "command" and tokens[-1].text in _SIDES else None
        if side and token.kind == "space":
            continue
        if side:
            tokens[-1] = _delimiter(side, token)
        else:
            tokens.append(token)
    return tokens


def _delimiter(side: Token, token: Token) -> Token:
    """What ``\\left`` or ``\\right`` makes of the sign after it; "." is a fence that nobody sees."""
    sign = token.symbol or COMMANDS.get(token.text) or Symbol("skip", "")
    spoken = sign.spoken if sign.spoken in CLOSERS or sign.spoken in CLOSERS.values() else "."
    return Token("symbol", token.text, side.start, token.end, Symbol(_SIDES[side.text], spoken))


def _raw_tokens(text: str, start: int, end: int, latex: bool) -> Iterator[Token]:
    for match in _TOKEN.finditer(text, start, end):
        at, after = match.span()
        characters = match.group()
        group = match.lastgroup
        if group == "begin":
            yield Token("begin", match["opened"], at, after)
        elif group == "end":
            yield Token("end", match["closed"], at, after)
        elif group == "line":
            yield Token("line", characters, at, after)
        elif group == "command":
            yield _command(match["command"], at, after)
        elif group == "number":
            written = re.sub(r"\{,\}|\\,", ",", characters)
            yield Token("number", f"0{written}" if written[0] == "." else written, at, after)
        elif group == "scientific":
            yield from _scientific(characters, at)
        elif group == "space":
            yield Token("space", " ", at, after)
        elif group == "super":
            yield from _script("^", SUPERSCRIPTS, characters, at, latex)
        elif group == "sub":
            yield from _script("_", SUBSCRIPTS, characters, at, latex)
        elif group == "letters":
            called = len(characters) > 2 and text.startswith("(", after) and _VOWEL.search(characters)
            if characters not in FUNCTION_NAMES and (
                called or _UNDERSCORE in (text[max(0, at - 2) : at], text[after : after + 2])
            ):
                # The name of something in a program.
                yield Token("symbol", characters, at, after, Symbol("word", characters))
            else:
                yield from _letters(characters, at)
        elif group == "digraph" or (group == "unequal" and not latex):
            yield Token("symbol", characters, at, after, DIGRAPHS[characters])
        elif group == "unequal":
            yield Token("symbol", "!", at, at + 1, CHARACTERS["!"])
            yield Token("symbol", "=", at + 1, after, CHARACTERS["="])
        elif characters in _STRUCTURE:
            yield Token(_STRUCTURE[characters], characters, at, after)
        else:
            yield _character(characters, at)


def _command(name: str, start: int, end: int) -> Token:
    if name in _ESCAPED:
        return Token("symbol", name, start, end, _ESCAPED[name])
    if not name[0].isalpha():
        # Thin spaces, accents of text mode, a backslash at the very end of a line.
        return Token("space", " ", start, end)
    symbol = COMMANDS.get(name)
    if symbol and symbol.role in ("open", "close", "bar"):
        return Token("symbol", name, start, end, symbol)
    return Token("command", name, start, end)


def _script(mark: Kind, plain: dict[str, str], characters: str, at: int, latex: bool) -> Iterator[Token]:
    """Raised or lowered characters as the group of LaTeX that they stand for."""
    yield Token(mark, characters[0], at, at + 1)
    yield Token("{", characters[0], at, at + 1)
    within = "".join(plain[character] for character in characters)
    for token in _raw_tokens(within, 0, len(within), latex):
        yield token._replace(start=at + token.start, end=at + token.end)
    yield Token("}", characters[-1], at + len(characters) - 1, at + len(characters))


def _scientific(characters: str, at: int) -> Iterator[Token]:
    """ "1e-5" as the product with a power of ten that it stands for."""
    e = characters.lower().index("e")
    exponent = characters[e + 1 :].lstrip("+")
    after, end = at + e + 1, at + len(characters)
    yield Token("number", characters[:e], at, at + e)
    yield Token("symbol", characters[e], after - 1, after, COMMANDS["times"])
    yield Token("number", "10", after - 1, after)
    yield Token("^", characters[e], after - 1, after)
    yield Token("{", characters[e], after - 1, after)
    if exponent[0] in "-−":
        yield Token("symbol", "-", after, after + 1, CHARACTERS["-"])
    digits = exponent.lstrip("-−")
    value = digits.lstrip("0") or "0"
    yield Token("number", value, end - len(digits), end)
    yield Token("}", digits[-1], end - 1, end)


def _letters(characters: str, at: int) -> Iterator[Token]:
    """A run of letters: the name of a function, a word, or a product of variables."""
    if characters in FUNCTION_NAMES or characters in ("sqrt", "cbrt", "mod"):
        yield Token("command", characters, at, at + len(characters))
    elif characters[:-1] in FUNCTION_NAMES:
        yield Token("command", characters[:-1], at, at + len(characters) - 1)
        yield _character(characters[-1], at + len(characters) - 1)
    elif is_word(characters):
        yield Token("symbol", characters, at, at + len(characters), Symbol("word", characters))
    else:
        for index, character in enumerate(characters, at):
            yield _character(character, index)


def is_word(letters: str) -> bool:
    """Whether letters in a row are a word rather than a product of variables."""
    if letters in _SHORT_WORDS:
        return True
    plain = not any(plain_letter(letter) and not letter.isascii() for letter in letters)
    return len(letters) > 3 and plain and _VOWEL.search(letters) is not None and not letters[1:].isupper()


def _character(character: str, at: int) -> Token:
    symbol = CHARACTERS.get(character)
    if symbol is None and number_set(character):
        symbol = Symbol("letter", number_set(character))
    if symbol is None and (letter := plain_letter(character)):
        symbol = COMMANDS[letter] if len(letter) > 1 else Symbol("letter", letter)
    if symbol is None:
        name = unicodedata.name(character, "")
        if name.startswith("VULGAR FRACTION "):
            symbol = Symbol("number", name.removeprefix("VULGAR FRACTION ").lower())
        elif character in ROOTS:
            return Token("command", ROOTS[character], at, at + 1)
        elif unicodedata.category(character)[0] in "LS":
            symbol = Symbol("word", character)
        else:
            symbol = Symbol("skip", "")
    return Token("symbol", character, at, at + 1, symbol)


ROOTS = {"√": "surd", "∛": "cubesurd", "∜": "foursurd"}
"""Signs of roots, by the names that their commands have here."""
