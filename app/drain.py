"""The end of an ingress replica: sessions come to theirs, and their clients go on elsewhere."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from app.settings import SessionSettings

GOING_AWAY = "This part of the service is about to stop: open a new session and go on there."


class Drain:
    """Begins once; every session waits for that.

    Args:
        settings: read when it begins.
        sleep: seconds.
        chance: from 0 to 1, drawn for every session.
    """

    def __init__(
        self,
        settings: Callable[[], SessionSettings],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        self._sleep = sleep
        self._chance = chance
        self._begun = asyncio.Event()

    @property
    def is_begun(self) -> bool:
        """Whether the replica is to end."""
        return self._begun.is_set()

    def begin(self) -> None:
        """The replica is to end."""
        self._begun.set()

    async def reaches_session(self) -> None:
        """Waits until a session is to end: at another moment for each, so that not all of them come again at once."""
        await self._begun.wait()
        await self._sleep(self._chance() * self._settings().drain_jitter_s)

    async def runs_out(self) -> None:
        """Waits as long as a session that was reached may still speak."""
        await self._sleep(self._settings().drain_s)
