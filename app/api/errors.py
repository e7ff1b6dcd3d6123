"""Errors as clients see them: a word for programs, a sentence for people, and over HTTP a status."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.api.service import service_of
from app.events import SessionError

RETRY_AFTER_S = 1
CLIENT_CLOSED_REQUEST = 499
"""The status that logs show where there was nobody left to answer; nginx's."""

QUOTED_CHARACTERS = 40
STATUSES = {
    "missing_api_key": HTTPStatus.UNAUTHORIZED,
    "invalid_api_key": HTTPStatus.UNAUTHORIZED,
    "admin_key_required": HTTPStatus.FORBIDDEN,
    "too_many_concurrent_requests": HTTPStatus.TOO_MANY_REQUESTS,
    "rate_limit_exceeded": HTTPStatus.TOO_MANY_REQUESTS,
    "foreign_origin": HTTPStatus.FORBIDDEN,
    "text_too_long": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "synthesis_failed": HTTPStatus.INTERNAL_SERVER_ERROR,
    "internal_error": HTTPStatus.INTERNAL_SERVER_ERROR,
    "overloaded": HTTPStatus.SERVICE_UNAVAILABLE,
    "not_ready": HTTPStatus.SERVICE_UNAVAILABLE,
}
"""HTTP status of a code; of all others 422."""


class ErrorBody(BaseModel):
    """What any request may be answered with in place of what it asked for."""

    error: str = Field(description="a sentence: what is wrong and what to do")
    code: str = Field(description="a word that programs can tell it by")


_WANTED = {
    "string_type": "a string",
    "bool_type": "true or false",
    "float_type": "a number",
    "int_type": "a whole number",
}


class ApiError(Exception):
    """A request that is refused.

    Args:
        code: a word that programs can tell it by.
        sentence: what is wrong and what to do, for the user.
        retry_after_s: when the same request may work, where that is known.
    """

    def __init__(self, code: str, sentence: str, retry_after_s: int | None = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.retry_after_s = retry_after_s


class ClientLeft(Exception):
    """There is nobody to answer any more."""


def quoted(text: str) -> str:
    """As much of what a client sent as is told back."""
    return text if len(text) <= QUOTED_CHARACTERS else text[:QUOTED_CHARACTERS] + "…"


def not_ready() -> ApiError:
    """The error of every request that comes before the service is warm."""
    return ApiError("not_ready", "The service is still warming up; try again in a moment.")


def wrong_shape(errors: Sequence[Mapping[str, Any]], whole: str) -> ApiError:
    """A plain sentence for the first of pydantic's errors.

    Args:
        errors: of one message, with locations that begin at the message's fields.
        whole: the sentence where the message as a whole is not what it should be.
    """
    kind, name = errors[0]["type"], ".".join(map(str, errors[0]["loc"]))
    if not name or kind == "json_invalid":
        return ApiError("bad_message", whole)
    if kind == "missing":
        return ApiError("bad_message", f'"{name}" is missing.')
    wanted = errors[0]["ctx"]["expected"] if kind == "literal_error" else _WANTED.get(kind)
    if wanted:
        return ApiError("bad_message", f'"{name}" must be {wanted}, not {quoted(json.dumps(errors[0]["input"]))}.')
    return ApiError("bad_message", f'"{name}" is not right: {errors[0]["msg"]}.')


def error_frame(error: ApiError | SessionError) -> dict[str, str]:
    """The error as a JSON object."""
    return {"error": str(error), "code": error.code}


def headers_of(error: Exception, status: HTTPStatus) -> dict[str, str]:
    """The headers of an error's answer: when to try again, and how to say who one is."""
    retry_after_s = getattr(error, "retry_after_s", None)
    if retry_after_s is None and status == HTTPStatus.SERVICE_UNAVAILABLE:
        retry_after_s = RETRY_AFTER_S
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return headers


def documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Errors for the OpenAPI document, where FastAPI would have its own form of one."""
    return {status.value: {"model": ErrorBody} for status in statuses}


def install_handlers(app: FastAPI) -> None:
    """Makes every error of ``app`` answer over HTTP with ``{"error", "code"}``, a client's or the server's own."""
    app.add_exception_handler(ApiError, _refused)
    app.add_exception_handler(SessionError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(ClientLeft, _nobody_there)
    app.add_exception_handler(Exception, _fault)


def _response(
    request: Request, error: ApiError | SessionError, status: int, headers: Mapping[str, str] | None = None
) -> Response:
    service_of(request).metrics.errors.labels(error.code).inc()
    # json.dumps writes ASCII, so a lone surrogate of the request that an error quotes can be sent back.
    return Response(json.dumps(error_frame(error)), status, headers, media_type="application/json")


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError | SessionError)
    status = STATUSES.get(error.code, HTTPStatus.UNPROCESSABLE_ENTITY)
    return _response(request, error, status, headers_of(error, status))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [{**found, "loc": found["loc"][1:]} for found in error.errors()]
    whole = "The body must be a JSON object, sent with the header Content-Type: application/json."
    return await _refused(request, wrong_shape(errors, whole))


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    sentence = {
        HTTPStatus.NOT_FOUND: "There is nothing at this path.",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.method} does not work at this path.",
    }.get(status, f"{error.detail or status.phrase}.")
    return _response(request, ApiError(status.phrase.lower().replace(" ", "_"), sentence), status, error.headers)


async def _nobody_there(request: Request, error: Exception) -> Response:
    return Response(status_code=CLIENT_CLOSED_REQUEST)


async def _fault(request: Request, error: Exception) -> Response:
    failure = ApiError("internal_error", "The server failed on this request.")
    return _response(request, failure, HTTPStatus.INTERNAL_SERVER_ERROR)
