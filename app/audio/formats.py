"""What audio may be asked for: the names of two dialects, and what stands behind each.

The sound arrives as 16-bit little-endian mono PCM at exactly ``sample_rate_hz``: an encoder never resamples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.messages import MODEL_SAMPLE_RATE_HZ
from app.settings import SAMPLE_RATES_HZ

Codec = Literal["pcm", "wav", "mp3", "opus", "aac", "flac", "ulaw", "alaw"]

OPUS_RATE_HZ = 48_000
"""Opus has its own clock: whatever went in, it comes out at this rate."""
TELEPHONE_RATE_HZ = 8_000
AAC_RATE_HZ = 48_000
"""Not the model's 24 kHz: there a decoder may take plain AAC for the lower half of HE-AAC and double the rate (faad
does), and a frame lasts 43 ms instead of 21."""

CONTENT_TYPES: dict[Codec, str] = {
    "pcm": "audio/pcm",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "opus": "audio/opus",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "ulaw": "audio/ulaw",
    "alaw": "audio/alaw",
}


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """How the sound of one stream is sent."""

    name: str
    """As clients write it."""
    codec: Codec
    sample_rate_hz: int
    """One of ``SAMPLE_RATES_HZ``."""
    bit_rate: int | None
    """Bits per second; None where the codec has no choice."""

    @property
    def content_type(self) -> str:
        """For the header of an HTTP answer."""
        return CONTENT_TYPES[self.codec]


def _elevenlabs() -> dict[str, AudioFormat]:
    """Names made of codec, rate in Hz and kilobits per second."""
    compressed: list[tuple[Codec, int, tuple[int, ...]]] = [
        ("mp3", 22_050, (32,)),
        ("mp3", 24_000, (48,)),
        ("mp3", 44_100, (32, 64, 96, 128, 192)),
        ("opus", OPUS_RATE_HZ, (32, 64, 96, 128, 192)),
    ]
    plain: list[tuple[Codec, tuple[int, ...]]] = [
        ("pcm", SAMPLE_RATES_HZ),
        ("wav", SAMPLE_RATES_HZ),
        ("ulaw", (TELEPHONE_RATE_HZ,)),
        ("alaw", (TELEPHONE_RATE_HZ,)),
    ]
    formats = [
        AudioFormat(f"{codec}_{rate}_{kilobits}", codec, rate, kilobits * 1000)
        for codec, rate, choices in compressed
        for kilobits in choices
    ]
    formats += [AudioFormat(f"{codec}_{rate}", codec, rate, None) for codec, rates in plain for rate in rates]
    formats.append(AudioFormat("mp3_44100", "mp3", 44_100, 128_000))
    return {audio_format.name: audio_format for audio_format in formats}


ELEVENLABS_FORMATS = _elevenlabs()
"""``output_format`` of ElevenLabs' interface. Opus comes in Ogg, µ-law and A-law without a header."""

OPENAI_FORMATS: dict[str, AudioFormat] = {
    audio_format.name: audio_format
    for audio_format in (
        # The model's own rate wherever the codec takes it: nothing is gained by resampling first.
        AudioFormat("mp3", "mp3", MODEL_SAMPLE_RATE_HZ, 128_000),
        AudioFormat("opus", "opus", OPUS_RATE_HZ, 64_000),
        AudioFormat("aac", "aac", AAC_RATE_HZ, 96_000),
        AudioFormat("flac", "flac", MODEL_SAMPLE_RATE_HZ, None),
        AudioFormat("wav", "wav", MODEL_SAMPLE_RATE_HZ, None),
        AudioFormat("pcm", "pcm", MODEL_SAMPLE_RATE_HZ, None),
    )
}
"""``response_format`` of OpenAI's interface. Opus comes in Ogg, AAC in ADTS."""
