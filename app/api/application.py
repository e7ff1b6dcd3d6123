"""The web application: every dialect's router over one service."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI

from app.admission import Limit
from app.api import elevenlabs, errors, http, native, openai, operations
from app.api.limits import Limits
from app.api.middleware import BodyLimit, LiveCors
from app.api.service import Service


def create_app(service: Service) -> FastAPI:
    """The application that speaks with the clients of ``service``."""
    # FastAPI's own documentation pages load their scripts from another host.
    app = FastAPI(
        title="Kokoro Serve",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=errors.documented(HTTPStatus.INTERNAL_SERVER_ERROR),
    )
    app.state.service = service
    app.state.session_limit = Limit(lambda: service.settings.session.max_sessions)
    app.state.limits = Limits(lambda: service.settings.auth)
    app.state.request_limit = Limit(lambda: service.settings.session.max_http_requests)
    service.metrics.sessions.set_function(lambda: app.state.session_limit.open)
    app.add_middleware(BodyLimit, service=service)
    app.add_middleware(LiveCors, service=service)
    errors.install_handlers(app)
    app.include_router(native.router)
    elevenlabs.include_in(app)
    openai.include_in(app)
    app.include_router(http.router)
    app.include_router(operations.router)
    return app
