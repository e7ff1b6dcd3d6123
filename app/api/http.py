"""Plain HTTP: one text to one WAV file, and the page."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Body
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from app.admission import Limit
from app.api.errors import ApiError, documented, not_ready
from app.api.options import OptionFields
from app.api.service import Service, service_of
from app.audio.wav import write_wav
from app.session import ChunkReady, FlushFailed, Options, Session

CLIENT_CLOSED_REQUEST = 499
WEB_FOLDER = Path(__file__).parents[1] / "web"
PAGE_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}

router = APIRouter()
_files = StaticFiles(directory=WEB_FOLDER)


class SynthRequest(OptionFields):
    """The body of ``POST /synth_wav``."""

    text: str


@router.post(
    "/synth_wav",
    response_class=Response,
    responses={
        HTTPStatus.OK: {"description": "a WAV file of 16-bit mono", "content": {"audio/wav": {}}},
        **documented(
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.UNPROCESSABLE_ENTITY,
            HTTPStatus.SERVICE_UNAVAILABLE,
        ),
    },
)
async def synth_wav(asked: Annotated[SynthRequest, Body()], request: Request) -> Response:
    """Speaks one text as a WAV file of 16-bit mono."""
    service = service_of(request)
    if not service.voices:
        raise not_ready()
    _check(asked.text, service.settings.session.max_buffered_characters)
    options = asked.applied_to(Options(), service.voices)
    rate_hz = options.sample_rate_hz or service.settings.session.default_sample_rate_hz
    limit: Limit = request.app.state.request_limit
    with limit.place() as admitted:
        if not admitted:
            raise ApiError("overloaded", f"All {limit.open} places are taken; try again in a moment.")
        speaking = asyncio.create_task(_speak(service, asked.text, replace(options, sample_rate_hz=rate_hz)))
        leaving = asyncio.create_task(_client_left(request))
        try:
            await asyncio.wait({speaking, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not speaking.done():
                return Response(status_code=CLIENT_CLOSED_REQUEST)
            file = io.BytesIO()
            write_wav(file, _sound(speaking.result()), rate_hz)
            return Response(file.getvalue(), media_type="audio/wav")
        finally:
            speaking.cancel()
            leaving.cancel()
            await asyncio.wait({speaking, leaving})


@router.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
async def page(request: Request) -> Response:
    """The page to try the service with."""
    return await web_file("index.html", request)


@router.api_route("/web/{path:path}", methods=["GET", "HEAD"], include_in_schema=False)
async def web_file(path: str, request: Request) -> Response:
    """A file of the page."""
    response = await _files.get_response(path, request.scope)
    response.headers.update(PAGE_HEADERS)
    return response


def _check(text: str, max_characters: int) -> None:
    if not text.strip():
        raise ApiError("empty_text", "There is no text to speak.")
    if len(text) > max_characters:
        raise ApiError(
            "text_too_long",
            f"A text may have {max_characters:,} characters and this one has {len(text):,}: send it in parts.",
        )


def _sound(pcm: bytes) -> bytes:
    if not pcm:
        raise ApiError(
            "empty_text",
            "Nothing of this text can be spoken: emoji, marks alone and scripts other than Latin have no sound.",
        )
    return pcm


async def _speak(service: Service, text: str, options: Options) -> bytes:
    metrics = service.metrics.dialect("synth_wav")
    session = Session(service.speech, lambda: service.settings.session, metrics, paced=False)
    pcm = []
    try:
        await session.act(options=options, text=text, flush=True, end=True)
        async for event in session.events():
            if isinstance(event, FlushFailed):
                raise ApiError(event.code, event.message)
            if isinstance(event, ChunkReady):
                pcm.append(event.chunk.pcm)
        return b"".join(pcm)
    finally:
        await session.aclose()


async def _client_left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
