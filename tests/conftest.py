"""What many tests share: the real weights, prepared once, and what is read from them."""

import gc
import json
from collections.abc import Iterator

import pytest

from app.assets import Assets, prepare
from app.kokoro.voices import Voices
from app.settings import Settings
from deployments.local import private_environment
from tests.cluster import service, weights_with_a_broken_voice

__all__ = ["assets", "service", "vocabulary", "voices", "weights_with_a_broken_voice"]

# Ray reads its environment when the first test module imports it.
private_environment()


@pytest.fixture(autouse=True)
def _no_garbage_is_collected_while_time_counts(request: pytest.FixtureRequest) -> Iterator[None]:
    """A collection takes as long as all that the tests before have left, which a test of linear time must not count."""
    if "linear_time" in request.node.name:
        gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="session")
def assets() -> Assets:
    """The weights that `make weights` prepared."""
    return prepare(Settings().weights)


@pytest.fixture(scope="session")
def vocabulary(assets: Assets) -> dict[str, int]:
    return json.loads(assets.config_path.read_text("utf-8"))["vocab"]


@pytest.fixture(scope="session")
def voices(assets: Assets) -> Voices:
    return Voices({name: assets.voice_path(name) for name in assets.voices})
