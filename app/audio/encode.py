"""Encoded audio of one stream: PCM in, bytes of its format out, piece by piece.

An encoder belongs to one stream of sound, however many flushes that has: headers come once, and no seam is heard. It
holds back up to 105 ms of what it was given until more comes or the stream ends; the silence that closes a flush is
longer, so all of its speech gets out.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeVar

import av
import numpy as np
from av.audio.stream import AudioStream

from app.audio.formats import AudioFormat, Codec
from app.messages import BYTES_PER_SAMPLE

MP3_DELAY_SAMPLES = 1105
"""What LAME (576) and a decoder (529) together put before the first sample, whatever the rate."""
OGG_PAGE_US = 40_000
"""One page is always kept back, for the last one is marked as such. With pages of 40 ms at most 87 ms of sound are held
back, and their headers take 6 kbit/s; with FFmpeg's own choice of a second nothing would come out in time."""
POOL_THREADS = 2
"""A second of audio takes about 10 ms to encode, so one thread carries many streams; the other one is for bursts."""

Result = TypeVar("Result")

_POOL = ThreadPoolExecutor(POOL_THREADS, thread_name_prefix="encode")


class StreamEnded(RuntimeError):
    """Something was asked of a stream that is finished or closed."""

    def __init__(self, audio_format: AudioFormat) -> None:
        super().__init__(f"this stream of {audio_format.name} has ended")


@dataclass(frozen=True, slots=True)
class _Recipe:
    """FFmpeg's names and options for a codec."""

    container: str
    encoder: str
    sample_format: str
    container_options: dict[str, str] = field(default_factory=dict)
    encoder_options: dict[str, str] = field(default_factory=dict)


# `bitexact` leaves out FFmpeg's name and version, and with it a chunk that puts a WAV file's samples elsewhere than at
# byte 44, where many clients take them from.
_RECIPES: dict[Codec, _Recipe] = {
    "wav": _Recipe("wav", "pcm_s16le", "s16", {"fflags": "+bitexact"}),
    # No frame may need bytes of an earlier one (the reservoir), since the first frames are not sent.
    "mp3": _Recipe("mp3", "libmp3lame", "s16p", {"id3v2_version": "0", "write_xing": "0"}, {"reservoir": "0"}),
    "opus": _Recipe("ogg", "libopus", "s16", {"page_duration": str(OGG_PAGE_US)}),
    "aac": _Recipe("adts", "aac", "fltp"),
    "flac": _Recipe("flac", "flac", "s16", {"fflags": "+bitexact", "metadata_header_padding": "0"}),
    "ulaw": _Recipe("mulaw", "pcm_mulaw", "s16"),
    "alaw": _Recipe("alaw", "pcm_alaw", "s16"),
}


