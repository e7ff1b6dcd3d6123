"""Text that somebody else is still writing, line by line."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncGenerator
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
        CannotRead: the program was started without one.
    """
    if sys.stdin is None:
        raise CannotRead("There is no standard input to read: give the text as an argument.")
    return open(sys.stdin.fileno(), "rb", closefd=False)


async def lines_from(stream: BinaryIO) -> AsyncGenerator[str, None]:
    """Yields each line as soon as its end is written, without the spaces round it; blank ones are passed over.

    A thread reads, which nothing waits for: a read cannot be given up, and the program may end meanwhile.

    Args:
        stream: of UTF-8; what is none comes as U+FFFD.

    Raises:
        CannotRead: it is a folder, and the like.
    """
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | OSError | None] = asyncio.Queue(AHEAD)

    def read() -> None:
        # The loop may be closed, or the queue full for good, when the listener has had enough.
        with suppress(RuntimeError):
            try:
                for line in iter(stream.readline, b""):
                    if text := line.decode("utf-8", "replace").strip():
                        asyncio.run_coroutine_threadsafe(lines.put(text), loop).result()
            except OSError as error:
                asyncio.run_coroutine_threadsafe(lines.put(error), loop).result()
            else:
                asyncio.run_coroutine_threadsafe(lines.put(None), loop).result()

    threading.Thread(target=read, name="lines", daemon=True).start()
    while (line := await lines.get()) is not None:
        if isinstance(line, OSError):
            raise CannotRead(f"Cannot read the text: {line.strerror}.")
        yield line
