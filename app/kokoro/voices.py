"""Voices: their names, their language, and the style vector for an utterance's length."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from app.blend import BadBlend, parse_blend
from app.languages import ENGLISH, LANGUAGE_OF_LETTER, LANGUAGES
from app.messages import MAX_PHONEMES, FloatArray


def served(names: tuple[str, ...]) -> tuple[str, ...]:
    """The voices whose language the service can phonemise."""
    return tuple(name for name in names if name[:1] in LANGUAGE_OF_LETTER)


def language_of(voice: str) -> str:
    """One of ``LANGUAGES``, from the first letter of the voice's name; a blend speaks as its first voice does."""
    # A blend may begin with a voice that is subtracted.
    return LANGUAGE_OF_LETTER[voice.lstrip("-")[0]]


def spoken_language(asked: str | None, voice: str) -> str:
    """The one of ``LANGUAGES`` that a text is read in.

    Args:
        asked: what ``SpeechRequest.language`` may be. None, and what nobody speaks, leave it to the voice; English
            without a country has the accent of an English voice, of any other voice the American one.
    """
    own = language_of(voice)
    if asked == ENGLISH:
        return own if LANGUAGES[own].subtag == ENGLISH else "en-us"
    return asked if asked in LANGUAGES else own


class Voices:
    """The style vectors of the voices in a folder, read once each."""

    def __init__(self, paths: dict[str, Path]) -> None:
        """Args: paths: name to file, [510, 1, 256] float32 as saved by torch."""
        self._paths = {name: paths[name] for name in served(tuple(paths))}
        self._load = lru_cache(maxsize=None)(self._read)

    @property
    def names(self) -> tuple[str, ...]:
        """Sorted names of the voices on offer."""
        return tuple(sorted(self._paths))

    def has(self, voice: str) -> bool:
        """Whether a voice is on offer, or all voices of a blend are."""
        try:
            return all(name in self._paths for name in parse_blend(voice))
        except BadBlend:
            return False

    def style(self, voice: str, phonemes: int) -> FloatArray:
        """The style vector [256] of a voice or a blend for an utterance of ``phonemes`` ids (1 to 510).

        Raises:
            KeyError: for a voice that is not on offer.
        """
        row = min(max(phonemes, 1), MAX_PHONEMES) - 1
        if voice in self._paths:
            return self._load(voice)[row]
        shares = parse_blend(voice)
        return np.sum([self._load(name)[row] * np.float32(share) for name, share in shares.items()], axis=0)

    def _read(self, voice: str) -> FloatArray:
        import torch

        pack = torch.load(self._paths[voice], map_location="cpu", weights_only=True)
        return np.ascontiguousarray(pack.reshape(-1, 256).numpy(), dtype=np.float32)
