"""``POST /dev/captioned_speech``: one text with the time of every word, as Kokoro-FastAPI has it."""

from __future__ import annotations

import base64
import json
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Body, Depends
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from app.api.auth import Caller, caller_of
from app.api.openai.errors import OpenAIRoute, documented, request_id
from app.api.openai.request import SpeechFields
from app.api.openai.speech import DIALECT, UNBUFFERED
from app.api.service import service_of
from app.api.speaking import encoded_speech_of, streamed, while_client_stays, whole
from app.audio.formats import AudioFormat
from app.captions import MARKS
from app.messages import BYTES_PER_SAMPLE, SpeechChunk

NDJSON = "application/x-ndjson"

router = APIRouter(route_class=OpenAIRoute)


class CaptionsBody(SpeechFields):
    """The body of ``POST /dev/captioned_speech``."""

    return_timestamps: bool | None = Field(None, description="false leaves `timestamps` empty")


class Timestamp(BaseModel):
    """A word, as it stands in the text with the marks round it, and when it is heard."""

    word: str
    start_time: float = Field(description="from the start of the sound, s")
    end_time: float = Field(description="without the pause that a mark after it stands for, s")


class CaptionedSpeech(BaseModel):
    """The answer, or one line of it."""

    audio: str = Field(description="the file, or the next part of it, as Base64")
    audio_format: str = Field(description="its content type")
    timestamps: list[Timestamp]


@router.post(
    "/dev/captioned_speech",
    response_class=Response,
    responses={
        HTTPStatus.OK: {
            "model": CaptionedSpeech,
            "description": "with `stream: false` one object, else one in every line",
            "content": {NDJSON: {}},
        },
        **documented(
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.TOO_MANY_REQUESTS,
            HTTPStatus.SERVICE_UNAVAILABLE,
        ),
    },
)
async def captioned_speech(
    asked: Annotated[CaptionsBody, Body()], caller: Annotated[Caller, Depends(caller_of)], request: Request
) -> Response:
    """Speaks one text and tells when each of its words is heard. The words, with spaces between, are the text."""
    options, audio_format = asked.options(service_of(request)), asked.audio_format
    captions = Captions(audio_format.sample_rate_hz) if asked.return_timestamps is not False else None
    pieces = encoded_speech_of(request, caller, asked.input, options, audio_format, DIALECT)
    headers = {**UNBUFFERED, **request_id()}
    if asked.is_streamed:
        return await streamed(request, _lines(pieces, audio_format, captions), NDJSON, headers)
    file, chunks = await while_client_stays(request, whole(pieces, audio_format))
    words = [word for chunk in chunks for word in captions.push(chunk)] if captions else []
    return Response(_line(file, audio_format, words), headers=headers, media_type="application/json")


@dataclass(frozen=True, slots=True)
class _Character:
    text: str
    start_ms: int
    end_ms: int


class Captions:
    """The words of one text, each in the chunk in which it begins to be heard.

    Args:
        sample_rate_hz: of the chunks.
    """

    def __init__(self, sample_rate_hz: int) -> None:
        self._bytes_per_ms = sample_rate_hz * BYTES_PER_SAMPLE / 1000
        self._unfinished: list[_Character] = []
        """Of a word to whose end no space has come; it may go on in the next segment."""
        self._waiting: deque[Timestamp] = deque()

    def push(self, chunk: SpeechChunk) -> list[Timestamp]:
        """The words that begin in a chunk, and those of before whose end was not known; the final one brings the rest.

        Args:
            chunk: the next one of the text.
        """
        for segment in chunk.segments:
            alignment = segment.alignment
            for text, start_ms, duration_ms in zip(
                alignment.characters, alignment.start_ms, alignment.duration_ms, strict=True
            ):
                if text.isspace():
                    self._end_word()
                else:
                    self._unfinished.append(_Character(text, start_ms, start_ms + duration_ms))
        if chunk.final:
            self._end_word()
        heard_until_s = (chunk.start_ms + len(chunk.pcm) / self._bytes_per_ms) / 1000
        return list(self._begun(None if chunk.final else heard_until_s))

    def _end_word(self) -> None:
        if self._unfinished:
            self._waiting.append(_timestamp(self._unfinished))
            self._unfinished = []

    def _begun(self, before_s: float | None) -> Iterator[Timestamp]:
        while self._waiting and (before_s is None or self._waiting[0].start_time < before_s):
            yield self._waiting.popleft()


def _timestamp(characters: list[_Character]) -> Timestamp:
    word = "".join(character.text for character in characters)
    spoken = characters[len(word) - len(word.lstrip(MARKS)) : len(word.rstrip(MARKS))] or characters
    # `construct`, since pydantic would refuse a lone surrogate.
    return Timestamp.model_construct(word=word, start_time=spoken[0].start_ms / 1000, end_time=spoken[-1].end_ms / 1000)


async def _lines(
    pieces: AsyncGenerator[tuple[bytes, SpeechChunk | None], None], audio_format: AudioFormat, captions: Captions | None
) -> AsyncGenerator[bytes, None]:
    # Where the encoder has nothing yet, the words wait with it for the next line.
    words: list[Timestamp] = []
    async with aclosing(pieces):
        async for audio, chunk in pieces:
            if captions and chunk is not None:
                words += captions.push(chunk)
            if audio:
                yield _line(audio, audio_format, words)
                words = []
    if words:
        yield _line(b"", audio_format, words)


def _line(audio: bytes, audio_format: AudioFormat, words: list[Timestamp]) -> bytes:
    """ASCII: some clients take other characters for the end of a line."""
    answer = {
        "audio": base64.b64encode(audio).decode(),
        "audio_format": audio_format.content_type,
        "timestamps": [word.model_dump() for word in words],
    }
    return json.dumps(answer).encode() + b"\n"
