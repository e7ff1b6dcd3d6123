"""A listener's clock."""

from __future__ import annotations

import numpy as np
import pytest

from loadtest.playback import Playback

RATE_HZ = 1000


def sound(seconds: float, level: int = 5000, silence_s: float = 0.0) -> bytes:
    samples = np.full(round(seconds * RATE_HZ), level, "<i2")
    samples[: round(silence_s * RATE_HZ)] = 0
    return samples.tobytes()


def test_sound_in_time_leaves_no_gap() -> None:
    playback = Playback(RATE_HZ, 10.0)
    playback.hear(sound(0.2), 10.3)
    playback.hear(sound(0.5), 10.4)
    playback.hear(sound(0.1), 11.0)
    assert playback.first_audio_s == pytest.approx(0.3)
    assert playback.first_sound_s == pytest.approx(0.3)
    assert playback.underruns_s == []
    assert playback.longest_gap_s == pytest.approx(0.6)
    assert playback.audio_s == pytest.approx(0.8)
    assert playback.made_in_s == pytest.approx(1.0)
    assert playback.left_s(11.0) == pytest.approx(0.1)
    assert playback.left_s(20.0) == 0


def test_sound_that_comes_late_is_an_underrun_of_that_long() -> None:
    playback = Playback(RATE_HZ, 0.0)
    playback.hear(sound(0.2), 0.1)
    playback.hear(sound(0.2), 0.5)
    playback.hear(sound(0.2), 0.6)
    playback.hear(sound(0.2), 1.0)
    assert playback.underruns_s == pytest.approx([0.2, 0.1])


@pytest.mark.parametrize(
    ("first", "second", "heard_s"),
    [
        (sound(0.2, silence_s=0.05), sound(0.2), 0.15),
        (sound(0.2, level=0), sound(0.2, silence_s=0.1), 0.4),
        (sound(0.2, level=0), sound(0.2, level=20), None),
    ],
)
def test_silence_at_the_beginning_is_waited_for_too(first: bytes, second: bytes, heard_s: float | None) -> None:
    playback = Playback(RATE_HZ, 0.0)
    playback.hear(first, 0.1)
    playback.hear(second, 0.2)
    assert playback.first_sound_s == (None if heard_s is None else pytest.approx(heard_s))


def test_nothing_is_no_chunk() -> None:
    playback = Playback(RATE_HZ, 0.0)
    playback.hear(b"", 5.0)
    assert playback.first_audio_s is None
    assert playback.made_in_s == 0
