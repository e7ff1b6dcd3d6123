"""How much is done at once: what goes beyond a limit is refused at once, and never left waiting."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager

from app.messages import Overloaded, Speech, SpeechChunk, SpeechRequest


class Limit:
    """Counts what is open against a maximum that may change meanwhile.

    Args:
        maximum: read whenever a place is asked for.
    """

    def __init__(self, maximum: Callable[[], int]) -> None:
        self.open = 0
        self._maximum = maximum

    @contextmanager
    def place(self) -> Iterator[bool]:
        """Holds a place for as long as the block runs; says False, and holds none, where all are taken."""
        if self.open >= self._maximum():
            yield False
            return
        self.open += 1
        try:
            yield True
        finally:
            self.open -= 1


class AdmittedSpeech:
    """``app.messages.Speech`` that speaks only so many flushes at once.

    It refuses here, inside the replica: were the replica's number of calls limited instead, a full one would also
    keep waiting those who ask how it is.

    Args:
        speech: what speaks those that are admitted.
        max_streams: read whenever a flush comes.
    """

    def __init__(self, speech: Speech, max_streams: Callable[[], int]) -> None:
        self._speech = speech
        self._limit = Limit(max_streams)

    @property
    def open(self) -> int:
        """Flushes that are being spoken."""
        return self._limit.open

    async def speak(self, request: SpeechRequest) -> AsyncGenerator[list[SpeechChunk], None]:
        """See ``app.messages.Speech.speak``.

        Raises:
            Overloaded: before anything is done, when as many flushes as may be are spoken already.
        """
        with self._limit.place() as admitted:
            if not admitted:
                raise Overloaded(f"The service is busy: it speaks {self.open} texts now. Try again in a few seconds.")
            async with aclosing(self._speech.speak(request)) as chunks:
                async for batch in chunks:
                    yield batch
