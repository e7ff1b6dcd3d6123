"""Which pages may use the service: those that it serves itself, and those of origins that the settings name.

A browser lets the page of any site open a WebSocket to any host, and post to it, with whatever the user is signed in
with there: only the ``Origin`` that it sends along tells them apart. Programs send none.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from app.api.errors import ApiError, quoted
from app.api.service import service_of
from app.settings import SessionSettings

ANY = "*"


def check_origin(connection: HTTPConnection) -> None:
    """Lets programs pass, and pages of this host or of ``session.allowed_origins``.

    The scheme is not compared: behind a proxy that ends TLS it is not known here.

    Raises:
        ApiError: ``foreign_origin``, in a sentence that is short enough for the reason of a WebSocket's close.
    """
    origin = connection.headers.get("origin")
    if origin is None or is_allowed(origin, service_of(connection).settings.session):
        return
    if _host_of(origin) != connection.headers.get("host", "").lower():
        named = quoted(origin.encode("ascii", "replace").decode())
        raise ApiError("foreign_origin", f"The origin {named} is not in the setting session.allowed_origins.")


def is_allowed(origin: str, settings: SessionSettings) -> bool:
    """Whether the settings let pages of an origin use the service that are not its own."""
    return origin in settings.allowed_origins or ANY in settings.allowed_origins


def _host_of(origin: str) -> str | None:
    """None for what is no address, such as ``null``, which sandboxed pages and files have."""
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None
