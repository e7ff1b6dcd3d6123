"""Exact batches and windows of the generator, with the real weights in float32."""

import numpy as np
import pytest
import torch

from app.kokoro import windows
from app.kokoro.generator import Generator
from app.kokoro.source import Pitch
from app.kokoro.vocoder import Vocoder, Voiced
from app.kokoro.windows import Span

FOX = "ðə kwˈɪk bɹˈWn fˈɑks ʤˈʌmps ˈOvəɹ ðə lˈAzi dˈɔɡ. "

SOUND_TOLERANCE = 1e-3
"""Of a loudest sample of 0.5, with the same noise. 1e-4 was seen: the sound is an exponential of what float32 sums."""

WINDOW_TOLERANCE = 2e-3
"""What the context of four frames leaves out, and float32; 3e-4 was seen. With two frames it is 0.05."""


@pytest.fixture(scope="module")
def voiced(network, vocoder, utterance_of, statistics) -> Voiced:
    utterance = utterance_of(FOX)
    return vocoder.ready(network.encode([utterance], [None])[0], utterance.seed, statistics)


@pytest.fixture(scope="module")
def exact(vocoder, voiced) -> np.ndarray:
    return vocoder.decode_whole([voiced])[0]


def test_it_gives_what_the_package_gives_for_the_same_source(
    vocoder, voiced, exact, package_model, monkeypatch
) -> None:
    generator = package_model.decoder.generator
    spectra = vocoder._source.spectra([_whole(voiced)])
    monkeypatch.setattr(generator.stft, "transform", lambda _: (spectra[:, :11], spectra[:, 11:]))
    features = voiced.features
    with torch.no_grad():
        expected = generator(features.hidden[None], features.style[None], torch.from_numpy(features.prosody.f0)[None])
    np.testing.assert_allclose(exact, expected[0, 0], atol=SOUND_TOLERANCE)
    assert np.abs(exact).max() > 0.1


def _whole(voiced: Voiced):
    from app.kokoro.source import Stretch

    return Stretch(voiced.pitch, 0, voiced.features.prosody.frames)


@pytest.mark.parametrize(
    "others",
    [
        ("ə",),
        (FOX * 3, "həlˈO."),
        pytest.param((FOX + "ə", FOX, FOX * 2, "ə"), marks=pytest.mark.long),
    ],
)
def test_a_padded_batch_gives_what_each_gives_alone(network, vocoder, utterance_of, voiced, exact, others) -> None:
    companions = [utterance_of(phonemes, "bm_george", seed=3) for phonemes in others]
    ready = [vocoder.ready(network.encode([one], [None])[0], one.seed, None) for one in companions]
    together = vocoder.decode_whole([*ready, voiced])
    np.testing.assert_allclose(together[-1], exact, atol=SOUND_TOLERANCE)
    np.testing.assert_allclose(together[0], vocoder.decode_whole([ready[0]])[0], atol=SOUND_TOLERANCE)


def test_the_same_seed_gives_the_same_sound_and_another_one_another(vocoder, voiced, exact) -> None:
    other = Voiced(voiced.features, Pitch.of(voiced.features.prosody.f0, 99), None)
    np.testing.assert_array_equal(vocoder.decode_whole([voiced])[0], exact)
    assert np.abs(vocoder.decode_whole([other])[0] - exact).max() > 0.01


def with_own_statistics(vocoder: Vocoder, voiced: Voiced) -> Voiced:
    """The utterance's true moments in place of the voice's: then windows have nothing to be wrong about."""
    norms = vocoder.generator.norms
    mean, variance = torch.zeros(norms.channels), torch.zeros(norms.channels)

    def observe(layer, x):
        part = slice(norms.starts[layer], norms.starts[layer] + norms.sizes[layer])
        variance[part], mean[part] = torch.var_mean(x[0, :, 0], dim=-1, correction=0)

    vocoder.decode_whole([voiced], observe)
    gain, offset = vocoder.generator.gains(voiced.features.style[None])
    scale = gain[0] * torch.rsqrt(variance + 1e-5)
    return Voiced(voiced.features, voiced.pitch, (scale, offset[0] - mean * scale))


@pytest.mark.parametrize("sizes", [(4,), (12,), (28,), (56,), (12, 28, 56)])
def test_with_given_statistics_windows_equal_the_whole(vocoder, voiced, exact, sizes) -> None:
    known = with_own_statistics(vocoder, voiced)
    spans = windows.plan(0, voiced.features.prosody.frames, sizes, grows=True)
    sound = np.concatenate([vocoder.decode_windows([(known, span)])[0] for span in spans])
    np.testing.assert_allclose(sound, exact, atol=WINDOW_TOLERANCE)


def test_windows_of_several_utterances_share_a_batch(network, vocoder, utterance_of, statistics, voiced) -> None:
    longer = utterance_of(FOX * 2, seed=4)
    other = vocoder.ready(network.encode([longer], [None])[0], longer.seed, statistics)
    parts = [(voiced, Span(0, 28, 28)), (other, Span(60, 88, 28)), (voiced, Span(28, 50, 28))]
    for found, part in zip(vocoder.decode_windows(parts), parts, strict=True):
        [alone] = vocoder.decode_windows([part])
        assert len(found) == 600 * part[1].frames
        np.testing.assert_allclose(found, alone, atol=SOUND_TOLERANCE)


def test_batches_are_filled_up_to_powers_of_two_for_what_wants_few_shapes(vocoder, voiced) -> None:
    shapes = []

    def decoder(*inputs):
        shapes.append(len(inputs[0]))
        return vocoder.generator(*inputs)

    parts = [(voiced, Span(12 * number, 12 * number + 12, 12)) for number in range(5)]
    expected = vocoder.decode_windows(parts)
    vocoder.use_for_batches(decoder)
    try:
        found = vocoder.decode_windows(parts)
    finally:
        vocoder.use_for_batches(None)
    assert shapes == [8]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=SOUND_TOLERANCE)


def spectral_distance_db(found: np.ndarray, expected: np.ndarray) -> float:
    """Root mean square of the difference of log spectra of 1,024 samples, in dB, above -60 dB of the loudest."""
    window = torch.hann_window(1024)
    powers = [
        torch.stft(torch.from_numpy(x), 1024, 256, window=window, return_complex=True).abs().square()
        for x in (found, expected)
    ]
    floor = powers[1].max() * 1e-6
    logs = [10 * torch.log10(power.clamp(min=floor)) for power in powers]
    return float((logs[0] - logs[1]).square().mean().sqrt())


def test_bfloat16_sounds_like_float32(package_model, voiced, vocoder, exact) -> None:
    low = Vocoder(Generator(package_model.decoder.generator, torch.bfloat16), vocoder._source)
    other_noise = Voiced(voiced.features, Pitch.of(voiced.features.prosody.f0, 99), None)
    noise_floor_db = spectral_distance_db(vocoder.decode_whole([other_noise])[0], exact)
    # Rounding moves the spectrum about as far as another draw of the noise does.
    assert spectral_distance_db(low.decode_whole([voiced])[0], exact) < 1.5 * noise_floor_db
