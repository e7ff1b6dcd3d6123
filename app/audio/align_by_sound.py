"""When each phoneme is heard, from the loudness of the sound alone: for where a model's durations are of no use."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy import ndimage

from app.messages import ENERGY_STEP_MS, FloatArray, Prosody
from app.text.phonemes import PAUSE_KINDS, VOWEL_KINDS, Kind, Unit, units
from app.text.phonemize import Phrase

FRAME_MS = 25.0
STEP_MS = 10.0

WORD_INITIAL = 1.15
WORD_FINAL = 1.2
STRESSED = 1.3
UNSTRESSED = 0.85
BEFORE_PAUSE = 1.4
"""How much longer a phoneme is there than ``TYPICAL_MS`` says; stress counts for vowels."""

TYPICAL_MS = {
    Kind.DIPHTHONG: 130.0,
    Kind.VOWEL: 95.0,
    Kind.REDUCED_VOWEL: 60.0,
    Kind.GLIDE: 60.0,
    Kind.LIQUID: 65.0,
    Kind.FLAP: 35.0,
    Kind.NASAL: 65.0,
    Kind.VOICED_FRICATIVE: 60.0,
    Kind.VOICELESS_FRICATIVE: 95.0,
    Kind.VOICED_STOP: 65.0,
    Kind.VOICELESS_STOP: 80.0,
    Kind.AFFRICATE: 95.0,
}
"""At speed 1, in the order of magnitude of Klatt's inherent durations (1979). Only their ratios count: all are scaled
to the length of the speech."""

SILENCE_DB = -45.0
LEVEL_DB = {
    Kind.DIPHTHONG: -6.0,
    Kind.VOWEL: -6.0,
    Kind.REDUCED_VOWEL: -9.0,
    Kind.GLIDE: -10.0,
    Kind.LIQUID: -11.0,
    Kind.FLAP: -14.0,
    Kind.NASAL: -12.0,
    Kind.VOICED_FRICATIVE: -16.0,
    Kind.VOICELESS_FRICATIVE: -20.0,
    Kind.VOICED_STOP: -18.0,
    Kind.VOICELESS_STOP: -24.0,
    Kind.AFFRICATE: -19.0,
    Kind.SPACE: SILENCE_DB,
    Kind.MARK: SILENCE_DB,
}
"""Of the sound of a phoneme below the loudest step."""

LEVEL_SPREAD_DB = 9.0
DURATION_SPREAD = 0.4
"""Standard deviations of the levels, and of the logarithm of the durations."""

STEPS_PER_VALUE = 4.0
"""Neighbouring steps say nearly the same, so each counts as a part of an independent value."""

PAUSE_COSTS = {Kind.SPACE: 3.0, Kind.MARK: 0.0}
"""Of a pause at all, however long: few words are followed by one, most marks are."""

VANISHED_COST = 20.0
"""Of a phoneme that is not heard at all."""

MAX_SOUND_MS = 600.0
MAX_PAUSE_MS = 1500.0


@dataclass(frozen=True, slots=True, eq=False)
class Loudness:
    """The level of a sound over time."""

    levels_db: NDArray[np.float64]
    """[n], below the loudest step, smoothed."""
    step_ms: float
    origin_ms: float
    """Where the first step begins: each covers the time until the next one."""

    @classmethod
    def of_sound(cls, samples: FloatArray, rate_hz: int) -> Loudness:
        """Of the samples [n] themselves: frames of 25 ms, one every 10 ms."""
        step, frame = round(STEP_MS * rate_hz / 1000), round(FRAME_MS * rate_hz / 1000)
        padded = np.concatenate([samples.astype(np.float64), np.zeros(max(0, frame - len(samples)))])
        power = (sliding_window_view(padded, frame)[::step] ** 2).mean(axis=1)
        return cls._below_loudest(10 * np.log10(power + 1e-10), STEP_MS, (FRAME_MS - STEP_MS) / 2)

    @classmethod
    def predicted(cls, prosody: Prosody) -> Loudness:
        """As the model expects it, before there is a sound."""
        return cls._below_loudest(prosody.energy * DB_PER_ENERGY, ENERGY_STEP_MS, 0.0)

    @classmethod
    def _below_loudest(cls, levels_db: NDArray[np.floating], step_ms: float, origin_ms: float) -> Loudness:
        smooth = ndimage.gaussian_filter1d(levels_db.astype(np.float64), sigma=1.0, mode="nearest")
        loudest = smooth.max() if len(smooth) else 0.0
        return cls(np.maximum(smooth - loudest, 1.5 * SILENCE_DB), step_ms, origin_ms)


DB_PER_ENERGY = 4.7
"""Measured: energies of -9, -2, 2 and 6 are sounds of -68, -46, -26 and -9 dB."""


class PhonemeBasedAligner:
    """Places phonemes by how long and how loud they typically are.

    Of all ways to cut the sound into the phonemes in their order, the likeliest one is taken: durations are spread
    log-normally about typical ones in their context, scaled to the length of the speech, and levels normally about
    those of each kind of phoneme. Pauses last as long as it is silent. Durations of the model are not needed.
    """

    def phoneme_times(self, phrase: Phrase, loudness: Loudness) -> NDArray[np.float64]:
        """Start of every phoneme and the end of the last one, [phonemes + 1] ms, never decreasing.

        Takes time linear in the product of phonemes and steps: 60 ms for a sentence of 100 phonemes and 7 s.
        """
        found = units(phrase.phonemes)
        edges = _likeliest(list(_expected(phrase, found, loudness)), loudness)
        places = [unit.start for unit in found] + [len(phrase.phonemes)]
        return np.interp(np.arange(len(phrase.phonemes) + 1), places, loudness.origin_ms + loudness.step_ms * edges)


@dataclass(frozen=True, slots=True, eq=False)
class _Expected:
    """What is known of a unit before the sound is heard."""

    kind: Kind
    duration_costs: NDArray[np.float64]
    """Of lasting 0, 1, 2 ... steps."""


def _expected(phrase: Phrase, found: Sequence[Unit], loudness: Loudness) -> Iterator[_Expected]:
    durations = np.array(list(_typical_ms(phrase, found))) / loudness.step_ms
    audible = np.count_nonzero(loudness.levels_db > SILENCE_DB)
    scale = audible / durations.sum() if audible and durations.any() else 1.0
    for unit, duration in zip(found, durations * scale, strict=True):
        if unit.kind in PAUSE_KINDS:
            costs = np.full(1 + int(MAX_PAUSE_MS / loudness.step_ms), PAUSE_COSTS[unit.kind])
            costs[0] = 0.0
        else:
            longest = max(int(MAX_SOUND_MS / loudness.step_ms), math.ceil(2 * duration))
            steps = np.arange(1, 1 + longest)
            costs = np.empty(1 + longest)
            costs[0] = VANISHED_COST
            costs[1:] = (np.log(steps / duration) / DURATION_SPREAD) ** 2 / 2
        yield _Expected(unit.kind, costs)


def _typical_ms(phrase: Phrase, found: Sequence[Unit]) -> Iterator[float]:
    """Of every unit in its context; 0 of pauses."""
    starts = {word.phoneme_start for word in phrase.words}
    ends = {word.phoneme_end for word in phrase.words}
    for unit, following in zip_longest(found, found[1:]):
        factor = 1.0
        if unit.kind in VOWEL_KINDS:
            factor *= STRESSED if unit.stress == "ˈ" else UNSTRESSED if not unit.stress else 1.0
        if unit.start in starts:
            factor *= WORD_INITIAL
        if unit.end in ends:
            factor *= WORD_FINAL
        if following is None or following.kind is Kind.MARK:
            factor *= BEFORE_PAUSE
        yield TYPICAL_MS.get(unit.kind, 0.0) * factor


def _likeliest(expected: Sequence[_Expected], loudness: Loudness) -> NDArray[np.int64]:
    """Steps at which the units begin and the last one ends, [units + 1], with silence before and after at no cost."""
    count = len(loudness.levels_db)
    unlike = {
        kind: np.concatenate([[0.0], np.cumsum(((loudness.levels_db - level) / LEVEL_SPREAD_DB) ** 2)])
        / (2 * STEPS_PER_VALUE)
        for kind, level in LEVEL_DB.items()
    }
    cost = unlike[Kind.SPACE].copy()
    lasted = []
    for unit in expected:
        until = unlike[unit.kind]
        longest = min(count, len(unit.duration_costs) - 1)
        before = np.concatenate([np.full(longest, np.inf), cost - until])
        totals = sliding_window_view(before, longest + 1) + unit.duration_costs[longest::-1]
        chosen = totals.argmin(axis=1)
        cost = until + totals[np.arange(count + 1), chosen]
        lasted.append(longest - chosen)
    edges = [int((cost - unlike[Kind.SPACE]).argmin())]
    for steps in reversed(lasted):
        edges.append(edges[-1] - int(steps[edges[-1]]))
    return np.array(edges[::-1])
