"""What simulated clients say: turns, each a text that comes in pieces, and what is done when it is heard."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TEXTS = tuple(Path(__file__).with_name("texts.txt").read_text("utf-8").splitlines())
SHORT_WORDS = 15
TOKEN_PAUSE_S = (0.03, 0.06)
"""Between two words of a language model that writes 17 to 33 of them a second."""

_SENTENCE_END = re.compile(r"[.!?][\"']*\s*$")


@dataclass(frozen=True, slots=True)
class Turn:
    """A text, and how its client behaves."""

    pieces: tuple[str, ...]
    pause_s: float = 0.0
    """Between two pieces."""
    think_s: float = 0.0
    """From the end of the sound to the next turn."""
    interrupted_after_s: float | None = None
    """So much of the sound is heard before the client cuts in; None lets it come to its end."""

    @property
    def text(self) -> str:
        """The whole."""
        return "".join(self.pieces)


def ends_sentence(piece: str) -> bool:
    """Whether a sentence ends with a piece."""
    return bool(_SENTENCE_END.search(piece))


def sentence(chance: random.Random) -> Turn:
    """One short text."""
    short = [text for text in TEXTS if len(text.split()) <= SHORT_WORDS]
    return Turn((chance.choice(short),), think_s=chance.uniform(1, 3))


def conversation(chance: random.Random) -> Turn:
    """An answer of a voice agent; every fourth one is interrupted."""
    text = " ".join(chance.sample(TEXTS, chance.randint(1, 2)))
    cut_in = chance.uniform(0.5, 2.5) if chance.random() < 0.25 else None
    return Turn((text,), think_s=chance.uniform(2, 6), interrupted_after_s=cut_in)


def reading(chance: random.Random) -> Turn:
    """Some pages that are read aloud, a minute and more."""
    return Turn((" ".join(chance.sample(TEXTS, 12)),), think_s=1.0)


def tokens(chance: random.Random) -> Turn:
    """What a language model writes, word by word."""
    words = " ".join(chance.sample(TEXTS, 2)).split()
    return Turn(
        tuple(f"{word} " for word in words), pause_s=chance.uniform(*TOKEN_PAUSE_S), think_s=chance.uniform(1, 4)
    )


SCENARIOS: dict[str, Callable[[random.Random], Turn]] = {
    "sentence": sentence,
    "conversation": conversation,
    "reading": reading,
    "tokens": tokens,
}
