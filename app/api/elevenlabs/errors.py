"""Errors as ElevenLabs' HTTP clients read them: ``{"detail": {"type", "code", "message", "status", "request_id"}}``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.api.errors import headers_of
from app.api.routes import Refusal, route_with_errors
from app.api.service import service_of


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one of this project's errors is called there."""

    http: HTTPStatus
    type: str
    code: str
    status: str
    """The name that older clients know."""
    param: str | None = None


def _kind(http: HTTPStatus, kind: str, code: str, status: str | None = None, param: str | None = None) -> _Kind:
    return _Kind(http, kind, code, status or code, param)


_KINDS = {
    "missing_api_key": _kind(HTTPStatus.UNAUTHORIZED, "authentication_error", "unauthorized", "needs_authorization"),
    "invalid_api_key": _kind(HTTPStatus.UNAUTHORIZED, "authentication_error", "unauthorized", "invalid_api_key"),
    "unknown_voice": _kind(HTTPStatus.NOT_FOUND, "not_found", "voice_not_found", param="voice_id"),
    "bad_blend": _kind(HTTPStatus.NOT_FOUND, "not_found", "voice_not_found", param="voice_id"),
    "invalid_output_format": _kind(
        HTTPStatus.FORBIDDEN, "validation_error", "invalid_output_format", param="output_format"
    ),
    "unsupported_language": _kind(
        HTTPStatus.BAD_REQUEST, "validation_error", "unsupported_language", param="language_code"
    ),
    "invalid_page_token": _kind(
        HTTPStatus.BAD_REQUEST, "validation_error", "invalid_page_token", param="next_page_token"
    ),
    "text_too_long": _kind(HTTPStatus.BAD_REQUEST, "validation_error", "max_character_limit_exceeded", param="text"),
    "too_many_concurrent_requests": _kind(
        HTTPStatus.TOO_MANY_REQUESTS, "rate_limit_error", "concurrent_limit_exceeded", "too_many_concurrent_requests"
    ),
    "rate_limit_exceeded": _kind(HTTPStatus.TOO_MANY_REQUESTS, "rate_limit_error", "rate_limit_exceeded"),
    "overloaded": _kind(HTTPStatus.TOO_MANY_REQUESTS, "rate_limit_error", "system_busy"),
    "not_ready": _kind(HTTPStatus.SERVICE_UNAVAILABLE, "server_error", "not_ready"),
}
_OTHER = _kind(HTTPStatus.INTERNAL_SERVER_ERROR, "server_error", "internal_error")
RETRY_AFTER_S = 1
"""Where something is taken and nobody knows for how long."""


class Detail(BaseModel):
    """What is wrong."""

    type: str
    code: str
    message: str
    status: str
    request_id: str
    param: str | None = None


class ElevenLabsError(BaseModel):
    """The body of an error."""

    detail: Detail


class InvalidField(BaseModel):
    """One field of a request that is not what it should be."""

    loc: list[str | int]
    msg: str
    type: str


class ElevenLabsInvalid(BaseModel):
    """The body of a 422."""

    detail: list[InvalidField]


def documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Errors for the OpenAPI document; every path may answer 422."""
    found: dict[int | str, dict[str, Any]] = {status.value: {"model": ElevenLabsError} for status in statuses}
    return {**found, HTTPStatus.UNPROCESSABLE_ENTITY.value: {"model": ElevenLabsInvalid}}


def answer(request: Request, error: Refusal) -> Response:
    """The response for an error."""
    if isinstance(error, RequestValidationError):
        return _invalid(request, "bad_message", [_field(found) for found in error.errors()])
    if isinstance(error, HTTPException):
        # A body that cannot be read, or is too long to be.
        code, sentence = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_"), f"{error.detail}."
        kind = _kind(HTTPStatus(error.status_code), "validation_error", code)
    else:
        code, sentence = error.code, str(error)
        kind = _KINDS.get(code, _OTHER)
    if code == "empty_text":
        return _invalid(request, code, [{"loc": ["body", "text"], "msg": sentence, "type": "value_error"}])
    detail = {
        "type": kind.type,
        "code": kind.code,
        "message": sentence,
        "status": kind.status,
        "request_id": uuid4().hex,
        **({"param": kind.param} if kind.param else {}),
    }
    headers = headers_of(error, kind.http)
    if kind.http == HTTPStatus.TOO_MANY_REQUESTS:
        headers.setdefault("Retry-After", str(RETRY_AFTER_S))
    return _response(request, code, detail, kind.http, headers)


def _invalid(request: Request, code: str, fields: list[dict[str, Any]]) -> Response:
    return _response(request, code, fields, HTTPStatus.UNPROCESSABLE_ENTITY, {})


def _field(found: dict[str, Any]) -> dict[str, Any]:
    return {"loc": list(found["loc"]), "msg": found["msg"], "type": found["type"]}


def _response(request: Request, code: str, detail: Any, status: HTTPStatus, headers: dict[str, str]) -> Response:
    service_of(request).metrics.errors.labels(code).inc()
    # json.dumps writes ASCII: a lone surrogate that an error quotes can be sent back.
    body = json.dumps({"detail": detail})
    return Response(body, status, {**headers, "x-trace-id": uuid4().hex}, media_type="application/json")


ElevenLabsRoute = route_with_errors(answer)
"""The ``route_class`` of ElevenLabs' paths."""
