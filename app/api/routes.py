"""Routes of dialects that have a form of their own for errors."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.api.errors import ApiError, ClientLeft
from app.events import SessionError

logger = logging.getLogger(__name__)

Refusal = ApiError | SessionError | RequestValidationError | HTTPException


def route_with_errors(answer: Callable[[Request, Refusal], Response]) -> type[APIRoute]:
    """The ``route_class`` of a router whose errors are answered in its dialect's form.

    Args:
        answer: makes the response; an unforeseen error comes to it as an ``ApiError``, ``internal_error``.
    """

    class DialectRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handler = super().get_route_handler()

            async def handle(request: Request) -> Response:
                try:
                    return await handler(request)
                except (ApiError, SessionError, RequestValidationError, HTTPException) as error:
                    return answer(request, error)
                except ClientLeft:
                    raise
                except Exception:
                    logger.exception("%s %s failed", request.method, request.url.path)
                    return answer(request, ApiError("internal_error", "The server failed on this request."))

            return handle

    return DialectRoute
