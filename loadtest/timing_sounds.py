"""Sentences spoken as the service speaks them, with all that an aligner may know."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from app.assets import Assets
from app.kokoro.model import KokoroModel
from app.kokoro.voices import Voices, language_of
from app.languages import LANGUAGES
from app.messages import FloatArray, Prosody, Utterance
from app.settings import KokoroSettings
from app.text.phonemize import Phonemizer, Phrase
from loadtest.quality_sounds import ALL_SILENCE_MS

SEED = 7


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """One sentence by one voice at one speed."""

    text: str
    voice: str
    speed: float
    phrase: Phrase
    prosody: Prosody
    samples: FloatArray
    """[n] at 24 kHz, from the utterance's first frame on."""


class Speaker:
    """The model on the CPU of one process, without a service round it."""

    def __init__(self, assets: Assets, settings: KokoroSettings) -> None:
        self._model = KokoroModel(assets, settings.model_copy(update={"device": "cpu"}))
        self._model.use_compiled()
        vocabulary = json.loads(assets.config_path.read_text("utf-8"))["vocab"]
        self._phonemizers = {name: Phonemizer(vocabulary, name) for name in LANGUAGES}
        self._voices = Voices({name: assets.voice_path(name) for name in assets.voices})

    @property
    def voices(self) -> tuple[str, ...]:
        """Names of all voices."""
        return self._voices.names

    def takes(self, sentences: Sequence[str], voices: Sequence[str], speeds: Sequence[float]) -> Iterator[Take]:
        """Every sentence by every voice at every speed."""
        for text, voice, speed in product(sentences, voices, speeds):
            yield self.take(text, voice, speed)

    def take(self, text: str, voice: str, speed: float) -> Take:
        """Speak one sentence, which has to fit into one utterance."""
        [phrase] = self._phonemizers[language_of(voice)].phonemize(text)
        style = self._voices.style(voice, len(phrase.phoneme_ids))
        utterance = Utterance("timing", phrase.phoneme_ids, style, voice, speed, SEED, lead_ms=ALL_SILENCE_MS)
        [ready] = self._model.encode([utterance], [None])
        samples = np.concatenate([self._model.decode([(ready, span)])[0] for span in ready.plan(0, grows=True)])
        return Take(text, voice, speed, phrase, ready.prosody, samples)
