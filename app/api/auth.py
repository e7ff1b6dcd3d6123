"""Who is asking: the API key that a request or a WebSocket brings, and the caller that it belongs to.

Clients of different services send their keys in different places; all of them are looked at, whatever the dialect.
Without any key in the settings the service is open, and whatever a client sends for one is taken: the clients of other
services insist on sending something.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import WebSocket
from starlette.requests import HTTPConnection

from app.api.errors import ApiError, documented
from app.api.service import Service, service_of
from app.api.sockets import Incoming

KEY_FIELDS = ("xi-api-key", "xi_api_key", "authorization")
"""Where a WebSocket's first message may have the key."""
QUERY_FIELDS = (*KEY_FIELDS, "single_use_token")
KEY_REFUSED = documented(HTTPStatus.UNAUTHORIZED)
"""For the OpenAPI document of a path that takes any key."""
ADMIN_KEY_REFUSED = documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
"""For the OpenAPI document of a path that takes admin keys only."""

_BEARER = "bearer "


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a key belongs to."""

    name: str
    admin: bool
    max_concurrent: int | None = None
    """In place of the setting ``auth.max_concurrent``."""
    max_characters_per_minute: int | None = None
    """In place of the setting ``auth.max_characters_per_minute``."""


ANONYMOUS = Caller("anonymous", admin=True)
"""Everybody, where there are no keys."""


def key_in(connection: HTTPConnection) -> str | None:
    """The key in a request's or a handshake's headers, else in its query; None where there is none.

    Other schemes of ``Authorization`` are for a proxy on the way, and no key.
    """
    if key := connection.headers.get("xi-api-key"):
        return key
    authorization = connection.headers.get("authorization", "")
    if authorization.lower().startswith(_BEARER):
        return _without_scheme(authorization)
    return _first(connection.query_params, QUERY_FIELDS)


def key_in_message(message: str | bytes) -> str | None:
    """The key in a WebSocket's first message; None where there is none, or the message is no JSON object."""
    try:
        fields = json.loads(message)
    except (ValueError, RecursionError):
        return None
    return _first(fields, KEY_FIELDS) if isinstance(fields, dict) else None


def authenticate(service: Service, key: str | None) -> Caller:
    """The caller that a key belongs to.

    Raises:
        ApiError: ``missing_api_key`` or ``invalid_api_key``; never where there are no keys.
    """
    if not service.keys.exist:
        return ANONYMOUS
    if key is None:
        raise ApiError(
            "missing_api_key",
            "This service wants an API key: send it as the header xi-api-key or Authorization: Bearer, "
            "or in the first message of a WebSocket.",
        )
    entry = service.keys.find(key)
    if entry is None:
        raise ApiError("invalid_api_key", "This API key is not known here.")
    return Caller(entry.name, entry.admin, entry.max_concurrent, entry.max_characters_per_minute)


def caller_of(connection: HTTPConnection) -> Caller:
    """Who sends a request. A dependency of FastAPI.

    Raises:
        ApiError: as of ``authenticate``.
    """
    return authenticate(service_of(connection), key_in(connection))


def admin_of(connection: HTTPConnection) -> Caller:
    """Who sends a request that is for operators. A dependency of FastAPI.

    Raises:
        ApiError: as of ``authenticate``, or ``admin_key_required``.
    """
    caller = caller_of(connection)
    if not caller.admin:
        raise ApiError("admin_key_required", f'This is for admin keys, and the key of "{caller.name}" is none.')
    return caller


async def caller_of_socket(websocket: WebSocket, incoming: Incoming) -> Caller:
    """Who opens a WebSocket. Only where a key is wanted and the handshake has none, the first message is waited for.

    Raises:
        ApiError: as of ``authenticate``; send it in the dialect's own form and close with 1008.
        Closing: a limit of the session was reached.
        WebSocketDisconnect: the client left.
    """
    service, key = service_of(websocket), key_in(websocket)
    if key is None and service.keys.exist:
        with suppress(asyncio.TimeoutError):
            key = key_in_message(await incoming.peek(service.settings.auth.key_within_s))
    return authenticate(service, key)


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = fields.get(name)
        if isinstance(value, str) and (key := _without_scheme(value)):
            return key
    return None


def _without_scheme(value: str) -> str:
    return value[len(_BEARER) :].strip() if value.lower().startswith(_BEARER) else value.strip()
