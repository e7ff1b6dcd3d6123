"""Where a text has mathematics between delimiters, and what only looks like it: money, code, addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from app.text.mathematics.symbols import FUNCTION_NAMES


class Piece(NamedTuple):
    """The characters [start, end), with their delimiters."""

    start: int
    end: int
    inner_start: int
    inner_end: int
    """Without the delimiters."""
    mathematics: bool
    """False for code and addresses, which are left as they are."""
    display: bool = False
    """Whether it stands on a line of its own."""


_MARK = re.compile(
    r"(?P<code>```(?s:.)*?```|`[^`\n]{1,300}`|(?:https?|ftp|file)://\S+|www\.\S+)"
    r"|(?P<escaped>\\[\\$])"
    r"|(?P<open>\\[(\[])"
    r"|(?P<close>\\[)\]])"
    r"|\\begin\s{0,9}\{(?P<begin>[A-Za-z]{1,20})\*?\}"
    r"|\\end\s{0,9}\{(?P<end>[A-Za-z]{1,20})\*?\}"
    r"|(?P<dollars>\$+)"
    r"|(?P<blank>\n[^\S\n]*\n)"
)
_ENVIRONMENTS = frozenset(
    "equation align alignat aligned alignedat gather gathered multline eqnarray displaymath math split flalign cases "
    "dcases rcases matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix array subequations".split()
)
_CLOSERS = {"\\(": "\\)", "\\[": "\\]"}


def find_delimited(text: str) -> Iterator[Piece]:
    """The pieces of a text between delimiters of LaTeX, and its code, in order. Takes linear time."""
    marks = list(_MARK.finditer(text))
    closing = _closing(text, marks)
    index = 0
    while index < len(marks):
        mark = marks[index]
        if mark.lastgroup == "code":
            yield Piece(*mark.span(), *mark.span(), False)
        elif index in closing:
            last = marks[closing[index]]
            environment = mark.lastgroup == "begin"
            inner = (mark.start(), last.end()) if environment else (mark.end(), last.start())
            inside = environment or (
                _is_open(text, mark, last) if mark.lastgroup == "open" else _is_mathematics(text, mark, last)
            )
            if inside:
                display = environment or mark.group() in ("$$", "\\[")
                yield Piece(mark.start(), last.end(), *inner, True, display)
                index = closing[index]
        index += 1


def _closing(text: str, marks: list[re.Match[str]]) -> dict[int, int]:
    """Per opening mark the one that closes it."""
    closing: dict[int, int] = {}
    following: dict[str, int] = {}
    environments: dict[str, list[int]] = {}
    for index in range(len(marks) - 1, -1, -1):
        mark = marks[index]
        kind, characters = mark.lastgroup, mark.group()
        wanted = _CLOSERS.get(characters, characters)
        if kind == "blank":
            following.clear()
            environments.clear()
        elif kind == "close":
            following[characters] = index
        elif kind == "end":
            environments.setdefault(mark["end"], []).append(index)
        elif kind == "begin" and environments.get(mark["begin"]):
            last = environments[mark["begin"]].pop()
            if mark["begin"] in _ENVIRONMENTS:
                closing[index] = last
        elif kind in ("open", "dollars") and wanted in following:
            closing[index] = following[wanted]
        if kind == "dollars":
            # Between single ones there is none of any kind.
            following.pop("$", None)
            following[characters] = index
    return closing


def _is_open(text: str, opening: re.Match[str], closing: re.Match[str]) -> bool:
    """Whether a bracket with a backslash is one of LaTeX rather than of a regular expression."""
    before = text[max(0, opening.start() - 1) : opening.start()]
    plain = not before or before not in "/^|\"'*+?.]"
    return plain and bool(text[opening.end() : closing.start()].strip())


def _is_mathematics(text: str, opening: re.Match[str], closing: re.Match[str]) -> bool:
    """Whether the characters between dollar signs are mathematics rather than prose between amounts of money."""
    inner = text[opening.end() : closing.start()]
    if not inner.strip() or len(opening.group()) > 2:
        return False
    if opening.group() == "$":
        # As Pandoc has it, and nothing that looks like "US$".
        before, after = text[max(0, opening.start() - 1) : opening.start()], text[closing.end() : closing.end() + 1]
        if _CODE.search(inner) or inner[0] in ")/,;}" or inner[-1] in "=:-(" or inner.count("{") != inner.count("}"):
            return False
        if inner[0].isspace() or inner[-1].isspace() or after.isdecimal() or before.isalnum():
            return False
    return looks_like_mathematics(inner)


_SIGNS = re.compile(r"[\\^_{\u2200-\u22ff\u0370-\u03ff²³¹⁰-₎×÷±→←⇒⇔√]")
_SHELL = re.compile(r"\{?[A-Za-z_]{2,}\}?(?:[/:\s]|$)(?!.*\\)")
_SHORT = re.compile(r"[^\W\d_]{1,3}'*|[\d.,]*\d%?|[\d.,]*\d(?:[^\W\d_]{1,3}|\s[^\W\d_])|[^\W\d_](?:,?\s[^\W\d_]){1,9}")
_PLAIN = re.compile(r"[\w\s+\-−*/=<>()\[\],.|!':;%&]+")
_OPERATOR = re.compile(r"[+\-−*/=<>(\[|!]")
_ARGUMENT = re.compile(r"\\[A-Za-z]+\s?(?:\{[^{}]*\})?")
_CODE = re.compile(r"[\"`#]|;\s|=>|&&|\|\||\n[^=\n]*=[^\n]*\n")
_JOINING = re.compile(r"(?<![^\W_])(?:about|and|at|by|for|from|in|is|of|on|or|per|than|the|to|with)(?![^\W_])")
"""Words of sentences."""
_WORD = re.compile(r"[^\W\d_]{3,}")
_PROSE = re.compile(r"(?<![^\W\d_])[^\W\d_]{2,}[,.;:]?\s+[^\W\d_]{2,}")


def looks_like_mathematics(inner: str) -> bool:
    """Whether characters are evidence enough of mathematics: a sign of LaTeX, a lone variable, an operator."""
    bare = _ARGUMENT.sub(" ", inner)
    words = [word for word in _WORD.findall(bare) if word not in FUNCTION_NAMES]
    if "\\" not in inner and _JOINING.search(inner):
        return False
    if _SIGNS.search(inner):
        return len(words) < 3 and not _SHELL.match(inner)
    if words and "=" not in inner:
        return False
    if _SHORT.fullmatch(inner.strip()):
        return True
    return bool(_PLAIN.fullmatch(inner) and _OPERATOR.search(inner) and not _PROSE.search(bare))
