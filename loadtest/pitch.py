"""The pitch of a voice in a stretch of sound."""

from __future__ import annotations

import numpy as np

from app.messages import FloatArray

FRAME_MS, STEP_MS = 40.0, 10.0
LOWEST_HZ, HIGHEST_HZ = 60.0, 400.0
VOICED = 0.5
"""Least autocorrelation, of 1, of a frame that counts as voiced."""

AS_HIGH = 0.85
"""Of the highest peak."""

AUDIBLE_DB = 40.0
"""A frame counts if it is no further than that below the loudest one of the sound."""


def semitones(sound: FloatArray, rate_hz: int, from_ms: float, until_ms: float) -> float | None:
    """The median pitch of the voiced frames in a stretch, in semitones over 55 Hz; None where nothing is voiced.

    The pitch of a frame is the shortest lag from 1/400 to 1/60 s at which the normalised autocorrelation has a peak
    that is about as high as its highest one: the multiples of a period are peaks as well.
    """
    size, step = (round(ms * rate_hz / 1000) for ms in (FRAME_MS, STEP_MS))
    least, most = round(rate_hz / HIGHEST_HZ), round(rate_hz / LOWEST_HZ)
    floor = np.abs(sound).max() * 10 ** (-AUDIBLE_DB / 20)
    found = []
    begin, end = (max(0, round(ms * rate_hz / 1000)) for ms in (from_ms, until_ms))
    for start in range(begin, min(end, len(sound)) - size + 1, step):
        frame = sound[start : start + size] - sound[start : start + size].mean()
        if np.sqrt((frame**2).mean()) < floor:
            continue
        correlation = _normalised_autocorrelation(frame, most)
        lag = _first_peak(correlation, least)
        if correlation[lag] >= VOICED:
            found.append(12 * np.log2(rate_hz / lag / 55))
    return float(np.median(found)) if found else None


def _first_peak(correlation: FloatArray, least: int) -> int:
    within = correlation[least:]
    high = np.flatnonzero(within >= AS_HIGH * within.max())
    # The first stretch of lags that is high.
    stretch = high[: int(np.argmax(np.diff(high, append=len(within) + 1) > 1)) + 1]
    return least + int(stretch[np.argmax(within[stretch])])


def _normalised_autocorrelation(frame: FloatArray, most: int) -> FloatArray:
    """By lag, 0 to ``most``: the product of the overlapping parts over their energies' geometric mean."""
    size = len(frame)
    spectrum = np.fft.rfft(frame, 2 * size)
    products = np.fft.irfft(np.abs(spectrum) ** 2)[: most + 1]
    energy = np.concatenate([[0.0], np.cumsum(frame**2)])
    lags = np.arange(most + 1)
    left, right = energy[size - lags], energy[size] - energy[lags]
    return products / np.sqrt(np.maximum(left * right, 1e-12))
