"""A sentence in each language through the real model. Nobody here hears whether it is well said: that its phonemes are
those that Kokoro was trained on is tested in ``tests/text/test_espeak.py``; here, that they become speech."""

from __future__ import annotations

import numpy as np
import pytest

from app.messages import MODEL_SAMPLE_RATE_HZ, SECONDS_PER_PHONEME
from app.text.normalize import spoken_form
from app.text.phonemize import Phonemizer


@pytest.mark.parametrize(
    ("language", "voice", "text"),
    [
        ("es", "em_alex", "¿Qué hora es? Las nueve."),
        ("fr-fr", "ff_siwis", "Les amis arrivent à 15h30."),
        ("hi", "hf_alpha", "मेरे पास 15 किताबें हैं।"),
        ("it", "im_nicola", "L'amico arriva il 1° maggio."),
        ("pt-br", "pf_dora", "A passagem custa R$ 10,50."),
        ("es", "af_heart", "Una voz inglesa lo lee."),
    ],
)
def test_a_sentence_is_spoken(language, voice, text, network, vocoder, vocabulary, utterance_of) -> None:
    (phrase,) = Phonemizer(vocabulary, language).phonemize(spoken_form(text, language=language).text)
    names = {number: phoneme for phoneme, number in vocabulary.items()}
    utterance = utterance_of("".join(names[number] for number in phrase.phoneme_ids), voice)

    [features] = network.encode([utterance], [None])
    sound = vocoder.decode_whole([vocoder.ready(features, utterance.seed, None)])[0]

    audible_s = np.diff(features.prosody.audible_ms)[0] / 1000
    assert 0.7 < audible_s / (len(phrase.phoneme_ids) * SECONDS_PER_PHONEME) < 1.6
    loudness = np.sqrt(np.mean(sound[: len(sound) // 480 * 480].reshape(-1, 480) ** 2, axis=1))
    assert 0.02 < loudness.max() < 1
    assert 0.5 < np.mean(loudness > 0.1 * loudness.max()) * len(sound) / MODEL_SAMPLE_RATE_HZ / audible_s < 1.1
    voiced_hz = np.median(features.prosody.f0[features.prosody.f0 > 60])
    assert (voiced_hz > 155) == (voice[1] == "f"), voiced_hz
