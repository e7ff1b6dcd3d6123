"""What a token of prose is, after the mathematics that stands before it."""

from __future__ import annotations

import re

from app.text.mathematics.characters import CHARACTERS, DIGRAPHS
from app.text.mathematics.plain_letters import LetterSteps
from app.text.mathematics.plain_state import LEADING_ROLES, Evidence, Step
from app.text.mathematics.plain_tokens import (
    EMOTICON_LETTERS,
    GREEK,
    INDICES,
    TAKES_ARGUMENTS,
)
from app.text.mathematics.symbols import COMMANDS

_PATH_BEFORE = re.compile(r"[\w\\:/.]")
_SIGNS = frozenset("+-−±∓")


class Steps(LetterSteps):
    """Judges tokens one by one; who takes them keeps the state."""

    def step(self, index: int) -> Step | None:
        """What the token is, or None where mathematics cannot go on with it."""
        token = self._tokens[index]
        started = self._levels[-1].start >= 0 or len(self._levels) > 1
        if token.kind == "space":
            return Step(index + 1, None) if started else None
        if index == self._levels[-1].closing:
            return Step(index + 1, True) if self._operand or self._is_empty(index) else None
        if token.kind == "command":
            return self._command(index)
        if token.kind == "script":
            return self._raised(index)
        if token.kind in ("number", "scientific"):
            return self._number(index)
        if token.kind == "letters":
            return self._letters(index)
        if token.text in "^_":
            return self._script(index)
        if token.text in ("(", "[", "{", "|", "⌊", "⌈", "⟨", "‖"):
            return self._open(index)
        return self._operator(index)

    def _number(self, index: int) -> Step | None:
        if self._operand:
            return None
        scientific = self._kind(index) == "scientific"
        return Step(index + 1, True, Evidence.SOME if scientific else Evidence.NONE)

    def _command(self, index: int) -> Step | None:
        name = self._at(index)[1:]
        start = self._tokens[index].start
        if self._last < 0 and start and _PATH_BEFORE.match(self._text, start - 1):
            return None
        if name == "{" and index in self._closing:
            return Step(index + 1, None, Evidence.STRONG, opens=self._closing[index])
        if name in TAKES_ARGUMENTS:
            after = self._arguments(index + 1, TAKES_ARGUMENTS[name])
            return Step(after, True, Evidence.STRONG) if after else None
        symbol = COMMANDS.get(name)
        if not name[0].isalpha():
            return Step(index + 1, None) if self._last >= 0 else None
        if symbol is None:
            return None
        if symbol.role == "skip":
            return Step(index + 1, None, Evidence.STRONG)
        if symbol.role == "letter":
            return Step(index + 1, True, Evidence.STRONG)
        if symbol.role in LEADING_ROLES:
            self._integral |= symbol.spoken.endswith("integral")
            return Step(index + 1, False, Evidence.STRONG)
        if symbol.role in ("binary", "relation"):
            return Step(index + 1, False, Evidence.STRONG) if self._operand or name in ("pm", "mp") else None
        return Step(index + 1, True, Evidence.STRONG) if self._operand else None

    def _arguments(self, index: int, count: int) -> int:
        """The token after the arguments of a command; 0 where the first one is missing."""
        if self._at(index) == "[" and index in self._closing:
            index = self._closing[index] + 1
        for number in range(count):
            at = index + (self._kind(index) == "space")
            if self._at(at) == "{" and at in self._closing:
                index = self._closing[at] + 1
            elif self._kind(at) in ("number", "command") or (self._kind(at) == "letters" and len(self._at(at)) == 1):
                index = at + 1
                if self._kind(at) == "number" and len(self._at(at)) >= count - number:
                    return index
            else:
                return index if number else 0
        return index

    def _raised(self, index: int) -> Step | None:
        """Small digits or letters of Unicode, above or below."""
        last = self._tokens[self._last] if self._last >= 0 else None
        if last is None or self._spaced(index):
            return None
        if not self._operand:
            return Step(index + 1, None, Evidence.STRONG) if self._leads(last) else None
        return Step(index + 1, True, Evidence.STRONG)

    def _script(self, index: int) -> Step | None:
        """A script that is written with "^" or "_"."""
        mark, last = self._at(index), self._tokens[self._last] if self._last >= 0 else None
        if last is None or self._spaced(index):
            return None
        bounds = index == self._after_bound or self._leads(last)
        if not (self._operand or bounds):
            return None
        at = index + 1
        bracketed = self._at(at) in ("{", "(") and at in self._closing
        signed = self._at(at) in _SIGNS
        follows = self._at(at + signed)
        kind = self._kind(at + signed)
        evidence = Evidence.STRONG if self._at(at) == "{" or kind == "command" else Evidence.SOME
        if bracketed:
            after = self._closing[at] + 1
        elif kind == "command":
            name = follows[1:]
            after = self._arguments(at + signed + 1, TAKES_ARGUMENTS[name]) if name in TAKES_ARGUMENTS else 0
            after = after or at + signed + 1
        elif (
            kind == "number"
            or (kind == "letters" and (len(follows) == 1 or follows in ("max", "min")))
            or (kind == "letters" and mark == "^" and len(follows) < 4 and GREEK.search(follows))
            or follows == "∞"
        ):
            after = at + signed + 1
        elif self._at(at) == "*":
            after = at + 1
        else:
            return None
        twice = last.kind == kind == "letters" and last.text.lower() == follows.lower()
        if twice and (mark == "_" or last.text in EMOTICON_LETTERS):
            return None
        if mark == "_" and not bracketed and evidence < Evidence.STRONG:
            sure = kind == "number" or follows in INDICES
            if last.kind == "number" or (last.kind == "letters" and len(last.text) > 1 and not self._leads(last)):
                return None
            evidence = Evidence.SOME if sure else Evidence.NONE
        if bounds:
            self._after_bound = after
        return Step(after, self._operand or None, evidence)

    def _open(self, index: int) -> Step | None:
        closing = self._closing.get(index, -1)
        if self._at(index) == "|" and self._operand and len(self._levels) > 1 and closing < 0:
            return Step(index + 1, False)
        if closing < 0:
            return None
        bracket, last = self._at(index), self._tokens[self._last] if self._last >= 0 else None
        level = self._levels[-1]
        if not self._operand:
            starts = level.start < 0 and len(self._levels) == 1
            if starts and self._needed(self._tokens[index].start) != Evidence.SOME:
                return None
            if bracket == "{" and max(level.pending, level.evidence) < Evidence.SOME:
                return None
            return Step(index + 1, None, Evidence.SOME if bracket in "|⌊⌈‖" else Evidence.NONE, opens=closing)
        if last is None or self._spaced(index) or bracket == "{":
            return None
        applied = last.kind == "letters" and last.text in ("f", "g", "h", "F", "G", "H", "O", "P") and bracket == "("
        content = closing > index + 1
        return Step(index + 1, None, Evidence.SOME if applied and content else Evidence.NONE, opens=closing)

    def _operator(self, index: int) -> Step | None:
        sign = self._at(index)
        symbol = DIGRAPHS.get(sign) or CHARACTERS.get(sign)
        level = self._levels[-1]
        if sign == "," and self._operand and len(self._levels) > 1:
            return Step(index + 1, False)
        if sign in ":|" and self._operand and self._in_braces():
            return Step(index + 1, False)
        if (
            sign == ":"
            and self._operand
            and self._at(self._last) in ("f", "g", "h", "T", "φ")
            and not self._spaced(index)
        ):
            return Step(index + 1, False)
        if sign in ("...", "…"):
            return Step(index + 1, True) if self._last >= 0 and not self._operand else None
        if sign in ("√", "∛", "∜"):
            return Step(index + 1, False, Evidence.STRONG) if self._next_to(index, sided=True) else None
        if symbol is None or sign in ("°", "·" if not self._operand else ""):
            degrees = sign == "°" and self._kind(self._last) == "number" and self._kind(index + 1) != "letters"
            return Step(index + 1, True) if degrees else None
        if symbol.role == "letter":
            return Step(index + 1, True, Evidence.STRONG) if self._next_to(index, sided=True) else None
        if symbol.role in LEADING_ROLES:
            self._integral |= symbol.spoken.endswith("integral")
            return Step(index + 1, False, Evidence.STRONG)
        if symbol.role == "postfix":
            return self._postfix(index)
        if symbol.role not in ("binary", "relation"):
            return None
        if not self._operand:
            attached = self._kind(index + 1) not in ("", "space") and self._at(index + 1) not in _SIGNS
            if sign not in _SIGNS or not attached or (self._last >= 0 and self._at(self._last) in _SIGNS):
                return None
            return Step(index + 1, False, Evidence.NONE if sign.isascii() else Evidence.STRONG)
        if not sign.isascii() and sign != "–":
            sides = (self._at(self._last), self._at(index + 1), self._at(index + 2))
            sized = sign == "×" and sides[0].isdecimal() and sides[1].isdecimal()
            sized &= self._kind(index + 2) != "script" and sides[2] != "^" and self._at(index + 3) != "="
            arrow = symbol.spoken in ("to", "gets", "corresponds to")
            return None if sized else Step(index + 1, False, Evidence.SOME if arrow else Evidence.STRONG)
        spaced = self._spaced(index)
        if spaced != (self._kind(index + 1) == "space"):
            return None
        numbers = self._kind(self._last) == self._kind(index + 2) == "number"
        if sign == "–" and not (spaced and (level.evidence or numbers)):
            return None
        return self._ascii_operator(index, sign, spaced)

    def _ascii_operator(self, index: int, sign: str, spaced: bool) -> Step | None:
        number = "number" in (self._kind(self._last), self._kind(index + 1 + spaced))
        if sign in "<>" and not (spaced or number):
            return None
        if sign == "+" and self._at(self._last) == "U" and not spaced:
            # The name of a character: "U+0041".
            return None
        if sign == "/":
            evidence = Evidence.SOME if self._is_derived(index - 1) and self._is_derived(index + 1) else Evidence.NONE
        elif sign in ("-", "–", "->", "=>"):
            evidence = Evidence.NONE
        elif sign == "*":
            evidence = Evidence.SOME if spaced or number else Evidence.NONE
        elif sign in ("!=", "==", "<=", ">=", "=/=", ":=", "<=>") and not spaced and not number:
            evidence = Evidence.NONE
        else:
            evidence = Evidence.SOME
        return Step(index + 1, False, evidence)

    def _postfix(self, index: int) -> Step | None:
        sign = self._at(index)
        if not self._operand or self._spaced(index):
            return None
        if sign == "%":
            return Step(index + 1, True) if self._kind(self._last) == "number" else None
        if sign == "!":
            after = self._at(index + 1 + (self._kind(index + 1) == "space"))
            goes_on = bool(after) and after in "+-−*/=<>(){}×·≤≥^"
            goes_on |= self._at(self._last - 1) == "/" and self._kind(self._last) == "letters"
            sure = self._kind(index + 1) != "space" and self._kind(self._last) == "letters"
            return Step(index + 1, True, Evidence.SOME if sure else Evidence.NONE) if goes_on else None
        if sign in ("'", "’"):
            twice = self._at(index + 1) in ("'", "’")
            applied = index + 1 + twice in self._closing
            following = index + 1 + twice
            related = self._kind(following) == "space" and self._at(following + 1) in ("=", "+", "-", "−")
            prime = self._at(self._last) in (*"fghFGHuvxyz", "'", "’") and (applied or related)
            return Step(index + 1, True, Evidence.SOME) if prime else None
        return Step(index + 1, True, Evidence.STRONG)
