"""What a session is told and what it tells: options, refusals, events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from app.messages import SpeechChunk


class SessionError(Exception):
    """A step that the session refuses and that has changed nothing. The message is written for the user."""

    code: ClassVar[str] = "bad_message"


class IllegalStep(SessionError):
    """A step that the session's state does not allow."""


class GoingAway(SessionError):
    """The server is about to stop and takes nothing more."""

    code = "going_away"


class TextTooLong(SessionError):
    """More text than a session may hold before it is spoken."""

    code = "text_too_long"


class TooManyFlushes(SessionError):
    """More flushes than may wait in one session."""

    code = "too_many_flushes"


@dataclass(frozen=True, slots=True)
class Options:
    """How the text is spoken, from the next flush on."""

    voice: str | None = None
    """None takes the service's default."""
    speed: float = 1.0
    sample_rate_hz: int | None = None
    """None takes the service's default."""
    seed: int | None = None
    """0 to ``MAX_SEED``; None draws one for every flush."""
    normalize: bool = True
    language: str | None = None
    """As ``SpeechRequest`` has it: None takes the voice's own."""
    ssml: bool = False
    """The text is SSML."""
    pronunciations: tuple[tuple[str, str], ...] = ()
    """As ``SpeechRequest`` has it."""


@dataclass(frozen=True, slots=True)
class FlushMeta:
    """What is told once in a flush, with its first chunk."""

    first_chunk_ms: float
    """From the flush, or from the end of the one before where that was later, to this chunk being handed out."""
    seed: int
    utterance_id: str


@dataclass(frozen=True, slots=True)
class ChunkReady:
    """A chunk to send now; ``chunk.final`` ends the flush."""

    flush_index: int
    chunk: SpeechChunk
    meta: FlushMeta | None = None
    """In the first chunk of a flush only."""


@dataclass(frozen=True, slots=True)
class FlushFailed:
    """The end of a flush that could not be spoken to its end."""

    flush_index: int
    code: str
    message: str
    retry_after_s: int | None = None
    """When the same text may be spoken, where that is known."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The answer to one cancel: nothing comes any more of the flushes that were asked for before it."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Everything was spoken and the client had asked for the end. The last event."""


Event = ChunkReady | FlushFailed | Cancelled | Ended
