"""Statistics of voices: the lines, the files, and how they are measured."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from app.kokoro.calibration import DEFAULT_VOICES, SENTENCES, Calibration, phonemes_of
from app.kokoro.generator import Norms
from app.kokoro.statistics import Accumulator, StatisticsStore, VoiceStatistics, traits
from app.languages import LANGUAGES
from app.text.phonemize import Phonemizer

NORMS = Norms((0, 2), (2, 3))
MIDDLE, SPREAD = np.array([0.5, 5.0], np.float32), np.array([0.1, 0.1], np.float32)


def pitch(share: float, hz: float = 150) -> np.ndarray:
    return np.where(np.arange(100) < 100 * share, hz, 5).astype(np.float32)


def accumulated(curves: list[np.ndarray], mean_of, log_deviation_of) -> Accumulator:
    """Utterances whose layers have these moments for their pitch curve, exactly."""
    accumulator = Accumulator(NORMS)
    for f0 in curves:
        accumulator.begin(f0)
        for layer, size in enumerate(NORMS.sizes):
            wave = torch.tensor([1.0, -1.0]).repeat(50) * np.exp(log_deviation_of(f0)) + mean_of(f0)
            accumulator.observe(layer, wave.repeat(1, size, 1)[:, :, None])
    return accumulator


CURVES = [pitch(share / 100, hz) for share in range(40, 81, 4) for hz in (140, 180)]


def test_a_voice_whose_moments_follow_share_and_pitch_in_a_plane_is_met_everywhere_on_it() -> None:
    def mean_of(f0):
        share, log_pitch = traits(f0)
        return 3 * share - 1 + 0.5 * log_pitch

    statistics = accumulated(CURVES, mean_of, lambda f0: 0.5 * traits(f0)[0]).statistics()
    gain, offset = torch.full((5,), 2.0), torch.full((5,), 0.5)
    for f0 in (pitch(0.4, 140), pitch(0.56, 180), pitch(0.8, 160)):
        scale, shift = statistics.affine(gain, offset, f0)
        # The ridge flattens the slopes a little.
        np.testing.assert_allclose(scale, 2 / np.exp(0.5 * traits(f0)[0]), rtol=0.01)
        np.testing.assert_allclose((0.5 - shift) / scale, mean_of(f0), atol=0.03)


def test_the_planes_are_not_followed_far_beyond_what_was_measured() -> None:
    statistics = accumulated(CURVES, lambda f0: 100 * traits(f0)[0], lambda f0: 0.0).statistics()
    _, shift = statistics.affine(torch.ones(5), torch.zeros(5), pitch(0.0))
    low = 100 * (0.6 - 2.2 * np.std([share / 100 for share in range(40, 81, 4)]))
    np.testing.assert_allclose(-shift, low, rtol=0.05)


def test_a_predicted_pitch_of_some_hertz_in_silence_is_no_voice() -> None:
    share, log_pitch = traits(np.array([5, 15, 40, 150], np.float32))
    assert (share, np.exp(log_pitch)) == (0.25, pytest.approx(150))


def test_an_utterance_without_a_voice_has_traits_all_the_same() -> None:
    assert np.isfinite(traits(np.zeros(10, np.float32))).all()


@pytest.mark.parametrize(("curves", "mean"), [(CURVES[:3], 1.0), (CURVES, float("nan"))])
def test_too_few_sentences_or_a_sound_that_is_no_number_make_no_statistics(curves, mean) -> None:
    with pytest.raises(ValueError, match="no valid sound"):
        accumulated(curves, lambda f0: mean, lambda f0: 0.0).statistics()


def test_what_was_saved_comes_back_in_another_process_and_goes_before_what_ships(tmp_path: Path) -> None:
    shipped = StatisticsStore(tmp_path).get("af_heart")
    own = VoiceStatistics(np.ones((3, 9216), np.float32), np.zeros((3, 9216), np.float32), MIDDLE, SPREAD)
    StatisticsStore(tmp_path / "made").put("af_heart", own)
    found = StatisticsStore(tmp_path / "made").get("af_heart")
    assert shipped is not None
    assert found is not None
    np.testing.assert_array_equal(found.middle, own.middle)
    np.testing.assert_array_equal(found.mean, own.mean)
    assert not np.array_equal(shipped.mean, own.mean)
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["af_heart.npz"]


def test_a_folder_that_cannot_be_written_costs_only_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = StatisticsStore(tmp_path / "file")
    own = VoiceStatistics(np.ones((3, 9216), np.float32), np.zeros((3, 9216), np.float32), MIDDLE, SPREAD)
    with pytest.raises(OSError, match="file"):
        store.put("zz_new", own)
    assert store.get("zz_new") is own


@pytest.mark.parametrize("voice", ["../af_heart", "", "af_heart(2)+af_sky(1)", "nobody"])
def test_other_names_have_none(tmp_path: Path, voice: str) -> None:
    assert StatisticsStore(tmp_path).get(voice) is None


def test_those_of_the_default_voices_come_with_the_project(tmp_path: Path) -> None:
    store = StatisticsStore(tmp_path)
    for voice in DEFAULT_VOICES:
        statistics = store.get(voice)
        assert statistics is not None
        assert np.isfinite(statistics.mean).all()
        assert np.isfinite(statistics.log_deviation).all()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_phonemes_are_those_of_the_sentences_beside_them(vocabulary, language) -> None:
    phonemizer = Phonemizer(vocabulary, language)
    names = {number: phoneme for phoneme, number in vocabulary.items()}
    sentences = json.loads(SENTENCES.read_text("utf-8"))["sentences"][LANGUAGES[language].subtag]
    assert phonemes_of(language) == [
        "".join(names[number] for phrase in phonemizer.phonemize(text) for number in phrase.phoneme_ids)
        for text in sentences
    ]


def test_measuring_a_voice_goes_a_sentence_at_a_time_and_stores_nothing_before_the_last(
    network, vocoder, vocabulary, voices, tmp_path: Path
) -> None:
    store = StatisticsStore(tmp_path, ships=False)
    calibration = Calibration(network, vocoder, vocabulary, voices, store, ["am_michael"])
    assert [calibration.step() for _ in range(3)] == [True] * 3
    assert store.get("am_michael") is None


@pytest.mark.long
def test_measuring_a_voice_gives_what_ships_a_sentence_at_a_time(
    network, vocoder, vocabulary, voices, tmp_path: Path
) -> None:
    store = StatisticsStore(tmp_path, ships=False)
    calibration = Calibration(network, vocoder, vocabulary, voices, store, ["am_michael"])
    steps = 0
    while calibration.step():
        steps += 1
    assert steps == len(phonemes_of("en-us"))
    measured, shipped = store.get("am_michael"), StatisticsStore(tmp_path / "none").get("am_michael")
    assert measured is not None
    assert shipped is not None
    # Shipped ones are float16; the weights of another source differ by more.
    np.testing.assert_allclose(measured.log_deviation[0], shipped.log_deviation[0], atol=0.05)
    np.testing.assert_allclose(measured.middle, shipped.middle, atol=0.02)


def test_a_voice_with_statistics_is_not_measured_again(network, vocoder, vocabulary, voices, tmp_path: Path) -> None:
    calibration = Calibration(network, vocoder, vocabulary, voices, StatisticsStore(tmp_path), ["af_heart"])
    assert not calibration.step()
