"""Speech that outlives the replica that speaks it: another one goes on from the first sample that did not come."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace

from app.messages import BYTES_PER_SAMPLE, ReplicaLost, Speech, SpeechChunk, SpeechRequest

logger = logging.getLogger(__name__)

MAX_TAKEOVERS = 3
"""Replicas that may be lost while they speak one flush before it fails."""


class ResumedSpeech:
    """``app.messages.Speech`` over one that may be lost.

    Args:
        speech: the stage below, of many replicas.
        taken_over: told the reason whenever another replica goes on, one of ``app.metrics.LOSSES``.
        clock: seconds, monotonic.
    """

    def __init__(
        self, speech: Speech, taken_over: Callable[[str], None], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._speech = speech
        self._taken_over = taken_over
        self._clock = clock

    async def speak(self, request: SpeechRequest) -> AsyncGenerator[list[SpeechChunk], None]:
        """See ``app.messages.Speech.speak``.

        Raises:
            ReplicaLost: too often in one flush.
        """
        began_at, samples, remaining, takeovers = self._clock(), request.from_sample, request, 0
        while True:
            try:
                async with aclosing(self._speech.speak(remaining)) as stream:
                    async for chunks in stream:
                        if samples == request.from_sample and request.ahead_s is None:
                            began_at = self._clock()  # who heard nothing before begins to listen now
                        samples += sum(len(chunk.pcm) for chunk in chunks) // BYTES_PER_SAMPLE
                        yield chunks
                return
            except ReplicaLost as lost:
                takeovers += 1
                if takeovers > MAX_TAKEOVERS:
                    raise
                self._taken_over(lost.reason)
                why = lost.reason
                logger.warning("another Speech replica goes on from sample %d: the one before is %s", samples, why)
                remaining = self._from(request, samples, began_at)

    def _from(self, request: SpeechRequest, samples: int, began_at: float) -> SpeechRequest:
        """The rest of a request, for a listener who hears it from the first chunk on without a break."""
        if samples == request.from_sample:
            return request
        came_s = (samples - request.from_sample) / request.sample_rate_hz
        ahead_s = (request.ahead_s or 0.0) + came_s - (self._clock() - began_at)
        return replace(request, from_sample=samples, ahead_s=max(0.0, ahead_s))
