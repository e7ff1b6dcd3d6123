import numpy as np
import pytest

from loadtest.pitch import semitones

RATE_HZ = 24_000


def buzz(pitch_hz: float, seconds: float = 0.5) -> np.ndarray:
    """A tone with eight overtones, each weaker than the one below."""
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return sum(np.sin(2 * np.pi * pitch_hz * part * time) / part for part in range(1, 9)).astype(np.float32)


@pytest.mark.parametrize("pitch_hz", [70, 110, 220, 380])
def test_the_pitch_of_a_tone_is_its_own_and_not_its_octaves(pitch_hz: float) -> None:
    assert semitones(buzz(pitch_hz), RATE_HZ, 0, 500) == pytest.approx(12 * np.log2(pitch_hz / 55), abs=0.2)


def test_only_the_stretch_that_is_asked_for_counts() -> None:
    sound = np.concatenate([buzz(110), buzz(220)])
    assert semitones(sound, RATE_HZ, 0, 450) == pytest.approx(12, abs=0.2)
    assert semitones(sound, RATE_HZ, 550, 2_000) == pytest.approx(24, abs=0.2)


def test_noise_and_silence_have_none() -> None:
    noise = np.random.default_rng(3).normal(0, 0.1, RATE_HZ // 2).astype(np.float32)
    assert semitones(np.concatenate([noise, buzz(110)]), RATE_HZ, 0, 450) is None
    assert semitones(np.concatenate([0 * noise, buzz(110)]), RATE_HZ, 0, 450) is None
    assert semitones(noise, RATE_HZ, 900, 1_200) is None
