from collections.abc import Callable

import pytest

from app.assets import Assets
from app.kokoro.network import Network
from app.kokoro.voices import Voices
from app.messages import Utterance


@pytest.fixture(scope="session")
def network(assets: Assets) -> Network:
    """The real model on the CPU."""
    return Network.load(assets.config_path, assets.model_path, "cpu", threads=2)


@pytest.fixture(scope="session")
def utterance_of(vocabulary: dict[str, int], voices: Voices) -> Callable[..., Utterance]:
    """Makes an utterance from phonemes, as Speech would."""

    def make(phonemes: str, voice: str = "af_heart", *, speed: float = 1.0, seed: int = 7) -> Utterance:
        ids = tuple(vocabulary[phoneme] for phoneme in phonemes)
        return Utterance("test", ids, voices.style(voice, len(ids)), voice, speed, seed)

    return make
