"""What ElevenLabs' WebSockets and HTTP paths have in common of what a client may ask for.

Their clients send fields with null, of a later release or of an earlier one: what can be understood is taken, what lies
outside a range is taken at its end, and the rest is passed over.
"""

from __future__ import annotations

import math
from typing import Any

from app.api.errors import ApiError, quoted
from app.audio.formats import ELEVENLABS_FORMATS, AudioFormat
from app.session import MAX_SEED
from app.settings import MAX_SPEED, MIN_SPEED

DEFAULT_FORMAT = ELEVENLABS_FORMATS["mp3_44100_128"]
"""The clients' own; those that send none expect it."""

_DIALOGUE_MODELS = ("eleven_v3", "eleven_v4")


def speed_of(voice_settings: Any, default: float = 1.0) -> float:
    """``voice_settings.speed`` within what Kokoro can do; the default where there is none or it is no number."""
    speed = voice_settings.get("speed") if isinstance(voice_settings, dict) else None
    if isinstance(speed, bool) or not isinstance(speed, int | float) or not math.isfinite(speed):
        return default
    return min(max(float(speed), MIN_SPEED), MAX_SPEED)


def seed_of(value: Any) -> int | None:
    """The seed, 0 to ``MAX_SEED``; None, for one drawn anew each time, where it is none."""
    try:
        seed = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return seed if 0 <= seed <= MAX_SEED else None


def normalize_of(apply_text_normalization: str | None) -> bool:
    """``Options.normalize``: all but ``off`` writes numbers and abbreviations out."""
    return apply_text_normalization != "off"


def format_of(output_format: str | None) -> AudioFormat:
    """The format of a name; the default one where there is none.

    Raises:
        ApiError: ``invalid_output_format``.
    """
    if not output_format:
        return DEFAULT_FORMAT
    try:
        return ELEVENLABS_FORMATS[output_format]
    except KeyError:
        raise ApiError(
            "invalid_output_format",
            f'There is no output_format "{quoted(output_format)}". There are: {", ".join(ELEVENLABS_FORMATS)}.',
        ) from None


def check_socket_model(model_id: str | None) -> None:
    """Lets every model pass, since all of them stand for Kokoro, but those whose WebSocket has other messages.

    Raises:
        ApiError: ``unsupported_model``.
    """
    if model_id and model_id.startswith(_DIALOGUE_MODELS):
        raise ApiError(
            "unsupported_model",
            f'The model "{quoted(model_id)}" is not served by this WebSocket: leave model_id out, or send another one.',
        )
