"""``POST /v1/audio/speech``: one text, spoken while it is made, as sound or as server-sent events."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import AsyncGenerator
from contextlib import aclosing
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from app.api.auth import Caller, caller_of
from app.api.openai.errors import OpenAIRoute, documented, request_id
from app.api.openai.request import SpeechFields
from app.api.service import service_of
from app.api.speaking import encoded_speech_of, streamed, while_client_stays, whole
from app.audio.formats import OPENAI_FORMATS
from app.messages import BYTES_PER_SAMPLE, FRAME_MS, SpeechChunk

DIALECT = "openai"
EVENT_STREAM = "text/event-stream"
UNBUFFERED = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
"""For an answer that is heard while it comes: no proxy keeps it or waits for its end."""

router = APIRouter(route_class=OpenAIRoute)


class SpeechBody(SpeechFields):
    """The body of ``POST /v1/audio/speech``."""

    stream_format: Literal["audio", "sse"] | None = Field(
        None,
        description="`audio`, which is what comes where none is given, or `sse` for events, whatever `stream` says",
    )


@router.post(
    "/audio/speech",
    response_class=Response,
    responses={
        HTTPStatus.OK: {
            "description": "the sound, or with `stream_format: sse` events that bring it",
            "content": {
                **{audio_format.content_type: {} for audio_format in OPENAI_FORMATS.values()},
                EVENT_STREAM: {},
            },
        },
        **documented(
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.TOO_MANY_REQUESTS,
            HTTPStatus.SERVICE_UNAVAILABLE,
        ),
    },
)
async def create_speech(
    asked: Annotated[SpeechBody, Body()], caller: Annotated[Caller, Depends(caller_of)], request: Request
) -> Response:
    """Speaks one text.

    The events of `stream_format: sse` are `speech.audio.delta` with a part of the file as Base64 in `audio`, and at
    last `speech.audio.done`, in whose `usage` the `input_tokens` are the characters of the text and the `output_tokens`
    the frames of sound, of 25 ms each.
    """
    options, audio_format = asked.options(service_of(request)), asked.audio_format
    pieces = encoded_speech_of(request, caller, asked.input, options, audio_format, DIALECT)
    headers = {**UNBUFFERED, **request_id()}
    if asked.stream_format == "sse":
        events = _events(pieces, len(asked.input), audio_format.sample_rate_hz)
        return await streamed(request, events, EVENT_STREAM, headers)
    headers["Content-Disposition"] = f"attachment; filename=speech.{audio_format.name}"
    if asked.is_streamed:
        return await streamed(request, _audio(pieces), audio_format.content_type, headers)
    file, _ = await while_client_stays(request, whole(pieces, audio_format))
    return Response(file, headers=headers, media_type=audio_format.content_type)


async def _audio(pieces: AsyncGenerator[tuple[bytes, SpeechChunk | None], None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(pieces):
        async for audio, _ in pieces:
            yield audio


async def _events(
    pieces: AsyncGenerator[tuple[bytes, SpeechChunk | None], None], characters: int, sample_rate_hz: int
) -> AsyncGenerator[bytes, None]:
    pcm_bytes = 0
    async with aclosing(pieces):
        async for audio, chunk in pieces:
            pcm_bytes += 0 if chunk is None else len(chunk.pcm)
            if audio:
                yield _event("speech.audio.delta", audio=base64.b64encode(audio).decode())
    sound_ms = pcm_bytes * 1000 / (BYTES_PER_SAMPLE * sample_rate_hz)
    frames = math.ceil(sound_ms / FRAME_MS)
    usage = {"input_tokens": characters, "output_tokens": frames, "total_tokens": characters + frames}
    yield _event("speech.audio.done", usage=usage)


def _event(kind: str, **fields: Any) -> bytes:
    return f"data: {json.dumps({'type': kind, **fields})}\n\n".encode()
