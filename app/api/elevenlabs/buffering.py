"""When buffered text is spoken that nobody has flushed: by a schedule of lengths, or in auto mode by sentences."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

DEFAULT_SCHEDULE = (120, 160, 250, 290)
"""Characters that are waited for before the first, second … generation; the last one holds for all that follow.
ElevenLabs' default."""
SHORTEST, LONGEST = 50, 500
"""The bounds of a schedule's items; also what ``try_trigger_generation`` waits for at least."""
PATIENCE = 1.5
"""Where neither a sentence nor a clause ends, so many times the length is waited for."""

_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*\s+")
_CLAUSE_END = re.compile(r"[,;:—–][\"'”’)\]]*\s+")
_SPACE = re.compile(r"\s+")
_ENDS_SENTENCE = re.compile(r"(?:[!?…]|(?<!\d)\.)[\"'”’)\]]*$|[.!?…][\"'”’)\]]*\s+$|\n\s*$")
"""A full stop behind a digit may be a decimal point whose digits come with the next message, unless space follows."""
_WHOLE_SENTENCE = re.compile(r"[a-z]{2}[.!?…][\"'”’)\]]*$")
_NEW_SENTENCE = re.compile(r"[\"'“‘(\[]*[A-Z]")


class TextBuffer:
    """The text of one context that is not to be spoken yet.

    Args:
        auto_mode: speak sentence by sentence, without a schedule.
    """

    def __init__(self, *, auto_mode: bool) -> None:
        self.auto_mode = auto_mode
        self._text = ""
        self._schedule: Sequence[int] = DEFAULT_SCHEDULE
        self._generations = 0

    def __len__(self) -> int:
        return len(self._text)

    def set_schedule(self, asked: Any) -> None:
        """Takes a ``chunk_length_schedule``: items out of bounds are moved to them, what is no number is left out."""
        items = asked if isinstance(asked, list) else []
        lengths = [
            min(max(int(item), SHORTEST), LONGEST)
            for item in items
            if isinstance(item, int | float) and not isinstance(item, bool) and math.isfinite(item)
        ]
        self._schedule = lengths or self._schedule

    def add(self, text: str) -> None:
        """Appends a message's text. Spaces before everything else have nothing to part, and are dropped.

        Some clients send whole sentences without a space between them: one is put there.
        """
        if not self._text:
            text = text.lstrip()
        elif _WHOLE_SENTENCE.search(self._text) and _NEW_SENTENCE.match(text):
            text = f" {text}"
        self._text += text

    def take_ready(self, *, triggered: bool = False) -> str:
        """What is to be spoken now; empty if nothing is.

        Args:
            triggered: the client asks for speech already where the shortest length is there.
        """
        if self.auto_mode:
            return self.take_all() if _ENDS_SENTENCE.search(self._text) else ""
        threshold = SHORTEST if triggered else self._schedule[min(self._generations, len(self._schedule) - 1)]
        if len(self._text.strip()) < threshold:
            return ""
        taken = self._take(self._best_end(threshold))
        if taken:
            self._generations += 1
        return taken

    def take_all(self) -> str:
        """Everything."""
        return self._take(len(self._text))

    def _best_end(self, threshold: int) -> int:
        """Where a sentence ends, or else a clause, in the second half of what was waited for.

        Else, when ``PATIENCE`` is at its end, behind the last whole word: a sentence that is torn there falls in pitch
        and pauses where nobody would.
        """
        for kind in (_SENTENCE_END, _CLAUSE_END):
            ends = [found.end() for found in kind.finditer(self._text)]
            if ends and ends[-1] >= threshold / 2:
                return ends[-1]
        spaces = [found.end() for found in _SPACE.finditer(self._text)]
        return spaces[-1] if spaces and len(self._text.strip()) >= PATIENCE * threshold else 0

    def _take(self, end: int) -> str:
        taken, self._text = self._text[:end], self._text[end:]
        return taken if taken.strip() else ""
