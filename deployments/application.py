"""The graph: Ingress → Speech → Kokoro. Serve configs name ``deployments.application:build``."""

from __future__ import annotations

from typing import Any, cast

from ray import serve
from ray.serve import Application, Deployment
from ray.serve.config import RequestRouterConfig

from app.settings import Settings
from deployments.ingress import Ingress
from deployments.kokoro import Kokoro
from deployments.router import ResponsiveRouter
from deployments.speech import Speech


def build(args: dict[str, Any]) -> Application:
    """Make the application.

    Args:
        args: settings that go before every other source: section to field to value. The settings file and the
            environment are read here, in the process that builds; replicas get the result.

    Raises:
        pydantic.ValidationError: for an unknown setting or a value out of range.
    """
    settings = Settings(**args)
    routing = cast(Any, RequestRouterConfig)(request_router_class=ResponsiveRouter)  # its own signature is wrong
    kokoro = _deployment(Kokoro, request_router_config=routing).bind(settings)
    speech = _deployment(Speech, request_router_config=routing).bind(kokoro, settings)
    return _deployment(serve.ingress()(Ingress)).bind(speech, kokoro, settings)


def _deployment(replica: type, **options: Any) -> Deployment:
    """A deployment named after its class; ``serve.deployment`` is typed for its use as a decorator only."""
    return cast(Deployment, serve.deployment(replica, **options))
