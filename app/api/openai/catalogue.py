"""Voices and models as OpenAI's clients and Kokoro-FastAPI's list them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from app.api.auth import caller_of
from app.api.elevenlabs import catalogue as elevenlabs_catalogue
from app.api.elevenlabs import errors as elevenlabs_errors
from app.api.errors import ApiError, not_ready, quoted
from app.api.labels import labels_of
from app.api.openai.errors import OpenAIRoute, answer, documented
from app.api.routes import Refusal, route_with_errors
from app.api.service import Service, service_of

MODELS = ("kokoro", "tts-1", "tts-1-hd", "gpt-4o-mini-tts")
"""The models that clients choose from; any other id is taken as well."""
RELEASED_AT = 1_737_936_000
"""27 January 2025, when Kokoro-82M v1.0 came out."""
ELEVENLABS_HEADER = "xi-api-key"
"""Which of ElevenLabs' clients sends, and none of OpenAI's: it tells who asks for the models."""

ERRORS = documented(HTTPStatus.SERVICE_UNAVAILABLE)

router = APIRouter(route_class=OpenAIRoute, dependencies=[Depends(caller_of)])


def _answer(request: Request, error: Refusal) -> Response:
    return elevenlabs_errors.answer(request, error) if ELEVENLABS_HEADER in request.headers else answer(request, error)


models_router = APIRouter(route_class=route_with_errors(_answer), dependencies=[Depends(caller_of)])


@router.get("/audio/voices", responses=ERRORS)
async def voices(
    request: Request, legacy: Annotated[bool, Query(description="names alone, as earlier releases had it")] = False
) -> dict[str, list[Any]]:
    """All voices."""
    names = _ready(request).voices
    return {
        "voices": list(names) if legacy else [{"id": name, "name": name, "labels": labels_of(name)} for name in names]
    }


@models_router.get("/v1/models", responses=ERRORS)
async def models(request: Request) -> Any:
    """The models: as ElevenLabs lists them where the request has the header ``xi-api-key``, else as OpenAI does."""
    if ELEVENLABS_HEADER in request.headers:
        return elevenlabs_catalogue.models(service_of(request))
    return {"object": "list", "data": [_model(name) for name in MODELS]}


@models_router.get("/v1/models/{model:path}", responses={**ERRORS, **documented(HTTPStatus.NOT_FOUND)})
async def model(model: str) -> dict[str, Any]:
    """One model."""
    if model not in MODELS:
        raise ApiError("model_not_found", f'There is no model "{quoted(model)}". There are: {", ".join(MODELS)}.')
    return _model(model)


def _ready(request: Request) -> Service:
    service = service_of(request)
    if not service.voices:
        raise not_ready()
    return service


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": RELEASED_AT, "owned_by": "kokoro-serve"}