class _Sink:
    """What FFmpeg writes to: it has no ``seek``, so nothing that was written is ever changed."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        self._written += data
        return len(data)

    def take(self) -> bytes:
        """What was written since the last time."""
        taken = bytes(self._written)
        self._written.clear()
        return taken


class _Output:
    """An open container with one mono stream."""

    def __init__(self, audio_format: AudioFormat) -> None:
        recipe = _RECIPES[audio_format.codec]
        self._rate_hz = audio_format.sample_rate_hz
        self._sink = _Sink()
        self._container = av.open(
            self._sink, "w", format=recipe.container, options={"flush_packets": "1", **recipe.container_options}
        )
        stream = self._container.add_stream(recipe.encoder, rate=self._rate_hz, options=recipe.encoder_options)
        assert isinstance(stream, AudioStream)
        stream.layout = "mono"
        stream.format = recipe.sample_format
        if audio_format.bit_rate:
            stream.bit_rate = audio_format.bit_rate
        self._stream = stream
        self._is_mp3 = audio_format.codec == "mp3"
        self._samples = 0
        self._packets = 0

    def encode(self, pcm: bytes) -> bytes:
        samples = np.frombuffer(pcm, "<i2")
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis], format="s16", layout="mono")
        frame.sample_rate = self._rate_hz
        frame.time_base = Fraction(1, self._rate_hz)
        frame.pts = self._samples
        self._samples += len(samples)
        self._write(frame)
        return self._sink.take()

    def finish(self) -> bytes:
        self._write(None)
        return self.close()

    def close(self) -> bytes:
        self._container.close()
        return self._sink.take()

    def _write(self, frame: av.AudioFrame | None) -> None:
        for packet in self._stream.encode(frame):
            self._packets += 1
            if self._packets > self._unsent_packets():
                self._container.mux(packet)

    def _unsent_packets(self) -> int:
        """Frames at the beginning that are not sent.

        The delay of MP3 is 47 samples short of a whole number of frames. Without these frames sound and character
        times agree to 2 ms, and what the first frame that is sent lacks of its forerunner lies in the silence before
        the first word. AAC keeps its frame of delay: some decoders (faad)
        take it away themselves.
        """
        return round(MP3_DELAY_SAMPLES / self._stream.codec_context.frame_size) if self._is_mp3 else 0


class Encoder:
    """One stream in one format. Not for more than one thread at a time; see ``StreamEncoder``."""

    def __init__(self, audio_format: AudioFormat) -> None:
        self.audio_format = audio_format
        self._output: _Output | None = None
        """Opened by the first sample, which takes up to some milliseconds: a stream without one stays empty."""
        self._has_ended = False

    def push(self, pcm: bytes) -> bytes:
        """Take the next samples and return the bytes that are ready, often none.

        Args:
            pcm: 16-bit little-endian mono at the format's rate, any number of whole samples.

        Raises:
            StreamEnded: after ``finish`` or ``close``.
            ValueError: half a sample.
        """
        self._check_open()
        if len(pcm) % BYTES_PER_SAMPLE:
            raise ValueError(f"16-bit PCM has an even number of bytes, not {len(pcm)}")
        if self.audio_format.codec == "pcm" or not pcm:
            return pcm
        if self._output is None:
            self._output = _Output(self.audio_format)
        return self._output.encode(pcm)

    def finish(self) -> bytes:
        """Return what is left and end the stream.

        Raises:
            StreamEnded: after ``finish`` or ``close``.
        """
        self._check_open()
        self._has_ended = True
        output, self._output = self._output, None
        return output.finish() if output else b""

    def close(self) -> None:
        """End the stream; what is left is lost. Harmless when it has ended already."""
        self._has_ended = True
        output, self._output = self._output, None
        if output:
            output.close()

    def __del__(self) -> None:
        # PyAV's containers and streams refer to each other: left alone, they would wait for the garbage collector.
        self.close()

    def _check_open(self) -> None:
        if self._has_ended:
            raise StreamEnded(self.audio_format)


class StreamEncoder:
    """An ``Encoder`` for an event loop: the work is done in threads that all streams of the process share.

    One call at a time. PCM passes through at once. A call that is cancelled ends the stream: the bytes that it would
    have returned are missing.
    """

    def __init__(self, audio_format: AudioFormat) -> None:
        self.audio_format = audio_format
        self._encoder = Encoder(audio_format)
        self._passes_through = audio_format.codec == "pcm"
        self._is_closed = False
        self._lock = threading.Lock()
        """A cancelled call may still be at work when the stream is closed."""

    async def push(self, pcm: bytes) -> bytes:
        """As ``Encoder.push``."""
        return self._encoder.push(pcm) if self._passes_through else await self._in_thread(self._encoder.push, pcm)

    async def finish(self) -> bytes:
        """As ``Encoder.finish``."""
        return self._encoder.finish() if self._passes_through else await self._in_thread(self._encoder.finish)

    def close(self) -> None:
        """As ``Encoder.close``; returns without waiting."""
        self._is_closed = True
        if self._passes_through:
            self._encoder.close()
        else:
            _POOL.submit(self._alone, self._encoder.close)

    async def _in_thread(self, call: Callable[..., bytes], *arguments: bytes) -> bytes:
        if self._is_closed:
            raise StreamEnded(self.audio_format)
        try:
            return await asyncio.get_running_loop().run_in_executor(_POOL, self._alone, call, *arguments)
        except asyncio.CancelledError:
            self.close()
            raise

    def _alone(self, call: Callable[..., Result], *arguments: bytes) -> Result:
        with self._lock:
            return call(*arguments)
