"""ElevenLabs' interface: its WebSockets and its HTTP paths, as its clients speak them."""

from fastapi import FastAPI

from app.api.elevenlabs import catalogue, http, sockets


def include_in(app: FastAPI) -> None:
    """Adds the paths to an application: some clients write ``/v1`` into their base URL, and others do not."""
    app.include_router(sockets.router)
    app.include_router(catalogue.user_router)
    for router in (http.router, catalogue.router):
        app.include_router(router, prefix="/v1")
        app.include_router(router, include_in_schema=False)
