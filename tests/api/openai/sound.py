"""What a client can tell of a file without listening."""

from __future__ import annotations

import io

import av
from av.audio.frame import AudioFrame

from tests.fakes import CHUNK_MS

TOLERANCE_MS = 50
"""Half a word of the fake Speech. AAC begins with a frame of delay and ends with a full one, of 21 ms each."""


def length_ms(audio: bytes, response_format: str = "mp3") -> float:
    """Length of the sound in a file of one of OpenAI's formats."""
    if response_format == "pcm":
        return len(audio) / (2 * 24)
    with av.open(io.BytesIO(audio)) as container:
        frames = [frame for frame in container.decode(audio=0) if isinstance(frame, AudioFrame)]
    return sum(frame.samples for frame in frames) * 1000 / frames[0].sample_rate


def has_words(audio: bytes, words: int, response_format: str = "mp3") -> bool:
    """Whether a file is as long as so many words of the fake Speech."""
    return abs(length_ms(audio, response_format) - words * CHUNK_MS) <= TOLERANCE_MS
