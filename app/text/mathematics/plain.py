"""Where prose has mathematics without delimiters: "x² + y² = z²", "f(x) = 2x", a LaTeX command."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from app.text.mathematics.plain_state import Evidence, Level, Step
from app.text.mathematics.plain_steps import Steps
from app.text.mathematics.plain_tokens import plain_tokens


class Run(NamedTuple):
    """Mathematics at the characters [start, end)."""

    start: int
    end: int


def find_plain(text: str, start: int, end: int) -> Iterator[Run]:
    """The mathematics without delimiters in ``text[start:end]``, in order. Takes linear time."""
    return _Scanner(text, plain_tokens(text, start, end)).runs()


_MODULUS = re.compile(r" \(mod [^\W_]{1,9}\)")
_ENDS = re.compile(r"$|\s|[)\]}\"”’»;…|—–]|[.,:?!'*]+(?!\w)")
_LOOSE_END = re.compile(r"$|[^\w@/\\]")


class _Scanner(Steps):
    """Goes through the tokens once. A run that breaks off leaves, on each level of brackets, what was good of it."""

    def runs(self) -> Iterator[Run]:
        index = 0
        while index < len(self._tokens):
            step = self.step(index)
            if step is None:
                started = len(self._levels) > 1 or self._levels[0].start >= 0
                yield from self._break_off()
                index += not started
                continue
            self._take(index, step)
            index = step.after
        yield from self._break_off()

    def _break_off(self) -> Iterator[Run]:
        for level in self._levels:
            if level.good_end >= 0 and level.good_evidence >= max(level.needed, Evidence.SOME):
                end = self._tokens[level.good_end - 1].end
                modulus = _MODULUS.match(self._text, end)
                start = self._tokens[level.start].start
                if self._text[start] == "(" and self._closing.get(level.start) == level.good_end - 1:
                    # The parentheses are those of the sentence.
                    yield Run(start + 1, end - 1)
                else:
                    yield Run(start, modulus.end() if modulus else end)
        self._levels = [Level(-1)]
        self._operand = self._integral = False
        self._last = -1

    def _take(self, index: int, step: Step) -> None:
        token = self._tokens[index]
        if token.kind == "space":
            return
        level = self._levels[-1]
        if index == level.closing:
            self._levels.pop()
            inner = max(level.evidence, level.pending)
            level = self._levels[-1]
            level.evidence = max(level.evidence, inner)
        elif level.start < 0:
            level.start = index
            level.needed = self._needed(token.start)
        self._last = step.after - 1
        if step.opens >= 0:
            level.pending = max(level.pending, step.evidence)
            self._levels.append(Level(step.opens))
            self._operand = False
            return
        if step.operand is None:
            return
        self._operand = step.operand
        if not step.operand:
            level.pending = max(level.pending, step.evidence)
            return
        level.evidence = max(level.evidence, level.pending, step.evidence)
        level.pending = Evidence.NONE
        end = self._tokens[self._last].end
        if _ENDS.match(self._text, end) or (level.evidence >= Evidence.STRONG and _LOOSE_END.match(self._text, end)):
            level.good_end, level.good_evidence = self._last + 1, level.evidence
