"""Windows with the voice's own statistics sound like the whole utterance decoded exactly."""

import pytest

from app.assets import Assets
from app.kokoro.model import KokoroModel
from app.kokoro.voices import Voices
from app.messages import FloatArray, Utterance
from app.settings import KokoroSettings
from app.text.phonemize import Phonemizer
from loadtest.quality_measures import log_spectral_distance
from loadtest.quality_sounds import as_served

BOUND_DB = 5.0
"""Log-spectral distance. Another seed's noise alone makes 2 dB, windows 3 dB; with the statistics of another
voice, even one of the same sex, it is 10 dB or more."""

SPOKEN = [
    ("The bus to the airport leaves every twenty minutes.", "am_michael", "af_heart"),
    ("Run to the gate before they close it for the night!", "af_heart", "af_bella"),
]
"""Text, voice, and the voice whose statistics are wrong for it."""


@pytest.fixture(scope="module")
def model(assets: Assets) -> KokoroModel:
    """In float32, so that nothing but the windows and their statistics is another than in the exact sound."""
    return KokoroModel(assets, KokoroSettings(device="cpu", precision="float32", compile=False))


@pytest.fixture(scope="module")
def utterances(vocabulary: dict[str, int], voices: Voices) -> list[Utterance]:
    phonemizer = Phonemizer(vocabulary)
    made = []
    for text, voice, _ in SPOKEN:
        [phrase] = phonemizer.phonemize(text)
        style = voices.style(voice, len(phrase.phoneme_ids))
        made.append(Utterance("test", phrase.phoneme_ids, style, voice, speed=1.0, seed=7))
    return made


@pytest.fixture(scope="module")
def exact(model: KokoroModel, utterances: list[Utterance]) -> list[FloatArray]:
    """Each decoded whole."""
    features = model.network.encode(utterances, [None] * len(utterances))
    voiced = [
        model.vocoder.ready(one, utterance.seed, None) for one, utterance in zip(features, utterances, strict=True)
    ]
    return model.vocoder.decode_whole(voiced)


def test_windows_are_near_the_exact_sound(model, utterances, exact) -> None:
    for utterance, expected in zip(utterances, exact, strict=True):
        windows, sound = as_served(model, utterance, None)
        assert windows > 1
        assert len(sound) == len(expected)
        distance_db = log_spectral_distance(expected, sound)
        print(f"{utterance.voice}: {distance_db:.1f} dB")
        assert distance_db < BOUND_DB, utterance.voice


def test_with_the_statistics_of_another_voice_they_are_not(
    model, utterances, exact, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, wrong = model.statistics.get, {voice: other for _, voice, other in SPOKEN}
    monkeypatch.setattr(model.statistics, "get", lambda voice: own(wrong[voice]))
    for utterance, expected in zip(utterances, exact, strict=True):
        _, sound = as_served(model, utterance, None)
        distance_db = log_spectral_distance(expected, sound)
        print(f"{utterance.voice}: {distance_db:.1f} dB")
        assert distance_db > BOUND_DB, utterance.voice
