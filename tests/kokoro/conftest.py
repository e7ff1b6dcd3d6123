"""The real weights, in float32: exact enough to compare with the kokoro package."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import torch

from app.assets import Assets
from app.kokoro.generator import Generator
from app.kokoro.loading import load_package_model
from app.kokoro.network import Network
from app.kokoro.source import Source
from app.kokoro.statistics import StatisticsStore, VoiceStatistics
from app.kokoro.vocoder import Vocoder
from app.kokoro.voices import Voices
from app.messages import Utterance
from tests.kokoro.engine_fakes import World


@pytest.fixture(scope="session")
def package_model(assets: Assets) -> Any:
    """The kokoro package's own model, as it is: what is ours is made of copies."""
    return load_package_model(assets.config_path, assets.model_path)


@pytest.fixture(scope="session")
def network(assets: Assets) -> Network:
    """Up to the generator."""
    return Network(load_package_model(assets.config_path, assets.model_path), "cpu")


@pytest.fixture(scope="session")
def vocoder(package_model: Any) -> Vocoder:
    """The generator and its source."""
    generator = package_model.decoder.generator
    return Vocoder(Generator(generator, torch.float32), Source(generator.m_source, "cpu"))


@pytest.fixture(scope="session")
def statistics(assets: Assets) -> VoiceStatistics:
    """Of af_heart."""
    found = StatisticsStore(assets.derived_folder / "statistics").get("af_heart")
    assert found is not None
    return found


@pytest.fixture(scope="session")
def utterance_of(vocabulary: dict[str, int], voices: Voices) -> Callable[..., Utterance]:
    """Makes an utterance from phonemes, as Speech would."""

    def make(phonemes: str, voice: str = "af_heart", *, speed: float = 1.0, seed: int = 7) -> Utterance:
        ids = tuple(vocabulary[phoneme] for phoneme in phonemes)
        return Utterance("test", ids, voices.style(voice, len(ids)), voice, speed, seed)

    return make


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World() as world:
        yield world
