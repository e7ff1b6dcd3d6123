"""Times of characters as ElevenLabs' HTTP paths give them: in seconds, from the start of the whole sound."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from app.messages import Alignment, SpeechChunk

MAX_AUDIO_BYTES = 49_152
MAX_CHARACTERS = 500
"""Of a line: some clients take none above 128 KiB. The sound grows by a third in base64, and a character takes at most
some 40 bytes in each of the two alignments."""


class TimedSpeech:
    """Puts the sound that comes out of an encoder and the characters of what went in together."""

    def __init__(self) -> None:
        self._source: list[tuple[str, int, int]] = []
        self._spoken: list[tuple[str, int, int]] = []
        """Characters, starts and durations (ms) whose sound has not come out yet."""

    def parts(self, audio: bytes, chunk: SpeechChunk | None) -> Iterator[dict[str, Any]]:
        """The parts of an answer: ``audio`` (bytes), ``alignment`` and ``normalized_alignment``.

        Args:
            audio: what came out; where it is empty, the characters wait for the next sound.
            chunk: what went in; None at the end, when nothing waits any more.
        """
        if chunk is not None:
            self._source += _characters(chunk.alignment)
            self._spoken += _characters(chunk.normalized_alignment)
        if not audio and chunk is not None:
            return
        sounds = [audio[at : at + MAX_AUDIO_BYTES] for at in range(0, len(audio), MAX_AUDIO_BYTES)]
        for sound, source, spoken in zip_longest(sounds, _slices(self._source), _slices(self._spoken)):
            yield {
                "audio": sound or b"",
                "alignment": _timestamps(source),
                "normalized_alignment": _timestamps(spoken),
            }
        self._source, self._spoken = [], []


def _characters(alignment: Alignment) -> list[tuple[str, int, int]]:
    return list(zip(alignment.characters, alignment.start_ms, alignment.duration_ms, strict=True))


def _slices(characters: list[tuple[str, int, int]]) -> list[list[tuple[str, int, int]]]:
    return [characters[at : at + MAX_CHARACTERS] for at in range(0, len(characters), MAX_CHARACTERS)]


def _timestamps(characters: list[tuple[str, int, int]] | None) -> dict[str, list[Any]] | None:
    if not characters:
        return None
    return {
        "characters": [character for character, _, _ in characters],
        "character_start_times_seconds": [start_ms / 1000 for _, start_ms, _ in characters],
        "character_end_times_seconds": [(start_ms + duration_ms) / 1000 for _, start_ms, duration_ms in characters],
    }
