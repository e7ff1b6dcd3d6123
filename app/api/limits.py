"""How much one caller may have spoken: so many streams at once, so many characters a minute.

Each ingress replica counts for itself. With several of them a caller may get as many times as much; what the machine
can carry is guarded behind them, by ``app.admission``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.requests import HTTPConnection

from app.api.auth import Caller
from app.api.service import service_of
from app.messages import Speech, SpeechChunk, SpeechRequest, SynthesisFailed
from app.settings import AuthSettings

MINUTE_S = 60


class TooManyConcurrent(SynthesisFailed):
    """The caller speaks as many texts at once as it may."""

    code = "too_many_concurrent_requests"
    retry_after_s = 1


class RateLimitExceeded(SynthesisFailed):
    """The caller's characters of this minute are used up."""

    code = "rate_limit_exceeded"

    def __init__(self, sentence: str, retry_after_s: int) -> None:
        super().__init__(sentence)
        self.retry_after_s = retry_after_s


class LongerThanAMinute(SynthesisFailed):
    """A text with more characters than the caller has in a whole minute: no waiting helps."""

    code = "text_too_long"


class Limits:
    """What every caller has in use, in this process.

    Args:
        settings: read at every use, so that changed limits hold at once.
    """

    def __init__(self, settings: Callable[[], AuthSettings]) -> None:
        self._settings = settings
        self._speaking: Counter[str] = Counter()
        # Two counters a caller, however many characters; the library's moving window keeps an entry for each of them.
        self._storage = MemoryStorage()
        self._characters = SlidingWindowCounterRateLimiter(self._storage)

    def take_place(self, caller: Caller) -> None:
        """Counts one more that the caller has speaking; give the place back when it is done.

        Raises:
            TooManyConcurrent: there is no place; none was taken.
        """
        own, limit = caller.max_concurrent, self._settings().max_concurrent
        limit = limit if own is None else own
        if limit and self._speaking[caller.name] >= limit:
            raise TooManyConcurrent(
                f"This key may have {limit} {'text' if limit == 1 else 'texts'} spoken at once. "
                "Wait until one has come to its end."
            )
        self._speaking[caller.name] += 1

    def give_place_back(self, caller: Caller) -> None:
        """The end of what ``take_place`` began."""
        self._speaking[caller.name] -= 1
        if not self._speaking[caller.name]:
            del self._speaking[caller.name]

    def charge(self, caller: Caller, characters: int) -> None:
        """Takes characters off the caller's minute. What then cannot be spoken is not given back.

        Raises:
            RateLimitExceeded: there are not as many left; nothing was taken.
            LongerThanAMinute: there never are.
        """
        own, limit = caller.max_characters_per_minute, self._settings().max_characters_per_minute
        limit = limit if own is None else own
        if not limit:
            return
        if characters > limit:
            raise LongerThanAMinute(
                f"This key may have {limit:,} characters spoken in a minute and this text has {characters:,}: "
                "send it in parts."
            )
        item = RateLimitItemPerMinute(limit)
        if not self._characters.hit(item, caller.name, cost=characters):
            wait_s = self._free_in_s(item, caller.name, characters)
            raise RateLimitExceeded(
                f"This key may have {limit:,} characters spoken in a minute, and too few are left for this text. "
                f"Try again in {wait_s} s.",
                wait_s,
            )

    def _free_in_s(self, item: RateLimitItemPerMinute, name: str, characters: int) -> int:
        """Whole seconds until so many characters are free, if nothing else is spoken meanwhile.

        The minute that went before counts in proportion to how much of it lies within the last 60 s. So first its part
        fades, and when this minute ends, this one's.
        """
        previous, _, current, current_lasts_s = self._storage.get_sliding_window(item.key_for(name), MINUTE_S)
        left_s = current_lasts_s - MINUTE_S
        free_below = item.amount - characters + 1
        if current < free_below and previous:
            wait_s = left_s - MINUTE_S * (free_below - current) / previous
        else:
            wait_s = left_s + MINUTE_S * (1 - free_below / max(current, free_below))
        return math.floor(wait_s) + 1


class LimitedSpeech:
    """``app.messages.Speech`` within the limits of one caller; one for each session, context or request.

    However many streams it has open, it counts as one that speaks: a session prepares its next flush while the present
    one is sent.
    """

    def __init__(self, speech: Speech, limits: Limits, caller: Caller) -> None:
        self._speech = speech
        self._limits = limits
        self._caller = caller
        self._open = 0

    def is_speaking(self) -> bool:
        """Whether it has a stream open."""
        return self._open > 0

    async def speak(self, request: SpeechRequest) -> AsyncGenerator[list[SpeechChunk], None]:
        """See ``app.messages.Speech.speak``.

        Raises:
            TooManyConcurrent: before anything is done, as the others.
            RateLimitExceeded: the characters of the caller's minute are used up.
            LongerThanAMinute: the text has more characters than the caller has in a minute.
        """
        with self._stream():
            self._limits.charge(self._caller, len(request.text))
            async with aclosing(self._speech.speak(request)) as chunks:
                async for batch in chunks:
                    yield batch

    @contextmanager
    def _stream(self) -> Iterator[None]:
        if not self._open:
            self._limits.take_place(self._caller)
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1
            if not self._open:
                self._limits.give_place_back(self._caller)


def limited_speech(connection: HTTPConnection, caller: Caller) -> LimitedSpeech:
    """The service's Speech for one session or request of a caller."""
    return LimitedSpeech(service_of(connection).speech, connection.app.state.limits, caller)
