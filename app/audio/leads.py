"""How long before the boundaries of the model's durations, or the rise of its energy, a phoneme is heard.

Medians over 40 sentences by 4 voices at 3 speeds against forced alignment, as ``python -m loadtest.timing_fit`` prints
them. They are the same in milliseconds at all speeds from 0.7 to 1.3.
"""

from __future__ import annotations

from app.text.phonemes import Kind

INSIDE_MS = {
    Kind.DIPHTHONG: 46.0,
    Kind.VOWEL: 41.0,
    Kind.REDUCED_VOWEL: 51.0,
    Kind.GLIDE: 71.0,
    Kind.LIQUID: 66.0,
    Kind.FLAP: 48.0,
    Kind.NASAL: 66.0,
    Kind.VOICED_FRICATIVE: 61.0,
    Kind.VOICELESS_FRICATIVE: 81.0,
    Kind.VOICED_STOP: 51.0,
    Kind.VOICELESS_STOP: 61.0,
    Kind.AFFRICATE: 81.0,
    Kind.SPACE: 56.0,
    Kind.MARK: 56.0,
}
"""Of the boundary of a phoneme inside a word."""

BETWEEN_MS = {
    Kind.DIPHTHONG: 11.0,
    Kind.VOWEL: 22.0,
    Kind.REDUCED_VOWEL: 22.0,
    Kind.GLIDE: 32.0,
    Kind.LIQUID: 27.0,
    Kind.FLAP: 25.0,
    Kind.NASAL: 36.0,
    Kind.VOICED_FRICATIVE: 26.0,
    Kind.VOICELESS_FRICATIVE: 37.0,
    Kind.VOICED_STOP: 22.0,
    Kind.VOICELESS_STOP: 27.0,
    Kind.AFFRICATE: 27.0,
}
"""Of the boundary where the space before a word begins, if no pause is there: the model gives a space one to four
frames, but speech runs through it, and the word is heard before the space's own frames."""

SHARE_OF_SPACE = 0.18
"""A word comes earlier before its boundary by this part of the space's duration."""

AFTER_SILENCE_MS = {
    Kind.DIPHTHONG: 1.0,
    Kind.VOWEL: 8.0,
    Kind.REDUCED_VOWEL: 8.0,
    Kind.GLIDE: 8.0,
    Kind.LIQUID: 0.0,
    Kind.FLAP: 8.0,
    Kind.NASAL: 1.0,
    Kind.VOICED_FRICATIVE: 23.0,
    Kind.VOICELESS_FRICATIVE: 18.0,
    Kind.VOICED_STOP: 16.0,
    Kind.VOICELESS_STOP: 28.0,
    Kind.AFFRICATE: 4.0,
}
"""Of the moment at which the energy rises above ``AUDIBLE_ENERGY``: a stop begins with a closure."""

AUDIBLE_ENERGY = -1.0
"""About 42 dB below the loudest vowels: where a word beside a pause begins and ends."""

PAUSE_ENERGY = -3.0
"""About 50 dB below them: a pause falls below it for at least as long as the two below, a closure does not."""

PAUSE_AFTER_WORD_MS = 100.0
PAUSE_AT_MARK_MS = 62.5
