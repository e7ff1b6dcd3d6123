"""What the API needs of the service behind it."""

from __future__ import annotations

from typing import Protocol, cast

from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection

from app.drain import Drain
from app.keys import Keys
from app.messages import Speech
from app.metrics import IngressMetrics
from app.monitor import Monitor
from app.settings import Settings


class HealthReport(BaseModel):
    """What ``GET /health`` says."""

    ok: bool
    reason: str | None = Field(None, description="why the service is not ready, in plain words")
    device: str | None = Field(None, description="where the model runs, `cpu` or `cuda`; null until that is known")
    version: str
    weights: str | None = Field(None, description="where the weights came from; null until they are loaded")
    voices: list[str] = Field(default_factory=list, description="names that a client may ask for")
    needs_key: bool = Field(description="whether a client has to send an API key")
    torch_threads: int | None = Field(None, description="threads of the model on the CPU")
    replicas: dict[str, int] = Field(default_factory=dict, description="running replicas of each deployment")
    server_min_send_ms: int = Field(description="length of a chunk, ms")
    first_burst_ms: int = Field(description="length of a flush's first chunk, ms")


class Service(Protocol):
    """The service as the API sees it."""

    @property
    def speech(self) -> Speech: ...

    @property
    def settings(self) -> Settings:
        """The settings as they are now: read them when they are used, since some change while the service runs."""
        ...

    @property
    def voices(self) -> tuple[str, ...]:
        """Names that a client may ask for; empty until the service is warm."""
        ...

    @property
    def keys(self) -> Keys:
        """The API keys that open it."""
        ...

    @property
    def metrics(self) -> IngressMetrics:
        """What this ingress counts."""
        ...

    @property
    def drain(self) -> Drain:
        """The end of this ingress."""
        ...

    @property
    def monitor(self) -> Monitor:
        """What all replicas together do."""
        ...

    async def health(self) -> HealthReport: ...


def service_of(connection: HTTPConnection) -> Service:
    """The service behind the application that a request or a WebSocket came to."""
    return cast(Service, connection.app.state.service)
