"""What a client got, as sound."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

import av
import numpy as np
import soundfile
from scipy.signal import resample_poly

from loadtest.quality_measures import RATE_HZ as HEARING_RATE_HZ

TELEPHONY = {"ulaw": "ULAW", "alaw": "ALAW"}


@dataclass(frozen=True)
class Sound:
    """One channel of sound."""

    samples: np.ndarray
    """[n] float32, within -1 to 1."""
    rate_hz: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate_hz

    @property
    def level(self) -> float:
        """Root mean square: about 0.05 for a Kokoro voice."""
        return float(np.sqrt(np.mean(self.samples**2)))

    def for_hearing(self) -> np.ndarray:
        """The samples at the rate that the recogniser wants."""
        shared = math.gcd(self.rate_hz, HEARING_RATE_HZ)
        return resample_poly(self.samples, HEARING_RATE_HZ // shared, self.rate_hz // shared).astype(np.float32)


def from_pcm(pcm: bytes, rate_hz: int) -> Sound:
    """Of 16 bits, without a header; half a sample is an error."""
    return Sound(np.frombuffer(pcm, "<i2").astype(np.float32) / 32_768, rate_hz)


def from_file(audio: bytes) -> Sound:
    """Of a file that says what it is: WAV, MP3, Ogg Opus."""
    samples, rate_hz = soundfile.read(io.BytesIO(audio), dtype="float32")
    assert samples.ndim == 1, f"{samples.shape[1]} channels"
    return Sound(samples, rate_hz)


def from_stream(audio: bytes) -> Sound:
    """Of AAC in ADTS, and of FLAC that was streamed and so does not know its length: soundfile reads neither."""
    with av.open(io.BytesIO(audio)) as container:
        resampler = av.AudioResampler(format="fltp")
        frames = [part.to_ndarray() for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        rate_hz = container.streams.audio[0].rate
    samples = np.concatenate(frames, axis=1)
    assert samples.shape[0] == 1, f"{samples.shape[0]} channels"
    return Sound(samples[0], rate_hz)


def from_format(audio: bytes, output_format: str) -> Sound:
    """Of an ElevenLabs ``output_format``."""
    codec, rate_hz = output_format.split("_")[:2]
    if codec == "pcm":
        sound = from_pcm(audio, int(rate_hz))
    elif codec in TELEPHONY:
        samples, _ = soundfile.read(
            io.BytesIO(audio),
            dtype="float32",
            format="RAW",
            subtype=TELEPHONY[codec],
            channels=1,
            samplerate=int(rate_hz),
        )
        sound = Sound(samples, int(rate_hz))
    else:
        sound = from_file(audio)
    assert sound.rate_hz == int(rate_hz)
    return sound


def assert_speech(sound: Sound, seconds: float, slack_s: float = 0.1) -> None:
    """It is as long as it should be but for what a codec adds at its ends, and as loud as a voice."""
    assert abs(sound.seconds - seconds) <= slack_s, f"{sound.seconds:.3f} s instead of {seconds:.3f} s"
    assert 0.02 < sound.level < 0.3
