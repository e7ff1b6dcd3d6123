"""The phonemes of Kokoro's vocabulary by the way they are made, in the symbols of misaki and espeak."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """How a phoneme is made; those of one kind last about as long and are about as loud."""

    DIPHTHONG = "AIOQWY"
    VOWEL = "aeiouyæøœɑɒɔɐɛɜɝɞɤɯʉʊʌ"
    REDUCED_VOWEL = "əɚɪɨɘɵᵊᵻ"
    GLIDE = "jwɥʋʍɰ"
    LIQUID = "lɫʎʟɹrɻʁʀɽ"
    FLAP = "ɾTʔ"
    NASAL = "mnŋɲɳɴɱ"
    VOICED_FRICATIVE = "vzðʒβɣʝʐɦʕ"
    VOICELESS_FRICATIVE = "fsθʃhxçχʂɕɸħSɬ"
    VOICED_STOP = "bdɡgɖɟ"
    VOICELESS_STOP = "ptkqcʈʡ"
    AFFRICATE = "ʤʧʣʥʦʨꭧ"
    SPACE = " "
    MARK = ';:,.!?—…"()“”'


_KINDS = {phoneme: kind for kind in Kind for phoneme in kind.value}

VOWEL_KINDS = frozenset({Kind.DIPHTHONG, Kind.VOWEL, Kind.REDUCED_VOWEL})
PAUSE_KINDS = frozenset({Kind.SPACE, Kind.MARK})

STRESSES = frozenset("ˈˌ")
"""They belong to the phoneme after them."""

MODIFIERS = frozenset("ːʰʲ\u0303ᵝ↓→↗↘")
"""They belong to the phoneme before them."""


def kind_of(phoneme: str) -> Kind:
    """The kind of a phoneme; one that nobody has listed counts as a liquid, which is in the middle of them all."""
    return _KINDS.get(phoneme, Kind.LIQUID)


class Unit(NamedTuple):
    """A phoneme with its stress and its modifiers: the phonemes [start, end)."""

    sound: str
    kind: Kind
    start: int
    end: int
    stress: str
    """"ˈ", "ˌ" or empty."""


def units(phonemes: str) -> tuple[Unit, ...]:
    """The units of a word or an utterance, which tile it; none where there is not one phoneme."""
    return tuple(_units(phonemes))


def _units(phonemes: str) -> Iterator[Unit]:
    unit: Unit | None = None
    start, stress = 0, ""
    for position, phoneme in enumerate(phonemes):
        if phoneme in STRESSES:
            stress = phoneme
        elif phoneme in MODIFIERS and unit is not None and unit.end == position:
            unit = unit._replace(end=position + 1)
            start = position + 1
        else:
            if unit is not None:
                yield unit
            unit = Unit(phoneme, kind_of(phoneme), start, position + 1, stress)
            start, stress = position + 1, ""
    if unit is not None:
        yield unit._replace(end=len(phonemes))


def is_phoneme(character: str) -> bool:
    """Whether Kokoro knows a character as a phoneme, its stress or its length, or as the space between words."""
    return (
        character in STRESSES or character in MODIFIERS or (character in _KINDS and _KINDS[character] is not Kind.MARK)
    )
