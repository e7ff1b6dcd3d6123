import numpy as np
import pytest

from app.audio.align import HybridAligner
from app.audio.leads import AFTER_SILENCE_MS, INSIDE_MS
from app.messages import Prosody
from app.text.phonemes import Kind
from app.text.phonemize import Phrase, WordSpan

QUIET, LOUD = -9.0, 5.0


def prosody(durations: list[int], *loud_ms: tuple[float, float]) -> Prosody:
    """Durations in frames of 25 ms with both pads, and energy that is high between some moments."""
    frames = sum(durations)
    times_ms = np.arange(2 * frames) * 12.5
    loud = np.any([(times_ms >= start) & (times_ms < end) for start, end in loud_ms], axis=0)
    return Prosody(
        np.array(durations), np.zeros(2 * frames, np.float32), np.where(loud, LOUD, QUIET).astype(np.float32)
    )


def phrase(text: str, phonemes: str) -> Phrase:
    """Words between spaces, and a space between their phonemes for each of these."""
    words, knots, phoneme_knots = [], [0], [0]
    for word, sound in zip(text.split(" "), phonemes.split(" "), strict=True):
        if knots[-1]:
            knots.append(knots[-1] + 1)
            phoneme_knots.append(phoneme_knots[-1] + 1)
        span = WordSpan(knots[-1], knots[-1] + len(word), phoneme_knots[-1], phoneme_knots[-1] + len(sound))
        if word.isalpha():
            words.append(span)
        knots.append(span.text_end)
        phoneme_knots.append(span.phoneme_end)
    ids = (43,) * len(phonemes)
    return Phrase(ids, 0, len(text), tuple(knots), tuple(phoneme_knots), tuple(words), text, phonemes)


TWO_WORDS = phrase("knee goes", "ni ɡOz")
"""Four letters with two phonemes, a space, four letters with three phonemes."""


def phoneme_times(phrase: Phrase, prosody: Prosody) -> np.ndarray:
    return HybridAligner().phoneme_times(phrase, prosody)


def test_letters_that_share_a_sound_divide_its_time_and_silent_ones_get_less() -> None:
    even = prosody([10, 4, 4, 4, 2, 2, 2, 6], (0, 10_000))
    times, letters = phoneme_times(TWO_WORDS, even), HybridAligner().character_times(TWO_WORDS, even)
    assert letters[[0, 2, 4, 5, 9]].tolist() == times[[0, 1, 2, 3, 6]].tolist()
    k, n, first_e, second_e = np.diff(letters[:5])
    assert 0 < k < n / 2
    assert first_e == pytest.approx(second_e, rel=0.25)


SPACED = [10, 4, 4, 4, 2, 2, 2, 6]
"""Boundaries of the six phonemes at 250, 350, 450, 550, 600, 650 and 700 ms."""

PAUSED = [10, 4, 20, 4, 2, 2, 2, 6]


def test_where_no_pause_is_a_word_lasts_until_the_next_one() -> None:
    times = phoneme_times(TWO_WORDS, prosody(SPACED, (240, 700)))
    assert times[2] == times[3]
    assert 350 < times[2] < 450
    letters = HybridAligner().character_times(TWO_WORDS, prosody(SPACED, (240, 700)))
    assert letters[4] == letters[5] == times[2]


def test_a_pause_after_a_word_belongs_to_the_space_that_follows() -> None:
    times = phoneme_times(TWO_WORDS, prosody(PAUSED, (175, 400), (875, 1100)))
    assert times[2] == 400
    assert times[3] == 875 - AFTER_SILENCE_MS[Kind.VOICED_STOP]


def test_a_word_begins_and_ends_where_the_sound_does() -> None:
    times = phoneme_times(TWO_WORDS, prosody(SPACED, (262.5, 687.5)))
    assert times[0] == 262.5 - AFTER_SILENCE_MS[Kind.NASAL]
    assert times[-1] == 687.5


def test_a_closure_within_speech_is_no_pause() -> None:
    closed = prosody(SPACED, (240, 400), (462.5, 700))
    loud = prosody(SPACED, (240, 700))
    assert phoneme_times(TWO_WORDS, closed).tolist() == phoneme_times(TWO_WORDS, loud).tolist()


def test_the_silence_at_the_end_belongs_to_the_mark_there() -> None:
    with_mark = phrase("go .", "ɡO .")
    times = phoneme_times(with_mark, prosody([10, 4, 4, 2, 2, 10], (240, 450)))
    assert times.tolist()[2:] == [450, 450, 800]


def test_a_phoneme_inside_a_word_is_heard_before_its_duration_says() -> None:
    times = phoneme_times(TWO_WORDS, prosody(SPACED, (200, 700)))
    assert times[1] == 350 - INSIDE_MS[Kind.VOWEL]
    assert times[5] == 650 - INSIDE_MS[Kind.VOICED_FRICATIVE]


def test_what_lies_inside_a_word_stays_inside_where_its_end_is_moved() -> None:
    times = phoneme_times(TWO_WORDS, prosody(PAUSED, (175, 300), (875, 1100)))
    assert times[1] == times[2] == 300


def test_a_text_that_is_silent_throughout_is_timed_by_its_durations() -> None:
    times = phoneme_times(TWO_WORDS, prosody(SPACED, (0, 0)))
    assert times[1] == 350 - INSIDE_MS[Kind.VOWEL]
    assert (np.diff(times) >= 0).all()


def test_times_never_go_back_or_before_the_start() -> None:
    tight = prosody([1, 1, 1, 1, 1, 1, 1, 1], (0, 50))
    times = phoneme_times(TWO_WORDS, tight)
    assert times[0] == 0
    assert (np.diff(times) >= 0).all()


@pytest.mark.parametrize("count", [3, 7, 9, 30])
def test_durations_of_other_phonemes_are_not_used_and_a_warning_says_so(
    count: int, caplog: pytest.LogCaptureFixture
) -> None:
    fitting = prosody(SPACED, (250, 700))
    durations = np.ones(count, int)
    durations[0] += fitting.frames - count
    foreign = Prosody(durations, fitting.f0, fitting.energy)
    times = HybridAligner().character_times(TWO_WORDS, foreign)
    assert (np.diff(times) >= 0).all()
    assert times[0] == pytest.approx(250, abs=30)
    assert times[-1] == pytest.approx(700, abs=30)
    assert f"the model gave {count} for 6 phonemes" in caplog.text


@pytest.mark.parametrize(("loud_ms", "expected"), [((300, 700), (300, 700)), ((0, 0), (0, 1000))])
def test_the_audible_extent_follows_the_predicted_energy(loud_ms, expected) -> None:
    assert prosody([10, 20, 10], loud_ms).audible_ms == expected
