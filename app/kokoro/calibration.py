"""Measuring a voice's statistics: a few sentences, decoded exactly one by one, so that it can be done in between."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.kokoro.network import Network
from app.kokoro.statistics import Accumulator, StatisticsStore, VoiceStatistics
from app.kokoro.vocoder import Vocoder
from app.kokoro.voices import Voices, language_of
from app.messages import Utterance

logger = logging.getLogger(__name__)

SENTENCES = Path(__file__).with_name("calibration.json")
"""Sentences of one word to twenty in each language, and their phonemes: the model's process has no text pipeline."""

DEFAULT_VOICES = (
    "af_heart", "af_bella", "af_sarah", "am_michael", "am_fenrir", "bf_emma", "bf_isabella", "bm_george",
    "af_alloy", "af_nicole", "af_nova", "af_sky", "am_echo", "am_eric", "am_onyx", "am_puck", "bf_alice", "bf_lily",
    "bm_daniel", "bm_fable",
    "ef_dora", "em_alex", "em_santa", "ff_siwis", "hf_alpha", "hf_beta", "hm_omega", "hm_psi", "if_sara", "im_nicola",
    "pf_dora", "pm_alex", "pm_santa",
)  # fmt: skip
"""The best English ones and those that clients of other services ask for by name, and all of other languages. Their
statistics come with the project."""


def phonemes_of(language: str) -> list[str]:
    """The phonemes of a language's sentences; one of ``app.languages.LANGUAGES``."""
    content = json.loads(SENTENCES.read_text("utf-8"))
    return list(content["phonemes"][language])


class Calibration:
    """Works through voices, a sentence at a time. On the model's thread."""

    def __init__(
        self,
        network: Network,
        vocoder: Vocoder,
        vocabulary: dict[str, int],
        voices: Voices,
        store: StatisticsStore,
        names: Iterable[str],
    ) -> None:
        """Args: names: of the voices to be measured; those that have statistics are passed over."""
        self._network, self._vocoder = network, vocoder
        self._vocabulary, self._voices, self._store = vocabulary, voices, store
        self._sentences = self._all_sentences(names)

    def step(self) -> bool:
        """Decode one sentence; False when nothing is left."""
        return next(self._sentences, None) is not None

    def _all_sentences(self, names: Iterable[str]) -> Iterator[str]:
        for name in names:
            if self._store.get(name) is None:
                yield from self._measure(name)

    def _measure(self, voice: str) -> Iterator[str]:
        accumulator = Accumulator(self._vocoder.generator.norms)
        for number, phonemes in enumerate(phonemes_of(language_of(voice))):
            self._add(accumulator, voice, phonemes, number)
            yield voice
        try:
            statistics = accumulator.statistics()
        except ValueError as error:
            logger.warning("no statistics of voice %s: %s; it is decoded whole", voice, error)
            return
        self._save(voice, statistics)

    def _save(self, voice: str, statistics: VoiceStatistics) -> None:
        try:
            self._store.put(voice, statistics)
        except OSError as error:
            logger.warning("the statistics of voice %s cannot be kept: %s", voice, error)

    def _add(self, accumulator: Accumulator, voice: str, phonemes: str, seed: int) -> None:
        ids = tuple(self._vocabulary[phoneme] for phoneme in phonemes)
        utterance = Utterance("calibration", ids, self._voices.style(voice, len(ids)), voice, speed=1.0, seed=seed)
        [features] = self._network.encode([utterance], [None])
        accumulator.begin(features.prosody.f0)
        self._vocoder.decode_whole([self._vocoder.ready(features, seed, None)], accumulator.observe)
