"""Voices: their names, their language, and the style vector for an utterance's length."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from app.messages import MAX_PHONEMES, FloatArray

LANGUAGE_OF_PREFIX = {"a": "en-us", "b": "en-gb"}
"""First letter of a voice's name to its language, for the languages that this service speaks."""


def served(names: tuple[str, ...]) -> tuple[str, ...]:
    """The voices whose language the service can phonemise."""
    return tuple(name for name in names if name[:1] in LANGUAGE_OF_PREFIX)


def language_of(voice: str) -> str:
    """``en-us`` or ``en-gb``, from the first letter of the voice's name."""
    return LANGUAGE_OF_PREFIX[voice[0]]


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

    def style(self, voice: str, phonemes: int) -> FloatArray:
        """The style vector [256] of a voice for an utterance of ``phonemes`` ids (1 to 510).

        Raises:
            KeyError: for a voice that is not on offer.
        """
        return self._load(voice)[min(max(phonemes, 1), MAX_PHONEMES) - 1]

    def _read(self, voice: str) -> FloatArray:
        import torch

        pack = torch.load(self._paths[voice], map_location="cpu", weights_only=True)
        return np.ascontiguousarray(pack.reshape(-1, 256).numpy(), dtype=np.float32)
