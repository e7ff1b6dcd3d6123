"""When words are heard, against forced alignment by pocketsphinx; `make quality` measures it on far more speech."""

import re

import numpy as np
import pytest

from loadtest.timing_reference import WORD, ForcedAligner
from tests.quality.conftest import RATE_HZ, Spoken


@pytest.fixture(scope="module")
def errors_ms(spoken: list[Spoken]) -> tuple[np.ndarray, np.ndarray]:
    """How much later every word starts and ends than forced alignment says."""
    reference = ForcedAligner()
    starts, ends = [], []
    for sentence in spoken:
        matches = list(WORD.finditer(sentence.text))
        for match, word in zip(matches, reference.align(sentence.text, sentence.samples, RATE_HZ), strict=True):
            starts.append(sentence.start_ms[match.start()] - word.start_ms)
            ends.append(sentence.end_ms[match.end() - 1] - word.end_ms)
    return np.array(starts), np.array(ends)


def test_word_starts_are_within_20_ms_on_average(errors_ms) -> None:
    starts, _ = errors_ms
    size = np.abs(starts)
    print(
        f"{len(starts)}: bias {starts.mean():.0f} ms, mean {size.mean():.0f} ms, p95 {np.percentile(size, 95):.0f} ms"
    )
    assert len(starts) >= 120
    assert size.mean() <= 20
    assert abs(starts.mean()) <= 10


def test_half_of_the_word_ends_are_within_30_ms(errors_ms) -> None:
    _, ends = errors_ms
    size = np.abs(ends)
    print(f"{len(ends)}: median {np.median(size):.0f} ms, p95 {np.percentile(size, 95):.0f} ms")
    assert np.median(size) <= 30
    assert np.percentile(size, 95) <= 120


def test_a_pause_is_not_part_of_the_word_before_it(spoken: list[Spoken]) -> None:
    for sentence in spoken:
        for match in re.finditer(r"\w(?=,)", sentence.text):
            pause_ms = sentence.start_ms[match.end() + 2] - sentence.end_ms[match.start()]
            assert pause_ms >= 50, sentence.text


@pytest.mark.parametrize("speed", [0.5, 0.7, 1.0, 1.5, 2.0])
def test_the_first_letter_is_timed_where_the_sound_begins_at_any_speed(speak, speed: float) -> None:
    for text, voice in [("She opened the window.", "af_heart"), ("Perhaps it will rain tomorrow.", "bm_george")]:
        sentence = speak(text, voice, speed)
        blocks = sentence.samples[: len(sentence.samples) // 80 * 80].reshape(-1, 80)
        onset_ms = 5 * np.flatnonzero(np.sqrt((blocks**2).mean(axis=1)) > 10 ** (-45 / 20))[0]
        assert abs(sentence.start_ms[0] - onset_ms) <= 70, (text, sentence.start_ms[0], onset_ms)
