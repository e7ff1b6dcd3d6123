"""From the names that clients of other services ask for to the voices on offer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

from app.api.errors import ApiError, quoted
from app.api.service import Service
from app.blend import BadBlend, blend_name, parse_blend
from app.languages import UNSERVED, served_languages

_SAME_SEX_AND_ACCENT = {
    # ElevenLabs' American women
    "af_heart": "21m00Tcm4TlvDq8ikWAM EXAVITQu4vr4xnSDxMaL cgSgspJ2msm6clMCkdW9 9BWtsMINqrJLrRacOk9x",
    "af_bella": "hpp4J3VqNfWAUOO0d1Us FGY2WhTYpPnrIDTdsKH5 AZnzlk1XvdvUeBnXmlld jsCqWAovK2LkecY7zXl4",
    "af_sarah": "XrExE9yKIg1WjnnlVkGX LcfcDJNUP1GQjkzn1xUU MF3mGyEYCl7XYWbV9V6O oWAxZDx7w5VEj9dCyTzz"
    " jBpfuIE2acCO8z3wKNLl piTKgcLEGmPE4e6mEKli z9fAnlkpzviPz146aGWa zrHiDhphv9ZnVXBqCLjz SAz9YHcvj6GT2YYXdXww",
    # American men
    "am_michael": "pNInz6obpgDQGcFmaJgB nPczCjzI2devNBz1zQrb cjVigY5qzO86Huf0OWal CwhRBWXzGAHq8TQ4Fs17"
    " pqHfZKP75CvOlQylNhV4 flq6f7yk4E4fJM5XTYuZ 29vD33N1CtxCmqQRPOHJ 5Q0t7uMcjvnagumLfvZi"
    " t0jbNlBVZ17f02VDIeMI ODq5zmih8GrVes37Dizd",
    "am_fenrir": "bIHbv24MWmeRgasZH58o TX3LPaxmHKxFdv7VOQHJ iP95p4xoKVk53GoZ742B ErXwobaYiN019PkySvjV"
    " TxGEqnHWrfWFTfGW9XjX VR6AewLTigWG4xSOukaG yoZ06aMxZJJ28mfd3POQ SOYHLrjzK2X1ezoPC6cr"
    " 2EiwWnXFnvU5JabPnv8n GBv7mTt0atIp3Br8iCZE g5CIjZEefAph4nQFvHAz wViXBPUzp2ZZixB1xQuM"
    " N2lVS1w4EtoT3dr4eOWO",
    # British women
    "bf_emma": "Xb7hH8MSUJpSbSDYk0k2 XB0fDUnXU5powFXDhCwa",
    "bf_isabella": "pFZP5JQG7iQjIQuC4Bku ThT5KcBeYPX3keUQqHPh pMsXgVXv3BLzUgSXRplE",
    # British men, and the Irish and Australian ones, which are nearer to them than to Americans
    "bm_george": "JBFqnCBsd6RMkjVDRZzb onwK4e9ZLuTAKqWW03F9 CYw3kZ02Hs0563khs1Fj Zlb1dXrM653N07WRdFW3"
    " Yko7PKHZNXotIFUBG7I9 D38z5RcWu1voky8WS1ja IKne3meq5aSn9XLyUdCD ZQe5CZNOzWyzPSCn5a3c bVMeCyTHy58xNoL34h3p",
}

ELEVENLABS_VOICES = {name: voice for voice, names in _SAME_SEX_AND_ACCENT.items() for name in names.split()}
"""Voice ids that ElevenLabs' clients, examples and plugins have as defaults. Kokoro's table gives each one of the same
sex and accent."""

OPENAI_VOICES = {
    "alloy": "af_alloy",
    "ash": "am_michael",
    "ballad": "bm_george",
    "cedar": "am_fenrir",
    "coral": "af_bella",
    "echo": "am_echo",
    "fable": "bm_fable",
    "marin": "af_sarah",
    "nova": "af_nova",
    "onyx": "am_onyx",
    "sage": "af_heart",
    "shimmer": "af_sky",
    "verse": "am_puck",
}
"""OpenAI's names. Kokoro has voices of the same name for some of them."""

_KOKORO_NAME = re.compile(r"[a-z][fm]_")


def resolve_voice(asked: str, service: Service) -> str:
    """The voice or blend that a name stands for, as ``SpeechRequest.voice`` has it.

    A voice on offer goes before an alias of the settings, and that one before the tables of this module. Each part of a
    blend may be an alias.

    Raises:
        ApiError: ``unknown_voice`` or ``bad_blend``.
    """
    resolved: dict[str, float] = {}
    try:
        for name, share in ({asked: 1.0} if _alias(asked, service) else parse_blend(asked)).items():
            meant = parse_blend(name if name in service.voices else _alias(name, service) or name)
            if any(voice not in service.voices for voice in meant):
                raise ApiError("unknown_voice", no_voice(name, service.voices))
            for voice, portion in meant.items():
                resolved[voice] = resolved.get(voice, 0.0) + share * portion
    except BadBlend as error:
        raise ApiError("bad_blend", str(error)) from None
    return blend_name(resolved)


def known_voice(asked: str, voices: Sequence[str]) -> str:
    """A voice or a blend that is asked for by Kokoro's own names, as ``SpeechRequest.voice`` has it.

    Raises:
        ApiError: ``unknown_voice`` or ``bad_blend``.
    """
    if asked in voices:
        return asked
    if not asked:
        raise ApiError("unknown_voice", no_voice(asked, voices))
    try:
        shares = parse_blend(asked)
    except BadBlend as error:
        raise ApiError("bad_blend", str(error)) from None
    for name in shares:
        if name not in voices:
            raise ApiError("unknown_voice", no_voice(name, voices))
    return blend_name(shares)


def no_voice(name: str, voices: Sequence[str]) -> str:
    """The sentence for a name that is no voice, with those that are like it, or of a language that is not spoken."""
    name = quoted(name)
    if _KOKORO_NAME.match(name) and (language := UNSERVED.get(name[0])):
        return f'The voice "{name}" speaks {language}, which is not spoken here. Spoken are {served_languages()}.'
    near = get_close_matches(name.lower(), voices)
    hint = f"Did you mean {_or(near)}?" if near else "GET /health lists the voices."
    return f'There is no voice "{name}". {hint}'


def _alias(name: str, service: Service) -> str | None:
    aliases = service.settings.session.voice_aliases
    return aliases.get(name) or ELEVENLABS_VOICES.get(name) or OPENAI_VOICES.get(name)


def _or(names: Sequence[str]) -> str:
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
