"""The harmonic source against the kokoro package's, and its noise."""

import numpy as np
import pytest
import torch

from app.kokoro.source import EDGE, Pitch, Source, Stretch, gaussian

FRAMES = 60
WAVE_TOLERANCE = 1e-3
"""Of an amplitude of 0.15; 1e-4 was seen: the package sums up the phase in float32."""


@pytest.fixture(scope="module")
def upstream(package_model):
    return package_model.decoder.generator


@pytest.fixture(scope="module")
def source(upstream) -> Source:
    return Source(upstream.m_source, "cpu")


@pytest.fixture(scope="module")
def pitch() -> Pitch:
    """A rising and falling voice with silence in front, and a gap that is below the threshold but not zero."""
    f0 = np.interp(np.arange(2 * FRAMES), [0, 50, 120], [180, 260, 110]).astype(np.float32)
    f0[:17], f0[60:70] = 0.0, 4.0
    return Pitch.of(f0, seed=5)


def wave_of_the_package(upstream, pitch: Pitch, monkeypatch) -> torch.Tensor:
    monkeypatch.setattr(torch, "randn_like", torch.zeros_like)
    f0 = upstream.f0_upsamp(torch.from_numpy(pitch.f0)[None, None]).transpose(1, 2)
    wave, _, _ = upstream.m_source(f0)
    return wave[:, :, 0]


def test_without_noise_it_is_the_packages_source(source, upstream, pitch, monkeypatch) -> None:
    expected = wave_of_the_package(upstream, pitch, monkeypatch)
    wave = source._samples([Stretch(pitch, 0, FRAMES)], noise=0.0)
    np.testing.assert_allclose(wave[:, EDGE:-EDGE], expected, atol=WAVE_TOLERANCE)
    magnitude, _ = upstream.stft.transform(expected)
    spectra = source.spectra([Stretch(pitch, 0, FRAMES)], noise=0.0)
    np.testing.assert_allclose(spectra[:, :11], magnitude, atol=10 * WAVE_TOLERANCE)


def test_the_noise_is_as_loud_as_the_packages_where_there_is_a_voice_and_where_there_is_none(
    source, upstream, pitch
) -> None:
    torch.manual_seed(1)
    f0 = upstream.f0_upsamp(torch.from_numpy(pitch.f0)[None, None]).transpose(1, 2)
    packages = upstream.m_source(f0)[0][:, :, 0] - upstream.m_source(f0)[0][:, :, 0]
    other = Pitch(pitch.f0, pitch.cycles, seed=6)
    first, second = (source._samples([Stretch(p, 0, FRAMES)], 1.0)[:, EDGE:-EDGE] for p in (pitch, other))
    voiced = torch.from_numpy(pitch.f0 > 10).repeat_interleave(300)[None]
    for part in (voiced, ~voiced):
        assert (first - second)[part].std().item() == pytest.approx(packages[part].std().item(), rel=0.05)


@pytest.mark.parametrize(("start", "stop"), [(0, 10), (10, 20), (37, 47), (50, 60)])
def test_any_stretch_is_the_same_as_in_the_whole(source, pitch, start, stop) -> None:
    whole = source.spectra([Stretch(pitch, 0, FRAMES)])
    other = Stretch(Pitch(pitch.f0[::-1].copy(), pitch.cycles, 9), 20, 30)
    part = source.spectra([other, Stretch(pitch, start, stop)])[1]
    np.testing.assert_allclose(part, whole[0, :, 120 * start : 120 * stop + 1], atol=1e-5)


def test_the_noise_is_gaussian_white_and_different_for_every_seed() -> None:
    noise = gaussian([0, 1, 2**32 - 1], [0, 0, 0], 200_000, "cpu").numpy()
    for row in noise:
        assert abs(row.mean()) < 0.01
        assert row.std() == pytest.approx(1, abs=0.01)
        assert (row**4).mean() == pytest.approx(3, abs=0.1)
    close = np.corrcoef(np.vstack([noise, np.roll(noise[0], 1), np.roll(noise[0], 7)]))
    assert np.abs(close - np.eye(len(close))).max() < 0.01


def test_the_noise_depends_on_the_seed_and_the_samples_number_alone() -> None:
    [row] = gaussian([7], [0], 1000, "cpu")
    pieces = gaussian([7, 8, 7], [100, 100, -50], 300, "cpu")
    torch.testing.assert_close(pieces[0], row[100:400], rtol=0, atol=0)
    torch.testing.assert_close(pieces[2, 50:], row[:250], rtol=0, atol=0)
    assert not torch.equal(pieces[0], pieces[1])
