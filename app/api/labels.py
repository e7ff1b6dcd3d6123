"""What is told of a voice besides its name."""

from __future__ import annotations

from app.kokoro.voices import language_of
from app.languages import LANGUAGES

SEXES = {"f": "female", "m": "male"}

_VOICES_OF_GRADE = {
    "A": "af_heart",
    "A-": "af_bella",
    "B-": "af_nicole bf_emma ff_siwis",
    "C+": "af_aoede af_kore af_sarah am_fenrir am_michael am_puck",
    "C": "af_alloy af_nova bf_isabella bm_fable bm_george hf_alpha hf_beta hm_omega hm_psi if_sara im_nicola",
    "C-": "af_sky",
    "D+": "bm_lewis",
    "D": "af_jessica af_river am_echo am_eric am_liam am_onyx bf_alice bf_lily bm_daniel",
    "D-": "am_santa",
    "F+": "am_adam",
}
GRADES = {name: grade for grade, names in _VOICES_OF_GRADE.items() for name in names.split()}
"""How good a voice is, from the quality and the length of its recordings, by Kokoro's author: VOICES.md beside the
weights of version 1.0. The Spanish and Brazilian voices have none there."""


def labels_of(voice: str) -> dict[str, str]:
    """Language (ISO 639-1), accent, gender and, where the author gave one, grade of a voice.

    A blend has those of its first voice, as it is spoken, and no grade.
    """
    language = LANGUAGES[language_of(voice)]
    labels = {
        "language": language.subtag,
        "accent": language.accent,
        "gender": SEXES.get(voice.lstrip("-")[1:2], "neutral"),
    }
    return labels | ({"grade": GRADES[voice]} if voice in GRADES else {})
