"""Lines of a pipe, as they are written."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterator
from typing import BinaryIO

import pytest
from anyio import fail_after

from app.cli.lines import CannotRead, lines_from


@pytest.fixture
def pipe() -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Its two ends; what is written can be read at once. The first one stays open: a thread may still read from it."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb", buffering=0) as writer:
        yield open(reading, "rb", closefd=False), writer  # noqa: SIM115


async def test_a_line_comes_before_the_next_one_is_written(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    reader, writer = pipe
    lines = lines_from(reader)
    with fail_after(10):
        writer.write(b"The first line.\nThe sec")
        assert await anext(lines) == "The first line."
        writer.write(b"ond one.\n")
        assert await anext(lines) == "The second one."
        writer.close()
        assert [line async for line in lines] == []


async def test_blank_lines_are_passed_over_and_the_last_one_needs_no_end() -> None:
    stream = io.BytesIO("\r\n  \n\n eins \r\n\tzwei über\n".encode() + b"\xff")
    assert [line async for line in lines_from(stream)] == ["eins", "zwei über", "\ufffd"]


async def test_no_more_is_read_than_somebody_will_hear(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    reader, writer = pipe
    os.set_blocking(writer.fileno(), False)
    lines = lines_from(reader)
    # A pipe that nobody empties takes nothing, without waiting, once it is full.
    assert None in (writer.write(b"and on and on\n") for _ in range(1_000_000))
    assert await anext(lines) == "and on and on"
    await lines.aclose()


async def test_what_cannot_be_read_is_told_in_a_sentence() -> None:
    class Broken(io.BytesIO):
        def readline(self, size: int | None = -1) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

    with fail_after(10), pytest.raises(CannotRead, match=r"Cannot read the text: Input/output error\."):
        _ = [line async for line in lines_from(Broken())]
