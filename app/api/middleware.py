"""What every HTTP request passes on its way in: pages of other origins, and bodies that are too long."""

from __future__ import annotations

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.origins import is_allowed
from app.api.service import Service


class LiveCors(CORSMiddleware):
    """Lets pages of the origins in ``session.allowed_origins``, as they are now, read the answers of the HTTP APIs.

    WebSockets are no matter of CORS: see ``app.api.origins.check_origin``.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        super().__init__(
            app,
            allow_methods=("GET", "HEAD", "POST"),
            # The official clients send a dozen of their own; which pages may ask at all is what is guarded.
            allow_headers=("*",),
            expose_headers=("request-id", "x-request-id", "character-cost", "retry-after"),
        )
        self._service = service

    def is_allowed_origin(self, origin: str) -> bool:
        """See ``CORSMiddleware``."""
        return is_allowed(origin, self._service.settings.session)


class BodyLimit:
    """Refuses bodies over ``session.max_message_bytes`` with 413, before they are in memory, let alone parsed."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on; the refusal comes up where its body is read, and takes the form of the path's errors."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        limit = self._service.settings.session.max_message_bytes
        declared = Headers(scope=scope).get("content-length", "")
        is_too_long = declared.isdecimal() and int(declared) > limit
        received = 0

        async def receive_within_limit() -> Message:
            nonlocal received
            if is_too_long:
                raise _too_long(limit)
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise _too_long(limit)
            return message

        await self._app(scope, receive_within_limit, send)


def _too_long(limit: int) -> HTTPException:
    return HTTPException(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A body may have {limit:,} bytes and this one has more: send it in parts"
    )
