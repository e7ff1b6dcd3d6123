"""Errors in OpenAI's form: a sentence, the kind of error, the field of the request that is to blame, and a word."""

from __future__ import annotations

import json
import uuid
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.api.errors import STATUSES, headers_of, wrong_shape
from app.api.routes import Refusal, route_with_errors
from app.api.service import service_of

_STATUSES = {
    **STATUSES,
    "text_too_long": HTTPStatus.BAD_REQUEST,
    "model_not_found": HTTPStatus.NOT_FOUND,
}
"""HTTP status of a code; of all others 400."""
_TYPES = {
    HTTPStatus.UNAUTHORIZED: "authentication_error",
    HTTPStatus.NOT_FOUND: "not_found_error",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limit_error",
}
_PARAMS = {
    "empty_text": "input",
    "text_too_long": "input",
    "unknown_voice": "voice",
    "bad_blend": "voice",
    "unsupported_language": "lang_code",
    "model_not_found": "model",
}
"""Which field an error is about that is found only after the request was read."""
_NO_OBJECT = "The body must be a JSON object, sent with the header Content-Type: application/json."


class ErrorDetail(BaseModel):
    """What is wrong."""

    message: str = Field(description="a sentence: what is wrong and what to do")
    type: str = Field(description="the kind of error, which goes with the status")
    param: str | None = Field(description="the field of the request that is to blame, where it is one")
    code: str = Field(description="a word that programs can tell it by")


class OpenAIError(BaseModel):
    """What a request may be answered with in place of what it asked for."""

    error: ErrorDetail


def documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Errors for the OpenAPI document, with those that every path has."""
    all_statuses = (HTTPStatus.UNAUTHORIZED, *statuses, HTTPStatus.INTERNAL_SERVER_ERROR)
    # Without the last entry FastAPI would add a 422, which no path here has.
    return {status.value: {"model": OpenAIError} for status in all_statuses} | {"4XX": {"model": OpenAIError}}


def request_id() -> dict[str, str]:
    """The header that names one answer, new every time. The clients keep it beside what they got."""
    return {"x-request-id": f"req_{uuid.uuid4().hex}"}


def answer(request: Request, error: Refusal) -> Response:
    """The error's answer; it is counted."""
    status, detail = _detail(error)
    service_of(request).metrics.errors.labels(detail.code).inc()
    headers = {**headers_of(error, status), **request_id()}
    # json.dumps writes ASCII, so a lone surrogate of the request that an error quotes can be sent back.
    return Response(json.dumps({"error": detail.model_dump()}), status, headers, media_type="application/json")


OpenAIRoute = route_with_errors(answer)
"""For the routers of this package."""


def _detail(error: Refusal) -> tuple[HTTPStatus, ErrorDetail]:
    if isinstance(error, RequestValidationError):
        return HTTPStatus.BAD_REQUEST, _invalid(error)
    if isinstance(error, HTTPException):
        status = HTTPStatus(error.status_code)
        code, sentence = status.phrase.lower().replace(" ", "_"), f"{error.detail}."
    else:
        status, code, sentence = _STATUSES.get(error.code, HTTPStatus.BAD_REQUEST), error.code, str(error)
    kind = "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error"
    # `construct`, since pydantic would refuse a sentence that quotes a lone surrogate.
    return status, ErrorDetail.model_construct(
        message=sentence, type=_TYPES.get(status, kind), param=_PARAMS.get(code), code=code
    )


def _invalid(error: RequestValidationError) -> ErrorDetail:
    errors = [{**found, "loc": found["loc"][1:]} for found in error.errors()]
    kind, param = errors[0]["type"], ".".join(map(str, errors[0]["loc"]))
    if kind == "json_invalid" or not param:
        code, param = "invalid_json", ""
    elif kind == "missing":
        code = "missing_required_parameter"
    else:
        code = "invalid_type" if kind.endswith("_type") else "invalid_value"
    return ErrorDetail.model_construct(
        message=str(wrong_shape(errors, _NO_OBJECT)), type="invalid_request_error", param=param or None, code=code
    )
