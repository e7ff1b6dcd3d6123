import time

import numpy as np
import pytest

from app.audio.align_by_sound import LEVEL_DB, SILENCE_DB, TYPICAL_MS, Loudness, PhonemeBasedAligner
from app.messages import Prosody
from app.text.phonemes import PAUSE_KINDS, Kind, units
from app.text.phonemize import Phrase, WordSpan

STEP_MS = 10.0
PAUSE_MS = 300


def phrase(phonemes: str) -> Phrase:
    """Words between spaces and commas, written with as many letters as they have phonemes."""
    words, begin = [], 0
    for word in phonemes.replace(",", " ").split(" "):
        if word:
            words.append(WordSpan(begin, begin + len(word), begin, begin + len(word)))
        begin += len(word) + 1
    knots = tuple(range(len(phonemes) + 1))
    return Phrase((43,) * len(phonemes), 0, len(phonemes), knots, knots, tuple(words), "x" * len(phonemes), phonemes)


def spoken(phonemes: str, lead_ms: float, stretch: float = 1.0) -> tuple[Loudness, dict[int, float]]:
    """How loud a sound of these phonemes is, and when each unit begins; a comma is a pause."""
    levels = [-70.0] * int(lead_ms / STEP_MS)
    starts = {}
    for unit in units(phonemes):
        starts[unit.start] = len(levels) * STEP_MS
        ms = PAUSE_MS if unit.kind is Kind.MARK else TYPICAL_MS.get(unit.kind, 0.0) * stretch
        levels += [-70.0 if unit.kind in PAUSE_KINDS else LEVEL_DB[unit.kind]] * round(ms / STEP_MS)
    starts[len(phonemes)] = len(levels) * STEP_MS
    return Loudness(np.array(levels + [-70.0] * 25), STEP_MS, 0.0), starts


SENTENCE = "ðə kˈɛTᵊl wʌz stˈɪl wˈɔɹm, wˌɛn hi kˈAm bˈæk"


@pytest.mark.parametrize("stretch", [0.7, 1.0, 1.4])
@pytest.mark.parametrize("lead_ms", [50, 400])
def test_phonemes_are_found_where_the_sound_is_as_loud_as_they_are(lead_ms: float, stretch: float) -> None:
    loudness, starts = spoken(SENTENCE, lead_ms, stretch)
    times = PhonemeBasedAligner().phoneme_times(phrase(SENTENCE), loudness)
    errors = [times[place] - start for place, start in starts.items() if place not in (22, 23)]
    assert np.abs(errors).mean() <= 12
    assert np.abs(errors).max() <= 45


def test_a_pause_belongs_to_the_mark_and_the_space_after_the_word() -> None:
    loudness, starts = spoken(SENTENCE, 100)
    times = PhonemeBasedAligner().phoneme_times(phrase(SENTENCE), loudness)
    comma = SENTENCE.index(",")
    assert times[comma] == pytest.approx(starts[comma], abs=20)
    assert times[comma + 2] - times[comma] == pytest.approx(PAUSE_MS, abs=30)


@pytest.mark.parametrize("levels", [0, 1, 5, 400])
@pytest.mark.parametrize("level", [-70.0, 0.0])
def test_a_sound_that_is_too_short_or_the_same_throughout_has_times_in_order(levels: int, level: float) -> None:
    loudness = Loudness(np.full(levels, level), STEP_MS, 0.0)
    times = PhonemeBasedAligner().phoneme_times(phrase(SENTENCE), loudness)
    assert len(times) == len(SENTENCE) + 1
    assert (np.diff(times) >= 0).all()
    assert 0 <= times[0] <= times[-1] <= levels * STEP_MS


def test_the_longest_utterance_takes_less_than_a_second() -> None:
    phonemes = " ".join(["stˈɪl"] * 85)
    loudness = Loudness(np.tile([-10.0, -20.0, -60.0], 1_000), STEP_MS, 0.0)
    began = time.process_time()
    PhonemeBasedAligner().phoneme_times(phrase(phonemes), loudness)
    assert time.process_time() - began < 3


def test_the_loudness_of_a_sound_is_that_of_25_ms_every_10_ms_below_the_loudest() -> None:
    rate_hz = 24_000
    tone = np.sin(2 * np.pi * 200 * np.arange(rate_hz) / rate_hz).astype(np.float32)
    tone[: rate_hz // 2] *= 0.1
    loudness = Loudness.of_sound(tone, rate_hz)
    assert len(loudness.levels_db) == pytest.approx(100, abs=2)
    assert loudness.levels_db[20] == pytest.approx(-20, abs=0.3)
    assert loudness.levels_db[80] == pytest.approx(0, abs=0.3)


@pytest.mark.parametrize("samples", [0, 1, 599])
def test_the_loudness_of_next_to_nothing_is_silence_and_no_error(samples: int) -> None:
    assert len(Loudness.of_sound(np.zeros(samples, np.float32), 24_000).levels_db) == 1


def test_the_predicted_loudness_goes_with_the_predicted_energy() -> None:
    energy = np.repeat(np.array([-9.0, 5.0, -9.0], np.float32), 20)
    loudness = Loudness.predicted(Prosody(np.array([30]), np.zeros(60, np.float32), energy))
    assert loudness.step_ms == 12.5
    assert loudness.levels_db[30] == pytest.approx(0, abs=0.1)
    assert loudness.levels_db[[5, 55]].max() <= SILENCE_DB
