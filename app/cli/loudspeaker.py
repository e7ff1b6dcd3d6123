"""The loudspeaker of this machine, by miniaudio, which brings its own way to every system's sound."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

from app.messages import BYTES_PER_SAMPLE

PERIOD_MS = 60
"""Sound that the device asks for at a time; it holds up to ``PERIODS`` of them."""
PERIODS = 3
STUCK_AFTER_S = 5.0
"""Beyond the length of what waits: a device that was unplugged asks for nothing."""

_sleep = asyncio.sleep


class NoLoudspeaker(Exception):
    """Nothing can be heard on this machine. The message is written for the user."""


class Loudspeaker:
    """Plays sound as it comes, without gaps as long as enough of it is there, and silence while it is not.

    Args:
        sample_rate_hz: of what it is given; the device may have another one.

    Raises:
        NoLoudspeaker: miniaudio is not installed, or the machine has no device.
    """

    def __init__(self, sample_rate_hz: int) -> None:
        self._bytes_per_s = sample_rate_hz * BYTES_PER_SAMPLE
        self._lock = threading.Lock()
        """The device asks from a thread of its own."""
        self._waiting = bytearray()
        self._is_finished = False
        self._silent_periods = 0
        self._is_quiet = threading.Event()
        self._device = _opened(sample_rate_hz)
        supply = self._supply()
        next(supply)
        self._device.start(supply)

    def write(self, pcm: bytes) -> None:
        """As ``Sink.write``; returns at once."""
        with self._lock:
            self._waiting += pcm

    async def played(self) -> None:
        """Wait until all that was written has been heard.

        Raises:
            NoLoudspeaker: the device takes nothing any more.
        """
        with self._lock:
            self._is_finished = True
            left_s = len(self._waiting) / self._bytes_per_s
        # Polled: the device's thread must not wait for a loop, nor find it closed.
        for _ in range(int((left_s + STUCK_AFTER_S) * 1000 / PERIOD_MS)):
            if self._is_quiet.is_set():
                return
            await _sleep(PERIOD_MS / 1000)
        raise NoLoudspeaker("The loudspeaker has stopped taking sound: see whether it is still connected.")

    def finish(self) -> None:
        """Stop at once."""
        self._device.close()

    def _supply(self) -> Generator[bytes, int, None]:
        frames = yield b""
        while True:
            with self._lock:
                part = bytes(self._waiting[: frames * BYTES_PER_SAMPLE])
                del self._waiting[: len(part)]
                # What the device was given last is heard when it has asked for as much again as it holds.
                self._silent_periods = self._silent_periods + 1 if self._is_finished and not part else 0
                if self._silent_periods > PERIODS:
                    self._is_quiet.set()
            frames = yield part


def _opened(sample_rate_hz: int) -> Any:
    try:
        import miniaudio
    except ImportError:
        raise NoLoudspeaker(
            "Playing needs the package miniaudio: `pip install miniaudio`, or write a file with --out."
        ) from None
    try:
        with _silent_stderr():
            device = miniaudio.PlaybackDevice(
                miniaudio.SampleFormat.SIGNED16,
                nchannels=1,
                sample_rate=sample_rate_hz,
                buffersize_msec=PERIOD_MS,
                callback_periods=PERIODS,
                app_name="kokoro-serve",
            )
    except miniaudio.MiniaudioError as error:
        raise NoLoudspeaker(
            f"This machine has no loudspeaker that can be used ({error.args[0]}): write a file with --out."
        ) from None
    if device.backend == "Null":
        device.close()
        raise NoLoudspeaker("This machine has no sound system: write a file with --out.")
    return device


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """ALSA itself writes dozens of lines where there is no sound card."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
