"""What letters in prose are, after the mathematics that stands before them: variables, functions or words."""

from __future__ import annotations

import re

from app.text.mathematics.characters import CHARACTERS
from app.text.mathematics.plain_state import Evidence, State, Step
from app.text.mathematics.plain_tokens import (
    AFTER_LETTER_A,
    DIFFERENTIAL,
    GREEK,
    NUMBER_SUFFIXES,
    ORDINARY_SHORT,
    SCIENTIFIC_UNITS,
    SELF_EVIDENT_FUNCTIONS,
    UNITS,
)
from app.text.mathematics.symbols import FUNCTION_NAMES

_QUANTITY = re.compile(r"[\d⁰¹²³⁴-⁹]\s?$")


class LetterSteps(State):
    """Judges letters."""

    def _letters(self, index: int) -> Step | None:
        letters, following = self._at(index), self._at(index + 1)
        if letters == "mod" and self._operand and self._spaced(index):
            return Step(index + 1, False)
        if letters in FUNCTION_NAMES or letters in ("sqrt", "cbrt"):
            return self._function(index)
        if not self._next_to(index, sided=bool(GREEK.search(letters)) or self._is_differential(letters)):
            return None
        raised = self._kind(index + 1) == "script" or following == "^"
        before = self._at(self._last) if self._last >= 0 else ""
        beside_unit = self._kind(self._last) in ("number", "script") or before in ("/", "·", "⋅")
        if letters in SCIENTIFIC_UNITS and self._last < 0 and (raised or following in ("·", "⋅", "/")):
            start = self._tokens[index].start
            if _QUANTITY.search(self._text[max(0, start - 3) : start]):
                return None
        level = self._levels[-1]
        if letters in UNITS and raised and (beside_unit or max(level.evidence, level.pending) == Evidence.NONE):
            return None
        if letters in UNITS and before == "/" and self._kind(self._last - 1) in ("letters", "script"):
            return None
        if letters in UNITS and len(letters) > 1 and beside_unit:
            return None
        step = Step(index + 1, True)
        if len(letters) == 1:
            return None if self._is_article(index) else step
        greek = sum(bool(GREEK.match(letter)) for letter in letters)
        if greek:
            known = len(letters) <= 3 and greek < len(letters) and letters not in UNITS
            return step._replace(evidence=Evidence.STRONG) if known else None
        if len(letters) > 3 or not letters.isascii():
            return None
        glued = not self._spaced(index) and self._kind(self._last) == "number" and self._operand
        certain = max(level.evidence, level.pending) >= Evidence.SOME
        operated = following == " " and self._at(index + 2) in ("+", "=", "−", "-")
        if letters.lower() in ORDINARY_SHORT:
            joined = glued and letters not in NUMBER_SUFFIXES
            return step if certain and (joined or (operated and not self._operand)) else None
        vowels = any(letter in "aeiouyAEIOUY" for letter in letters)
        mixed = not letters.islower() and not letters.isupper() and not letters.istitle()
        short = len(letters) == 2 or not vowels or mixed
        related = CHARACTERS.get(self._at(index + 2))
        equated = letters.isupper() and following == " " and related is not None and related.role == "relation"
        begins = len(letters) == 2 and letters.islower() and letters not in UNITS and operated and self._last < 0
        factors = short and (certain or equated or begins)
        figure = letters.isupper() and before in ("∠", "△")
        product = glued or raised or factors or figure or self._is_derived(index) or self._is_differential(letters)
        return step if product else None

    def _is_differential(self, letters: str) -> bool:
        return self._integral and DIFFERENTIAL.fullmatch(letters) is not None

    def _is_derived(self, index: int) -> bool:
        """Whether letters are a side of "dy/dx"."""
        other = index + 2 if self._at(index + 1) == "/" else index - 2 if self._at(index - 1) == "/" else -1
        sides = (self._at(index), self._at(other))
        return other >= 0 and all(DIFFERENTIAL.fullmatch(side) or side == "d" for side in sides)

    def _is_article(self, index: int) -> bool:
        """Whether a single letter is a word of the sentence: "a", "I"."""
        if self._at(index) not in ("a", "A", "I") or self._kind(index + 1) != "space":
            return False
        following = self._at(index + 2)
        return len(following) > 1 and following.isalpha() and following not in AFTER_LETTER_A

    def _function(self, index: int) -> Step | None:
        name = self._at(index)
        if not self._next_to(index, sided=True):
            return None
        if index + 1 in self._closing and self._at(index + 1) == "(":
            return Step(index + 1, False, Evidence.SOME)
        if self._kind(index + 1) == "script" or self._at(index + 1) in ("^", "_"):
            return Step(index + 1, False, Evidence.SOME)
        following = self._at(index + 2)
        single = self._kind(index + 2) in ("letters", "number", "command") and (
            len(following) == 1 or self._kind(index + 2) != "letters"
        )
        if self._kind(index + 1) != "space" or not single or name in ("sqrt", "cbrt"):
            return None
        evident = name in SELF_EVIDENT_FUNCTIONS and following not in ("a", "A", "I")
        if not evident and name not in ("sin", "tan", "log", "exp", "det"):
            return None
        return Step(index + 1, False, Evidence.SOME if evident else Evidence.NONE)
