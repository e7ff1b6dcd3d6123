"""Every voice as loud as the others: a fixed gain for each, from its loudness as it was measured once."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

import numpy as np

from app.blend import parse_blend
from app.messages import FloatArray

MAX_GAIN_DB = 12.0
"""A blend with subtracted voices may come out anywhere."""

KNEE = 0.9
"""Of full scale: samples above it are bent, so that none of them reaches 1."""


@cache
def measured_lufs() -> dict[str, float]:
    """Integrated loudness (ITU-R BS.1770) of the voices by name, as the model makes them.

    ``python -m loadtest.loudness`` measures it.
    """
    text = files("app.audio").joinpath("loudness.json").read_text("utf-8")
    loudness: dict[str, float] = json.loads(text)
    return loudness


def gain_of(voice: str, target_lufs: float | None) -> float:
    """What the samples of a voice are multiplied with, so that it is as loud as wanted.

    Args:
        voice: a name, or a blend, which is as loud as its voices are on average. One that was never measured stays
            as it is.
        target_lufs: None leaves every voice as it is.
    """
    if target_lufs is None:
        return 1.0
    known = measured_lufs()
    gain_db = sum(share * (target_lufs - known[name]) for name, share in parse_blend(voice).items() if name in known)
    return float(10 ** (min(max(gain_db, -MAX_GAIN_DB), MAX_GAIN_DB) / 20))


def amplified(samples: FloatArray, gain: float) -> FloatArray:
    """Samples times a gain, without clipping: the loudest ones are bent by a curve that has no corner.

    It looks at one sample at a time, so pieces of a sound are treated as the whole is.
    """
    if gain == 1.0:
        return samples
    louder = samples * np.float32(gain)
    size = np.abs(louder)
    bent = KNEE + (1 - KNEE) * np.tanh((size - KNEE) / (1 - KNEE))
    return np.where(size > KNEE, np.copysign(bent, louder), louder).astype(np.float32)
