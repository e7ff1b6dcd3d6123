"""The same utterance decoded in several ways: same durations, same pitch and, but for one way, same noise."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import numpy as np

from app.assets import Assets
from app.kokoro.model import KokoroModel
from app.kokoro.voices import Voices, language_of
from app.messages import FloatArray, Prosody, Utterance
from app.settings import KokoroSettings
from app.text.phonemize import Phonemizer

SEED, OTHER_SEED = 7, 8
ALL_SILENCE_MS = 60_000.0
"""More silence than there is in front of any utterance."""


@dataclass(frozen=True, slots=True, eq=False)
class Sounds:
    """One sentence by one voice. Samples [n] at 24 kHz, float32."""

    text: str
    voice: str
    frames: int
    windows: int
    """It was decoded in; 0 where it is so short that the service decodes it whole."""
    exact: FloatArray
    """Whole and exactly, in float32."""
    plain: FloatArray
    """As the service plans it, in float32."""
    served: FloatArray
    """As the service decodes it on this machine."""
    other_noise: FloatArray
    """As ``exact``, with another seed."""


class Decoder:
    """Two models: one in float32, and one as the service runs it on this machine."""

    def __init__(self, assets: Assets, settings: KokoroSettings) -> None:
        """Args: settings: of the service; the float32 model is always on the CPU."""
        self.settings = settings
        self._served = KokoroModel(assets, settings)
        self._served.use_compiled()
        exact = {"device": "cpu", "precision": "float32", "compile": False}
        self._exact = KokoroModel(assets, settings.model_copy(update=exact))
        vocabulary = json.loads(assets.config_path.read_text("utf-8"))["vocab"]
        self._phonemizers = {name: Phonemizer(vocabulary, name) for name in ("en-us", "en-gb")}
        self._voices = Voices({name: assets.voice_path(name) for name in assets.voices})

    @property
    def precision(self) -> str:
        """Floating type of the model as the service runs it."""
        return str(self._served.dtype).removeprefix("torch.")

    @property
    def compiled_sizes(self) -> tuple[int, ...]:
        """Windows that run compiled, in frames."""
        return self._served.compiled_sizes

    @property
    def threads(self) -> int:
        """Threads of torch."""
        return self._served.threads

    def has_statistics(self, voice: str) -> bool:
        """Whether a voice can be decoded in windows."""
        return self._served.statistics.get(voice) is not None

    def decode(self, text: str, voice: str) -> Sounds:
        """Decode a sentence in every way."""
        utterance = self._utterance(text, voice)
        [features] = self._exact.network.encode([utterance], [None])
        vocoder = self._exact.vocoder
        exact, other_noise = (
            vocoder.decode_whole([vocoder.ready(features, seed, None)])[0] for seed in (SEED, OTHER_SEED)
        )
        windows, plain = as_served(self._exact, utterance, features.prosody)
        _, served = as_served(self._served, utterance, features.prosody)
        return Sounds(text, voice, features.prosody.frames, windows, exact, plain, served, other_noise)

    def _utterance(self, text: str, voice: str) -> Utterance:
        [phrase] = self._phonemizers[language_of(voice)].phonemize(text)
        style = self._voices.style(voice, len(phrase.phoneme_ids))
        return Utterance("quality", phrase.phoneme_ids, style, voice, speed=1.0, seed=SEED)


def as_served(model: KokoroModel, utterance: Utterance, prosody: Prosody | None) -> tuple[int, FloatArray]:
    """Decode an utterance as the engine does it for a listener who waits, but with all the silence in front.

    Returns:
        The number of windows (0: decoded whole) and the samples at 24 kHz.
    """
    [ready] = model.encode([replace(utterance, lead_ms=ALL_SILENCE_MS)], [prosody])
    spans = ready.plan(0, grows=True)
    sound = np.concatenate([model.decode([(ready, span)])[0] for span in spans])
    return sum(span.size > 0 for span in spans), sound
