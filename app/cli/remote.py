"""The address of a running service and the key for it, as the commands take them."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit, urlunsplit

import typer

from app.settings import ENVIRONMENT_PREFIX

DEFAULT_URL = "http://127.0.0.1:8000"
KEY_VARIABLE = f"{ENVIRONMENT_PREFIX}API_KEY"

_HTTP = {"ws": "http", "wss": "https"}
_WEBSOCKET = {"http": "ws", "https": "wss"}


def checked_url(url: str) -> str:
    """An address that has all that it needs.

    Raises:
        typer.BadParameter: for any other.
    """
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in (*_HTTP, *_WEBSOCKET) and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that is not closed
        is_whole = False
    if not is_whole:
        raise typer.BadParameter(f"an address looks like {DEFAULT_URL}, not {url!r}.")
    return url


UrlOption = Annotated[str, typer.Option(help="of the service, as `make serve` prints it", callback=checked_url)]
KeyOption = Annotated[
    str | None, typer.Option(help="API key, if the service wants one", envvar=KEY_VARIABLE, show_envvar=True)
]


def websocket_url(url: str) -> str:
    """The WebSocket of a service, also where its HTTP address or no path is given."""
    parts = urlsplit(url)
    path = parts.path if parts.scheme in _HTTP and parts.path.strip("/") else f"{urlsplit(http_url(url)).path}/ws"
    return urlunsplit(parts._replace(scheme=_WEBSOCKET.get(parts.scheme, parts.scheme), path=path))


def http_url(url: str) -> str:
    """Where the HTTP paths of a service begin, also where its WebSocket is given."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/").removesuffix("/ws")
    return urlunsplit(parts._replace(scheme=_HTTP.get(parts.scheme, parts.scheme), path=path, query="", fragment=""))


def no_service(url: str, error: Exception) -> str:
    """The sentence for a connection that could not be made."""
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return f"The certificate of {url} is not trusted here: SSL_CERT_FILE names a file of those that are. ({error})"
    return f"No service at {url}: {error}. Start one with `make serve`."
