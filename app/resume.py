"""Speech that goes on where a session broke off, of one text or of lines that come one by one."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from typing import Any

import websockets
from websockets.asyncio.client import process_exception

from app.client import Chunk, Client, GoingAway, ServerError, connection
from app.messages import BYTES_PER_SAMPLE

AFTER_NOTHING_S = 1.0
"""Between two sessions of which the first brought nothing: a server that is full closes each one at once."""
FINAL_CODES = (1000, 1008, 1009)
"""The server closes with these what it would close again: all was said, the key is wrong, the message is too long."""

FULL = 1013
"""With this it closes a session that is one too many."""

PASSING_ERRORS = frozenset({"going_away", "not_ready"})
"""This replica of the server stops, or is not warm yet; another one, or this one soon, has what is wanted."""

LINES_AT_ONCE = 2
"""Lines that are sent and not spoken to their end. The server prepares one behind the one that it speaks, so that more
would gain nothing; and its limit of waiting flushes is never below one, that of waiting characters never touched."""

_sleep = asyncio.sleep
_clock = time.monotonic


async def speak_through(url: str, text: str, *, key: str | None = None, **options: Any) -> AsyncGenerator[Chunk, None]:
    """Speak one text, however many sessions that takes. As ``speak_lines`` with one line, which has no end of patience.

    Args:
        url: see ``connect``, as for the key.
        text: one flush.
        options: ``voice``, ``speed``, ``sample_rate``, ``seed`` …

    Yields:
        The chunks, up to the final one.
    """

    async def line() -> AsyncIterator[str]:
        yield text

    async with aclosing(speak_lines(url, line(), key=key, **options)) as chunks:
        async for chunk in chunks:
            yield chunk


async def speak_lines(
    url: str,
    lines: AsyncIterable[str],
    *,
    key: str | None = None,
    open_within_s: float = math.inf,
    reopen_within_s: float = math.inf,
    **options: Any,
) -> AsyncGenerator[Chunk, None]:
    """Speak lines as they come, each one a flush, the next one prepared while the present one is sent.

    Where a session breaks off, the next one goes on with the first sample that did not come. The server keeps nothing
    for that: it is told the seed and the sample.

    Args:
        url: see ``connect``, as for the key.
        lines: the next one is asked for as soon as the server can do something with it.
        open_within_s: how long to try for the first session, s: the service may be missing, full, or not warm yet.
        reopen_within_s: how long to try, each time that a session broke off, for one that brings something, s.
        options: ``voice``, ``speed``, ``sample_rate``, ``seed`` …

    Yields:
        The chunks of all lines in order; ``flush_index`` counts the lines, whichever session spoke them.

    Raises:
        ServerError: the server refused a line, or failed on it.
        websockets.ConnectionClosed: the server closed the session and would close another one for the same reason, or
            patience ran out.
        OSError, websockets.InvalidHandshake: no session could be opened.
        Exception: whatever ``lines`` raised.
    """
    patience = _Patience(open_within_s, reopen_within_s)
    async with aclosing(_Feed(lines, options)) as feed:
        # As an iterator the library's connect opens a new connection for each turn, later and later while that fails.
        async for socket in connection(url, key, {"process_exception": patience.judged}):
            client, has_come = Client(socket), False
            sending = asyncio.create_task(feed.send(client))
            try:
                while not feed.is_spoken:
                    try:
                        chunk = await client.receive()
                    except GoingAway:
                        sending.cancel()
                        continue
                    if chunk is not None:
                        has_come = True
                        patience.rewarded()
                        yield feed.arrived(chunk)
                return
            except websockets.ConnectionClosed as closed:
                if feed.failure is not None:
                    raise feed.failure from None
                if feed.is_spoken:
                    return
                code = closed.rcvd.code if closed.rcvd is not None else None
                if code in FINAL_CODES or (feed.is_waiting and patience.failed(was_open=code != FULL)):
                    raise
            except ServerError as error:
                if error.code not in PASSING_ERRORS or patience.failed(was_open=error.code == "going_away"):
                    raise
            finally:
                sending.cancel()
                await asyncio.wait({sending})
                await socket.close()
            if not has_come:
                await _sleep(AFTER_NOTHING_S)


@dataclass(slots=True)
class _Line:
    index: int
    text: str
    samples: int = 0
    """What came of it."""
    seed: int | None = None
    """Known once something came."""


class _Feed:
    """Lines on their way to the server; a line is kept until it is spoken to its end.

    Args:
        lines: what they are read from.
        options: of every message.
    """

    def __init__(self, lines: AsyncIterable[str], options: dict[str, Any]) -> None:
        self.failure: Exception | None = None
        """What reading a line raised."""
        self._lines = aiter(lines)
        self._options = options
        self._unspoken: deque[_Line] = deque()
        self._read = 0
        self._is_exhausted = False
        self._reading: asyncio.Task[str | None] | None = None
        """It outlives the session in which it began: a line that is read meanwhile must not be lost."""
        self._has_room = asyncio.Event()

    @property
    def is_spoken(self) -> bool:
        """Whether all lines are, and no more will come."""
        return self._is_exhausted and not self._unspoken

    @property
    def is_waiting(self) -> bool:
        """Whether the server owes something."""
        return bool(self._unspoken)

    async def send(self, client: Client) -> None:
        """Send what is not spoken yet, then new lines as they come and as the server has room for them, then the end.

        Returns early when the session is over, and closes it when a line cannot be read: see ``failure``.
        """
        with suppress(websockets.ConnectionClosed):
            for line in list(self._unspoken):
                await self._send(client, line)
            try:
                while (following := await self._next()) is not None:
                    await self._send(client, following)
            except (websockets.ConnectionClosed, asyncio.CancelledError):
                raise
            except Exception as failure:
                self.failure = failure
                await client.socket.close()
                return
            await client.send(end=True)

    def arrived(self, chunk: Chunk) -> Chunk:
        """Note what came; returns the chunk with the line's place among all lines."""
        line = self._unspoken[0]
        if chunk.meta is not None:
            line.seed = chunk.meta["seed"]
        line.samples += len(chunk.pcm) // BYTES_PER_SAMPLE
        if chunk.final:
            self._unspoken.popleft()
            self._has_room.set()
        return replace(chunk, flush_index=line.index)

    async def aclose(self) -> None:
        """Give up the line that is being read."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading})

    async def _send(self, client: Client, line: _Line) -> None:
        message = {**self._options, "text": line.text, "flush": True}
        # A seed holds until another one is sent; null brings the one back that the server draws for each flush.
        message["seed"] = line.seed if line.samples else self._options.get("seed")
        if line.samples:
            message["resume"] = {"from_sample": line.samples}
        await client.send(**message)

    async def _next(self) -> _Line | None:
        while len(self._unspoken) >= LINES_AT_ONCE:
            self._has_room.clear()
            await self._has_room.wait()
        if self._is_exhausted:
            return None
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_line())
        await asyncio.wait({self._reading})
        reading, self._reading = self._reading, None
        text = reading.result()
        if text is None:
            self._is_exhausted = True
            return None
        line = _Line(self._read, text)
        self._read += 1
        self._unspoken.append(line)
        return line

    async def _read_line(self) -> str | None:
        return await anext(self._lines, None)


class _Patience:
    """How long to try for a session that brings something.

    Args:
        open_within_s: where there was none yet.
        reopen_within_s: where one broke off.
    """

    def __init__(self, open_within_s: float, reopen_within_s: float) -> None:
        self._within_s = open_within_s
        self._reopen_within_s = reopen_within_s
        self._failing_since_s: float | None = None

    def rewarded(self) -> None:
        """Something came."""
        self._within_s, self._failing_since_s = self._reopen_within_s, None

    def failed(self, *, was_open: bool) -> bool:
        """Something that was owed did not come: whether to give up.

        Args:
            was_open: whether there was a session, and the server did not refuse it.
        """
        if was_open:
            self._within_s = self._reopen_within_s
        now_s = _clock()
        if self._failing_since_s is None:
            self._failing_since_s = now_s
        return now_s - self._failing_since_s >= self._within_s

    def judged(self, error: Exception) -> Exception | None:
        """For ``websockets.connect``: the error of a connection that failed, or None where another one may work."""
        final = process_exception(error)
        return error if final is None and self.failed(was_open=False) else final
