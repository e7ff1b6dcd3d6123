"""The languages that are spoken, and how clients name them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import langcodes

ENGLISH = "en"
"""English with the accent of the voice."""


class UnsupportedLanguage(ValueError):
    """A language that is not spoken, or no language at all. The message is written for the user."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language that Kokoro was trained on and whose text can be phonemised."""

    name: str
    tag: str
    """BCP-47."""
    letter: str
    """Kokoro's own: the first one of its voices' names."""
    accent: str
    """Of its voices, as labels have it."""

    @property
    def subtag(self) -> str:
        """The language without its country: ISO 639-1."""
        return self.tag.partition("-")[0]


LANGUAGES = {
    "en-us": Language("American English", "en-US", "a", "american"),
    "en-gb": Language("British English", "en-GB", "b", "british"),
    "es": Language("Spanish", "es", "e", "peninsular"),
    "fr-fr": Language("French", "fr", "f", "french"),
    "hi": Language("Hindi", "hi", "h", "indian"),
    "it": Language("Italian", "it", "i", "italian"),
    "pt-br": Language("Brazilian Portuguese", "pt-BR", "p", "brazilian"),
}
"""By espeak's name for it, which is what requests carry inside the service."""

LANGUAGE_OF_LETTER = {language.letter: code for code, language in LANGUAGES.items()}

UNSERVED = {"j": "Japanese", "z": "Mandarin Chinese"}
"""Languages that Kokoro has voices for and that nothing here can phonemise, by Kokoro's letter."""

_UNSERVED_TAGS = {"ja": "Japanese", "zh": "Mandarin Chinese", "cmn": "Mandarin Chinese", "yue": "Cantonese"}
_ALSO = {"en-CA": "en-us", "en-PH": "en-us"}
"""Tags nearer to a language than those that the distances of CLDR would choose."""
_CODES = {**{language.tag: code for code, language in LANGUAGES.items()}, **_ALSO}
_MAX_DISTANCE = 9
"""Of CLDR, between a language's countries: 10 and more lie between languages, "gl" for one is 20 from "es"."""


def served_languages() -> str:
    """All languages with their tags, for a sentence."""
    named = [f"{language.name} ({language.tag})" for language in LANGUAGES.values()]
    return f"{', '.join(named[:-1])} and {named[-1]}"


@lru_cache(maxsize=256)
def find_language(tag: str) -> str:
    """One of ``LANGUAGES``, or ``ENGLISH``, for what a client calls a language.

    Args:
        tag: BCP-47 with the country or without (``es-MX``, ``pt``), the three letters of ISO 639 (``spa``), or Kokoro's
            single letter. Upper and lower case, ``-`` and ``_`` are the same.

    Raises:
        UnsupportedLanguage: for a language that is not spoken, or no language.
    """
    letter = tag.lower()
    if letter in LANGUAGE_OF_LETTER:
        return LANGUAGE_OF_LETTER[letter]
    if letter in UNSERVED:
        raise _unsupported(tag, f": it is {UNSERVED[letter]}")
    try:
        asked = langcodes.Language.get(tag)
        nearest = langcodes.closest_supported_match(tag, list(_CODES), max_distance=_MAX_DISTANCE)
    except ValueError:
        raise _unsupported(tag, ", nor is it a BCP-47 tag") from None
    if asked.language == ENGLISH and asked.territory is None:
        return ENGLISH
    if nearest is None:
        name = _UNSERVED_TAGS.get(asked.language or "")
        raise _unsupported(tag, f": it is {name}" if name else "")
    return _CODES[nearest]


def _unsupported(tag: str, reason: str) -> UnsupportedLanguage:
    shown = tag if len(tag) <= 40 else tag[:40] + "…"
    return UnsupportedLanguage(f'The language "{shown}" is not spoken here{reason}. Spoken are {served_languages()}.')
