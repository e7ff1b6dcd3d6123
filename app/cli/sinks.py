"""Where the speech of the command line goes: a file or standard output, in a format that its name tells."""

from __future__ import annotations

import os
import sys
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import BinaryIO, Protocol

from app.audio.encode import Encoder
from app.audio.formats import AAC_RATE_HZ, OPUS_RATE_HZ, TELEPHONE_RATE_HZ, AudioFormat, Codec
from app.messages import BYTES_PER_SAMPLE
from app.settings import SAMPLE_RATES_HZ


class Format(str, Enum):
    """What sound can be stored as; the codec's name, and a suffix of files."""

    WAV = "wav"
    MP3 = "mp3"
    OPUS = "opus"
    FLAC = "flac"
    AAC = "aac"
    PCM = "pcm"
    ULAW = "ulaw"
    ALAW = "alaw"


_OTHER_SUFFIXES = {"ogg": Format.OPUS, "oga": Format.OPUS, "raw": Format.PCM, "ul": Format.ULAW, "al": Format.ALAW}
FORMAT_OF_SUFFIX = {**{known.value: known for known in Format}, **_OTHER_SUFFIXES}

STANDARD_OUTPUT = Path("-")

DEFAULT_RATE_HZ = 44_100
_OWN_RATES_HZ = {Format.OPUS: OPUS_RATE_HZ, Format.ULAW: TELEPHONE_RATE_HZ, Format.ALAW: TELEPHONE_RATE_HZ}
"""Of the codecs that have no choice."""
_BIT_RATES = {Format.MP3: 128_000, Format.OPUS: 64_000, Format.AAC: 96_000}
MPEG_2_RATE_HZ = 16_000
MAX_MPEG_2_5_BIT_RATE = 64_000
"""Of MP3 below that rate."""


class BadFormat(ValueError):
    """A format that is not made here. The message is written for the user."""


class CannotWrite(Exception):
    """The sound could not be stored. The message is written for the user."""


class NobodyListens(Exception):
    """Whoever read standard output has left."""


class Sink(Protocol):
    """Takes the sound as it comes."""

    def write(self, pcm: bytes) -> None:
        """Take 16-bit little-endian mono PCM, any number of whole samples."""
        ...

    def finish(self) -> None:
        """No more will come, or what came has to be enough."""
        ...


def format_for(out: Path | None, asked: Format | None, sample_rate_hz: int | None) -> AudioFormat:
    """The format of a file.

    Args:
        out: its path; None where the sound is only played.
        asked: None leaves it to the suffix.
        sample_rate_hz: None leaves it to the codec.

    Raises:
        BadFormat: nothing tells the format, or it does not have that rate.
    """
    chosen = asked or _format_of(out)
    own_rate_hz = _OWN_RATES_HZ.get(chosen)
    if sample_rate_hz is None:
        sample_rate_hz = own_rate_hz or (AAC_RATE_HZ if chosen is Format.AAC else DEFAULT_RATE_HZ)
    if sample_rate_hz not in SAMPLE_RATES_HZ:
        rates = ", ".join(map(str, SAMPLE_RATES_HZ))
        raise BadFormat(f"The sample rate must be one of {rates} Hz, not {sample_rate_hz}.")
    if own_rate_hz not in (None, sample_rate_hz):
        raise BadFormat(f"{chosen.value} has {own_rate_hz} Hz here, not {sample_rate_hz}: leave --sample-rate out.")
    bit_rate = _BIT_RATES.get(chosen)
    if chosen is Format.MP3 and sample_rate_hz < MPEG_2_RATE_HZ:
        bit_rate = MAX_MPEG_2_5_BIT_RATE
    codec: Codec = chosen.value
    return AudioFormat(chosen.value, codec, sample_rate_hz, bit_rate)


def check_place(out: Path) -> None:
    """See that a file can be written before speech is asked for.

    Raises:
        CannotWrite: it is a folder, in a folder that does not exist, or standard output is a terminal.
    """
    if out == STANDARD_OUTPUT:
        if sys.stdout.isatty():
            raise CannotWrite("Standard output is a terminal, which cannot show sound: pipe it on, or name a file.")
    elif not out.parent.is_dir() or out.is_dir():
        raise CannotWrite(f"Cannot write {out}: it is a folder, or in a folder that does not exist.")


def leave_standard_output() -> None:
    """Write nothing more to standard output, whose reader has left: not even what Python still holds when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class SoundFile:
    """A file of sound, made with the first sample: what fails before that leaves nothing and overwrites nothing.

    Args:
        out: its path, or ``STANDARD_OUTPUT``.
        audio_format: what ``format_for`` found.
    """

    def __init__(self, out: Path, audio_format: AudioFormat) -> None:
        self._out = out
        self._format = audio_format
        self._file: BinaryIO | None = None
        self._encoder = Encoder(audio_format)
        self._wave: wave.Wave_write | None = None
        """In place of the encoder, which does not go back to write a length into the header."""

    def write(self, pcm: bytes) -> None:
        """As ``Sink.write``.

        Raises:
            CannotWrite: the disk is full, and the like.
            NobodyListens: standard output was closed at its other end.
        """
        if pcm:
            with self._guarded():
                self._take(pcm)

    def finish(self) -> None:
        """As ``Sink.finish``; raises as ``write`` does."""
        with self._guarded():
            self._end()

    def _take(self, pcm: bytes) -> None:
        if self._file is None:
            self._file = self._open()
        if self._wave is not None:
            self._wave.writeframes(pcm)
        else:
            self._file.write(self._encoder.push(pcm))
        self._file.flush()

    def _open(self) -> BinaryIO:
        file = sys.stdout.buffer if self._out == STANDARD_OUTPUT else self._out.open("wb")
        if self._format.codec == "wav" and self._out != STANDARD_OUTPUT and file.seekable():
            self._wave = wave.Wave_write(file)
            self._wave.setnchannels(1)
            self._wave.setsampwidth(BYTES_PER_SAMPLE)
            self._wave.setframerate(self._format.sample_rate_hz)
        return file

    def _end(self) -> None:
        if self._file is None:
            return
        if self._wave is not None:
            self._wave.close()
        else:
            self._file.write(self._encoder.finish())
        self._file.flush()
        if self._out != STANDARD_OUTPUT:
            self._file.close()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            raise NobodyListens from None
        except OSError as error:
            raise CannotWrite(f"Cannot write {self._out}: {error.strerror}.") from None


def _format_of(out: Path | None) -> Format:
    if out is None or out == STANDARD_OUTPUT:
        return Format.WAV
    suffix = out.suffix.removeprefix(".").lower()
    if suffix not in FORMAT_OF_SUFFIX:
        known = ", ".join(f".{name}" for name in FORMAT_OF_SUFFIX)
        raise BadFormat(f"The suffix of {out} tells no format: give it one of {known}, or name a --format.")
    return FORMAT_OF_SUFFIX[suffix]
