import numpy as np
import pytest

from app.audio.align import character_times, phoneme_times
from app.messages import Prosody
from app.text.phonemize import Phrase, WordSpan

QUIET, LOUD = -9.0, 5.0


def prosody(durations: list[int], loud_ms: tuple[float, float]) -> Prosody:
    """Durations in frames of 25 ms with both pads, and energy that is high between two moments."""
    frames = sum(durations)
    times_ms = np.arange(2 * frames) * 12.5
    energy = np.where((times_ms >= loud_ms[0]) & (times_ms < loud_ms[1]), LOUD, QUIET).astype(np.float32)
    return Prosody(np.array(durations), np.zeros(2 * frames, np.float32), energy)


def phrase(text_knots, phoneme_knots, words) -> Phrase:
    return Phrase(
        phoneme_ids=(43,) * phoneme_knots[-1],
        text_start=text_knots[0],
        text_end=text_knots[-1],
        text_knots=tuple(text_knots),
        phoneme_knots=tuple(phoneme_knots),
        words=tuple(WordSpan(*word) for word in words),
    )


# "abcd ef": a word of four letters and two phonemes, a space, a word of two letters and four phonemes.
TWO_WORDS = phrase([0, 4, 5, 7], [0, 2, 3, 7], [(0, 4, 0, 2), (5, 7, 3, 7)])


def test_a_phoneme_is_heard_75_ms_before_its_duration_says() -> None:
    even = prosody([10, 4, 4, 4, 2, 2, 2, 2, 6], (0, 10_000))
    assert phoneme_times(TWO_WORDS, even).tolist() == [175, 275, 375, 475, 525, 575, 625, 675]


def test_the_letters_of_a_word_share_its_phonemes_evenly() -> None:
    even = prosody([10, 4, 4, 4, 2, 2, 2, 2, 6], (0, 10_000))
    assert character_times(TWO_WORDS, even).tolist() == [175, 225, 275, 325, 375, 475, 575, 675]


def test_a_pause_after_a_word_belongs_to_the_space_that_follows() -> None:
    # The second phoneme lasts to 775 ms, but the word is silent from 400 ms on.
    paused = prosody([10, 4, 20, 4, 2, 2, 2, 2, 6], (175, 400))
    times = phoneme_times(TWO_WORDS, paused)
    assert times[2] == 400
    assert times[3] == 875


def test_a_boundary_inside_a_word_is_not_moved() -> None:
    quiet_inside = prosody([10, 4, 20, 4, 2, 2, 2, 2, 6], (175, 300))
    assert phoneme_times(TWO_WORDS, quiet_inside)[1] == 275


def test_a_word_that_is_silent_throughout_keeps_its_time() -> None:
    silent = prosody([10, 4, 4, 4, 2, 2, 2, 2, 6], (0, 0))
    assert phoneme_times(TWO_WORDS, silent)[2] == 375


def test_times_never_go_back_or_before_the_start() -> None:
    tight = prosody([1, 1, 1, 1, 1, 1, 1, 1, 1], (0, 50))
    times = phoneme_times(TWO_WORDS, tight)
    assert times[0] == 0
    assert (np.diff(times) >= 0).all()


@pytest.mark.parametrize(("loud_ms", "expected"), [((300, 700), (300, 700)), ((0, 0), (0, 1000))])
def test_the_audible_extent_follows_the_predicted_energy(loud_ms, expected) -> None:
    assert prosody([10, 20, 10], loud_ms).audible_ms == expected
