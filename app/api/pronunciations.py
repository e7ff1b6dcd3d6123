"""Words and how a client wants them said, checked."""

from __future__ import annotations

from collections.abc import Mapping

from app.api.errors import ApiError, quoted
from app.text.marks import kokoro_phonemes

MAX_ENTRIES = 200
MAX_CHARACTERS = 200
"""Of a word, and of what is said for it."""


def checked_pronunciations(entries: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The entries as ``SpeechRequest.pronunciations`` has them.

    Raises:
        ApiError: ``bad_pronunciation``, for too many or too long ones, an empty one, or phonemes that Kokoro lacks.
    """
    if len(entries) > MAX_ENTRIES:
        raise _bad(
            f"There may be {MAX_ENTRIES} pronunciations, not {len(entries):,}. More go into speech.dictionary_file."
        )
    for written, said in entries.items():
        if max(len(written), len(said)) > MAX_CHARACTERS:
            raise _bad(f'The pronunciation of "{quoted(written)}" has more than {MAX_CHARACTERS} characters.')
        if not any(map(str.isalnum, written)):
            raise _bad(f'"{quoted(written)}" has no letter and no digit, so it is no word that could be pronounced.')
        if not said.strip():
            raise _bad(f'What is said for "{quoted(written)}" is empty.')
        if said.strip()[:1] == "/" and not kokoro_phonemes(said.strip().strip("/")):
            raise _bad(f'Kokoro knows none of the phonemes "{quoted(said)}" for "{quoted(written)}".')
    return tuple(entries.items())


def _bad(message: str) -> ApiError:
    return ApiError("bad_pronunciation", message)
