"""Plain HTTP: one text to one WAV file, and the pages."""

from __future__ import annotations

import io
from contextlib import aclosing
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Body, Depends
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from app.api.auth import Caller, caller_of
from app.api.errors import ApiError, documented, not_ready
from app.api.options import OptionFields
from app.api.service import service_of
from app.api.speaking import NO_SOUND, check_text, speech_of, while_client_stays
from app.audio.wav import write_wav
from app.events import Options

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
            HTTPStatus.UNAUTHORIZED,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.UNPROCESSABLE_ENTITY,
            HTTPStatus.TOO_MANY_REQUESTS,
            HTTPStatus.SERVICE_UNAVAILABLE,
        ),
    },
)
async def synth_wav(
    asked: Annotated[SynthRequest, Body()], caller: Annotated[Caller, Depends(caller_of)], request: Request
) -> Response:
    """Speaks one text as a WAV file of 16-bit mono."""
    service = service_of(request)
    if not service.voices:
        raise not_ready()
    check_text(asked.text, service.settings.session.max_buffered_characters)
    options = asked.applied_to(Options(), service.voices)
    rate_hz = options.sample_rate_hz or service.settings.session.default_sample_rate_hz
    pcm = await while_client_stays(
        request, _speak(request, caller, asked.text, replace(options, sample_rate_hz=rate_hz))
    )
    file = io.BytesIO()
    write_wav(file, pcm, rate_hz)
    return Response(file.getvalue(), media_type="audio/wav")


@router.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
async def page(request: Request) -> Response:
    """The page to try the service with."""
    return await web_file("index.html", request)


@router.api_route("/status", methods=["GET", "HEAD"], include_in_schema=False)
async def status_page(request: Request) -> Response:
    """The page for operators. It has no figures in it: it asks for them as its reader."""
    return await web_file("status.html", request)


@router.api_route("/web/{path:path}", methods=["GET", "HEAD"], include_in_schema=False)
async def web_file(path: str, request: Request) -> Response:
    """A file of the pages."""
    response = await _files.get_response(path, request.scope)
    response.headers.update(PAGE_HEADERS)
    return response


async def _speak(request: Request, caller: Caller, text: str, options: Options) -> bytes:
    async with aclosing(speech_of(request, caller, text, options, "synth_wav")) as chunks:
        pcm = b"".join([chunk.pcm async for chunk in chunks])
    if not pcm:
        raise ApiError("empty_text", NO_SOUND)
    return pcm
