"""Ticks: a stream without news says every second that it is alive, so that a hung process is told from a busy one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from typing import TypeVar

from app.messages import Overloaded, ReplicaHung

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Taken:
    """The first item of a stream: somebody has taken the call."""

    replica: str


TICK_S = 1.0
HUNG_AFTER_S = 3 * TICK_S
"""Three missed ticks. A process that computes keeps its event loop free, so that it is never silent for so long."""
TAKEN_WITHIN_S = 1.0
"""A stream begins with ``Taken``. Where that does not come, nobody has taken the call, or one who hangs."""


async def ticking(
    stream: AsyncGenerator[Item, None], replica: str, every_s: float = TICK_S
) -> AsyncGenerator[Item | Taken | None, None]:
    """Yields at once who speaks, and a tick, None, whenever nothing came of ``stream`` for so long; closing this
    closes that."""
    try:
        yield Taken(replica)
        while True:
            following = asyncio.create_task(_next(stream))
            try:
                while not following.done():
                    await asyncio.wait({following}, timeout=every_s)
                    if not following.done():
                        yield None
            finally:
                await _cancelled(following)
            found = following.result()
            if not found:
                return
            yield found[0]
    finally:
        await stream.aclose()


async def watched(
    call: Callable[[], AsyncIterator[Item | Taken | None]],
    cancel: Callable[[AsyncIterator[Item | Taken | None]], None],
    hangs: Callable[[str], None],
    *,
    replica_within_s: float,
    hung_after_s: float = HUNG_AFTER_S,
    taken_within_s: float = TAKEN_WITHIN_S,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncGenerator[Item, None]:
    """Yields what a ticking stream in another process has to say, without its ticks.

    Args:
        call: asks for the stream; it is asked again while nobody takes the call.
        cancel: withdraws a call.
        hangs: told the name of a replica that has fallen silent.
        replica_within_s: until somebody has to have taken it.
        hung_after_s: silence that is one of a process that hangs.
        taken_within_s: silence before the first tick after which the call is made anew, to somebody else perhaps.
        clock: seconds, monotonic.

    Raises:
        ReplicaHung: who spoke has fallen silent.
        Overloaded: nobody took the call in time.
    """
    gives_up_at = clock() + replica_within_s
    responses = call()
    taken: Taken | None = None
    try:
        while True:
            following = asyncio.create_task(_next(responses))
            try:
                await asyncio.wait({following}, timeout=hung_after_s if taken else taken_within_s)
                is_silent = not following.done()
            finally:
                await _cancelled(following)
            if is_silent:
                if taken:
                    hangs(taken.replica)
                    raise ReplicaHung
                if clock() >= gives_up_at:
                    sentence = f"For {replica_within_s:g} s no part of the service was free for this text."
                    raise Overloaded(f"{sentence} Try again in a minute.")
                cancel(responses)
                responses = call()
                continue
            found = following.result()
            if not found:
                return
            item = found[0]
            if isinstance(item, Taken):
                taken = item
            elif item is not None:
                yield item
    finally:
        cancel(responses)


async def _next(stream: AsyncIterator[Item]) -> tuple[Item] | tuple[()]:
    """The next item; nothing at the end."""
    try:
        return (await stream.__anext__(),)
    except StopAsyncIteration:
        return ()


async def _cancelled(task: asyncio.Task[object]) -> None:
    """Cancels what is not done and waits for it. Before Python 3.12 ``asyncio.wait_for`` may lose a cancellation."""
    if not task.done():
        task.cancel()
        await asyncio.wait({task})
