"""The JSON messages of ElevenLabs' WebSockets, from clients and to them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, field_validator
from typing_extensions import TypedDict

from app.api.errors import ApiError, wrong_shape


class ClientMessage(BaseModel):
    """Anything that a client says, on either WebSocket. A field that is null counts as left out."""

    model_config = ConfigDict(extra="ignore", strict=True)

    text: str | None = None
    """None where the message is of something else; the empty text has a meaning of its own."""
    flush: bool = False
    try_trigger_generation: bool = False
    context_id: str | None = Field(None, validation_alias=AliasChoices("context_id", "contextId"))
    close_context: bool = False
    close_socket: bool = False
    voice_settings: Any = None
    chunk_length_schedule: Any = None

    @field_validator("flush", "try_trigger_generation", "close_context", "close_socket", mode="before")
    @classmethod
    def _null_is_no(cls, value: Any) -> Any:
        return False if value is None else value


class AlignmentPart(TypedDict):
    """Characters and when each is heard, in ms from the start of their segment; three lists of one length."""

    chars: list[str]
    charStartTimesMs: list[int]
    charDurationsMs: list[int]


def parse_message(raw: str | bytes) -> ClientMessage:
    """One message of a client.

    Raises:
        ApiError: ``bad_message`` for what is no JSON object or has a field of the wrong type.
    """
    whole = "A message must be a JSON object in a text frame."
    try:
        fields = json.loads(raw if isinstance(raw, str) else "")
        if isinstance(fields, dict):
            fields = {**fields, "chunk_length_schedule": _schedule_in(fields)}
        return ClientMessage.model_validate(fields)
    except ValidationError as error:
        raise wrong_shape(error.errors(), whole) from None
    except (ValueError, RecursionError):
        raise ApiError("bad_message", whole) from None


def audio_message(audio: bytes, alignment: AlignmentPart | None, normalized: AlignmentPart | None) -> dict[str, Any]:
    """A stretch of sound; the alignments of its segment come with the segment's first one."""
    return {
        "audio": base64.b64encode(audio).decode("ascii"),
        "isFinal": None,
        "normalizedAlignment": normalized,
        "alignment": alignment,
    }


def error_message(error: str, sentence: str, close_code: int, retry_after_s: int | None = None) -> dict[str, Any]:
    """What is wrong: ``error`` for programs, the sentence for people; when the same may work, where that is known."""
    message = {"message": sentence, "error": error, "code": close_code}
    return message if retry_after_s is None else {**message, "retry_after": retry_after_s}


FINAL: Mapping[str, Any] = {"audio": None, "isFinal": True, "normalizedAlignment": None, "alignment": None}
"""Nothing comes after it. It never has sound, since some clients pass over what is in it."""


def as_json(message: Mapping[str, Any]) -> str:
    """A message as a text frame. ASCII, since a lone surrogate of the text could not be sent otherwise."""
    return json.dumps(message, separators=(",", ":"))


def _schedule_in(fields: Mapping[str, Any]) -> Any:
    """The guides say ``generation_config``, the reference ``generator_config`` in later messages."""
    for name in ("generation_config", "generator_config"):
        config = fields.get(name)
        if isinstance(config, dict) and config.get("chunk_length_schedule"):
            return config["chunk_length_schedule"]
    return None
