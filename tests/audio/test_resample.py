import numpy as np
import pytest
import torch
import torchaudio

from app.audio.resample import LOWPASS_FILTER_WIDTH, METHOD, ROLLOFF, Resampler
from app.settings import SAMPLE_RATES_HZ

# The pieces use the same filter as the whole; they differ by the order in which float32 products are summed.
TOLERANCE = 3e-5


def pieces_of(samples: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    cuts = np.sort(rng.integers(0, len(samples), 12))
    return np.split(samples, cuts)


@pytest.mark.parametrize("sample_rate_hz", SAMPLE_RATES_HZ)
@pytest.mark.parametrize("length", [1, 599, 24_000, 30_011])
def test_pieces_give_what_the_whole_gives(sample_rate_hz: int, length: int) -> None:
    rng = np.random.default_rng(length)
    samples = rng.uniform(-1, 1, length).astype(np.float32)
    whole = torchaudio.functional.resample(
        torch.from_numpy(samples),
        24_000,
        sample_rate_hz,
        lowpass_filter_width=LOWPASS_FILTER_WIDTH,
        rolloff=ROLLOFF,
        resampling_method=METHOD,
    ).numpy()
    resampler = Resampler(sample_rate_hz)
    pieces = pieces_of(samples, rng)
    joined = np.concatenate([resampler.push(piece, last=piece is pieces[-1]) for piece in pieces])
    assert len(joined) == len(whole)
    np.testing.assert_allclose(joined, whole, atol=TOLERANCE)


def test_the_end_may_come_without_samples() -> None:
    resampler = Resampler(44_100)
    first = resampler.push(np.ones(24_000, np.float32))
    rest = resampler.push(np.zeros(0, np.float32), last=True)
    assert len(first) + len(rest) == 44_100
    assert len(first) > 43_900  # the filter looks ahead a few milliseconds


def test_a_tone_keeps_its_level_and_pitch() -> None:
    time_s = np.arange(24_000) / 24_000
    tone = (0.5 * np.sin(2 * np.pi * 440 * time_s)).astype(np.float32)
    spectrum = np.abs(np.fft.rfft(Resampler(44_100).push(tone, last=True))) / 22_050
    assert spectrum.argmax() == 440
    assert spectrum.max() == pytest.approx(0.5, rel=0.01)
