import numpy as np
import pytest

from app.audio import loudness
from app.audio.loudness import KNEE, amplified, gain_of

MEASURED = {"af_loud": -17.0, "am_quiet": -29.0}


@pytest.fixture(autouse=True)
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loudness, "measured_lufs", lambda: MEASURED)


@pytest.mark.parametrize(
    ("voice", "target_lufs", "gain_db"),
    [
        ("af_loud", -23.0, -6.0),
        ("am_quiet", -23.0, 6.0),
        ("af_loud(1)+am_quiet(1)", -23.0, 0.0),
        ("af_loud(3)+am_quiet(1)", -23.0, -3.0),
        ("am_quiet(9)-af_loud(8)", -23.0, 12.0),
        ("bf_never_measured", -23.0, 0.0),
        ("am_quiet", None, 0.0),
    ],
)
def test_a_voice_is_brought_to_the_loudness_that_is_wanted(
    voice: str, target_lufs: float | None, gain_db: float
) -> None:
    assert 20 * np.log10(gain_of(voice, target_lufs)) == pytest.approx(gain_db)


def test_what_fits_is_multiplied_and_what_does_not_is_bent_instead_of_cut() -> None:
    samples = np.linspace(-1, 1, 2001, dtype=np.float32)
    louder = amplified(samples, 4.0)
    small = np.abs(samples) * 4 <= KNEE
    np.testing.assert_allclose(louder[small], samples[small] * 4, rtol=1e-6)
    assert np.abs(louder).max() <= 1
    assert (np.diff(louder) >= 0).all()
    assert louder.dtype == np.float32


def test_pieces_are_amplified_as_the_whole_is() -> None:
    samples = np.random.default_rng(0).uniform(-1, 1, 1000).astype(np.float32)
    pieces = [amplified(piece, 1.7) for piece in np.split(samples, [1, 300, 777])]
    np.testing.assert_array_equal(np.concatenate(pieces), amplified(samples, 1.7))
