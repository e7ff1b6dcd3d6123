"""One utterance with Kokoro, whichever replica decodes it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace

from app.messages import FRAME_SAMPLES, Kokoro, Prosody, ReplicaLost, Utterance, Window
from app.metrics import SpeechMetrics

logger = logging.getLogger(__name__)

MAX_TAKEOVERS = 3
"""Replicas that may be lost while they work on one utterance before it fails."""


class Asked:
    """One utterance with Kokoro: its windows are collected as they come, whether they are wanted yet or not.

    When the replica that decodes it is lost, another one goes on from the first frame that did not come.
    """

    def __init__(
        self,
        kokoro: Kokoro,
        utterance: Utterance,
        delay_s: float,
        sleep: Callable[[float], Awaitable[None]],
        metrics: SpeechMetrics,
        first_frame: int = 0,
        prosody: Prosody | None = None,
    ) -> None:
        self._kokoro = kokoro
        self._utterance = utterance
        self._metrics = metrics
        self._prosody = prosody
        self._is_told = False
        """Whether a window has brought the prosody."""
        self._next_frame = first_frame
        self._arrived: asyncio.Queue[Window | Exception | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._collect(delay_s, sleep))

    async def windows(self) -> AsyncIterator[Window]:
        """The windows in order; raises what Kokoro raised."""
        while (item := await self._arrived.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item

    async def close(self) -> None:
        """Withdraw what is not there yet."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _collect(self, delay_s: float, sleep: Callable[[float], Awaitable[None]]) -> None:
        try:
            if delay_s:
                await sleep(delay_s)
            for takeovers_left in reversed(range(MAX_TAKEOVERS + 1)):
                try:
                    await self._take_all()
                    break
                except ReplicaLost as lost:
                    if not takeovers_left:
                        raise
                    self._metrics.takeovers.labels(lost.reason).inc()
                    frame, why = self._next_frame, lost.reason
                    logger.warning("another Kokoro replica goes on from frame %d: the one before is %s", frame, why)
        except Exception as error:
            self._arrived.put_nowait(error)
        else:
            self._arrived.put_nowait(None)

    async def _take_all(self) -> None:
        began = time.monotonic()
        async with aclosing(self._kokoro.submit(self._utterance, self._next_frame, self._prosody)) as stream:
            async for window in stream:
                if self._prosody is None:
                    self._metrics.took("kokoro", time.monotonic() - began)
                    self._prosody = window.prosody
                window = replace(window, prosody=None if self._is_told else self._prosody)
                self._is_told = True
                self._next_frame = window.first_frame + len(window.samples) // FRAME_SAMPLES
                self._arrived.put_nowait(window)
                if window.last:
                    return
