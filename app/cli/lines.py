"""Text that somebody else is still writing, line by line."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import BinaryIO

AHEAD = 8
"""Lines that are read before anybody wants them."""


class CannotRead(Exception):
    """The text cannot be read. The message is written for the user."""


def standard_input() -> BinaryIO:
    """Standard input with a buffer of its own: that of ``sys.stdin`` would be locked by a thread that waits for a line,
    and the interpreter needs it to end.

    Raises:
        CannotRead: the program was started without one, or with a folder for one.
    """
    if sys.stdin is None:
        raise CannotRead("There is no standard input to read: give the text as an argument.")
    try:
        return open(sys.stdin.fileno(), "rb", closefd=False)
    except OSError as error:
        raise CannotRead(f"Cannot read the text: {error.strerror}.") from None


async def lines_from(stream: BinaryIO) -> AsyncGenerator[str, None]:
    """Yields each line as soon as its end is written, without the spaces round it; blank ones are passed over.

    A thread reads, which nothing waits for: a read cannot be given up, and the program may end meanwhile.

    Args:
        stream: of UTF-8; what is none comes as U+FFFD.

    Raises:
        CannotRead: it fails.
    """
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | OSError | None] = asyncio.Queue(AHEAD)

    def put(line: str | OSError | None) -> None:
        putting = lines.put(line)
        try:
            asyncio.run_coroutine_threadsafe(putting, loop).result()
        finally:
            putting.close()

    def read() -> None:
        # The loop is closed, or the wait for room in the queue cancelled, when the listener has had enough.
        with suppress(RuntimeError, CancelledError):
            try:
                for line in iter(stream.readline, b""):
                    if text := line.decode("utf-8", "replace").strip():
                        put(text)
            except OSError as error:
                put(error)
            else:
                put(None)

    threading.Thread(target=read, name="lines", daemon=True).start()
    while (line := await lines.get()) is not None:
        if isinstance(line, OSError):
            raise CannotRead(f"Cannot read the text: {line.strerror}.")
        yield line
