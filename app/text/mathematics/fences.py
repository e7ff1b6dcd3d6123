"""Which braces, fences and environments belong together."""

from __future__ import annotations

from collections.abc import Sequence

from app.text.mathematics.characters import CLOSERS
from app.text.mathematics.tokens import Token


def closing_tokens(tokens: Sequence[Token]) -> dict[int, int]:
    """Per opening brace, fence or environment the token that closes it; those that nothing closes are not in it."""
    closing: dict[int, int] = {}
    waiting: list[int] = []
    braces = 0
    previous: Token | None = None
    for index, token in enumerate(tokens):
        sign = token.symbol.spoken if token.symbol else token.kind
        role = token.symbol.role if token.symbol else None
        if role == "bar":
            role = "close" if _closes_bar(tokens, waiting, sign, previous) else "open"
        if token.kind in ("{", "begin"):
            braces += 1
            waiting.append(index)
        elif role == "open":
            waiting.append(index)
        elif token.kind in ("}", "end"):
            wanted = "{" if token.kind == "}" else "begin"
            while braces and waiting:
                opened = waiting.pop()
                braces -= tokens[opened].kind in ("{", "begin")
                if tokens[opened].kind == wanted:
                    closing[opened] = index
                    break
        elif token.kind in ("&", "line"):
            while waiting and tokens[waiting[-1]].kind not in ("{", "begin"):
                waiting.pop()
        elif role == "close":
            _close_fence(tokens, waiting, closing, index, sign)
        if token.kind != "space":
            previous = token
    return closing


def _closes_bar(tokens: Sequence[Token], waiting: list[int], sign: str, previous: Token | None) -> bool:
    opened = tokens[waiting[-1]].symbol if waiting else None
    if opened is None or opened.spoken != sign or previous is None:
        return False
    return previous.symbol is None or previous.symbol.role not in ("binary", "relation", "open", "bar", "mark")


def _close_fence(tokens: Sequence[Token], waiting: list[int], closing: dict[int, int], index: int, sign: str) -> None:
    while waiting:
        opened = tokens[waiting[-1]].symbol
        if opened is None:
            return
        fits = CLOSERS.get(opened.spoken) == sign or {opened.spoken, sign} in ({"(", "]"}, {"[", ")"})
        if fits or "." in (opened.spoken, sign):
            closing[waiting.pop()] = index
            return
        if opened.role != "bar":
            return
        waiting.pop()
