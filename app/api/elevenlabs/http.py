"""ElevenLabs' HTTP paths that speak: one text, as a whole or streamed, with or without the time of every character."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from http import HTTPStatus
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Body, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from app.admission import Limit
from app.api.auth import Caller, caller_of
from app.api.elevenlabs.errors import ElevenLabsRoute, documented
from app.api.elevenlabs.request import format_of, normalize_of, speed_of
from app.api.elevenlabs.timestamps import TimedSpeech
from app.api.errors import not_ready
from app.api.languages import asked_language
from app.api.service import service_of
from app.api.speaking import check_text, encoded_speech_of, streamed, while_client_stays, whole
from app.api.voices import resolve_voice
from app.audio.formats import AudioFormat
from app.events import Options
from app.messages import SpeechChunk
from app.session import MAX_SEED

DIALECT = "elevenlabs_http"

router = APIRouter(route_class=ElevenLabsRoute)

ERRORS = documented(
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
AUDIO: dict[int | str, dict[str, Any]] = {
    HTTPStatus.OK.value: {"description": "sound in the output_format", "content": {"audio/mpeg": {}}},
    **ERRORS,
}


class SpeechBody(BaseModel):
    """What is to be spoken. Fields that are not here are passed over."""

    model_config = ConfigDict(extra="ignore")

    text: str
    model_id: str | None = Field(None, description="any: all stand for Kokoro")
    language_code: str | None = Field(None, description="BCP-47 or ISO 639-3; else the voice's own")
    voice_settings: dict[str, Any] | None = Field(None, description="of which `speed` is heeded, 0.5 to 2")
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] | None = None
    apply_text_normalization: str | None = Field(None, description="`off`, or else on")
    previous_text: str | None = Field(None, description="accepted; changes nothing")
    next_text: str | None = Field(None, description="accepted; changes nothing")


class TimestampsAnswer(BaseModel):
    """Sound and when its characters are heard."""

    audio_base64: str
    alignment: dict[str, list[Any]] | None
    normalized_alignment: dict[str, list[Any]] | None


class _Asked:
    """A request that can be spoken."""

    def __init__(
        self,
        voice_id: str,
        asked: Annotated[SpeechBody, Body()],
        caller: Annotated[Caller, Depends(caller_of)],
        request: Request,
        output_format: Annotated[str | None, Query(description="such as mp3_44100_128, the default")] = None,
    ) -> None:
        """A dependency of FastAPI.

        Raises:
            ApiError: for what cannot be spoken.
        """
        service = service_of(request)
        if not service.voices:
            raise not_ready()
        voice = resolve_voice(voice_id, service)
        self.audio_format: AudioFormat = format_of(output_format)
        check_text(asked.text, service.settings.session.max_buffered_characters)
        self._request = request
        self._caller = caller
        self._text = asked.text
        self._options = Options(
            voice=voice,
            speed=speed_of(asked.voice_settings),
            seed=asked.seed,
            normalize=normalize_of(asked.apply_text_normalization),
            language=asked_language(asked.language_code),
        )

    async def sound(self) -> AsyncGenerator[bytes, None]:
        """The bytes of the sound as they come."""
        async with aclosing(self.speak()) as parts:
            async for audio, _ in parts:
                yield audio

    async def timed(self) -> AsyncGenerator[dict[str, Any], None]:
        """Stretches of sound with the characters that begin in them."""
        speech = TimedSpeech()
        async with aclosing(self.speak()) as parts:
            async for audio, chunk in parts:
                for part in speech.parts(audio, chunk):
                    yield part

    @property
    def headers(self) -> dict[str, str]:
        """What the original tells with every answer."""
        limit: Limit = self._request.app.state.request_limit
        return {
            "request-id": uuid4().hex,
            "x-trace-id": uuid4().hex,
            "character-cost": str(len(self._text)),
            "current-concurrent-requests": str(limit.open),
            "maximum-concurrent-requests": str(service_of(self._request).settings.session.max_http_requests),
        }

    def speak(self) -> AsyncGenerator[tuple[bytes, SpeechChunk | None], None]:
        """As ``app.api.speaking.encoded_speech_of``."""
        return encoded_speech_of(self._request, self._caller, self._text, self._options, self.audio_format, DIALECT)


Asked = Annotated[_Asked, Depends()]


@router.post("/text-to-speech/{voice_id}", response_class=Response, responses=AUDIO)
async def convert(asked: Asked, request: Request) -> Response:
    """Speaks a text; the answer is the whole sound."""
    sound, _ = await while_client_stays(request, whole(asked.speak(), asked.audio_format))
    return Response(sound, headers=asked.headers, media_type=asked.audio_format.content_type)


@router.post("/text-to-speech/{voice_id}/stream", response_class=Response, responses=AUDIO)
async def stream(asked: Asked, request: Request) -> Response:
    """Speaks a text; the sound comes as it is made."""
    return await streamed(request, asked.sound(), asked.audio_format.content_type, asked.headers)


@router.post("/text-to-speech/{voice_id}/with-timestamps", response_model=TimestampsAnswer, responses=ERRORS)
async def convert_with_timestamps(asked: Asked, request: Request) -> Response:
    """Speaks a text; the answer is one object with the sound and the time of every character."""
    parts = await while_client_stays(request, _list(asked.timed()))
    answer = {
        "audio_base64": base64.b64encode(b"".join(part["audio"] for part in parts)).decode("ascii"),
        **{name: _joined(part[name] for part in parts) for name in ("alignment", "normalized_alignment")},
    }
    return Response(json.dumps(answer), headers=asked.headers, media_type="application/json")


@router.post("/text-to-speech/{voice_id}/stream/with-timestamps", response_model=TimestampsAnswer, responses=ERRORS)
async def stream_with_timestamps(asked: Asked, request: Request) -> Response:
    """Speaks a text; objects come one in a line, each with a stretch of sound and the characters that begin in it.

    Times are from the start of the whole sound.
    """
    return await streamed(request, _lines(asked.timed()), "application/json", asked.headers)


async def _list(parts: AsyncGenerator[Any, None]) -> list[Any]:
    async with aclosing(parts):
        return [part async for part in parts]


async def _lines(parts: AsyncGenerator[dict[str, Any], None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(parts):
        async for part in parts:
            line = {**part, "audio_base64": base64.b64encode(part["audio"]).decode("ascii")}
            del line["audio"]
            # ASCII, since some clients split lines at U+2028 too; with an end to the last one, which others drop.
            yield json.dumps(line).encode("ascii") + b"\n"


def _joined(parts: Iterator[dict[str, list[Any]] | None]) -> dict[str, list[Any]] | None:
    whole: dict[str, list[Any]] = {}
    for part in filter(None, parts):
        for name, values in part.items():
            whole.setdefault(name, []).extend(values)
    return whole or None
