"""WAV files of what the service sends."""

from __future__ import annotations

import wave
from typing import IO

from app.messages import BYTES_PER_SAMPLE


def write_wav(file: IO[bytes], pcm: bytes, sample_rate_hz: int) -> None:
    """Write 16-bit little-endian mono PCM as a WAV file."""
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(BYTES_PER_SAMPLE)
        wav.setframerate(sample_rate_hz)
        wav.writeframes(pcm)
